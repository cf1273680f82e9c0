/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations applied: the value from S, A and P, the check of its range, and the bytes. What is
 * out of a branch's reach goes by the veneer that count.c made room for.
 */
#include "reloc_table.h"
#include "reloc_value.h"

#if LLEXT_ARCH_SIZE
static int symbol_size(struct load *ld, uint32_t symbol, elf_addr *size)
{
	elf_sym_t sym;
	int rc = llext_symbol_read(ld, symbol, &sym);

	*size = rc == 0 ? sym.st_size : 0;
	return rc;
}
#endif

/*
 * A function's value may have a bit that says in what state it runs (AAELF32: (S + A) | T). The
 * sum with an odd addend has that bit of itself, and must not carry it.
 */
static int drop_state(struct load *ld, uint32_t symbol, elf_addr *s)
{
	elf_sym_t sym;
	int rc;

	/*
	 * In a packed file, no relocation refers to a function of its own by name. A table in the
	 * firmware at an odd address may well be referred to often.
	 */
	if (code_address(*s) == *s || is_packed(ld) || symbol == ld->made.no_function)
		return 0;
	rc = llext_symbol_read(ld, symbol, &sym);
	if (rc != 0)
		return rc;
	if (ELF_ST_TYPE(sym.st_info) == STT_FUNC)
		*s = code_address(*s);
	else
		ld->made.no_function = symbol;
	return 0;
}

/* ---- values that other relocations refer to by the place of the first one ---- */

static bool pcrel_hi_less(const void *a, const void *b, const void *context)
{
	(void)context;
	return ((const struct pcrel_hi *)a)->place < ((const struct pcrel_hi *)b)->place;
}

/* If relocations were not counted, the table grows. */
static int more_pcrel_his(struct load *ld)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;

	if (counts_later(ld)) {
		pcrel_his->items = llext_transient_grow(ld, pcrel_his->items, &pcrel_his->room,
							sizeof(*pcrel_his->items));
		return pcrel_his->items != NULL ? 0 : -ENOMEM;
	}
	return is_packed(ld) ? llext_fail(ld, -ENOEXEC, "a packed file has more pairs than it says")
			     : llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
}

static int keep_pcrel_hi(struct load *ld, elf_addr place, elf_addr value)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;
	int rc = pcrel_his->count == pcrel_his->room ? more_pcrel_his(ld) : 0;

	if (rc != 0)
		return rc;
	if (pcrel_his->count > 0 && place < pcrel_his->items[pcrel_his->count - 1].place) {
		if (is_packed(ld)) /* whose other halves are looked up at once */
			return llext_fail(ld, -ENOEXEC,
					  "the pairs of a packed file are not in order");
		pcrel_his->unsorted = true;
	}
	pcrel_his->items[pcrel_his->count++] = (struct pcrel_hi){place, value};
	return 0;
}

bool llext_find_pcrel_hi(const struct pcrel_his *pcrel_his, elf_addr place, elf_addr *value)
{
	size_t low = 0, high = pcrel_his->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pcrel_his->items[middle].place < place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == pcrel_his->count || pcrel_his->items[low].place != place)
		return false;
	*value = pcrel_his->items[low].value;
	return true;
}

/* ---- one relocation ---- */

/* The address of the symbol's GOT entry, for the kinds that refer to one. */
static int find_entry(const struct table *table, const struct reloc *reloc, elf_addr *entry)
{
	struct load *ld = table->ld;

	if (counts_later(ld))
		return llext_count_first(ld);
	if (is_packed(ld)) { /* otherwise it was counted */
		int rc = llext_check_got(table, reloc);

		if (rc != 0)
			return rc;
	}
	*entry = ld->made.got.load + ld->symbols.values[reloc->symbol] * (elf_addr)sizeof(elf_addr);
	if (!(ld->symbols.flags[reloc->symbol] & SYMBOL_GOT))
		return is_packed(ld)
			       ? llext_fail_reloc(table, reloc, -ENOEXEC,
						  "a packed file names no such GOT entry")
			       : llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
	return 0;
}

#if LLEXT_ARCH_PAIRS
static int evaluate_pair(const struct table *table, const struct reloc *reloc,
			 const struct reloc_inputs *in, elf_addr *value)
{
	if (!llext_find_pcrel_hi(&table->ld->made.pcrel_his, in->s, value))
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"the other relocation of the pair is missing");
	/* The first half was rounded for the value without A. */
	if (((*value + in->a + 0x800) ^ (*value + 0x800)) & ~(elf_addr)0xfff)
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"the pair's other half is for another address");
	*value += in->a;
	return 0;
}
#endif

