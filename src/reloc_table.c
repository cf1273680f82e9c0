/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of relocations: see reloc_table.h. */
#include "reloc_table.h"

int llext_fail_reloc(const struct table *table, const struct reloc *reloc, int error,
		     const char *what)
{
	const struct load *ld = table->ld;

	(void)what;
	error = llext_fail(ld, error, what);
	llext_diag_section(ld, table->target != 0 ? table->target : table->index);
	llext_diag_offset(reloc->offset);
	llext_diag_relocation(reloc->number);
	llext_diag_symbol(ld, reloc->symbol);
	(void)ld;
	(void)reloc;
	return error;
}

/* ---- which sections, and are they sound ---- */

static int check_table(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	size_t bytes = shdr->sh_type == SHT_RELA ? sizeof(elf_rela_t) : sizeof(elf_rel_t);

	if (LLEXT_ARCH_RELA_ONLY && shdr->sh_type == SHT_REL)
		return fail_section(ld, -ENOTSUP, index,
				    "relocations without addends, which this machine has not");
	if (shdr->sh_entsize != bytes || shdr->sh_size % bytes != 0)
		return fail_section(ld, -ENOEXEC, index, "wrong size of relocation section");
	if (shdr->sh_link != ld->symtab)
		return fail_section(ld, -ENOEXEC, index,
				    "relocations against another symbol table");
	return 0;
}

int llext_table_open(struct load *ld, uint32_t index, struct table *table)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	const elf_shdr_t *target;
	int rc;

	if (shdr->sh_type == SHT_CREL && shdr->sh_info < ld->section_count &&
	    ld->sections[shdr->sh_info].region != LLEXT_MEM_COUNT)
		return fail_section(ld, -ENOTSUP, index, "compact relocations are not supported");
	if (shdr->sh_type != SHT_REL && shdr->sh_type != SHT_RELA)
		return 0;
	*table = (struct table){.ld = ld,
				.index = index,
				.has_addend = shdr->sh_type == SHT_RELA,
				.entry_bytes = shdr->sh_type == SHT_RELA ? sizeof(elf_rela_t)
									 : sizeof(elf_rel_t)};
	if (is_shared_object(ld)) {
		rc = shdr->sh_flags & SHF_ALLOC ? check_table(ld, index) : 0;
		return rc != 0 ? rc : (shdr->sh_flags & SHF_ALLOC) != 0;
	}
	if (shdr->sh_info == 0 || shdr->sh_info >= ld->section_count)
		return fail_section(ld, -ENOEXEC, index, "relocations for no section");
	table->target = shdr->sh_info;
	if (ld->sections[table->target].region == LLEXT_MEM_COUNT)
		return 0; /* debug information, say */
	rc = check_table(ld, index);
	if (rc != 0)
		return rc;
	target = &ld->shdrs[table->target];
	if (target->sh_type == SHT_NOBITS && shdr->sh_size != 0)
		return fail_section(ld, -ENOEXEC, index, "relocations for a section without bytes");
	return 1;
}

/* ---- one relocation ---- */

/* A place that is not within its target section: within a segment? */
static int check_place(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	elf_addr offset = reloc->offset;

	if (table->target != 0)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside its section");
	for (size_t i = 0; i < ld->segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (offset + ld->image_low >= s->vaddr &&
		    fits(offset + ld->image_low - s->vaddr, reloc->encoding->bytes, s->memsz))
			return 0;
	}
	return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside every segment");
}

/* What is the same for all relocations of one type. */
struct kind {
	bool known;   /* reloc->type is of reloc->number */
	bool plain;   /* needs no room, whatever its symbol is */
	uint8_t near; /* nor does a branch to what counts from this (SYMBOL_BASE) */
};

#define NEAR_NOTHING 0xff

/* Is every branch of this kind from the text region to itself within reach? */
static bool reaches_all_text(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];

	return table->target != 0 && section->region == LLEXT_MEM_TEXT &&
	       section->storage == SECTION_IN_REGION &&
	       (ld->regions[LLEXT_MEM_TEXT].bytes >> (reloc->encoding->bits - 2)) == 0;
}

