/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a relocation, and whether it fits its field: for both cores. */
#ifndef LLEXT_RELOC_VALUE_H_
#define LLEXT_RELOC_VALUE_H_

#include "arch/arch.h"

/* The inputs of a value, in the letters of the psABIs. */
struct reloc_inputs {
	elf_addr s;     /* symbol */
	elf_addr a;     /* addend */
	elf_addr p;     /* place */
	elf_addr got;   /* the GOT's address */
	elf_addr entry; /* the address of the symbol's entry in it; only GOT kinds use it */
};

/* Does a relocation of this kind refer to the symbol's GOT entry? */
static inline bool llext_reloc_needs_entry(unsigned int kind)
{
	return kind >= RELOC_GOT_PC && kind <= RELOC_GOT_PAGE;
}

/*
 * Compute the value of a relocation of @kind, an enum reloc_value. @return false: it takes other
 * inputs (RELOC_SIZE, RELOC_RELATIVE, RELOC_PAIR), or is no value.
 */
bool llext_reloc_value(unsigned int kind, const struct reloc_inputs *in, elf_addr *value);

/* Does a value fit its field? */
bool llext_reloc_fits(const struct reloc_encoding *encoding, elf_addr value);

/* The same as one comparison: a value fits if value + @below is at most @most. */
struct reloc_range {
	elf_addr below; /* the lowest value is -@below */
	elf_addr most;
};
struct reloc_range llext_reloc_range(const struct reloc_encoding *encoding);

/* The limit that a value exceeds, for a message. */
int64_t llext_reloc_limit(const struct reloc_encoding *encoding, elf_addr value);

#endif /* LLEXT_RELOC_VALUE_H_ */