/* The relocation's value, from S, A, P and what the loader has made. */
static int evaluate(const struct table *table, const struct reloc *reloc, struct reloc_inputs *in,
		    elf_addr *value)
{
	struct load *ld = table->ld;
	int rc = 0;

#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (reloc->type->value >= RELOC_TLS_PC)
		return llext_tls_evaluate(table, reloc, in->s, in->a, in->p, value);
#endif
	in->got = ld->made.got.load;
	if (llext_reloc_needs_entry(reloc->type->value))
		rc = find_entry(table, reloc, &in->entry);
	if (rc != 0 || llext_reloc_value(reloc->type->value, in, value))
		return rc;
	switch (reloc->type->value) {
#if LLEXT_ARCH_SIZE
	case RELOC_SIZE:
		rc = symbol_size(ld, reloc->symbol, value);
		*value += in->a;
		return rc;
#endif
#if LLEXT_ARCH_PAIRS
	case RELOC_PAIR:
		return evaluate_pair(table, reloc, in, value);
#endif
	default: /* RELOC_RELATIVE */
		*value = (elf_addr)ld->linked.image.load - ld->linked.image_low + in->a;
		return 0;
	}
}

/*
 * Where a veneer changes a register, branches inside a function cannot go by it: they may need
 * the register. Their targets are local labels.
 */
static int check_function(const struct table *table, const struct reloc *reloc)
{
	elf_sym_t sym;
	int rc;

	if (!(reloc->type->flags & RELOC_TO_FUNCTION) ||
	    (symbol_flags(table->ld, reloc->symbol) & SYMBOL_IMPORT))
		return 0;
	rc = llext_symbol_read(table->ld, reloc->symbol, &sym);
	if (rc == 0 && ELF_ST_BIND(sym.st_info) == STB_LOCAL &&
	    ELF_ST_TYPE(sym.st_info) != STT_FUNC)
		rc = llext_fail_reloc(table, reloc, -ENOEXEC,
				      "branch inside a function is out of range");
	return rc;
}

/* True if the value fits. On Xtensa that depends on the instruction at the place. */
static bool fits_place(const struct reloc *reloc, uint8_t *mem, elf_addr p, elf_addr value)
{
	if (LLEXT_ARCH_ENCODER && reloc->encoding->check == CHECK_ENCODER)
		return llext_arch_encode(reloc->type->encoding, mem, p, value) != -ERANGE;
	return llext_reloc_fits(reloc->encoding, value);
}

/* A value is out of range: if it is a branch's, let it go through its veneer. */
static int extend_branch(const struct table *table, const struct reloc *reloc, uint8_t *mem,
			 const struct reloc_inputs *in, elf_addr *value)
{
	struct load *ld = table->ld;
	uint8_t flags = symbol_flags(ld, reloc->symbol);

	if ((reloc->type->flags & RELOC_BRANCH) && counts_later(ld) &&
	    (!(flags & SYMBOL_VENEER) || (elf_saddr)in->a != reloc->type->bias))
		return llext_count_first(ld);
	if (LLEXT_ARCH_OFFSET_BRANCH && (elf_saddr)in->a != reloc->type->bias &&
	    llext_may_be_offset(ld, reloc->type, flags)) {
		elf_addr bias = (elf_addr)(elf_saddr)reloc->type->bias, extended;
		int rc = llext_offset_veneer(ld, in->s + in->a - bias, &extended);

		if (rc != 0)
			return rc;
		if (fits_place(reloc, mem, in->p, extended + bias - in->p)) {
			*value = extended + bias - in->p;
			return check_function(table, reloc);
		}
	}
	if ((reloc->type->flags & RELOC_BRANCH) && (flags & SYMBOL_VENEER) &&
	    (elf_saddr)in->a == reloc->type->bias) {
		elf_addr extended = llext_veneer_address(ld, reloc->symbol) + in->a - in->p;

		if (fits_place(reloc, mem, in->p, extended)) {
			*value = extended;
			return check_function(table, reloc);
		}
	}
	(void)llext_fail_reloc(table, reloc, -ENOEXEC, "relocation is out of range");
	if (!LLEXT_ARCH_ENCODER || reloc->encoding->check != CHECK_ENCODER)
		llext_diag_values(llext_reloc_limit(reloc->encoding, *value), (elf_saddr)*value);
	return -ENOEXEC;
}

/*
 * A value is out of range: an instruction that adds it to the PC may become one that takes the
 * address itself (RISC-V's auipc and lui).
 */
static bool absolute_instead(const struct reloc *reloc, elf_addr absolute, elf_addr *value,
			     uint8_t *encoding)
{
	if (!LLEXT_ARCH_OR_ABS || !(reloc->type->flags & RELOC_OR_ABS) ||
	    !llext_reloc_fits(reloc->encoding, absolute))
		return false;
	*value = absolute;
	*encoding = (uint8_t)reloc->type->bias;
	return true;
}