static int change_type(const struct table *table, struct reloc *reloc, struct kind *kind)
{
	const struct reloc_type *type = llext_arch_reloc(reloc->number);

	reloc->type = type;
	reloc->encoding = llext_arch_encoding(type->encoding);
	kind->known = true;
	if (type->value == RELOC_NONE)
		return 0;
	if (type->value == RELOC_UNSUPPORTED)
		return llext_fail_reloc(table, reloc, -ENOTSUP, "relocation type is not supported");
	if (type->value == RELOC_TLS)
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"thread-local storage is not supported");
	if ((type->flags & RELOC_DYNAMIC) && !is_shared_object(table->ld))
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"dynamic relocation in a relocatable file");
	kind->plain = type->value >= RELOC_ABS && !(type->flags & (RELOC_BRANCH | RELOC_HIGH)) &&
		      !(type->value >= RELOC_GOT_PC && type->value <= RELOC_GOT_PAGE);
	kind->near = (type->flags & RELOC_BRANCH) && reaches_all_text(table, reloc) ? LLEXT_MEM_TEXT
										    : NEAR_NOTHING;
	return 0;
}

/* The next entry, as far as it can be checked by itself; @kind is of the last one. */
static inline int decode(struct table *table, struct stream *stream, struct reloc *reloc,
			 struct kind *kind)
{
	elf_rela_t entry = {0};
	int rc = table->has_addend ? stream_next(stream, &entry, sizeof(elf_rela_t))
				   : stream_next(stream, &entry, sizeof(elf_rel_t));

	if (rc != 0)
		return rc;
	kind->known = kind->known && reloc->number == ELF_R_TYPE(entry.r_info);
	reloc->number = ELF_R_TYPE(entry.r_info);
	reloc->symbol = ELF_R_SYM(entry.r_info);
	reloc->offset = entry.r_offset;
	reloc->addend = entry.r_addend;
	if (table->target == 0)
		reloc->offset -= table->ld->image_low;
	if (reloc->symbol >= table->ld->symbol_count)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation against no symbol");
	return kind->known ? 0 : change_type(table, reloc, kind);
}

/* The rest of the checks. */
static inline int check(const struct table *table, const struct reloc *reloc, uint8_t symbol_flags)
{
	if ((symbol_flags & (SYMBOL_UNLOADED | SYMBOL_IMPORT)) == SYMBOL_UNLOADED)
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"relocation against a section that is not loaded");
	if (table->target != 0 &&
	    fits(reloc->offset, reloc->encoding->bytes, table->ld->shdrs[table->target].sh_size))
		return 0;
	return check_place(table, reloc);
}

bool llext_in_range(const struct reloc_encoding *encoding, elf_addr value, int64_t *limit)
{
	unsigned int bits = encoding->bits, check = encoding->check;
	elf_saddr low = 0, high = (elf_saddr)((elf_addr)-1 >> 1);
	bool ok;

	if (check == CHECK_NONE || bits >= 8 * sizeof(elf_addr))
		return true;
	if (check == CHECK_BITFIELD && bits == 8 * sizeof(elf_addr) - 1)
		low = -high - 1;
	else if (check != CHECK_UNSIGNED)
		low = -((elf_saddr)1 << (check == CHECK_BITFIELD ? bits : bits - 1));
	if (check != CHECK_UNSIGNED && check != CHECK_BITFIELD && check != CHECK_EITHER)
		bits--;
	if (bits < 8 * sizeof(elf_addr) - 1)
		high = ((elf_saddr)1 << bits) - 1;
	if (check == CHECK_ROUNDED) {
		low -= 0x800;
		high -= 0x800;
	} else if (check == CHECK_ENCODER) {
		low += 8; /* instructions count from a few bytes behind the place */
		high -= 8;
	}
	if (check == CHECK_UNSIGNED)
		ok = value <= (elf_addr)high;
	else
		ok = (elf_saddr)value >= low && (elf_saddr)value <= high;
	*limit = check != CHECK_UNSIGNED && (elf_saddr)value < low ? low : high;
	return ok;
}

/* Nothing to count but itself. */
static inline bool needs_no_room(const struct kind *kind, uint8_t symbol_flags)
{
	return kind->plain ? !(symbol_flags & SYMBOL_UNLOADED)
			   : (symbol_flags & SYMBOL_BASE) == kind->near;
}

