/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As symtab_view.c, for RISC-V. Its assembler leaves a label at each place whose distance from
 * others a linker may change. After `-g`, or `strip --strip-debug`, a file has ten labels for each
 * that relocations of loaded sections refer to, and those stand together. So local symbols, which
 * come first, are read in blocks, and only those blocks to which a relocation refers. They are read
 * when everything is placed. Global symbols are read and kept as always.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_FAST_RISCV

#define BLOCK 64u

/* Fewer are no trouble, nor are a few for each section. */
#define LOCALS_MIN         256u
#define LOCALS_PER_SECTION 4u

struct symbol_block {
	elf_addr values[BLOCK];
	uint8_t flags[BLOCK]; /* of which only SYMBOL_UNLOADED counts */
};

struct symtab_blocks {
	struct symbol_block *next; /* memory for more blocks ... */
	size_t left;               /* ... how many, ... */
	size_t room;               /* ... and for how many there has been memory */
	elf_sym_t buffer[BLOCK];
	struct symbol_block *items[]; /* by symbol / BLOCK; NULL: not read */
};

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
	size_t globals = ld->symbols.count - locals, count = locals / BLOCK + 1, bytes;
	struct symtab_blocks *blocks;

	if (is_stepped(ld) || !llext_may_count_later(ld) || !are_many(ld, locals))
		return 0;
	bytes = sizeof(*blocks) + count * sizeof(blocks->items[0]);
	blocks = llext_transient(ld, bytes + globals * (sizeof(*ld->symbols.values) + 1),
				 _Alignof(struct symtab_blocks));
	if (blocks == NULL)
		return -ENOMEM;
	blocks->left = blocks->room = 0;
	llext_clear_words(blocks->items, count * sizeof(blocks->items[0]));
	ld->symbols.view = blocks;
	ld->symbols.values = (elf_addr *)(void *)&blocks->items[count];
	ld->symbols.flags = (uint8_t *)(ld->symbols.values + globals);
	ld->symtab.kept_first = locals;
	return 0;
}

/* Each piece of memory for blocks is larger than the one before, so there are few. */
static struct symbol_block *new_block(struct load *ld)
{
	struct symtab_blocks *blocks = ld->symbols.view;

	if (blocks->left == 0) {
		size_t more = 12 + blocks->room / 2;

		blocks->next = llext_transient(ld, more * sizeof(*blocks->next), sizeof(elf_addr));
		if (blocks->next == NULL)
			return NULL;
		blocks->room += more;
		blocks->left = more;
	}
	blocks->left--;
	return blocks->next++;
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

/*
 * Everything is placed, so values are final. Local symbols are labels, names of source files, to
 * which nothing refers, and the null symbol. A relocation that refers to any other fails, and the
 * load begins again without a view.
 */
static int fill_block(struct load *ld, struct symbol_block *block, uint32_t first, uint32_t count)
{
	const elf_sym_t *syms;
	int rc = read_symbols(ld, first, count, &syms);

	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		i = (uint32_t)(llext_labels_keep(ld, &syms[i], &syms[count], &block->values[i],
						 &block->flags[i]) -
			       syms);
		if (i == count)
			break;
		block->values[i] = 0;
		block->flags[i] = first + i == 0 ? 0 : SYMBOL_UNLOADED;
	}
	return rc;
}

int llext_symtab_view_read(struct load *ld, uint32_t symbol)
{
	uint32_t locals = ld->symtab.kept_first, first = symbol - symbol % BLOCK;
	struct symbol_block *block;
	int rc;

	if (symbol >= locals || ld->symbols.view->items[symbol / BLOCK] != NULL)
		return 0;
	block = new_block(ld);
	if (block == NULL)
		return -ENOMEM;
	rc = fill_block(ld, block, first, locals - first < BLOCK ? locals - first : BLOCK);
	ld->symbols.view->items[symbol / BLOCK] = block;
	return rc == 0 ? 1 : rc;
}

uint8_t llext_symtab_view_get(const struct load *ld, uint32_t symbol, elf_addr *value)
{
	uint32_t locals = ld->symtab.kept_first;

	if (symbol < locals) {
		const struct symbol_block *block = ld->symbols.view->items[symbol / BLOCK];

		if (block != NULL) {
			*value = block->values[symbol % BLOCK];
			return (block->flags[symbol % BLOCK] & SYMBOL_UNLOADED) | SYMBOL_EXACT;
		}
	} else if (symbol < ld->symbols.count) {
		*value = ld->symbols.values[symbol - locals];
		return ld->symbols.flags[symbol - locals];
	}
	*value = 0;
	return SYMBOL_UNLOADED | SYMBOL_EXACT;
}

#endif /* LLEXT_FAST_RISCV */
