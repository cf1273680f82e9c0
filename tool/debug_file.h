/* SPDX-License-Identifier: Apache-2.0 */
/* How a debugger finds the unstripped file: .gnu_debuglink and the build id. */
#ifndef TENON_DEBUG_FILE_H_
#define TENON_DEBUG_FILE_H_

#include "tenon.h"

/* The file's name without folders, padded, and its CRC-32; to be freed. */
uint8_t *debug_link_make(const char *path, const struct file *file, size_t *length);
/* A build id's note: SHA-1 of the file; to be freed. */
uint8_t *build_id_make(const struct file *file, size_t *length);

#endif /* TENON_DEBUG_FILE_H_ */
