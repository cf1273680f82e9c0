/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting relocations, before anything is allocated: each is checked, and room is reserved for the
 * GOT entries and veneers that they need.
 */
#include "reloc_table.h"
#include "steps.h"
#include "reloc_value.h"

/*
 * The lowest and the highest address that a symbol or a place may get: load addresses, or offsets
 * in the text region.
 */
struct bounds {
	elf_addr low, high;
};

static struct bounds heap_bounds(enum llext_heap heap)
{
	struct bounds bounds;

	llext_heap_range(heap, &bounds.low, &bounds.high);
	return bounds;
}

static struct bounds exactly(elf_addr address)
{
	return (struct bounds){address, address};
}

static bool out_of_reach(const struct reloc *reloc, struct bounds from, struct bounds to)
{
	elf_addr bias = reloc_bias(reloc->type);

	return !llext_reloc_fits(reloc->encoding, to.high + bias - from.low) ||
	       !llext_reloc_fits(reloc->encoding, to.low + bias - from.high);
}

struct reach llext_branch_reach(const struct load *ld, uint32_t number)
{
	const struct reloc_type *type;
	struct reloc_range range;
	struct bounds heap;
	elf_addr width;

#if LLEXT_FAST_ARM
	if (llext_fast_branches(number))
		return ld->made.reach;
#else
	(void)ld;
#endif
	type = llext_arch_reloc(number);
	range = llext_reloc_range(llext_arch_encoding(type->encoding));
	if (range.most == (elf_addr)-1) /* everywhere */
		return (struct reach){0, range.most};
	heap = heap_bounds(LLEXT_HEAP_INSTR);
	width = heap.high - heap.low;
	return (struct reach){heap.high - reloc_bias(type) - range.below,
			      width > range.most ? 0 : range.most - width + 1};
}

bool llext_may_miss(const struct load *ld, uint32_t number, elf_addr to)
{
	return !is_reached(llext_branch_reach(ld, number), to);
}

/* True if the two ends of a branch may be placed so that one is out of reach of the other. */
static bool needs_veneer(const struct table *table, const struct reloc *reloc, unsigned int base,
			 elf_addr value)
{
	const struct section *section = table->section;
	bool in_region = section->region == LLEXT_MEM_TEXT && is_in_region(section);
	struct bounds to, from;

	if (base == LLEXT_MEM_TEXT && in_region) {
		to = exactly(value);
		from = exactly(section->load + reloc->offset);
	} else {
		to = base == SYMBOL_EXACT ? exactly(value)
					  : heap_bounds(base == LLEXT_MEM_TEXT ? LLEXT_HEAP_INSTR
									       : LLEXT_HEAP_DATA);
		from = is_in_place(section)
			       ? exactly(section->load + reloc->offset)
			       : heap_bounds(section->region == LLEXT_MEM_TEXT ? LLEXT_HEAP_INSTR
									       : LLEXT_HEAP_DATA);
	}
	return out_of_reach(reloc, from, to);
}

void llext_need(struct load *ld, uint32_t symbol, uint8_t what)
{
	ld->made.target_counts[ld->symbols.flags[symbol] / SYMBOL_GOT]--;
	ld->symbols.flags[symbol] |= what;
	ld->made.target_counts[ld->symbols.flags[symbol] / SYMBOL_GOT]++;
}

/*
 * Read the instruction at a place. @return 1: a source that can neither seek nor be peeked at has
 * passed it; 0; or a negative errno.
 */
static int read_instruction(const struct table *table, const struct reloc *reloc, uint8_t *bytes)
{
	struct load *ld = table->ld;
	const elf_shdr_t *shdr = &ld->headers.shdrs[table->target];

	if (ld->ldr->seek == NULL && ld->ldr->peek == NULL)
		return 1;
	return llext_source_read(ld, (size_t)(shdr->sh_offset + reloc->offset), bytes,
				 reloc->encoding->bytes);
}

