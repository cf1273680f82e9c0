/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbol table: every symbol is checked and resolved once, before memory is allocated. Its
 * value is relative to a base, which is added when everything is placed. Imports are in imports.c.
 */
#include <llext/domain.h>
#include "internal.h"
#include "steps.h"

int llext_symbol_read(struct load *ld, uint32_t symbol, elf_sym_t *out)
{
	size_t offset = (size_t)symbol * sizeof(*out);

	if (ld->symtab.whole == NULL)
		return llext_source_read(
			ld, (size_t)ld->headers.shdrs[ld->headers.symtab].sh_offset + offset, out,
			sizeof(*out));
	memcpy(out, (const uint8_t *)ld->symtab.whole + offset, sizeof(*out));
	return 0;
}

elf_addr llext_symbol_value(const struct load *ld, uint32_t symbol)
{
	return symbol_value(ld, symbol);
}

uint8_t llext_symbol_flags(const struct load *ld, uint32_t symbol)
{
	return symbol_flags(ld, symbol);
}

/* ---- definitions ---- */

/* True for a common symbol: it has no section, and the loader gives it room. */
static bool is_common(const struct load *ld, const elf_sym_t *sym)
{
	return sym->st_shndx == SHN_COMMON ||
	       (sym->st_shndx == SHN_X86_64_LCOMMON && ld->file.ehdr.e_machine == EM_X86_64);
}

int llext_check_common(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	elf_addr align = sym->st_value;

	if (is_linked(ld) || is_pre_located(ld) || (align > 1 && !is_power_of_two(align)))
		return llext_fail_symbol(ld, -ENOEXEC, index,
					 "common symbol where there can be none, or misaligned");
	if (align > MAX_ALIGN)
		return llext_fail_symbol(ld, -ENOTSUP, index, "alignment above the limit");
	return 0;
}

static int scan_common(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym)
{
	size_t offset;
	int rc = llext_check_common(ld, index, sym);

	if (rc != 0)
		return rc;
	rc = llext_region_append(ld, LLEXT_MEM_BSS, sym->st_size, (size_t)sym->st_value, &offset);
	if (rc != 0) {
		llext_diag_symbol(ld, index);
		return rc;
	}
	ld->symbols.values[at] = offset;
	ld->symbols.flags[at] = LLEXT_MEM_BSS;
	return 0;
}

/*
 * Check what a label is, but not where it is: its value is a number for relocations, and need not
 * lie in the section. Compilers put anchors outside of what they count from, and empty functions at
 * the end of a section; linkers leave labels anywhere. This is safe: the place of each relocation
 * is checked before it is written, and exports_global.c exports no symbol that lies outside.
 */
static int check_defined(const struct load *ld, uint32_t index, const elf_sym_t *sym, uint8_t flags)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[sym->st_shndx];

	if (flags & SYMBOL_UNLOADED) /* for debuggers; relocations that use it are refused */
		return 0;
	if (ELF_ST_TYPE(sym->st_info) != STT_FUNC)
		return 0;
	if (!(shdr->sh_flags & SHF_EXECINSTR))
		return llext_fail_symbol(ld, -ENOEXEC, index, "function in data");
	if ((sym->st_value & llext_arch.function_mask) != llext_arch.function_bits)
		return llext_fail_symbol(ld, -ENOEXEC, index,
					 "function for another instruction set state");
	return 0;
}

static int check_symbol(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	uint8_t type = ELF_ST_TYPE(sym->st_info);

	if (sym->st_name >= ld->file.strings.length)
		return llext_fail_symbol(ld, -ENOEXEC, UINT32_MAX,
					 "symbol name outside its string table");
	if (index == 0) {
		return (sym->st_name | sym->st_value | sym->st_size | sym->st_info | sym->st_other |
			sym->st_shndx) == 0
			       ? 0
			       : llext_fail_symbol(ld, -ENOEXEC, index,
						   "the first symbol is not null");
	}
	if (type == STT_TLS && !LLEXT_ON(CONFIG_LLEXT_TLS))
		return llext_fail_symbol(ld, -ENOTSUP, index,
					 "thread-local storage is not supported");
	if (sym->st_shndx == SHN_UNDEF) /* an import may have any other type */
		return 0;
	if (type == STT_GNU_IFUNC)
		return llext_fail_symbol(ld, -ENOTSUP, index,
					 "indirect functions are not supported");
	if (sym->st_shndx == SHN_XINDEX)
		return llext_fail_symbol(ld, -ENOTSUP, index,
					 "extended section indexes are not supported");
	if ((sym->st_shndx >= ld->headers.section_count || sym->st_shndx >= SHN_LORESERVE) &&
	    sym->st_shndx != SHN_ABS && !is_common(ld, sym))
		return llext_diag_sizes(
			llext_fail_symbol(ld, -ENOEXEC, index,
					  "symbol in a section that does not exist"),
			ld->headers.section_count, sym->st_shndx);
	return 0;
}

