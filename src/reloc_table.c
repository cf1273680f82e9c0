/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of relocations: see reloc_table.h. */
#include "reloc_table.h"
#include "steps.h"

int llext_fail_reloc(const struct table *table, const struct reloc *reloc, int error,
		     const char *what)
{
	const struct load *ld = table->ld;

	error = llext_fail(ld, error, what);
	llext_diag_section(ld, table->target != 0 ? table->target : table->index);
	llext_diag_relocation(reloc->number);
	llext_diag_symbol(ld, reloc->symbol);
	(void)ld, (void)what;
	return llext_diag_offset(error, (size_t)reloc->offset);
}

/* ---- which sections, and are they sound ---- */

/* The type of the tables that compilers write for this machine. */
#define MACHINE_TABLE (LLEXT_ARCH_RELA_ONLY ? SHT_RELA : SHT_REL)
#define MACHINE_ENTRY (LLEXT_ARCH_RELA_ONLY ? sizeof(elf_rela_t) : sizeof(elf_rel_t))

int llext_fail_table_size(const struct load *ld, uint32_t index)
{
	return llext_fail_section(ld, -ENOEXEC, index, "wrong size of relocation section");
}

static int check_table(const struct table *table, const elf_shdr_t *shdr)
{
	const struct load *ld = table->ld;
	uint32_t index = table->index;

	if (table->compact && !LLEXT_ON(CONFIG_LLEXT_PACKED))
		return llext_fail_section(ld, -ENOTSUP, index,
					  "compact relocations are not supported");
	if (LLEXT_ARCH_RELA_ONLY && shdr->sh_type == SHT_REL)
		return llext_fail_section(
			ld, -ENOTSUP, index,
			"relocations without addends, which this machine has not");
	if (!table->compact &&
	    (shdr->sh_entsize != table->entry_bytes || shdr->sh_size % table->entry_bytes != 0))
		return llext_fail_table_size(ld, index);
	if (shdr->sh_link != ld->headers.symtab)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "relocations against another symbol table");
	if (table->target != 0 && ld->headers.shdrs[table->target].sh_type == SHT_NOBITS &&
	    shdr->sh_size != 0)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "relocations for a section without bytes");
	if (is_packed(ld) && table->target > index)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "relocations before the section that they are for");
	return 1;
}

/*
 * Find out what a table applies to, and check it. @return 1; 0: the load does not apply it; or a
 * negative errno: it is malformed.
 */
static __attribute__((noinline)) int open_table(struct walk *walk, uint32_t index,
						const elf_shdr_t *shdr)
{
	struct table *table = &walk->table;
	const struct load *ld = table->ld;
	uint32_t target = is_shared_object(ld) ? 0 : shdr->sh_info;
	bool has_addend = shdr->sh_type == SHT_RELA;

	table->index = index;
	if (is_shared_object(ld)) {
		if (!(shdr->sh_flags & SHF_ALLOC))
			return 0;
	} else {
		if (target == 0 || target >= ld->headers.section_count)
			return llext_fail_section(ld, -ENOEXEC, index,
						  "relocations for no section");
		if (ld->layout.sections[target].region == LLEXT_MEM_COUNT)
			return 0; /* debug information, say */
		if (is_refill(ld) && walk->purpose != WALK_COUNT &&
		    ld->layout.sections[target].region != LLEXT_MEM_DATA)
			return 0;
	}
	table->target = target;
	table->section = &ld->layout.sections[target];
	table->size = target != 0 ? ld->headers.shdrs[target].sh_size : 0;
	table->entry_bytes = has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	table->has_addend = has_addend;
	table->compact = is_compact_type(shdr->sh_type);
	return check_table(table, shdr);
}

/*
 * Open a table of the form that nearly all have, in a relocatable file, for a section that is
 * loaded. @return false: it has another form, or is malformed.
 */
static inline bool open_as_most(struct walk *walk, uint32_t index, const elf_shdr_t *shdr)
{
	struct table *table = &walk->table;
	const struct load *ld = table->ld;
	uint32_t target = shdr->sh_info;

	if (shdr->sh_type != MACHINE_TABLE || shdr->sh_link != ld->headers.symtab ||
	    shdr->sh_entsize != MACHINE_ENTRY || shdr->sh_size % MACHINE_ENTRY != 0 ||
	    target == 0 || target >= ld->headers.section_count || !walk->plain)
		return false;
	table->section = &ld->layout.sections[target];
	if (table->section->region == LLEXT_MEM_COUNT ||
	    ld->headers.shdrs[target].sh_type == SHT_NOBITS)
		return false;
	table->index = index;
	table->target = target;
	table->size = ld->headers.shdrs[target].sh_size;
	table->entry_bytes = MACHINE_ENTRY;
	table->has_addend = LLEXT_ARCH_RELA_ONLY;
	table->compact = false;
	return true;
}