/* Get the addend of a branch, from the instruction if it is there. */
static int read_addend(const struct table *table, const struct reloc *reloc, elf_saddr *addend)
{
	uint8_t bytes[4];
	int rc;

	*addend = reloc->addend;
	if (table->has_addend)
		return 0;
	/* A number, not a letter. NOLINTNEXTLINE(bugprone-signed-char-misuse,cert-str34-c) */
	*addend = reloc->type->bias;
	rc = read_instruction(table, reloc, bytes);
	if (rc == 0)
		*addend = llext_arch_addend(reloc->type->encoding, bytes);
	return rc < 0 ? rc : 0;
}

/* Count a branch to a symbol plus an offset. @return 1: it is one; 0: it is not; or an error. */
static int count_offset_branch(const struct table *table, const struct reloc *reloc, uint8_t flags)
{
	struct load *ld = table->ld;
	elf_addr to = ld->symbols.values[reloc->symbol];
	elf_saddr addend;
	int rc;

	if (!llext_may_be_offset(ld, reloc->type, reloc->encoding, flags) ||
	    (ld->headers.shdrs[table->target].sh_type == SHT_NOBITS))
		return 0;
	/*
	 * If the addend would have to be read from the file, do so only for symbols that are far
	 * away.
	 */
	if (!table->has_addend && !ld->param->count_first && !llext_may_miss(ld, reloc->number, to))
		return 0;
	rc = read_addend(table, reloc, &addend);
	if (rc != 0 || addend == reloc->type->bias)
		return rc;
	/*
	 * One veneer for each such branch. A packed file reserves as many, since `tenon pack` does
	 * not know what will be near.
	 */
	ld->made.offset_veneers.count++;
	return 1;
}

/*
 * On Xtensa one type is for instructions of different reach, and the one of least reach has been
 * assumed. Where both ends are known, look at the instruction. @return 1: it reaches the symbol by
 * itself; 0: it may not; or an error.
 */
static int reaches_itself(const struct table *table, const struct reloc *reloc)
{
#if LLEXT_ARCH_LITERALS
	struct load *ld = table->ld;
	const struct section *section = table->section;
	const elf_shdr_t *shdr = &ld->headers.shdrs[table->target];
	elf_addr p = section->load + reloc->offset, value;
	uint8_t bytes[4];
	int rc;

	if (section->region != LLEXT_MEM_TEXT || !is_in_region(section) ||
	    (ld->symbols.flags[reloc->symbol] & SYMBOL_BASE) != LLEXT_MEM_TEXT ||
	    shdr->sh_type == SHT_NOBITS)
		return 0;
	rc = read_instruction(table, reloc, bytes);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	value = ld->symbols.values[reloc->symbol] + (elf_addr)reloc->addend - p;
	return llext_arch_encode(reloc->type->encoding, bytes, p, value) == 0;
#else
	(void)table;
	(void)reloc;
	return 0;
#endif
}

/*
 * One answer per symbol is enough. Where the caller or a linker has placed everything, there is no
 * room for veneers.
 */
static int count_branch(const struct table *table, const struct reloc *reloc, uint8_t flags)
{
	elf_addr value = table->ld->symbols.values[reloc->symbol];
	int rc;

	if (table->target == 0 || is_pre_located(table->ld) || is_absent(flags, value))
		return 0;
	rc = LLEXT_ARCH_OFFSET_BRANCH ? count_offset_branch(table, reloc, flags) : 0;
	if (rc == 0 && !(flags & SYMBOL_VENEER) &&
	    needs_veneer(table, reloc, flags & SYMBOL_BASE, value)) {
		rc = reaches_itself(table, reloc);
		if (rc == 0)
			llext_need(table->ld, reloc->symbol, SYMBOL_VENEER);
	}
	return rc < 0 ? rc : 0;
}