/* The base of symbols in this section. */
static uint8_t section_base(const struct load *ld, const struct section *section)
{
	if (section->region == LLEXT_MEM_COUNT)
		return SYMBOL_UNLOADED | SYMBOL_EXACT;
	if (is_linked(ld))
		return SYMBOL_IMAGE;
	if (is_in_place(section) || is_pre_located(ld))
		return SYMBOL_EXACT;
	return is_in_region(section) ? section->region : SYMBOL_OWN;
}

/*
 * The symbol's value. It is relative to the section's region, or once that is placed, an address.
 */
static elf_addr value_of(struct load *ld, const elf_sym_t *sym)
{
	elf_addr value = ld->layout.sections[sym->st_shndx].load +
			 llext_padding_moved(ld, sym->st_shndx, sym->st_value);

	if (is_linked(ld))
		value -= ld->headers.shdrs[sym->st_shndx].sh_addr;
	return value;
}

static int scan_symbol(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	uint32_t at = index - symtab_view_first(ld);
	int rc = check_symbol(ld, index, sym);

	if (rc != 0)
		return rc;
#if VENEERS_LATER
	if (has_symtab_view(ld)) {
		at = llext_symtab_view_keep(ld, index, sym);
		if (at == NOT_KEPT)
			return llext_count_first(ld);
	}
#endif
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (ELF_ST_TYPE(sym->st_info) == STT_TLS ||
	    (ld->layout.tls != 0 && llext_tls_defines(ld, sym))) {
		/* Values are looked up in the table, which does not say this. */
		if (has_symtab_view(ld))
			return llext_count_first(ld);
		if (sym->st_shndx != SHN_UNDEF)
			return llext_tls_define(ld, index, at, sym);
	}
#endif
	if (sym->st_shndx == SHN_UNDEF && index != 0) {
		if (ld->headers.strings == NULL)
			rc = llext_strings_open(ld);
		return rc == 0 ? llext_import_scan(ld, index, at, sym) : rc;
	}
	if (is_common(ld, sym))
		return scan_common(ld, index, at, sym);
	ld->symbols.values[at] = sym->st_value;
	ld->symbols.flags[at] = SYMBOL_EXACT;
	if (index == 0)
		return 0;
	if (sym->st_shndx == SHN_ABS)
		return is_packed(ld) ? llext_packed_branch(ld, index, sym) : 0;
	ld->symbols.values[at] = value_of(ld, sym);
	ld->symbols.flags[at] = section_base(ld, &ld->layout.sections[sym->st_shndx]);
	ld->symtab.any_special = ld->symtab.any_special || ld->symbols.flags[at] == SYMBOL_OWN;
	return check_defined(ld, index, sym, ld->symbols.flags[at]);
}

/*
 * Keep a copy of the symbol table if it is needed again and the source cannot seek: for symbols in
 * sections outside the regions, and for thread-local ones.
 */
static int keep_symbols(struct load *ld)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[ld->headers.symtab];

	if (ld->ldr->seek != NULL || (ld->layout.detached_count == 0 && ld->layout.tls == 0))
		return 0;
	return llext_source_view(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size,
				 (size_t)shdr->sh_size, sizeof(elf_addr), &ld->symtab.whole);
}

/* One loop for symbols alike, which begin at @sym. @return the first one that is another. */
static const elf_sym_t *alike(struct load *ld, uint32_t index, const elf_sym_t *sym,
			      const elf_sym_t *end)
{
	if (sym->st_shndx == SHN_UNDEF)
		return llext_bound_imports(ld, index, sym, end);
	return LLEXT_ON(CONFIG_LLEXT_LINKED_HASH) && is_linked(ld)
		       ? llext_linked_labels(ld, index, sym, end)
		       : llext_labels(ld, index, sym, end);
}