/* ---- one relocation ---- */

int llext_check_place(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	size_t bytes = reloc->encoding->bytes;

	if (table->target != 0) {
		if (!fits(reloc->offset, bytes, table->size))
			return llext_fail_reloc(table, reloc, -ENOEXEC,
						"relocation outside its section");
		return 0;
	}
	if (!llext_in_segments(ld, reloc->offset + ld->linked.image_low, bytes))
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside every segment");
	return 0;
}

/* The load does not apply this relocation, so it is not counted. */
static int pass_over(const struct walk *walk)
{
	if (walk->purpose == WALK_COUNT)
		walk->table.ld->made.relocation_count--;
	return 0;
}

/* Check any relocation and pass it to the walk's function. Each check relies on those before it. */
static __attribute__((noinline)) int visit(struct walk *walk, const struct kind *kind,
					   uint32_t symbol, elf_addr offset, elf_addr addend)
{
	struct table *table = &walk->table;
	struct load *ld = table->ld;
	const struct reloc_type *type = kind->type;
	const struct reloc reloc = {
		.type = type,
		.encoding = llext_arch_encoding(type->encoding),
		.number = kind->number,
		.symbol = symbol,
		.offset = offset - ld->linked.image_low, /* 0 in a relocatable file */
		.addend = (elf_saddr)addend,
	};
	uint8_t flags;
	int rc;

	step_point(ld, 3);
	if (reloc.symbol >= ld->symbols.count)
		return llext_fail_reloc(table, &reloc, -ENOEXEC, "relocation against no symbol");
	if (type->value == RELOC_NONE)
		return pass_over(walk);
	if (type->value == RELOC_UNSUPPORTED)
		return llext_fail_reloc(table, &reloc, -ENOTSUP,
					"relocation type is not supported");
	if (!LLEXT_ON(CONFIG_LLEXT_TLS) && (type->flags & RELOC_TLS))
		return llext_fail_reloc(table, &reloc, -ENOTSUP,
					"thread-local storage is not supported");
	if ((type->flags & RELOC_DYNAMIC) && !is_shared_object(ld))
		return llext_fail_reloc(table, &reloc, -ENOEXEC,
					"dynamic relocation in a relocatable file");
	rc = llext_symtab_view_read(ld, reloc.symbol);
	if (rc < 0)
		return rc;
	flags = symbol_flags(ld, reloc.symbol);
	rc = llext_tls_check(table, &reloc, flags);
	if (rc != 0)
		return rc;
	if ((flags & (SYMBOL_UNLOADED | SYMBOL_IMPORT)) == SYMBOL_UNLOADED && !is_tls(flags))
		return llext_fail_reloc(table, &reloc, -ENOEXEC,
					"relocation against a section that is not loaded");
	rc = llext_check_place(table, &reloc);
	if (rc != 0)
		return rc;
	/* A low half applies if its high half does, which may be against an import. */
	if (!relocates_local(ld) && !(flags & SYMBOL_IMPORT) && type->value != RELOC_PAIR)
		return pass_over(walk);
	return walk->fn(table, &reloc);
}

static uint32_t entry_type(const uint8_t *entry)
{
	return ELF_R_TYPE(read_word(entry + offsetof(elf_rel_t, r_info)));
}

static uint32_t entry_symbol(const uint8_t *entry)
{
	return ELF_R_SYM(read_word(entry + offsetof(elf_rel_t, r_info)));
}

static elf_addr entry_addend(const struct table *table, const uint8_t *entry)
{
	return table->has_addend ? read_word(entry + offsetof(elf_rela_t, r_addend)) : 0;
}

/*
 * Count the entries at hand, at least one. Loads spend their time in these loops, so they do what
 * is ordinary themselves, and visit everything else.
 */
static int count_entries(struct walk *walk, const uint8_t *entry, const uint8_t *end)
{
	const struct table *table = &walk->table;
	const uint8_t *flags = table->ld->symbols.flags;
	uint32_t symbol_count = table->ld->symbols.count;
	const struct kind *kind = llext_find_kind(walk, entry_type(entry));
	int rc = 0;

	for (; rc == 0 && entry < end; entry += table->entry_bytes) {
		elf_addr info = read_word(entry + offsetof(elf_rel_t, r_info));
		elf_addr offset = read_word(entry);
		uint32_t symbol = ELF_R_SYM(info);

		if (kind->number != ELF_R_TYPE(info))
			kind = llext_find_kind(walk, ELF_R_TYPE(info));
		if (symbol >= symbol_count || offset >= kind->span ||
		    (flags[symbol] & kind->mask) != kind->expected)
			rc = visit(walk, kind, symbol, offset, entry_addend(table, entry));
	}
	return rc;
}

