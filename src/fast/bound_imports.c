/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop over imports of a packed file that are bound to the firmware's exports. Nearly all
 * are alike, and need neither a name nor a question: each is an entry of the firmware's table.
 * Others, and invalid ones, are left to imports.c, which has all checks and messages.
 */
#include "../internal.h"
#include "label.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK) && LLEXT_ON(CONFIG_LLEXT_PACKED)

/* An ordinary import: global, of no type, and not hidden. */
#define ORDINARY WHAT(STB_GLOBAL << 4 | STT_NOTYPE, SHN_UNDEF)

/* True if somebody wants to know of each import, or a domain may have another one instead. */
static bool asks(const struct load *ld)
{
	return ld->param->on_import != NULL || is_fenced(ld);
}

/*
 * The note says the same of the symbols from @first on. @return how many these are, and what
 * branches of @type, that of the first one, reach, if there may be some.
 */
static uint32_t alike(const struct load *ld, uint32_t first, elf_xword type, struct reach *reach)
{
	uint32_t veneers = ld->packed.veneer_first, behind = first - veneers;

	if (behind >= ld->packed.veneer_count)
		return first < veneers ? veneers - first : UINT32_MAX;
	if (!llext_is_branch(type))
		return 0;
	*reach = llext_branch_reach(ld, (uint32_t)type);
	return ld->packed.veneer_count - behind;
}

const elf_sym_t *llext_bound_imports(struct load *ld, uint32_t first, const elf_sym_t *sym,
				     const elf_sym_t *end)
{
	const struct llext_const_symbol *exports = llext_builtins_start;
	const size_t count = builtins_count();
	const elf_addr names = ld->file.strings.length;
	elf_addr *values = ld->symbols.values + first;
	uint8_t *flags = ld->symbols.flags + first;
	const elf_sym_t *start = sym;
	elf_xword type = sym->st_size;
	struct reach reach = {0, (elf_addr)-1}; /* without branches nothing is too far */
	uint32_t most = asks(ld) ? 0 : alike(ld, first, type, &reach);
	size_t veneers = 0;

	if ((size_t)(end - sym) > most)
		end = sym + most;
	for (; sym < end; sym++) {
		struct label label;
		elf_addr addr;

		read_label(sym, &label);
		if (label.name >= names || label.what != ORDINARY || label.value - 1 >= count ||
		    sym->st_size != type)
			break;
		addr = (elf_addr)(uintptr_t)exports[(size_t)(label.value - 1)].addr;
		if (addr == 0) /* it may be weak */
			break;
		*values++ = addr;
		*flags = SYMBOL_IMPORT | SYMBOL_EXACT;
		if (!is_reached(reach, addr)) {
			*flags |= SYMBOL_VENEER;
			veneers++;
		}
		flags++;
	}
	ld->symtab.imports += (uint32_t)(sym - start);
	ld->made.target_counts[SYMBOL_VENEER / SYMBOL_GOT] += veneers;
	return sym;
}

#endif /* CONFIG_LLEXT_QUICK && CONFIG_LLEXT_PACKED */
