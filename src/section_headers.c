/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section headers, checked once. After this every section lies inside the file, shares no bytes of
 * it with another one, and has a name that ends, a valid alignment, and a type and flags that a
 * load can handle.
 */
#include "internal.h"
#include "steps.h"

/* Types of sections that are loaded, as bits; those that only a linked file loads. */
#define LOADED_TYPES                                                                               \
	(1u << SHT_PROGBITS | 1u << SHT_NOBITS | 1u << SHT_NOTE | 1u << SHT_INIT_ARRAY |           \
	 1u << SHT_FINI_ARRAY | 1u << SHT_PREINIT_ARRAY)
#define SHARED_TYPES                                                                               \
	(1u << SHT_DYNSYM | 1u << SHT_STRTAB | 1u << SHT_HASH | 1u << SHT_DYNAMIC |                \
	 1u << SHT_REL | 1u << SHT_RELA | 1u << SHT_RELR)

static inline __attribute__((always_inline)) bool is_one_of(uint32_t types, uint32_t type)
{
	return type < 32 && (types >> type & 1) != 0;
}

static bool type_known(const struct load *ld, uint32_t type)
{
	if (is_one_of(is_linked(ld) ? LOADED_TYPES | SHARED_TYPES : LOADED_TYPES, type))
		return true;
	if (is_linked(ld) && (type == SHT_GNU_HASH || type == SHT_GNU_VERDEF ||
			      type == SHT_GNU_VERNEED || type == SHT_GNU_VERSYM))
		return true;
	/* An architecture without such a type has 0 here. */
	return type == llext_arch.section_type || type == llext_arch.unwind_type;
}

/* @return 0, or an error that says what is wrong with the section. */
static int wrong_loaded_section(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];

	if (!type_known(ld, shdr->sh_type))
		return llext_fail_section(ld, -ENOTSUP, index, "loaded section of unknown type");
	if ((shdr->sh_flags & SHF_WRITE) && (shdr->sh_flags & SHF_EXECINSTR))
		return llext_fail_section(ld, -ENOEXEC, index,
					  "section is writable and executable");
	if (shdr->sh_flags & SHF_COMPRESSED)
		return llext_fail_section(ld, -ENOTSUP, index, "loaded section is compressed");
	if (shdr->sh_flags & SHF_OS_NONCONFORMING)
		return llext_fail_section(ld, -ENOTSUP, index,
					  "loaded section needs a linker's help");
	if (shdr->sh_addralign > MAX_ALIGN)
		return llext_diag_sizes(
			llext_fail_section(ld, -ENOTSUP, index, "alignment above the limit"),
			MAX_ALIGN, (size_t)shdr->sh_addralign);
	return 0;
}

static inline __attribute__((always_inline)) bool loads_as_most_do(const elf_shdr_t *shdr)
{
	elf_xword refused = SHF_COMPRESSED | SHF_OS_NONCONFORMING,
		  exclusive = SHF_WRITE | SHF_EXECINSTR;

	return !(shdr->sh_flags & refused) && (shdr->sh_flags & exclusive) != exclusive &&
	       shdr->sh_addralign <= MAX_ALIGN && is_one_of(LOADED_TYPES, shdr->sh_type);
}

/* ---- no two sections share bytes of the file ---- */

/*
 * Check the bytes of a section. *@end is where those of the sections before it end. @return 0; 1:
 * this one's begin before that; or a negative errno.
 */
static int check_bytes(const struct load *ld, uint32_t index, size_t *end)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	size_t start = (size_t)shdr->sh_offset, before = *end;
	size_t table = (size_t)ld->file.ehdr.e_shoff;

	if (shdr->sh_type == SHT_NULL || shdr->sh_type == SHT_NOBITS)
		return 0;
	if (!fits(start, (size_t)shdr->sh_size, ld->source.length))
		return llext_diag_sizes(llext_fail_section(ld, -ENOEXEC, index,
							   "section does not lie inside the file"),
					ld->source.length, start);
	if (shdr->sh_size == 0)
		return 0;
	*end = start + (size_t)shdr->sh_size;
	if (start < sizeof(elf_ehdr_t) ||
	    (start < table + ld->headers.section_count * sizeof(elf_shdr_t) && table < *end))
		return llext_fail_section(ld, -ENOEXEC, index,
					  "section overlaps the file's headers");
	return start < before;
}

