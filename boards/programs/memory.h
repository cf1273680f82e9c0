/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAMS_MEMORY_H
#define PROGRAMS_MEMORY_H

#include <stddef.h>

struct llext_loader;

/*
 * Reads a file of the host to where extensions will be, switches protection on and hands the rest
 * of that memory over. NULL if the file cannot be read or there is too little memory.
 */
struct llext_loader *program_open(const char *path, size_t *length);

/* What extensions hold of it. */
size_t program_memory_held(void);

#endif
