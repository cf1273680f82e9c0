/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps between trusted and sandboxed extensions. */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stddef.h>

/* Set by the program: memory that domains can have. */
extern char *domains_memory[2], *domains_blob;
extern size_t domains_bytes, domains_blob_bytes;

void domains_test(void);

#endif