static bool begins_before(const void *a, const void *b, const void *context)
{
	const elf_shdr_t *shdrs = context;

	return shdrs[*(const elf_addr *)a].sh_offset < shdrs[*(const elf_addr *)b].sh_offset;
}

/*
 * Sort the sections by offset and check that none overlaps the next: only if they are not in order.
 */
static int check_overlap(struct load *ld)
{
	size_t end = 0;
	elf_addr *sorted = /* section indexes, as words, which llext_sort() moves */
		llext_transient(ld, ld->headers.section_count * sizeof(*sorted), sizeof(*sorted));

	if (sorted == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < ld->headers.section_count; i++) {
		sorted[i] = i;
		step_brief(ld, i);
	}
	llext_sort(ld, sorted, ld->headers.section_count, sizeof(*sorted), begins_before,
		   ld->headers.shdrs);
	for (uint32_t i = 0; i < ld->headers.section_count; i++) {
		uint32_t index = (uint32_t)sorted[i];

		step_point(ld, 1);
		if (check_bytes(ld, index, &end) != 0)
			return llext_diag_offset(llext_fail_section(ld, -ENOEXEC, index,
								    "section overlaps another one"),
						 (size_t)ld->headers.shdrs[index].sh_offset);
	}
	return 0;
}

/* ---- section headers, string tables ---- */

/* @return as check_bytes() */
static int check_section(struct load *ld, uint32_t index, size_t *end)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	int rc;

	if (shdr->sh_name >= ld->file.names.length)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "section name outside its string table");
	if (shdr->sh_type == SHT_NULL)
		return 0;
	if ((shdr->sh_addralign & (shdr->sh_addralign - 1)) != 0)
		return llext_fail_section(ld, -ENOEXEC, index, "alignment is not a power of two");
	if ((shdr->sh_flags & SHF_ALLOC) && !loads_as_most_do(shdr)) {
		rc = wrong_loaded_section(ld, index);
		if (rc != 0)
			return rc;
	}
	return check_bytes(ld, index, end);
}

/*
 * The order of the sections in the file. Linkers write two runs of sections, each in the order of
 * the section headers: the relocation tables of an ET_REL file, and all others. The tables lie in a
 * gap between two of the others. In a file of this form no two sections overlap, and nothing has to
 * be sorted.
 */
struct order {
	size_t end;          /* of the others before the current section */
	size_t tables_start; /* SIZE_MAX: there was none yet */
	size_t tables_end;   /* of the tables before the current section */
	size_t gap_end;      /* start of the first other section behind tables_start */
	size_t limit;        /* of sections that take() takes */
	const elf_shdr_t *first_table, *last_table; /* those of RELR included; NULL: none */
	bool ascending;                             /* both runs are in order */
};

/* Add a section that is no table. */
static inline __attribute__((always_inline)) void add_other(struct order *order, size_t start,
							    size_t end)
{
	order->end = end;
	if (end > order->tables_start && start < order->gap_end)
		order->gap_end = start;
}

static void add_table(struct order *order, size_t start, size_t end)
{
	if (order->tables_start == SIZE_MAX && end > start) {
		order->tables_start = start;
		order->ascending = order->ascending && order->end <= start;
	}
	order->tables_end = end;
}

static bool is_table(const elf_shdr_t *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA;
}

static inline void note_table(struct order *order, const elf_shdr_t *shdr)
{
	order->last_table = shdr;
	if (order->first_table == NULL)
		order->first_table = shdr;
}

/* Note a section that the load will need. It may be noted twice. */
static __attribute__((noinline)) int note_section(struct load *ld, const elf_shdr_t *shdr,
						  struct order *order)
{
	uint32_t index;

	if (is_relocation_table(shdr) || shdr->sh_type == SHT_RELR) {
		note_table(order, shdr);
	} else if (shdr->sh_type == (is_shared_object(ld) ? SHT_DYNSYM : SHT_SYMTAB)) {
		index = (uint32_t)(shdr - ld->headers.shdrs);
		if (ld->headers.symtab != 0 && ld->headers.symtab != index)
			return llext_fail_section(ld, -ENOEXEC, index,
						  "more than one symbol table");
		ld->headers.symtab = index;
#if LLEXT_ARCH_ATTRIBUTES
	} else if (shdr->sh_type == SHT_ARCH_ATTRIBUTES && ld->file.attributes == NULL) {
		ld->file.attributes = shdr;
#endif
	}
	return 0;
}

