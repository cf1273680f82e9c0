/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applying relocations: compute the value from S, A and P, check its range, write it. A branch that
 * does not reach its target goes by a veneer, for which count.c has made room.
 */
#include "reloc_table.h"
#include "steps.h"
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
 * The value of a function may have a bit that says in which state it runs: AAELF32 has (S + A) | T.
 * With an odd A, adding that bit would carry. So it is dropped from S: the sum has it anyway.
 */
static int drop_state(struct load *ld, uint32_t symbol, elf_addr *s)
{
	elf_sym_t sym;
	int rc;

	/*
	 * In a packed file, no relocation refers to one of its own functions by name. A table of
	 * the firmware at an odd address may be referred to often, so remember that it is no
	 * function.
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

/* ---- one relocation ---- */

/* A relocation while it is applied. */
struct patch {
	struct load *ld;
	const struct table *table;
	const struct reloc *reloc;
	uint8_t *mem;           /* write address of the place */
	struct reloc_inputs in; /* S, A, and P, the place's load address */
	elf_addr value;
	uint8_t encoding; /* the type's, or that of the instruction that replaces the one at the
			     place */
};

static int fail_patch(const struct patch *patch, const char *what)
{
	return llext_fail_reloc(patch->table, patch->reloc, -ENOEXEC, what);
}

/* The address of the symbol's GOT entry, for the kinds that refer to one. */
static int find_entry(struct patch *patch)
{
	struct load *ld = patch->ld;
	uint32_t symbol = patch->reloc->symbol;

	if (counts_later(ld))
		return llext_count_first(ld);
	if (is_packed(ld)) { /* relocations of others have been checked when they were counted */
		int rc = llext_check_got(patch->table, patch->reloc);

		if (rc != 0)
			return rc;
	}
	patch->in.entry =
		ld->made.got.load + ld->symbols.values[symbol] * (elf_addr)sizeof(elf_addr);
	if (!(ld->symbols.flags[symbol] & SYMBOL_GOT))
		return is_packed(ld) ? fail_patch(patch, "a packed file names no such GOT entry")
				     : llext_fail_changed(ld);
	return 0;
}

#if LLEXT_ARCH_PAIRS
static int evaluate_pair(struct patch *patch)
{
	elf_addr a = patch->in.a, high;

	if (!llext_pcrel_hi_find(&patch->ld->made.pcrel_his, patch->in.s, &high))
		return fail_patch(patch, "the other relocation of the pair is missing");
	/* The first half was rounded for the value without A. */
	if (((high + a + 0x800) ^ (high + 0x800)) & ~(elf_addr)0xfff)
		return fail_patch(patch, "the pair's other half is for another address");
	patch->value = high + a;
	return 0;
}
#endif

/* The relocation's value, from S, A, P and what the loader has made. */
static int evaluate(struct patch *patch)
{
	struct load *ld = patch->ld;
	unsigned int kind = patch->reloc->type->value;
	int rc;

#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (kind >= RELOC_TLS_PC)
		return llext_tls_evaluate(patch->table, patch->reloc, &patch->in, &patch->value);
#endif
	patch->in.got = ld->made.got.load;
	if (llext_reloc_needs_entry(kind)) {
		rc = find_entry(patch);
		if (rc != 0)
			return rc;
	}
	if (llext_reloc_value(kind, &patch->in, &patch->value))
		return 0;
	switch (kind) {
#if LLEXT_ARCH_SIZE
	case RELOC_SIZE:
		rc = symbol_size(ld, patch->reloc->symbol, &patch->value);
		patch->value += patch->in.a;
		return rc;
#endif
#if LLEXT_ARCH_PAIRS
	case RELOC_PAIR:
		return evaluate_pair(patch);
#endif
	default: /* RELOC_RELATIVE */
		patch->value = (elf_addr)ld->linked.image.load - ld->linked.image_low + patch->in.a;
		return 0;
	}
}

/*
 * A veneer that changes a register cannot stand for branches inside a function, which may use that
 * register. The targets of those are local labels.
 */
static int check_function(const struct patch *patch)
{
	uint32_t symbol = patch->reloc->symbol;
	elf_sym_t sym;
	int rc;

	if (!(patch->reloc->type->flags & RELOC_TO_FUNCTION) ||
	    (llext_symbol_flags(patch->ld, symbol) & SYMBOL_IMPORT))
		return 0;
	rc = llext_symbol_read(patch->ld, symbol, &sym);
	if (rc == 0 && ELF_ST_BIND(sym.st_info) == STB_LOCAL &&
	    ELF_ST_TYPE(sym.st_info) != STT_FUNC)
		rc = fail_patch(patch, "branch inside a function is out of range");
	return rc;
}

/* True if the value fits. On Xtensa that depends on the instruction at the place. */
static bool fits_place(const struct patch *patch, elf_addr value)
{
	if (LLEXT_ARCH_ENCODER && patch->reloc->encoding->check == CHECK_ENCODER)
		return llext_arch_encode(patch->encoding, patch->mem, patch->in.p, value) !=
		       -ERANGE;
	return llext_reloc_fits(patch->reloc->encoding, value);
}

/*
 * The veneer by which a branch may go. @return 1, and *@veneer is the pointer to its code; 0: there
 * is none; or a negative errno.
 */
static int find_veneer(const struct patch *patch, elf_addr *veneer)
{
	struct load *ld = patch->ld;
	const struct reloc_type *type = patch->reloc->type;
	uint8_t flags = llext_symbol_flags(ld, patch->reloc->symbol);
	elf_addr behind = patch->in.a - reloc_bias(type); /* the symbol */

	if (!(type->flags & RELOC_BRANCH))
		return 0;
	if (counts_later(ld) && (!(flags & SYMBOL_VENEER) || behind != 0))
		return llext_count_first(ld);
	if (behind == 0) {
		if (!(flags & SYMBOL_VENEER))
			return 0;
		*veneer = llext_veneer_address(ld, patch->reloc->symbol);
		return 1;
	}
#if LLEXT_ARCH_OFFSET_BRANCH
	if (llext_may_be_offset(ld, type, patch->reloc->encoding, flags))
		return llext_offset_veneer(ld, patch->in.s + behind, veneer);
#endif
	return 0;
}

/* The value is out of range: if it is a branch's, the branch goes by a veneer. */
static int extend_branch(struct patch *patch)
{
	const struct reloc_encoding *encoding = patch->reloc->encoding;
	elf_addr veneer = 0, value;
	int rc = find_veneer(patch, &veneer);

	step_point(patch->ld, 1);
	if (rc < 0)
		return rc;
	value = veneer + reloc_bias(patch->reloc->type) - patch->in.p;
	if (rc > 0 && fits_place(patch, value)) {
		patch->value = value;
		return check_function(patch);
	}
	(void)fail_patch(patch, "relocation is out of range");
	if (!LLEXT_ARCH_ENCODER || encoding->check != CHECK_ENCODER)
		llext_diag_values(llext_reloc_limit(encoding, patch->value),
				  (elf_saddr)patch->value);
	return -ENOEXEC;
}

/*
 * The value is out of range: an instruction that adds it to the PC may become one that takes the
 * address itself (RISC-V's auipc and lui).
 */
static bool absolute_instead(struct patch *patch)
{
	if (!LLEXT_ARCH_OR_ABS || !(patch->reloc->type->flags & RELOC_OR_ABS) ||
	    !llext_reloc_fits(patch->reloc->encoding, patch->in.s + patch->in.a))
		return false;
	patch->value = patch->in.s + patch->in.a;
	patch->encoding = (uint8_t)patch->reloc->type->bias;
	return true;
}

/* LLD's -r discards a function, not its .eh_frame entry: of no bytes, that may begin anywhere. */
static bool discarded(struct patch *patch)
{
	if (sizeof(elf_addr) == 4 || patch->reloc->symbol != 0 || patch->in.a != 0 ||
	    patch->reloc->type->value != RELOC_PC || patch->reloc->encoding->align > 1)
		return false;
	patch->value = 0;
	return true;
}

/* True if the LEB128 number at the place ends inside its section. */
static bool leb128_ends(const struct patch *patch)
{
	const struct table *table = patch->table;
	const uint8_t *mem = patch->mem;
	elf_xword room = table->target == 0 ? 1 : table->size - patch->reloc->offset;

	if (room > 10)
		room = 10; /* the most that a 64-bit number takes; keeps the work linear */
	while (room > 1 && (*mem & 0x80)) {
		mem++;
		room--;
	}
	return !(*mem & 0x80);
}

static int write_value(const struct patch *patch)
{
	const struct reloc_encoding *encoding = patch->reloc->encoding;
	int rc;

	if (encoding->align > 1 && patch->in.p % encoding->align != 0)
		return fail_patch(patch, "relocation is misaligned");
	if (encoding->scale > 1 && patch->value % encoding->scale != 0) {
		rc = fail_patch(patch, "value is no multiple of what it must be");
		llext_diag_values(encoding->scale, (elf_saddr)patch->value);
		return rc;
	}
	if (LLEXT_ARCH_LEB128 && (patch->reloc->type->flags & RELOC_LEB128) && !leb128_ends(patch))
		return fail_patch(patch, "relocation outside its section");
	rc = llext_arch_encode(patch->encoding, patch->mem, patch->in.p, patch->value);
	if (rc == -ERANGE || rc == -EDOM)
		return fail_patch(patch, "relocation is out of range");
	if (rc != 0)
		return fail_patch(patch, "not the instruction that the relocation is for");
	return 0;
}

/*
 * A weak import that nobody provides (AAELF32, AAELF64): a call of it is made no call, and for
 * values relative to the place that do not reach 0, S is the place itself. @return 0: the
 * relocation is done; 1: go on with S as it is now.
 */
static int apply_absent(struct patch *patch)
{
#if LLEXT_ARCH_ABSENT
	const struct reloc *reloc = patch->reloc;
	elf_addr p = patch->in.p;
	int rc = 1;

	if (reloc->type->value != RELOC_PC || reloc_reaches_null(reloc->encoding) ||
	    !is_absent(llext_symbol_flags(patch->ld, reloc->symbol), 0))
		return 1;
	if (reloc->encoding->align > 1 && p % reloc->encoding->align != 0)
		return fail_patch(patch, "relocation is misaligned");
	if (reloc->type->flags & RELOC_BRANCH)
		rc = llext_arch_skip(patch->encoding, patch->mem, p);
	if (rc < 0)
		return fail_patch(patch, "not the instruction that the relocation is for");
	patch->in.s = p;
	return rc;
#else
	(void)patch;
	return 1;
#endif
}

static int apply_at(struct table *table, const struct reloc *reloc, uint8_t *mem, elf_addr p)
{
	struct load *ld = table->ld;
	struct patch patch; /* what is computed later is not cleared */
	int rc;

	patch.ld = ld;
	patch.table = table;
	patch.reloc = reloc;
	patch.mem = mem;
	patch.in.s = llext_symbol_value(ld, reloc->symbol);
	patch.in.a = (elf_addr)reloc->addend;
	patch.in.p = p;
	patch.encoding = reloc->type->encoding;
	patch.value = 0;
	rc = LLEXT_ARCH_ABSENT && patch.in.s == 0 ? apply_absent(&patch) : 1;
	if (rc <= 0)
		return rc;
	if (!table->has_addend)
		patch.in.a = (elf_addr)llext_arch_addend(patch.encoding, mem);
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if ((reloc->type->flags & RELOC_TLS) && reloc->symbol == 0) /* a linker's own block */
		patch.in.s = ld->bases[SYMBOL_TLS];
	if (reloc->type->value == RELOC_TLS_DESC) {
		llext_tls_descriptor(ld, mem, reloc->symbol, patch.in.s + patch.in.a);
		return 0;
	}
#endif
	rc = patch.in.a & 1 ? drop_state(ld, reloc->symbol, &patch.in.s) : 0;
	if (rc == 0)
		rc = evaluate(&patch);
	if (rc == 0 && !fits_place(&patch, patch.value) && !absolute_instead(&patch) &&
	    !discarded(&patch))
		rc = extend_branch(&patch);
	if (LLEXT_ARCH_PAIRS && rc == 0 && (reloc->type->flags & RELOC_HIGH))
		rc = llext_pcrel_hi_keep(ld, p, patch.value);
	if (rc == 0)
		rc = write_value(&patch);
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
	size_t bytes = (size_t)table->size - (size_t)reloc->offset;
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
	const struct section *section = table->section;
	elf_addr offset = reloc->offset;
	uint8_t flags = llext_symbol_flags(ld, reloc->symbol);

	if ((flags & SYMBOL_UNLOADED) && !is_tls(flags))
		return llext_fail_changed(ld);
	if (table->target == 0)
		return apply_at(table, reloc, (uint8_t *)ld->linked.image.mem + offset,
				(elf_addr)ld->linked.image.load + offset);
	if ((reloc->type->flags & RELOC_BRANCH) &&
	    llext_veneer_lacks(ld, kept_at(ld, reloc->symbol)) &&
	    llext_may_miss(ld, reloc->number, llext_symbol_value(ld, reloc->symbol))) {
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

	/* Not a low half, or the load does not apply it, like its high half. */
	if (reloc->type->value != RELOC_PAIR ||
	    (!relocates_local(ld) &&
	     !llext_pcrel_hi_find(&ld->made.pcrel_his, llext_symbol_value(ld, reloc->symbol),
				  &unused)))
		return 0;
	return apply(table, reloc);
}

/*
 * Low halves wait for a second walk, since their high halves may stand behind them. In a packed
 * file, which is read once, they stand before them.
 */
static int apply_first(struct table *table, const struct reloc *reloc)
{
	if (LLEXT_ARCH_PADDING && reloc->type->value == RELOC_ALIGN && counts_later(table->ld))
		return llext_count_first(table->ld);
	/* It has been cut when the section was read. */
	if (LLEXT_ARCH_PADDING && reloc->type->value == RELOC_ALIGN)
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

/* The lower halves of a table whose upper ones are known. */
static int relocate_pairs(struct walk *walk, uint32_t index)
{
	struct load *ld = walk->table.ld;
	int rc;

	llext_pcrel_hi_sort(ld);
	llext_walk_begin(walk, ld, WALK_ALL, apply_pair);
	rc = llext_walk_table(walk, index);
	llext_walk_begin(walk, ld, WALK_APPLY, apply_first); /* for the next table */
	return rc;
}

static int relocate_table(struct walk *walk, uint32_t index)
{
	int rc;

	if (LLEXT_ARCH_PAIRS) {
		walk->table.ld->made.pcrel_his.count = 0;
		walk->table.ld->made.pcrel_his.unsorted = false;
		walk->table.has_pairs = false;
	}
	rc = llext_walk_table(walk, index);
	if (LLEXT_ARCH_PAIRS && rc == 0 && walk->table.has_pairs)
		rc = relocate_pairs(walk, index);
	return rc;
}

int llext_relocate_table(struct load *ld, uint32_t index)
{
	struct walk walk;

	llext_walk_begin(&walk, ld, WALK_APPLY, apply_first);
	return relocate_table(&walk, index);
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
	const elf_shdr_t *shdr = ld->headers.shdrs + ld->file.tables;
	struct walk walk;
	int rc = 0;

	/* Done when each section was read, or by the linker. */
	if (is_packed(ld) || is_executable(ld))
		return 0;
	llext_walk_begin(&walk, ld, WALK_APPLY, apply_first);
	for (uint32_t i = ld->file.tables, end = ld->file.tables_end; rc == 0 && i < end;
	     i++, shdr++) {
		step_point(ld, 1);
		if (is_relocation_table(shdr))
			rc = relocate_table(&walk, i);
		else if (shdr->sh_type == SHT_RELR && is_shared_object(ld))
			rc = llext_relr_walk(ld, i, add_base);
	}
	return rc;
}
