/* SPDX-License-Identifier: Apache-2.0 */
/* Values of all kinds, with a GOT: for machines whose compilers use one without being asked to. */
#include "small.h"
#include "../reloc_value.h"

/* Does a value fit the field, and the place the alignment? Both are powers of two. */
static bool does_fit(const struct small_relocation *reloc, elf_addr value)
{
	const struct reloc_encoding *encoding = reloc->encoding;

	return llext_reloc_fits(encoding, value) &&
	       (encoding->align <= 1 || (reloc->p & (encoding->align - 1u)) == 0) &&
	       (encoding->scale <= 1 || (value & (encoding->scale - 1u)) == 0);
}

int llext_small_value(struct small *load, const struct small_relocation *reloc, elf_addr *value)
{
	const struct reloc_inputs in = {
		.s = reloc->s,
		.a = reloc->a,
		.p = reloc->p,
		.got = (elf_addr)(uintptr_t)load->symbols,
		.entry = (elf_addr)(uintptr_t)&reloc->symbol->value,
	};

	if (reloc->type->value >= RELOC_GOT_PC) { /* the GOT stays */
		small_extension(load)->priv->export_table = load->symbols;
		load->transient_symbols = NULL;
	}
	/* A number of any length, which would have to be looked for; a value that is no address. */
	if ((LLEXT_ARCH_LEB128 && (reloc->type->flags & RELOC_LEB128)) ||
	    (reloc->type->flags & (RELOC_TLS | RELOC_DYNAMIC)) ||
	    (LLEXT_ARCH_GDAT && (reloc->type->flags & RELOC_GDAT) && reloc->a != 0) ||
	    !llext_reloc_value(reloc->type->value, &in, value))
		return -ENOTSUP;
	return does_fit(reloc, *value) ? 0 : -ENOEXEC;
}