/* Apply it in the few instructions that the common types take, where that is possible. */
static inline bool apply_quickly(const struct table *table, const struct reloc *reloc,
				 uint8_t symbol_flags)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	uint8_t *mem = section->mem + reloc->offset;
	elf_addr p = section->load + reloc->offset, s = ld->values[reloc->symbol], slot = s;

	if (symbol_flags & (SYMBOL_GOT | SYMBOL_VENEER))
		s = ld->targets[slot];
	if (llext_arch_quick(reloc->type, mem, s, p))
		return true;
	if (!(symbol_flags & SYMBOL_VENEER) || !(reloc->type->flags & RELOC_BRANCH))
		return false;
	s = ld->veneers.load + (slot - (elf_addr)ld->veneer_first) * llext_arch.veneer_bytes;
	return llext_arch_quick(reloc->type, mem, s | llext_arch.veneer_state, p);
}

int llext_table_walk(struct table *table, enum walk walk,
		     int (*fn)(struct table *table, const struct reloc *reloc))
{
	struct load *ld = table->ld;
	size_t count = (size_t)ld->shdrs[table->index].sh_size / table->entry_bytes;
	bool quick =
		LLEXT_ARCH_QUICK && walk == WALK_APPLY && table->target != 0 && !table->has_addend;
	bool imports_only = !ld->param->relocate_local;
	struct kind kind = {0};
	struct stream stream;
	struct reloc reloc = {.type = llext_arch_reloc(0)};
	int rc = llext_stream_open(&stream, ld, &ld->shdrs[table->index]);

	for (; rc == 0 && count > 0; count--) {
		uint8_t symbol_flags;

		rc = decode(table, &stream, &reloc, &kind);
		if (rc != 0 || reloc.type->value == RELOC_NONE)
			continue;
		symbol_flags = ld->flags[reloc.symbol];
		rc = check(table, &reloc, symbol_flags);
		if (rc != 0)
			continue;
		/* The first half of a pair may be an import's. */
		if (imports_only && !(symbol_flags & SYMBOL_IMPORT) &&
		    reloc.type->value != RELOC_PAIR)
			continue;
		if (walk == WALK_COUNT && needs_no_room(&kind, symbol_flags))
			ld->relocation_count++;
		else if (!quick || !apply_quickly(table, &reloc, symbol_flags))
			rc = fn(table, &reloc);
	}
	return rc;
}

/* ---- SHT_RELR (gABI, "Relative Relocation Table") ---- */

static int relr_word(struct load *ld, uint32_t index, elf_addr vaddr,
		     int (*fn)(struct load *ld, elf_addr offset))
{
	static const struct reloc_encoding word = {.bytes = sizeof(elf_addr)};
	struct table table = {.ld = ld, .index = index};
	struct reloc reloc = {.encoding = &word, .offset = vaddr - ld->image_low};
	int rc = check_place(&table, &reloc);

	return rc != 0 ? rc : fn(ld, reloc.offset);
}

/* An odd entry is a bitmap: one bit for each of the words behind the last one. */
static int relr_bitmap(struct load *ld, uint32_t index, elf_addr bitmap, elf_addr where,
		       int (*fn)(struct load *ld, elf_addr offset))
{
	int rc = 0;

	for (; rc == 0 && (bitmap >>= 1) != 0; where += sizeof(elf_addr)) {
		if (bitmap & 1)
			rc = relr_word(ld, index, where, fn);
	}
	return rc;
}

int llext_relr_walk(struct load *ld, uint32_t index, int (*fn)(struct load *ld, elf_addr offset))
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct stream stream;
	elf_addr entry, next = 0;
	bool any = false;
	int rc = 0;

	if (!(shdr->sh_flags & SHF_ALLOC) || !ld->param->relocate_local)
		return 0;
	if (shdr->sh_entsize != sizeof(entry) || shdr->sh_size % sizeof(entry) != 0)
		return fail_section(ld, -ENOEXEC, index, "wrong size of relocation section");
	rc = llext_stream_open(&stream, ld, shdr);
	for (elf_xword left = shdr->sh_size; rc == 0 && left > 0; left -= sizeof(entry)) {
		rc = stream_next(&stream, &entry, sizeof(entry));
		if (rc != 0)
			return rc;
		if ((entry & 1) && !any)
			return fail_section(ld, -ENOEXEC, index, "bitmap before any address");
		any = true;
		if (entry & 1) {
			rc = relr_bitmap(ld, index, entry, next, fn);
			next += (8 * sizeof(entry) - 1) * sizeof(entry);
		} else {
			rc = relr_word(ld, index, entry, fn);
			next = entry + sizeof(entry);
		}
	}
	return rc;
}