/* Apply a relocation that the machine's own loop does not know. */
static int one(struct walk *walk, const struct kind *kind, uint32_t symbol, elf_addr offset,
	       elf_addr addend)
{
	if (offset < kind->span && llext_apply_ordinary(&walk->table, kind, symbol, offset, addend))
		return 0;
	return visit(walk, kind, symbol, offset, addend);
}

/* *@kind is that of the entry before, and becomes that of this one; NULL: there was none. */
static int one_entry(struct walk *walk, const uint8_t *entry, const struct kind **kind)
{
	elf_addr info = read_word(entry + offsetof(elf_rel_t, r_info));

	if (*kind == NULL || (*kind)->number != ELF_R_TYPE(info))
		*kind = llext_find_kind(walk, ELF_R_TYPE(info));
	return one(walk, *kind, ELF_R_SYM(info), read_word(entry),
		   entry_addend(&walk->table, entry));
}

/* Apply entries by the machine's own loop, and one by one those that it leaves. */
static int apply_entries(struct walk *walk, const uint8_t *entry, const uint8_t *end)
{
	const struct kind *kind = NULL;
	int rc;

	for (;;) {
		entry = llext_fast_apply(&walk->table, entry, end);
		if (entry == end)
			return 0;
		rc = llext_symtab_view_read(walk->table.ld, entry_symbol(entry));
		if (rc < 0)
			return rc;
		if (rc > 0) /* now its symbol is there */
			continue;
		do {
			rc = one_entry(walk, entry, &kind);
			entry += walk->table.entry_bytes;
		} while (rc == 0 && entry < end && !llext_fast_knows(entry_type(entry)));
		if (rc != 0 || entry == end)
			return rc;
	}
}

/* Likewise on a machine that has a loop that counts. */
static int count_by_loop(struct walk *walk, const uint8_t *entry, const uint8_t *end)
{
	const struct kind *kind = NULL;
	int rc = 0;

	while (rc == 0) {
		entry = llext_fast_count(&walk->table, entry, end);
		if (entry == end)
			break;
		rc = one_entry(walk, entry, &kind);
		entry += walk->table.entry_bytes;
		if (entry == end)
			break;
	}
	return rc;
}

/*
 * Visit every entry: in a build without fast loops, and where the function is to get all of them.
 */
static int visit_entries(struct walk *walk, const uint8_t *entry, const uint8_t *end)
{
	const struct table *table = &walk->table;
	int rc = 0;

	for (; rc == 0 && entry < end; entry += table->entry_bytes) {
		elf_addr info = read_word(entry + offsetof(elf_rel_t, r_info));
		const struct kind kind = {.number = ELF_R_TYPE(info),
					  .type = llext_arch_reloc(ELF_R_TYPE(info))};

		rc = visit(walk, &kind, ELF_R_SYM(info), read_word(entry),
			   entry_addend(table, entry));
	}
	return rc;
}

static int walk_entries(struct walk *walk, const uint8_t *entries, size_t bytes)
{
	if (!LLEXT_ON(CONFIG_LLEXT_QUICK))
		return visit_entries(walk, entries, entries + bytes);
	if (walk->purpose == WALK_APPLY)
		return apply_entries(walk, entries, entries + bytes);
	if (LLEXT_ARCH_PAIRS && walk->purpose == WALK_ALL)
		return visit_entries(walk, entries, entries + bytes);
	return (LLEXT_FAST_RISCV ? count_by_loop : count_entries)(walk, entries, entries + bytes);
}

static int walk_table(struct walk *walk, struct stream *stream)
{
	size_t entry_bytes = walk->table.entry_bytes;
	int rc = 0;

	if (walk->purpose == WALK_COUNT)
		walk->table.ld->made.relocation_count +=
			(stream->ready + stream->left) / entry_bytes;
	while (rc == 0 && (stream->ready | stream->left) != 0) {
		size_t bytes = stream->ready / entry_bytes * entry_bytes;

		if (bytes == 0) {
			rc = llext_stream_refill(stream, entry_bytes);
			continue;
		}
		rc = walk_entries(walk, stream->next, bytes);
		stream->next += bytes;
		stream->ready -= bytes;
	}
	return rc;
}

#if LLEXT_ON(CONFIG_LLEXT_PACKED)
int llext_walk_one(struct walk *walk, uint32_t number, uint32_t symbol, elf_addr offset)
{
	return one(walk, llext_find_kind(walk, number), symbol, offset, 0);
}

static int fail_compact(const struct table *table)
{
	return llext_fail_section(table->ld, -ENOEXEC, table->index,
				  "malformed compact relocation");
}