/* Handle symbols at hand that are alike, in one loop. @return how many. */
static uint32_t alike_at_hand(struct load *ld, uint32_t index, struct stream *stream)
{
	const elf_sym_t *sym = (const void *)stream->next;
	const elf_sym_t *next = alike(ld, index, sym, sym + stream->ready / sizeof(*sym));

	stream->next = (const uint8_t *)next;
	stream->ready -= (size_t)((const uint8_t *)next - (const uint8_t *)sym);
	return (uint32_t)(next - sym);
}

static inline void note_exports(struct load *ld, uint32_t index, const elf_sym_t *sym,
				uint32_t count)
{
	if (ld->symtab.exported != NULL && index + count > ld->symtab.global_first)
		llext_globals_note(ld, index, sym, count);
}

/* Scan symbols at hand, at least one. @return the index of the next one. */
static uint32_t scan_at_hand(struct load *ld, uint32_t index, struct stream *stream, int *rc)
{
	const elf_sym_t *at = (const void *)stream->next;
	elf_sym_t sym;

	/* If they are aligned; the null symbol is like no other, and nor are imports by name. */
	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && (uintptr_t)at % sizeof(elf_addr) == 0 && index != 0 &&
	    (at->st_shndx != SHN_UNDEF || is_bound_import(ld, at))) {
		uint32_t count = alike_at_hand(ld, index, stream);

		if (count > 0) {
			note_exports(ld, index, at, count);
			return index + count;
		}
	}
	*rc = llext_stream_symbol(stream, &sym);
	if (*rc == 0)
		*rc = scan_symbol(ld, index, &sym);
	if (*rc == 0 && sym.st_shndx != SHN_UNDEF)
		note_exports(ld, index, &sym, 1);
	return index + 1;
}

/* Pass over symbols that are read later. @return how many. */
static uint32_t pass_over(const struct load *ld, struct stream *stream)
{
	size_t bytes = symtab_view_first(ld) * sizeof(elf_sym_t);
	size_t ready = stream->ready < bytes ? stream->ready : bytes;

	stream->next += ready;
	stream->ready -= ready;
	stream->offset += bytes - ready;
	stream->left -= bytes - ready;
	return symtab_view_first(ld);
}

static int open_symbols(struct load *ld)
{
	int rc = llext_symtab_view_open(ld);

	if (rc != 0 || has_symtab_view(ld))
		return rc;
	ld->symbols.values =
		llext_transient(ld, ld->symbols.count * (sizeof(elf_addr) + 1), sizeof(elf_addr));
	if (ld->symbols.values == NULL)
		return -ENOMEM;
	ld->symbols.flags = (uint8_t *)(ld->symbols.values + ld->symbols.count);
	return 0;
}

int llext_symbols_scan(struct load *ld)
{
	struct stream stream;
	uint32_t i = 0;
	int rc;

	llext_fast_reach(ld);
	rc = open_symbols(ld);
	/* Of a file that says what it exports, only imports need their names. */
	if (rc == 0 && ld->headers.strings == NULL &&
	    (ld->layout.exports == 0 || ld->layout.tls != 0))
		rc = llext_strings_open(ld);
	if (rc == 0)
		rc = keep_symbols(ld);
	if (rc == 0)
		rc = llext_globals_open(ld);
	if (rc == 0 && is_fenced(ld))
		rc = llext_sandbox_gates(ld);
	if (rc == 0)
		rc = llext_stream_open(&stream, ld, &ld->headers.shdrs[ld->headers.symtab]);
	if (rc == 0 && LLEXT_FAST_RISCV)
		i = pass_over(ld, &stream);
	while (rc == 0 && i < ld->symbols.count) {
		if (stream.ready < sizeof(elf_sym_t))
			rc = llext_stream_refill(&stream, sizeof(elf_sym_t));
		if (rc == 0)
			i = scan_at_hand(ld, i, &stream, &rc);
	}
	if (rc == 0 && !LLEXT_ON(CONFIG_LLEXT_TLS) && ld->layout.tls != 0)
		rc = llext_fail_section(ld, -ENOTSUP, ld->layout.tls,
					"thread-local storage is not supported");
	if (rc == 0 && domain_of(ld) != NULL && !LLEXT_DOMAIN_HAS_TLS)
		rc = llext_sandbox_no_tls(ld);
	return rc == 0 ? llext_tls_refuse(ld) : rc;
}