/* Does the number at a place end inside its section? */
static bool leb128_ends(const struct table *table, const struct reloc *reloc, const uint8_t *mem)
{
	elf_xword room = table->target == 0
				 ? 1
				 : table->ld->headers.shdrs[table->target].sh_size - reloc->offset;

	if (room > 10)
		room = 10; /* the most that a 64-bit number takes; keeps the work linear */
	while (room > 1 && (*mem & 0x80)) {
		mem++;
		room--;
	}
	return !(*mem & 0x80);
}

static int write_value(const struct table *table, const struct reloc *reloc, uint8_t number,
		       uint8_t *mem, elf_addr p, elf_addr value)
{
	const struct reloc_encoding *encoding = reloc->encoding;
	int rc;

	if (encoding->align > 1 && p % encoding->align != 0)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation is misaligned");
	if (encoding->scale > 1 && value % encoding->scale != 0) {
		rc = llext_fail_reloc(table, reloc, -ENOEXEC,
				      "value is no multiple of what it must be");
		llext_diag_values(encoding->scale, (elf_saddr)value);
		return rc;
	}
	if (LLEXT_ARCH_LEB128 && (reloc->type->flags & RELOC_LEB128) &&
	    !leb128_ends(table, reloc, mem))
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside its section");
	rc = llext_arch_encode(number, mem, p, value);
	if (rc == -ERANGE || rc == -EDOM)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation is out of range");
	if (rc != 0)
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"not the instruction that the relocation is for");
	return 0;
}

/*
 * A weak function that nobody has is not called, and what is relative to the place of a relocation
 * is so to the place itself (AAELF32, AAELF64). @return 0: it is done; 1: *@s is what to use.
 */
static int apply_absent(const struct table *table, const struct reloc *reloc, uint8_t *mem,
			elf_addr p, elf_addr *s)
{
#if LLEXT_ARCH_ABSENT
	int rc = 1;

	if (reloc->type->value != RELOC_PC || !is_absent(symbol_flags(table->ld, reloc->symbol), 0))
		return 1;
	if (reloc->encoding->align > 1 && p % reloc->encoding->align != 0)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation is misaligned");
	if (reloc->type->flags & RELOC_BRANCH)
		rc = llext_arch_skip(reloc->type->encoding, mem, p);
	if (rc < 0)
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"not the instruction that the relocation is for");
	*s = p;
	return rc;
#else
	(void)table, (void)reloc, (void)mem, (void)p, (void)s;
	return 1;
#endif
}

static int apply_at(struct table *table, const struct reloc *reloc, uint8_t *mem, elf_addr p)
{
	struct load *ld = table->ld;
	struct reloc_inputs in = {
		.s = symbol_value(ld, reloc->symbol), .a = (elf_addr)reloc->addend, .p = p};
	uint8_t encoding = reloc->type->encoding;
	elf_addr value = 0;
	int rc = LLEXT_ARCH_ABSENT && in.s == 0 ? apply_absent(table, reloc, mem, p, &in.s) : 1;

	if (rc <= 0)
		return rc;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if ((reloc->type->flags & RELOC_TLS) && reloc->symbol == 0) /* a linker's own block */
		in.s = ld->bases[SYMBOL_TLS];
	if (reloc->type->value == RELOC_TLS_DESC) {
		llext_tls_descriptor(ld, mem, reloc->symbol, in.s, in.a);
		return 0;
	}
#endif
	if (!table->has_addend)
		in.a = (elf_addr)llext_arch_addend(reloc->type->encoding, mem);
	rc = in.a & 1 ? drop_state(ld, reloc->symbol, &in.s) : 0;
	if (rc == 0)
		rc = evaluate(table, reloc, &in, &value);
	if (rc == 0 && !fits_place(reloc, mem, p, value) &&
	    !absolute_instead(reloc, in.s + in.a, &value, &encoding))
		rc = extend_branch(table, reloc, mem, &in, &value);
	if (LLEXT_ARCH_PAIRS && rc == 0 && (reloc->type->flags & RELOC_HIGH))
		rc = keep_pcrel_hi(ld, p, value);
	if (rc == 0)
		rc = write_value(table, reloc, encoding, mem, p, value);
#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
	if (rc == 0 && (p & 0xff8) == 0xff8)
		llext_page_end(table, reloc, mem, p);
#endif
	return rc;
}