static int count_one(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	uint8_t flags = ld->symbols.flags[reloc->symbol];
	int rc = 0;

	if ((flags & SYMBOL_UNLOADED) && !is_tls(flags))
		rc = llext_import_missing(ld, reloc->symbol);
	if (rc == 0)
		rc = llext_tls_count(table, reloc);
	if (rc != 0)
		return rc;
	switch (reloc->type->value) {
	case RELOC_GOT_PC:
	case RELOC_GOT_OFFSET:
	case RELOC_GOT_ABS:
	case RELOC_GOT_PAGE:
	case RELOC_GOT_PAGE_PC:
		rc = llext_check_got(table, reloc);
		if (rc != 0)
			return rc;
		llext_need(ld, reloc->symbol, SYMBOL_GOT);
		break;
#if LLEXT_ARCH_PADDING
	case RELOC_ALIGN:
		ld->made.relocation_count--; /* nothing to apply */
		return llext_padding_keep(table, reloc);
#endif
	default:
		rc = reloc->type->flags & RELOC_BRANCH ? count_branch(table, reloc, flags) : 0;
		if (rc != 0)
			return rc;
		break;
	}
	table->high_count += LLEXT_ARCH_PAIRS && (reloc->type->flags & RELOC_HIGH) != 0;
	return 0;
}

static int count_word(struct load *ld, elf_addr offset)
{
	(void)offset;
	ld->made.relocation_count++;
	return 0;
}

/* Also note the most RELOC_HIGH relocations that any table has: pcrel_hi.c keeps their values. */
static int count_table(struct walk *walk, uint32_t index)
{
	struct load *ld = walk->table.ld;
	int rc;

	walk->table.high_count = 0;
	rc = llext_walk_table(walk, index);
	if (walk->table.high_count > ld->made.pcrel_his.room)
		ld->made.pcrel_his.room = walk->table.high_count;
	return rc;
}

static int count_tables(struct load *ld)
{
	struct walk walk;
	int rc = 0;

	llext_walk_begin(&walk, ld, WALK_COUNT, count_one);
	for (uint32_t i = ld->file.tables; rc == 0 && i < ld->file.tables_end; i++) {
		step_point(ld, 1);
		if (is_relocation_table(&ld->headers.shdrs[i]))
			rc = count_table(&walk, i);
		else if (ld->headers.shdrs[i].sh_type == SHT_RELR && is_shared_object(ld))
			rc = llext_relr_walk(ld, i, count_word);
	}
	return rc;
}

/* ---- what the loader makes: GOT entries and veneers ---- */

/* The slots of a symbol, as indexes of target_counts[]: its flags / SYMBOL_GOT. */
enum { ONLY_GOT = 1, ONLY_VENEER = 2, BOTH = 3 };

/*
 * Move the values of symbols with slots to targets[]. Those with both kinds stand in the middle:
 * so the GOT is for the first part of targets[], and the veneers are for the last.
 */
static int gather_targets(struct load *ld)
{
	struct load_made *made = &ld->made;
	const size_t *counts = made->target_counts;
	size_t next[] = {
		[ONLY_GOT] = 0,
		[BOTH] = counts[ONLY_GOT],
		[ONLY_VENEER] = counts[ONLY_GOT] + counts[BOTH],
	};
	size_t left;

	made->got.count = counts[ONLY_GOT] + counts[BOTH];
	made->veneers.count = counts[BOTH] + counts[ONLY_VENEER];
	made->veneer_first = counts[ONLY_GOT];
	made->target_count = left = made->got.count + counts[ONLY_VENEER];
	if (left == 0)
		return 0;
	made->targets = llext_transient(ld, left * sizeof(*made->targets), sizeof(elf_addr));
	if (made->targets == NULL)
		return -ENOMEM;
	/* Most are imports, which come last. */
	for (uint32_t i = ld->symbols.count; left > 0;) {
		uint8_t flags = ld->symbols.flags[--i];
		size_t index;

		step_brief(ld, i);
		if (flags < SYMBOL_GOT)
			continue;
		index = next[flags / SYMBOL_GOT]++;
		made->targets[index] = (struct target){.value = ld->symbols.values[i],
						       .base = flags & SYMBOL_BASE};
		ld->symbols.values[i] = (elf_addr)index;
		left--;
	}
	return 0;
}