/* ---- when everything is placed ---- */

static elf_addr *stored_value(const struct load *ld, uint32_t symbol)
{
	elf_addr *value = &ld->symbols.values[symbol];

	return ld->symbols.flags[symbol] & (SYMBOL_GOT | SYMBOL_VENEER)
		       ? &ld->made.targets[*value].value
		       : value;
}

/*
 * Complete a symbol whose value is no offset from a base: the loader defines it, or its section is
 * in no region.
 */
static int finish_special(struct load *ld, uint32_t index)
{
	elf_addr *value = stored_value(ld, index);
	elf_sym_t sym;
	int rc = 0;

	if ((ld->symbols.flags[index] & SYMBOL_BASE) == SYMBOL_SPECIAL) {
		*value = *value >= SPECIAL_BOUND    ? llext_set_bound_value(ld, *value)
			 : *value == SPECIAL_HANDLE ? llext_handle(ld->ext)
						    : ld->made.got.load;
	} else if (LLEXT_ON(CONFIG_LLEXT_IN_PLACE) &&
		   (ld->symbols.flags[index] & SYMBOL_BASE) == SYMBOL_OWN) {
		rc = llext_symbol_read(ld, index, &sym);
		if (rc == 0 && sym.st_shndx >= ld->headers.section_count)
			rc = llext_fail_changed(ld);
		if (rc == 0)
			*value = value_of(ld, &sym);
	}
	return rc;
}

#if LLEXT_ARCH_PADDING
/* True if a symbol is a label in a section whose padding may have been cut. */
static bool may_move(const struct load *ld, uint8_t flags, const elf_sym_t *sym)
{
	/* An import by a gate has a base, too, but its slot has not moved. */
	return (flags & SYMBOL_BASE) < LLEXT_MEM_COUNT && !(flags & SYMBOL_IMPORT) &&
	       !is_tls(flags) && sym->st_shndx < ld->headers.section_count;
}

/*
 * If padding has been cut, symbols have moved in their sections, so all are read again. Many lie
 * in the stretch of the one before.
 */
static int finish_moved(struct load *ld)
{
	struct stretch stretch = {0, 0, 0, 0};
	uint32_t section = SHN_UNDEF;
	struct stream stream;
	elf_sym_t sym;
	int rc = llext_stream_open(&stream, ld, &ld->headers.shdrs[ld->headers.symtab]);

	for (uint32_t i = 0; rc == 0 && i < ld->symbols.count; i++) {
		elf_addr cut;

		rc = llext_stream_symbol(&stream, &sym);
		if (rc != 0 || !may_move(ld, ld->symbols.flags[i], &sym))
			continue;
		if (sym.st_shndx != section || sym.st_value - stretch.from > stretch.bytes) {
			section = sym.st_shndx;
			llext_padding_stretch(ld, section, sym.st_value, &stretch);
		}
		cut = stretch.cut;
		if (sym.st_value - stretch.from > stretch.bytes) /* in a padding, or outside */
			cut = sym.st_value - llext_padding_moved(ld, section, sym.st_value);
		*stored_value(ld, i) -= cut;
	}
	return rc;
}
#else
#define finish_moved(ld) (0)
#endif

int llext_symbols_finish(struct load *ld)
{
	int rc = 0;

	ld->bases[SYMBOL_IMAGE] = (elf_addr)ld->linked.image.load;
	if (LLEXT_ARCH_PADDING && ld->made.paddings.count > 0)
		rc = finish_moved(ld);
	for (uint32_t i = 0; rc == 0 && ld->symtab.any_special && i < ld->symbols.count; i++) {
		rc = finish_special(ld, i);
		step_point(ld, 1);
	}
	for (int i = 0; rc == 0 && !ld->symtab.any_special && i < SPECIAL_COUNT; i++) {
		uint32_t at = ld->symtab.specials[i];

		if (at != 0)
			rc = finish_special(ld, at - 1);
	}
	llext_targets_finish(ld);
	return rc;
}