/* Check a section that is to be noted, or one that is not known to be sound. */
static __attribute__((noinline)) int check_other(struct load *ld, const elf_shdr_t *shdr,
						 struct order *order)
{
	uint32_t index = (uint32_t)(shdr - ld->headers.shdrs);
	size_t start = (size_t)shdr->sh_offset;
	size_t end = is_table(shdr) ? order->tables_end : order->end;
	int rc = check_section(ld, index, &end);

	if (rc < 0)
		return rc;
	order->ascending = order->ascending && rc == 0;
	if (is_table(shdr))
		add_table(order, start, end);
	else if (shdr->sh_type != SHT_NULL && shdr->sh_type != SHT_NOBITS)
		add_other(order, start, end);
	return note_section(ld, shdr, order);
}

/* Types of sections, other than tables, that note_section() does not note. */
#define PLAIN (LOADED_TYPES | 1u << SHT_STRTAB | 1u << SHT_GROUP)

/*
 * Take a section that is sound, as nearly all are, and whose bytes lie behind those before it. Any
 * other is left to check_other().
 */
static inline __attribute__((always_inline)) bool take(struct load *ld, const elf_shdr_t *shdr,
						       struct order *order)
{
	size_t start = (size_t)shdr->sh_offset, end = start + (size_t)shdr->sh_size;

	if (shdr->sh_name >= ld->file.names.length ||
	    (shdr->sh_addralign & (shdr->sh_addralign - 1)) != 0 || end < start)
		return false;
	if (is_table(shdr) && !(shdr->sh_flags & SHF_ALLOC)) {
		if (start < order->tables_end || end > order->limit)
			return false;
		add_table(order, start, end);
		note_table(order, shdr);
		return true;
	}
	if (shdr->sh_flags & SHF_ALLOC
		    ? !loads_as_most_do(shdr)
		    : !is_one_of(PLAIN, shdr->sh_type) &&
			      (shdr->sh_type == SHT_NULL || note_section(ld, shdr, order) != 0))
		return false;
	if (shdr->sh_type == SHT_NOBITS)
		return true;
	if (start < order->end || end > order->limit)
		return false;
	add_other(order, start, end);
	return true;
}

/*
 * Linkers put the section headers behind all sections, and `tenon pack` before them. In another
 * file those behind them are checked one by one.
 */
static void begin(const struct load *ld, struct order *order)
{
	size_t headers = (size_t)ld->file.ehdr.e_shoff, start = sizeof(elf_ehdr_t);

	order->limit = headers;
	if (headers == start) {
		start += ld->headers.section_count * sizeof(elf_shdr_t);
		order->limit = ld->source.length;
	}
	order->end = order->tables_end = start;
	order->tables_start = order->gap_end = SIZE_MAX;
	order->first_table = order->last_table = NULL;
	order->ascending = true;
}

int llext_sections_check(struct load *ld)
{
	const elf_shdr_t *shdr = ld->headers.shdrs + 1,
			 *last = ld->headers.shdrs + ld->headers.section_count;
	struct order order;
	bool ordered;

	begin(ld, &order);
	while (shdr < last) {
		size_t count = step_share(ld, (size_t)(last - shdr), 1);
		const elf_shdr_t *end = shdr + count;

		step_point(ld, count);
		for (; shdr < end; shdr++) {
			int rc;

			if (LLEXT_ON(CONFIG_LLEXT_QUICK) && take(ld, shdr, &order))
				continue;
			rc = check_other(ld, shdr, &order);
			if (rc != 0)
				return rc;
		}
	}
	ordered = order.ascending && order.gap_end >= order.tables_end;
	if (order.first_table != NULL) {
		ld->file.tables = (uint32_t)(order.first_table - ld->headers.shdrs);
		ld->file.tables_end = (uint32_t)(order.last_table - ld->headers.shdrs) + 1;
	}
	if (ordered && order.tables_end > order.tables_start) {
		ld->file.tables_offset = order.tables_start;
		ld->file.tables_bytes = order.tables_end - order.tables_start;
	}
	return ordered ? 0 : check_overlap(ld);
}