/* Work on a copy of the bytes: no encoding has more than 10 of them. */
static int apply_by_words(struct table *table, const struct reloc *reloc, uint8_t *mem, elf_addr p)
{
	uint8_t copy[12];
	size_t bytes =
		(size_t)table->ld->headers.shdrs[table->target].sh_size - (size_t)reloc->offset;
	int rc;

	bytes = bytes < sizeof(copy) ? bytes : sizeof(copy);
	llext_code_read(copy, mem, bytes);
	rc = apply_at(table, reloc, copy, p);
	if (rc == 0)
		llext_code_write(mem, copy, bytes);
	return rc;
}

static int apply(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
	elf_addr offset = reloc->offset;

	if ((symbol_flags(ld, reloc->symbol) & SYMBOL_UNLOADED) &&
	    !is_tls(symbol_flags(ld, reloc->symbol)))
		return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
	if (table->target == 0)
		return apply_at(table, reloc, (uint8_t *)ld->linked.image.mem + offset,
				(elf_addr)ld->linked.image.load + offset);
	if ((reloc->type->flags & RELOC_BRANCH) &&
	    llext_veneer_lacks(ld, kept_at(ld, reloc->symbol)) &&
	    llext_may_miss(reloc->type, symbol_value(ld, reloc->symbol))) {
		int rc = llext_veneer_give(ld, kept_at(ld, reloc->symbol));

		if (rc != 0)
			return rc;
	}
	offset = llext_padding_moved(ld, table->target, offset);
	if (llext_code_by_words((enum llext_mem)section->region))
		return apply_by_words(table, reloc, section->mem + offset, section->load + offset);
	return apply_at(table, reloc, section->mem + offset, section->load + offset);
}

static int apply_pair(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	elf_addr unused;

	if (reloc->type->value != RELOC_PAIR ||
	    (!relocates_local(ld) &&
	     !llext_find_pcrel_hi(&ld->made.pcrel_his, symbol_value(ld, reloc->symbol), &unused)))
		return 0; /* not ours to apply, like its first half */
	return apply(table, reloc);
}

/*
 * Pairs wait for the second walk: their other halves may stand behind them. In a packed file, which
 * is read once, they stand before them.
 */
static int apply_first(struct table *table, const struct reloc *reloc)
{
	if (LLEXT_ARCH_PADDING && reloc->type->value == RELOC_ALIGN && counts_later(table->ld))
		return llext_count_first(table->ld);
	if (LLEXT_ARCH_PADDING &&
	    reloc->type->value == RELOC_ALIGN) /* cut when the section was placed */
		return !is_packed(table->ld)
			       ? 0
			       : llext_fail_reloc(table, reloc, -ENOEXEC,
						  "padding in a packed file is to be cut");
	if (LLEXT_ARCH_PAIRS && reloc->type->value == RELOC_PAIR) {
		if (is_packed(table->ld))
			return apply_pair(table, reloc);
		table->has_pairs = true;
		return 0;
	}
	return apply(table, reloc);
}

int llext_relocate_table(struct load *ld, uint32_t index)
{
	struct table table;
	int rc = llext_table_open(ld, index, &table);

	if (rc <= 0)
		return rc;
	if (is_packed(ld) && table.target > index)
		return fail_section(ld, -ENOEXEC, index,
				    "relocations before the section that they are for");
	if (is_refill(ld) && table.target != 0 &&
	    ld->layout.sections[table.target].region != LLEXT_MEM_DATA)
		return 0;
	ld->made.pcrel_his.count = 0;
	ld->made.pcrel_his.unsorted = false;
	rc = llext_table_walk(&table, WALK_APPLY, apply_first);
	if (!LLEXT_ARCH_PAIRS || rc != 0 || !table.has_pairs)
		return rc;
	if (ld->made.pcrel_his.unsorted)
		llext_sort(ld->made.pcrel_his.items, ld->made.pcrel_his.count,
			   sizeof(*ld->made.pcrel_his.items), pcrel_hi_less, NULL);
	return llext_table_walk(&table, WALK_ALL, apply_pair);
}

static int add_base(struct load *ld, elf_addr offset)
{
	uint8_t *mem = (uint8_t *)ld->linked.image.mem + offset;
	elf_addr value;

	memcpy(&value, mem, sizeof(value));
	value += (elf_addr)ld->linked.image.load - ld->linked.image_low;
	memcpy(mem, &value, sizeof(value));
	return 0;
}

int llext_relocate(struct load *ld)
{
	int rc = 0;

	/* Done as each section was read, or by the linker. */
	if (is_packed(ld) || is_executable(ld))
		return 0;
	for (uint32_t i = ld->headers.tables; rc == 0 && i < ld->headers.tables_end; i++) {
		if (is_relocation_table(&ld->headers.shdrs[i]))
			rc = llext_relocate_table(ld, i);
		else if (ld->headers.shdrs[i].sh_type == SHT_RELR && is_shared_object(ld))
			rc = llext_relr_walk(ld, i, add_base);
	}
	return rc;
}
