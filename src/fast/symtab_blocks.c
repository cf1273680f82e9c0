/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As symtab_view.c, for RISC-V. Its assembler leaves a label at each place whose distance from
 * others a linker may change. After `-g`, or `strip --strip-debug`, a file has ten labels for each
 * that relocations of loaded sections refer to, and those stand together. So local symbols, which
 * come first, are read in blocks when a relocation refers to one, and only some blocks are kept:
 * relocations go through the labels nearly in their order. Everything is placed by then. Global
 * symbols are read and kept as always.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_FAST_RISCV

/* Fewer are no trouble, nor are a few for each section. */
#define LOCALS_MIN         256u
#define LOCALS_PER_SECTION 4u

/* True if there are not so many relocations of loaded sections. */
static bool are_many(const struct load *ld, size_t locals)
{
	elf_xword entries = 0;

	if (locals < LOCALS_MIN || locals / LOCALS_PER_SECTION < ld->headers.section_count)
		return false;
	for (uint32_t i = ld->file.tables; i < ld->file.tables_end; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		if (shdr->sh_type == SHT_RELA && shdr->sh_info < ld->headers.section_count &&
		    ld->layout.sections[shdr->sh_info].region != LLEXT_MEM_COUNT)
			entries += shdr->sh_size / sizeof(elf_rela_t);
	}
	return locals > entries;
}

int llext_symtab_view_open(struct load *ld)
{
	uint32_t locals = ld->headers.shdrs[ld->headers.symtab].sh_info;
	size_t globals = ld->symbols.count - locals;
	struct symtab_blocks *blocks;

	if (is_stepped(ld) || !llext_may_count_later(ld) || !are_many(ld, locals))
		return 0;
	blocks = llext_transient(ld, sizeof(*blocks) + globals * (sizeof(elf_addr) + 1),
				 _Alignof(struct symtab_blocks));
	if (blocks == NULL)
		return -ENOMEM;
	memset(blocks->firsts, 0xff, sizeof(blocks->firsts));
	ld->symbols.view = blocks;
	ld->symbols.values = (elf_addr *)(void *)(blocks + 1);
	ld->symbols.flags = (uint8_t *)(ld->symbols.values + globals);
	ld->symtab.kept_first = locals;
	return 0;
}

/* The symbols of a block: in memory, or read. */
static int read_symbols(struct load *ld, uint32_t first, uint32_t count, const elf_sym_t **syms)
{
	size_t offset = (size_t)ld->headers.shdrs[ld->headers.symtab].sh_offset +
			(size_t)first * sizeof(**syms),
	       bytes = count * sizeof(**syms);

	*syms = llext_source_at(ld, offset, bytes);
	if (*syms != NULL && (uintptr_t)*syms % sizeof(elf_addr) == 0)
		return 0;
	*syms = ld->symbols.view->buffer;
	return llext_source_read(ld, offset, ld->symbols.view->buffer, bytes);
}

static inline bool is_loaded(const struct load *ld, uint32_t section)
{
	return section != SHN_UNDEF && section < ld->headers.section_count &&
	       ld->layout.sections[section].region != LLEXT_MEM_COUNT;
}

/*
 * Everything is placed, so values are final. Local symbols are labels, names of source files, to
 * which nothing refers, and the null symbol. A relocation that refers to any other fails, and the
 * load begins again without a view.
 */
static int fill_block(struct load *ld, elf_addr *values, uint32_t first, uint32_t count)
{
	const elf_sym_t *syms;
	int rc = read_symbols(ld, first, count, &syms);

	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		if (is_loaded(ld, syms[i].st_shndx))
			i = (uint32_t)(llext_labels_keep(ld, &syms[i], &syms[count], &values[i]) -
				       syms);
		if (i < count)
			values[i] = first + i == 0 ? 0 : NO_LABEL;
	}
	return rc;
}

int llext_symtab_view_read(struct load *ld, uint32_t symbol)
{
	uint32_t locals = ld->symtab.kept_first, first = symbol - symbol % SYMTAB_BLOCK, *kept;
	struct symtab_blocks *blocks = ld->symbols.view;
	int rc;

	if (symbol >= locals) /* as all are without a view */
		return 0;
	kept = &blocks->firsts[symbol / SYMTAB_BLOCK % SYMTAB_BLOCKS];
	if (*kept == first)
		return 0;
	*kept = first;
	rc = fill_block(ld, &blocks->values[first % (SYMTAB_BLOCKS * SYMTAB_BLOCK)], first,
			locals - first < SYMTAB_BLOCK ? locals - first : SYMTAB_BLOCK);
	return rc == 0 ? 1 : rc;
}

uint8_t llext_symtab_view_get(const struct load *ld, uint32_t symbol, elf_addr *value)
{
	uint32_t locals = ld->symtab.kept_first;

	if (symbol < locals) {
		*value = symtab_view_label(ld->symbols.view, symbol);
		if (*value != NO_LABEL)
			return SYMBOL_EXACT;
	} else if (symbol < ld->symbols.count) {
		*value = ld->symbols.values[symbol - locals];
		return ld->symbols.flags[symbol - locals];
	}
	*value = 0;
	return SYMBOL_UNLOADED | SYMBOL_EXACT;
}

#endif /* LLEXT_FAST_RISCV */
