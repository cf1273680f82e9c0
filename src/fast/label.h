/* SPDX-License-Identifier: Apache-2.0 */
/* A symbol as the fast loops over symbols read it: each field once, since a source may change. */
#ifndef LLEXT_LABEL_H_
#define LLEXT_LABEL_H_

#include <llext/elf.h>
#include "words.h"

/* The fields of a symbol that matter, with st_info, st_other and st_shndx as one word. */
struct label {
	uint32_t name, what;
	elf_addr value;
};

/* That word; ELF's byte order is the machine's. */
#define WHAT(info, shndx) ((uint32_t)(shndx) << 16 | (info))
#define WHAT_SHNDX(what)  ((what) >> 16)

static inline __attribute__((always_inline)) void read_label(const elf_sym_t *sym,
							     struct label *label)
{
#if ELF_CLASS == 1
	typedef uint32_t __attribute__((may_alias)) word;

	read_two(&sym->st_name, &label->name, &label->value);
	label->what = *(const word *)(const void *)&sym->st_info;
#else
	read_two(&sym->st_name, &label->name, &label->what);
	label->value = sym->st_value;
#endif
}

#endif /* LLEXT_LABEL_H_ */
