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

static int check_place(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	elf_addr offset = reloc->offset;

	if (table->target != 0) {
		if (!fits(offset, reloc->encoding->bytes, ld->shdrs[table->target].sh_size))
			return llext_fail_reloc(table, reloc, -ENOEXEC,
						"relocation outside its section");
		return 0;
	}
	for (size_t i = 0; i < ld->segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (offset + ld->image_low >= s->vaddr &&
		    fits(offset + ld->image_low - s->vaddr, reloc->encoding->bytes, s->memsz))
			return 0;
	}
	return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside every segment");
}

static int decode(struct table *table, struct stream *stream, struct reloc *reloc)
{
	const struct load *ld = table->ld;
	elf_rela_t entry = {0};
	int rc = table->has_addend ? stream_next(stream, &entry, sizeof(elf_rela_t))
				   : stream_next(stream, &entry, sizeof(elf_rel_t));

	if (rc != 0)
		return rc;
	reloc->number = ELF_R_TYPE(entry.r_info);
	reloc->symbol = ELF_R_SYM(entry.r_info);
	reloc->type = llext_arch_reloc(reloc->number);
	reloc->encoding = llext_arch_encoding(reloc->type->encoding);
	reloc->offset = entry.r_offset - (table->target == 0 ? ld->image_low : 0);
	reloc->addend = entry.r_addend;
	if (reloc->symbol >= ld->symbol_count)
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation against no symbol");
	if (reloc->type->value == RELOC_NONE)
		return 0;
	if (reloc->type->value == RELOC_UNSUPPORTED)
		return llext_fail_reloc(table, reloc, -ENOTSUP, "relocation type is not supported");
	if (reloc->type->value == RELOC_TLS)
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"thread-local storage is not supported");
	if ((reloc->type->flags & RELOC_DYNAMIC) && !is_shared_object(ld))
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"dynamic relocation in a relocatable file");
	if ((ld->flags[reloc->symbol] & (SYMBOL_UNLOADED | SYMBOL_IMPORT)) == SYMBOL_UNLOADED)
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"relocation against a section that is not loaded");
	return check_place(table, reloc);
}

/* Is this relocation not for us to apply? */
static bool left_alone(const struct load *ld, const struct reloc *reloc)
{
	return reloc->type->value == RELOC_NONE ||
	       (reloc->type->value == RELOC_ALIGN && ld->param->pre_located) ||
	       (!ld->param->relocate_local && !(ld->flags[reloc->symbol] & SYMBOL_IMPORT) &&
		reloc->type->value != RELOC_PAIR); /* its first half may be an import's */
}

bool llext_in_range(const struct reloc_encoding *encoding, elf_addr value, int64_t *limit)
{
	unsigned int bits = encoding->bits;
	bool is_signed = encoding->check == CHECK_SIGNED || encoding->check == CHECK_ROUNDED ||
			 encoding->check == CHECK_ENCODER;
	int64_t signed_value = (elf_saddr)value;
	int64_t low = 0, high = INT64_MAX;

	if (encoding->check == CHECK_NONE || bits >= 8 * sizeof(elf_addr))
		return true;
	if (encoding->check == CHECK_UNSIGNED)
		signed_value = value > (elf_addr)INT64_MAX ? INT64_MAX : (int64_t)value;
	else
		low = -((int64_t)1 << (encoding->check == CHECK_BITFIELD ? bits : bits - 1));
	if (bits < 63)
		high = ((int64_t)1 << (is_signed ? bits - 1 : bits)) - 1;
	if (encoding->check == CHECK_ROUNDED) {
		low -= 0x800;
		high -= 0x800;
	} else if (encoding->check == CHECK_ENCODER) {
		low += 8; /* instructions count from a few bytes behind the place */
		high -= 8;
	}
	*limit = signed_value < low ? low : high;
	return signed_value >= low && signed_value <= high;
}

int llext_table_walk(struct table *table, int (*fn)(struct table *table, const struct reloc *reloc))
{
	struct load *ld = table->ld;
	const elf_shdr_t *shdr = &ld->shdrs[table->index];
	struct stream stream;
	struct reloc reloc;
	int rc = 0;

	llext_stream_open(&stream, ld, shdr);
	for (size_t count = (size_t)shdr->sh_size / table->entry_bytes; rc == 0 && count > 0;
	     count--) {
		rc = decode(table, &stream, &reloc);
		if (rc == 0 && !left_alone(ld, &reloc))
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
	llext_stream_open(&stream, ld, shdr);
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