static int add_slots(struct load *ld, struct slots *slots, enum llext_mem region, size_t bytes,
		     size_t align)
{
	size_t offset = 0;
	int rc;

	if (slots->count > SIZE_MAX / bytes)
		return -ENOMEM;
	rc = llext_region_append(ld, region, slots->count * bytes, align, &offset);
	slots->load = offset; /* in the region, until that is placed */
	return rc;
}

static int add_offset_veneers(struct load *ld)
{
	size_t count = ld->made.offset_veneers.count;

	ld->made.offset_targets =
		count <= SIZE_MAX / sizeof(elf_addr)
			? llext_transient(ld, count * sizeof(elf_addr), sizeof(elf_addr))
			: NULL;
	if (ld->made.offset_targets == NULL)
		return -ENOMEM;
	return add_slots(ld, &ld->made.offset_veneers, LLEXT_MEM_TEXT, llext_arch.veneer_bytes,
			 llext_arch.veneer_align);
}

/* Room for the tables. An empty GOT still has a base. */
int llext_add_tables(struct load *ld)
{
	int rc = add_slots(ld, &ld->made.got, LLEXT_MEM_RODATA, sizeof(elf_addr), sizeof(elf_addr));

	if (rc == 0 && ld->made.veneers.count > 0)
		rc = add_slots(ld, &ld->made.veneers, LLEXT_MEM_TEXT, llext_arch.veneer_bytes,
			       llext_arch.veneer_align);
	if (rc == 0 && ld->made.offset_veneers.count > 0)
		rc = add_offset_veneers(ld);
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (rc == 0 && ld->tls.words.count > 0)
		rc = add_slots(ld, &ld->tls.words, LLEXT_MEM_RODATA, 2 * sizeof(elf_addr),
			       sizeof(elf_addr));
#endif
	return rc;
}

static int make_room(struct load *ld)
{
	int rc = gather_targets(ld);

#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
	if (rc == 0)
		rc = llext_page_ends_reserve(ld);
#endif

	if (rc != 0)
		return rc;
	if (is_shared_object(ld) || is_pre_located(ld)) {
		if (ld->made.got.count == 0)
			return 0;
		rc = llext_fail(ld, -ENOTSUP, "a GOT entry is needed and has no room");
		for (uint32_t i = 0; i < ld->symbols.count; i++) {
			step_brief(ld, i);
			if (ld->symbols.flags[i] & SYMBOL_GOT) {
				llext_diag_symbol(ld, i);
				break;
			}
		}
		return rc;
	}
	return llext_add_tables(ld);
}

static int reserve(struct load *ld)
{
	ld->restart.counting = COUNTING_LATER;
	return VENEERS_LATER ? llext_veneers_reserve(ld) : make_room(ld);
}

int llext_relocate_count(struct load *ld)
{
	int rc = 0;

	if (is_executable(ld))
		return llext_executable_imports(ld);
	if (llext_may_count_later(ld)) {
		/* A file that refers to the GOT has entries in it, and they must be counted. */
		if (!ld->symtab.imports_unknown && !ld->symtab.any_special &&
		    ld->symtab.specials[SPECIAL_GOT_BASE] == 0)
			return reserve(ld);
		if (has_symtab_view(ld))
			return llext_count_first(ld);
	}
	rc = is_packed(ld) ? llext_packed_room(ld) : count_tables(ld);
	if (rc == 0)
		rc = make_room(ld);
	if (LLEXT_ARCH_PAIRS && rc == 0 && ld->made.pcrel_his.room > 0) {
		ld->made.pcrel_his.items = llext_transient(
			ld, ld->made.pcrel_his.room * sizeof(*ld->made.pcrel_his.items),
			sizeof(elf_addr));
		rc = ld->made.pcrel_his.items != NULL ? 0 : -ENOMEM;
	}
	return rc != 0 ? rc : llext_padding_measure(ld);
}
