/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations, in two passes over the same tables. The first, before anything is allocated,
 * checks each one and counts the GOT entries and veneers that are needed; the second writes.
 * Both decode through the same function, so that a source that gives other bytes the second time
 * is caught as a malformed file would be.
 */
#include "internal.h"

/* A relocation section. */
struct table {
	struct load *ld;
	uint32_t index;	 /* of its own section */
	uint32_t target; /* of the section that it applies to; 0: the whole image */
	size_t entry_bytes;
	bool has_addend;
};

/* One relocation, checked. */
struct reloc {
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
	uint32_t number; /* of the type */
	uint32_t symbol;
	elf_addr offset; /* in the target section or the image */
	elf_saddr addend;
};

static int fail_reloc(const struct table *table, const struct reloc *reloc, int error,
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

	if (shdr->sh_entsize != bytes || shdr->sh_size % bytes != 0)
		return fail_section(ld, -ENOEXEC, index, "wrong size of relocation section");
	if (shdr->sh_link != ld->symtab)
		return fail_section(ld, -ENOEXEC, index,
				    "relocations against another symbol table");
	return 0;
}

/*
 * Is section @index a table of relocations that this load applies?
 * @return 1, 0, or a negative errno where it is malformed.
 */
static int open_table(struct load *ld, uint32_t index, struct table *table)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	const elf_shdr_t *target;
	int rc;

	if (shdr->sh_type != SHT_REL && shdr->sh_type != SHT_RELA)
		return 0;
	*table = (struct table){ld, index, 0,
				shdr->sh_type == SHT_RELA ? sizeof(elf_rela_t) : sizeof(elf_rel_t),
				shdr->sh_type == SHT_RELA};
	if (ld->ehdr.e_type == ET_DYN) {
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

static int check_place(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	elf_addr offset = reloc->offset;

	if (table->target != 0) {
		if (!fits(offset, reloc->encoding->bytes, ld->shdrs[table->target].sh_size))
			return fail_reloc(table, reloc, -ENOEXEC, "relocation outside its section");
		return 0;
	}
	for (size_t i = 0; i < ld->segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (offset + ld->image_low >= s->vaddr &&
		    fits(offset + ld->image_low - s->vaddr, reloc->encoding->bytes, s->memsz))
			return 0;
	}
	return fail_reloc(table, reloc, -ENOEXEC, "relocation outside every segment");
}

static int decode(struct table *table, struct stream *stream, struct reloc *reloc)
{
	const struct load *ld = table->ld;
	elf_rela_t entry = {0};
	int rc = llext_stream_next(stream, &entry, table->entry_bytes);

	if (rc != 0)
		return rc;
	reloc->number = ELF_R_TYPE(entry.r_info);
	reloc->symbol = ELF_R_SYM(entry.r_info);
	reloc->type = llext_arch_reloc(reloc->number);
	reloc->encoding = llext_arch_encoding(reloc->type->encoding);
	reloc->offset = entry.r_offset - (table->target == 0 ? ld->image_low : 0);
	reloc->addend = entry.r_addend;
	if (reloc->symbol >= ld->symbol_count)
		return fail_reloc(table, reloc, -ENOEXEC, "relocation against no symbol");
	if (reloc->type->value == RELOC_NONE)
		return 0;
	if (reloc->type->value == RELOC_UNSUPPORTED)
		return fail_reloc(table, reloc, -ENOTSUP, "relocation type is not supported");
	if (reloc->type->value == RELOC_TLS)
		return fail_reloc(table, reloc, -ENOTSUP, "thread-local storage is not supported");
	if ((reloc->type->flags & RELOC_DYNAMIC) && ld->ehdr.e_type != ET_DYN)
		return fail_reloc(table, reloc, -ENOEXEC,
				  "dynamic relocation in a relocatable file");
	if (ld->flags[reloc->symbol] & SYMBOL_UNLOADED)
		return fail_reloc(table, reloc, -ENOEXEC,
				  "relocation against a section that is not loaded");
	return check_place(table, reloc);
}

/* Is this relocation not for us to apply? */
static bool left_alone(const struct load *ld, const struct reloc *reloc)
{
	return reloc->type->value == RELOC_NONE ||
	       (!ld->param->relocate_local && !(ld->flags[reloc->symbol] & SYMBOL_IMPORT));
}

/* Does a value fit the field? The violated limit goes to @limit. */
static bool in_range(const struct reloc_encoding *encoding, elf_addr value, int64_t *limit)
{
	unsigned int bits = encoding->bits;
	int64_t signed_value = (elf_saddr)value;
	int64_t low = 0, high = INT64_MAX;

	if (encoding->check == CHECK_NONE || bits >= 8 * sizeof(elf_addr))
		return true;
	if (encoding->check == CHECK_UNSIGNED)
		signed_value = value > (elf_addr)INT64_MAX ? INT64_MAX : (int64_t)value;
	else
		low = -((int64_t)1 << (encoding->check == CHECK_SIGNED ? bits - 1 : bits));
	if (bits < 63)
		high = ((int64_t)1 << (encoding->check == CHECK_SIGNED ? bits - 1 : bits)) - 1;
	*limit = signed_value < low ? low : high;
	return signed_value >= low && signed_value <= high;
}

/* ---- first pass ---- */

/* The load addresses, or offsets in the text region, between which a symbol or place will be. */
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

/* May this branch be out of reach, wherever its ends are placed? */
static bool needs_veneer(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	elf_addr bias = (elf_addr)(elf_saddr)reloc->type->bias, value = ld->values[reloc->symbol];
	bool in_region = section->region == LLEXT_MEM_TEXT && section->storage == SECTION_IN_REGION;
	struct bounds from = heap_bounds(LLEXT_HEAP_INSTR), to = heap_bounds(LLEXT_HEAP_DATA);
	int64_t limit;

	if (section->storage == SECTION_IN_PLACE || ld->param->pre_located)
		from = exactly(section->load + reloc->offset);
	if (ld->flags[reloc->symbol] & SYMBOL_EXACT) {
		to = exactly(value);
	} else if (ld->flags[reloc->symbol] & SYMBOL_TEXT) {
		to = in_region ? exactly(value) : heap_bounds(LLEXT_HEAP_INSTR);
		from = in_region ? exactly(section->load + reloc->offset) : from;
	}
	return !in_range(reloc->encoding, to.high + bias - from.low, &limit) ||
	       !in_range(reloc->encoding, to.low + bias - from.high, &limit);
}

static int scan_one(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;

	switch (reloc->type->value) {
	case RELOC_GOT_PC:
	case RELOC_GOT_OFFSET:
	case RELOC_GOT_ABS:
		ld->flags[reloc->symbol] |= SYMBOL_GOT;
		break;
	default:
		/* A file's branches mostly stay inside it; one answer per symbol is enough. */
		if ((reloc->type->flags & RELOC_BRANCH) && table->target != 0 &&
		    !(ld->flags[reloc->symbol] & SYMBOL_VENEER) && needs_veneer(table, reloc))
			ld->flags[reloc->symbol] |= SYMBOL_VENEER;
		break;
	}
	ld->relocation_count++;
	return 0;
}

static int for_each_reloc(struct load *ld, uint32_t index,
			  int (*fn)(struct table *table, const struct reloc *reloc))
{
	struct stream stream;
	struct table table;
	struct reloc reloc;
	size_t count;
	int rc = open_table(ld, index, &table);

	if (rc <= 0)
		return rc;
	count = (size_t)ld->shdrs[index].sh_size / table.entry_bytes;
	llext_stream_open(&stream, ld, &ld->shdrs[index]);
	for (rc = 0; rc == 0 && count > 0; count--) {
		rc = decode(&table, &stream, &reloc);
		if (rc == 0 && !left_alone(ld, &reloc))
			rc = fn(&table, &reloc);
	}
	return rc;
}

static int add_slots(struct load *ld, struct slots *slots, uint8_t flag, enum llext_mem region,
		     size_t bytes, size_t align)
{
	size_t offset;
	int rc = llext_slots_build(ld, slots, flag);

	if (rc == 0 && slots->count > SIZE_MAX / bytes)
		return -ENOMEM;
	/* An empty GOT still has a base. */
	if (rc == 0 && (slots->count > 0 || flag == SYMBOL_GOT) && ld->ehdr.e_type == ET_REL &&
	    !ld->param->pre_located) {
		rc = llext_region_append(ld, region, slots->count * bytes, align, &offset);
		slots->load = offset; /* in the region, until that is placed */
	}
	return rc;
}

/* ---- second pass ---- */

static elf_addr slot_address(const struct slots *slots, uint32_t symbol, size_t bytes, bool *found)
{
	size_t slot = llext_slots_find(slots, symbol);

	*found = slot != SIZE_MAX;
	return slots->load + (*found ? (elf_addr)(slot * bytes) : 0);
}

static int symbol_size(struct load *ld, uint32_t symbol, elf_addr *size)
{
	elf_sym_t sym;
	int rc = llext_symbol_read(ld, symbol, &sym);

	*size = rc == 0 ? sym.st_size : 0;
	return rc;
}

/* The relocation's value, from S, A, P and what the loader has made. */
static int evaluate(struct load *ld, const struct reloc *reloc, elf_addr s, elf_addr a, elf_addr p,
		    elf_addr *value)
{
	bool found = true;
	elf_addr g = 0;
	int rc = 0;

	switch (reloc->type->value) {
	case RELOC_ABS:
		*value = s + a;
		break;
	case RELOC_PC:
		*value = s + a - p;
		break;
	case RELOC_GOT_PC:
	case RELOC_GOT_OFFSET:
	case RELOC_GOT_ABS:
		g = slot_address(&ld->got, reloc->symbol, sizeof(elf_addr), &found);
		*value = g + a -
			 (reloc->type->value == RELOC_GOT_PC	   ? p
			  : reloc->type->value == RELOC_GOT_OFFSET ? ld->got.load
								   : 0);
		break;
	case RELOC_GOT_BASE_PC:
		*value = ld->got.load + a - p;
		break;
	case RELOC_FROM_GOT:
		*value = s + a - ld->got.load;
		break;
	case RELOC_SIZE:
		rc = symbol_size(ld, reloc->symbol, value);
		*value += a;
		break;
	case RELOC_RELATIVE:
		*value = (elf_addr)ld->image.load - ld->image_low + a;
		break;
	default:
		found = false;
		break;
	}
	return found ? rc : llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
}

/* Out of range: a branch goes by its veneer. */
static int extend_branch(const struct table *table, const struct reloc *reloc, elf_addr a,
			 elf_addr p, elf_addr *value, int64_t *limit)
{
	struct load *ld = table->ld;
	bool found = false;
	elf_addr veneer = 0;

	if (reloc->type->flags & RELOC_BRANCH)
		veneer = slot_address(&ld->veneers, reloc->symbol, llext_arch_veneer_bytes, &found);
	if (found && (elf_saddr)a == reloc->type->bias) {
		elf_addr extended = (veneer | llext_arch_veneer_state) + a - p;

		if (in_range(reloc->encoding, extended, limit)) {
			*value = extended;
			return 0;
		}
	}
	return fail_reloc(table, reloc, -ENOEXEC, "relocation is out of range");
}

static int write_value(const struct table *table, const struct reloc *reloc, uint8_t *mem,
		       elf_addr p, elf_addr value)
{
	const struct reloc_encoding *encoding = reloc->encoding;
	int rc;

	if (encoding->align > 1 && p % encoding->align != 0)
		return fail_reloc(table, reloc, -ENOEXEC, "relocation is misaligned");
	if (encoding->scale > 1 && value % encoding->scale != 0) {
		rc = fail_reloc(table, reloc, -ENOEXEC, "value is no multiple of what it must be");
		llext_diag_values(encoding->scale, (elf_saddr)value);
		return rc;
	}
	rc = llext_arch_encode(reloc->type->encoding, mem, value);
	if (rc != 0)
		return fail_reloc(table, reloc, -ENOEXEC,
				  "not the instruction that the relocation is for");
	return 0;
}

static int apply_one(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	bool whole = table->target == 0;
	uint8_t *mem = (whole ? (uint8_t *)ld->image.mem : section->mem) + reloc->offset;
	elf_addr p = (whole ? (elf_addr)ld->image.load : section->load) + reloc->offset;
	elf_addr s = ld->values[reloc->symbol];
	elf_addr a = (elf_addr)reloc->addend;
	elf_addr value = 0;
	int64_t limit;
	int rc;

	if (!table->has_addend)
		a = (elf_addr)llext_arch_addend(reloc->type->encoding, mem);
	rc = evaluate(ld, reloc, s, a, p, &value);
	if (rc == 0 && !in_range(reloc->encoding, value, &limit)) {
		rc = extend_branch(table, reloc, a, p, &value, &limit);
		if (rc != 0)
			llext_diag_values(limit, (elf_saddr)value);
	}
	return rc != 0 ? rc : write_value(table, reloc, mem, p, value);
}

/* ---- SHT_RELR: addresses of words to add the base to (gABI, "Relative Relocation Table") ---- */

static int relr_word(struct load *ld, uint32_t index, elf_addr vaddr, bool apply)
{
	struct table table = {.ld = ld, .index = index};
	struct reloc reloc = {.encoding = &(struct reloc_encoding){.bytes = sizeof(elf_addr)},
			      .offset = vaddr - ld->image_low};
	int rc = check_place(&table, &reloc);
	uint8_t *mem;
	elf_addr value;

	ld->relocation_count += !apply;
	if (rc != 0 || !apply)
		return rc;
	mem = (uint8_t *)ld->image.mem + reloc.offset;
	memcpy(&value, mem, sizeof(value));
	value += (elf_addr)ld->image.load - ld->image_low;
	memcpy(mem, &value, sizeof(value));
	return 0;
}

static int relr(struct load *ld, uint32_t index, bool apply)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct stream stream;
	elf_addr entry, next = 0;
	int rc = 0;

	if (ld->ehdr.e_type != ET_DYN || !(shdr->sh_flags & SHF_ALLOC) ||
	    !ld->param->relocate_local)
		return 0;
	if (shdr->sh_entsize != sizeof(entry) || shdr->sh_size % sizeof(entry) != 0)
		return fail_section(ld, -ENOEXEC, index, "wrong size of relocation section");
	llext_stream_open(&stream, ld, shdr);
	for (elf_xword left = shdr->sh_size; rc == 0 && left > 0; left -= sizeof(entry)) {
		rc = llext_stream_next(&stream, &entry, sizeof(entry));
		if (rc != 0)
			return rc;
		if ((entry & 1) == 0) {
			rc = relr_word(ld, index, entry, apply);
			next = entry + sizeof(entry);
			continue;
		}
		for (elf_addr where = next; rc == 0 && (entry >>= 1) != 0; where += sizeof(entry)) {
			if (entry & 1)
				rc = relr_word(ld, index, where, apply);
		}
		next += (8 * sizeof(entry) - 1) * sizeof(entry);
	}
	return rc;
}

static int all_tables(struct load *ld, bool apply)
{
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++) {
		if (ld->shdrs[i].sh_type == SHT_RELR)
			rc = relr(ld, i, apply);
		else
			rc = for_each_reloc(ld, i, apply ? apply_one : scan_one);
	}
	return rc;
}

int llext_relocate_scan(struct load *ld)
{
	int rc = all_tables(ld, false);

	if (rc == 0)
		rc = add_slots(ld, &ld->got, SYMBOL_GOT, LLEXT_MEM_RODATA, sizeof(elf_addr),
			       sizeof(elf_addr));
	if (rc == 0)
		rc = add_slots(ld, &ld->veneers, SYMBOL_VENEER, LLEXT_MEM_TEXT,
			       llext_arch_veneer_bytes, llext_arch_veneer_align);
	return rc;
}

int llext_relocate_apply(struct load *ld)
{
	return all_tables(ld, true);
}
