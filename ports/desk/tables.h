/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the library's tables take on the device. They lie outside the heap here, since pointers may
 * be wider; the heap has a block of the device's size for each, so that it is as full as there.
 * Included by place.h.
 */
#ifndef LLEXT_DESK_TABLES_H_
#define LLEXT_DESK_TABLES_H_

#include "llext_desk.h"

/* By the configuration of the firmware in question, or else by the desk's own. */
extern struct llext_desk_tables llext_tables;

#define TABLE_BYTES(type) (llext_tables.type)
#define POINTER_BYTES     sizeof(elf_addr)
/* No type is more than twice as large here: nothing in it is, and nothing is aligned to more. */
#define BYTES_HERE(bytes) (2 * (bytes))

void llext_desk_set_tables(const struct llext_desk_tables *tables);

void *llext_table_alloc_in(enum llext_heap heap, size_t bytes, size_t here, size_t align);
void llext_table_free(const void *mem);

#endif /* LLEXT_DESK_TABLES_H_ */
