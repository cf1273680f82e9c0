/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a load in a few KiB, for firmware that cannot afford the other one: plain ET_REL
 * files, one piece of memory, no words about failures. It checks as much; it knows less. What it
 * takes and what it refuses is in docs/porting.md. Compiled with src/arch, arena.c, builtins.c,
 * exports.c, heap.c, lifecycle.c, llext.c and sort.c, instead of all other files.
 */
#ifndef LLEXT_SMALL_H_
#define LLEXT_SMALL_H_

#include "../internal.h"

#if !ONE_PIECE || CONFIG_LLEXT_DIAG || CONFIG_LLEXT_INSPECT || CONFIG_LLEXT_PACKED ||              \
	CONFIG_LLEXT_ARRAYS || CONFIG_LLEXT_EXPORT_GLOBALS || CONFIG_LLEXT_DEPENDENCIES ||         \
	CONFIG_LLEXT_EXIT_FUNCTIONS || CONFIG_LLEXT_LOCK || LLEXT_ARCH_PADDING ||                  \
	LLEXT_ARCH_PAIRS || LLEXT_ARCH_ENCODER
#error "src/small takes what docs/porting.md says under its name, and an architecture without pairs"
#endif

/* Beside the SYMBOL_* of load.h, of which only UNLOADED, IMPORT and VENEER are used here. */
#define SMALL_OWN      0x01 /* the value counts from the start of the image */
#define SMALL_FUNCTION 0x02 /* STT_FUNC */

/* Exactly these bytes of the file, or an error. */
int llext_small_read(struct load *ld, size_t offset, void *out, size_t bytes);

/* So much more at the end of the image, from @offset on. @return false where that overflows. */
bool llext_small_append(struct load *ld, elf_xword bytes, elf_xword align, elf_addr *offset);
/* By the number of an import: where it is. */
elf_addr *llext_small_targets(const struct load *ld);

/* In this order; each relies on what the ones before have checked. */
int llext_small_headers(struct load *ld);  /* headers.c: ld->shdrs, sections, names, strings */
int llext_small_layout(struct load *ld);   /* headers.c: sections to places in the image */
int llext_small_symbols(struct load *ld);  /* symbols.c: ld->values, flags, targets */
int llext_small_relocate(struct load *ld); /* relocate.c: of the image that is in memory */

#endif /* LLEXT_SMALL_H_ */