/* Decode some entries at a time to an ordinary table, for the same loops. */
static __attribute__((noinline)) int visit_compact(struct walk *walk, struct crel *crel,
						   const uint8_t *end, const uint8_t *enough)
{
	elf_addr batch[CREL_BATCH / sizeof(elf_addr)];
	bool sound = true;
	int rc = 0;

	while (rc == 0 && sound && crel->left > 0 && crel->next < enough) {
		size_t bytes =
			llext_crel_batch(&walk->table, crel, end, enough, (uint8_t *)batch, &sound);

		if (bytes > 0)
			rc = walk_entries(walk, (const uint8_t *)batch, bytes);
	}
	return rc != 0 || sound ? rc : fail_compact(&walk->table);
}

/*
 * So far entries may begin: those behind may not be at hand as a whole. An entry may be a single
 * byte, and counts as two, so a load in steps goes no further than it has bytes for half of that.
 */
static const uint8_t *enough_of(const struct stream *stream, const uint8_t *end)
{
	const uint8_t *enough = stream->left > 0 ? end - (CREL_ENTRY_BYTES - 1) : end;
	size_t bytes = enough > stream->next ? (size_t)(enough - stream->next) : 0;

	if (is_stepped(stream->ld))
		bytes = (step_share(stream->ld, 2 * bytes, 1) + 1) / 2;
	return stream->next + bytes;
}

/* Likewise: the walk over ordinary tables has its registers, too. */
static __attribute__((noinline)) int walk_compact(struct walk *walk, struct stream *stream)
{
	struct table *table = &walk->table;
	struct crel crel;
	int rc;

	if (table->ld->headers.shdrs[table->index].sh_type == SHT_LLEXT_RUNS) {
		rc = llext_runs_apply(walk, stream);
		if (rc <= 0)
			return rc;
	}
	rc = llext_crel_open(table, stream, &crel);
	if (rc == 0 && walk->purpose == WALK_COUNT)
		table->ld->made.relocation_count += (size_t)crel.left;
	while (rc == 0 && crel.left > 0) {
		elf_xword left;
		const uint8_t *end;

		if (stream->ready < CREL_ENTRY_BYTES && stream->left > 0)
			rc = llext_stream_refill(stream, 1);
		if (rc == 0 && stream->ready == 0)
			rc = fail_compact(table);
		if (rc != 0)
			return rc;
		end = stream->next + stream->ready;
		crel.next = stream->next;
		left = crel.left;
		rc = visit_compact(walk, &crel, end, enough_of(stream, end));
		step_point(table->ld, 2 * (size_t)(left - crel.left));
		stream->ready = (size_t)(end - crel.next);
		stream->next = crel.next;
	}
	if (rc == 0 && (stream->ready > 0 || stream->left > 0))
		rc = llext_fail_section(table->ld, -ENOEXEC, table->index,
					"compact relocations end before their section does");
	return rc;
}
#else
#define walk_compact walk_table /* there is none */
#endif

/*
 * Find a table in the window, if all of it came there with one before, as most of the thousands do
 * that some files have, or in the file that was read in one piece. @return false: neither, or it is
 * empty, or a load in steps may not take it as one.
 */
static inline bool at_hand(const struct load *ld, const elf_shdr_t *shdr, const uint8_t **entry)
{
	const struct load_source *source = &ld->source;
	size_t offset = (size_t)shdr->sh_offset, bytes = (size_t)shdr->sh_size;
	size_t lead = offset - source->window_offset;

	if (lead < source->window_filled && bytes - 1 < source->window_filled - lead)
		*entry = source->window + lead;
	else if (source->whole != NULL && ld->ldr->seek != NULL && bytes != 0)
		*entry = source->whole + offset;
	else
		return false;
	return !is_stepped(ld);
}

int llext_walk_table(struct walk *walk, uint32_t index)
{
	struct table *table = &walk->table;
	const elf_shdr_t *shdr = &table->ld->headers.shdrs[index];
	const uint8_t *entry, *end;
	struct stream stream;
	bool plain = LLEXT_ON(CONFIG_LLEXT_QUICK) && open_as_most(walk, index, shdr);
	int rc = plain ? 1 : open_table(walk, index, shdr);

	if (rc <= 0)
		return rc;
	if (plain && walk->few && at_hand(table->ld, shdr, &entry)) {
		end = entry + shdr->sh_size;
		entry = llext_fast_few(table, entry, end);
		if (entry == end)
			return 0;
		llext_stream_memory(&stream, table->ld, entry, (size_t)(end - entry));
	} else {
		rc = llext_stream_open(&stream, table->ld, shdr);
		if (rc != 0)
			return rc;
	}
	walk->has_kinds = false;
	return table->compact ? walk_compact(walk, &stream) : walk_table(walk, &stream);
}
