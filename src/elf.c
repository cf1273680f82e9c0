/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file's headers, checked once: after this stage every section lies inside the file, has a
 * name that ends, a sound alignment, and a type and flags that a load can handle.
 */
#include "internal.h"

static int check_ident(const struct load *ld)
{
	const unsigned char *ident = ld->ehdr.e_ident;

	if (memcmp(ident, "\177ELF", 4) != 0)
		return llext_fail(ld, -ENOEXEC, "not an ELF file");
	if (ident[EI_CLASS] != ELF_CLASS) {
		int rc = llext_fail(ld, -ENOEXEC, "wrong ELF class (1: 32-bit, 2: 64-bit)");

		llext_diag_values(ELF_CLASS, ident[EI_CLASS]);
		return rc;
	}
	if (ident[EI_DATA] != ELFDATA2LSB)
		return llext_fail(ld, -ENOEXEC, "not little-endian");
	if (ident[EI_VERSION] != EV_CURRENT || ld->ehdr.e_version != EV_CURRENT)
		return llext_fail(ld, -ENOEXEC, "unknown ELF version");
	return 0;
}

static int check_ehdr(const struct load *ld)
{
	const elf_ehdr_t *ehdr = &ld->ehdr;
	const char *reason;
	int rc = check_ident(ld);

	if (rc != 0)
		return rc;
	if (!(ehdr->e_type == ET_REL &&
	      (CONFIG_LLEXT_TYPE_ELF_OBJECT || CONFIG_LLEXT_TYPE_ELF_RELOCATABLE)) &&
	    !(ehdr->e_type == ET_DYN && CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) && !is_executable(ld)) {
		rc = llext_fail(ld, -ENOEXEC,
				"this ELF type is not accepted (1: REL, 2: EXEC, 3: DYN)");
		llext_diag_values(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB ? ET_DYN : ET_REL, ehdr->e_type);
		return rc;
	}
	reason = llext_arch_check(ehdr);
	if (reason != NULL) {
		rc = llext_fail(ld, -ENOEXEC, reason);
		llext_diag_values(0, ehdr->e_machine);
		return rc;
	}
	if (ehdr->e_ehsize != sizeof(elf_ehdr_t) || ehdr->e_shentsize != sizeof(elf_shdr_t))
		return llext_fail(ld, -ENOEXEC, "wrong size of ELF or section header");
	if (ehdr->e_shoff == 0 || ehdr->e_shoff % sizeof(elf_addr) != 0)
		return llext_fail(ld, -ENOEXEC, "no section headers, or misaligned ones");
	return 0;
}

/* e_shnum and e_shstrndx, or where they are too small to say it, the first section header. */
static int section_numbers(struct load *ld, uint32_t *names)
{
	elf_shdr_t first;
	int rc;

	ld->section_count = ld->ehdr.e_shnum;
	*names = ld->ehdr.e_shstrndx;
	if (ld->section_count == 0 || *names == SHN_XINDEX) {
		rc = llext_source_read(ld, (size_t)ld->ehdr.e_shoff, &first, sizeof(first));
		if (rc != 0)
			return rc;
		if (ld->section_count == 0) {
			if (first.sh_size < SHN_LORESERVE || first.sh_size > UINT32_MAX)
				return llext_fail(ld, -ENOEXEC, "no sections");
			ld->section_count = (uint32_t)first.sh_size;
		}
		if (*names == SHN_XINDEX)
			*names = first.sh_link;
	}
	if (ld->section_count < 2 || *names == 0 || *names >= ld->section_count)
		return llext_fail(ld, -ENOEXEC, "no section names");
	return 0;
}

static bool type_known(const struct load *ld, const elf_shdr_t *shdr)
{
	switch (shdr->sh_type) {
	case SHT_PROGBITS:
	case SHT_NOBITS:
	case SHT_NOTE:
	case SHT_INIT_ARRAY:
	case SHT_FINI_ARRAY:
	case SHT_PREINIT_ARRAY:
		return true;
	case SHT_DYNSYM:
	case SHT_STRTAB:
	case SHT_HASH:
	case SHT_DYNAMIC:
	case SHT_REL:
	case SHT_RELA:
	case SHT_RELR:
	case SHT_GNU_HASH:
	case SHT_GNU_VERDEF:
	case SHT_GNU_VERNEED:
	case SHT_GNU_VERSYM:
		return is_linked(ld);
	default:
		return shdr->sh_type >= SHT_LOPROC && shdr->sh_type <= SHT_HIPROC &&
		       (shdr->sh_type == llext_arch.section_type ||
			shdr->sh_type == llext_arch.unwind_type);
	}
}

static int check_loaded_section(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];

	if (!type_known(ld, shdr))
		return fail_section(ld, -ENOTSUP, index, "loaded section of unknown type");
	if ((shdr->sh_flags & SHF_WRITE) && (shdr->sh_flags & SHF_EXECINSTR))
		return fail_section(ld, -ENOEXEC, index, "section is writable and executable");
	if (shdr->sh_flags & SHF_COMPRESSED)
		return fail_section(ld, -ENOTSUP, index, "loaded section is compressed");
	if (shdr->sh_flags & SHF_OS_NONCONFORMING)
		return fail_section(ld, -ENOTSUP, index, "loaded section needs a linker's help");
	if (shdr->sh_addralign > MAX_ALIGN) {
		int rc = fail_section(ld, -ENOTSUP, index, "alignment above the limit");

		llext_diag_values((int64_t)MAX_ALIGN, (int64_t)shdr->sh_addralign);
		return rc;
	}
	return 0;
}

static int check_section(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];

	if (shdr->sh_name >= ld->names_length)
		return fail_section(ld, -ENOEXEC, index, "section name outside its string table");
	if (shdr->sh_type == SHT_NULL)
		return 0;
	if (shdr->sh_addralign > 1 && !is_power_of_two(shdr->sh_addralign))
		return fail_section(ld, -ENOEXEC, index, "alignment is not a power of two");
	if (shdr->sh_type != SHT_NOBITS && !fits(shdr->sh_offset, shdr->sh_size, ld->length)) {
		int rc = fail_section(ld, -ENOEXEC, index, "section does not lie inside the file");

		llext_diag_values((int64_t)ld->length, (int64_t)shdr->sh_offset);
		return rc;
	}
	/* A string table in use is exempt from none of this; its end is checked where it is read.
	 */
	return shdr->sh_flags & SHF_ALLOC ? check_loaded_section(ld, index) : 0;
}

/* ---- no two sections share bytes of the file ---- */

struct range {
	uint64_t start, end;
	uint32_t section;
};

static bool range_less(const void *a, const void *b, const void *context)
{
	(void)context;
	return ((const struct range *)a)->start < ((const struct range *)b)->start;
}

/* The bytes of the file that a section takes; false where it takes none that matter. */
static bool section_range(const struct load *ld, uint32_t index, struct range *range)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];

	if (shdr->sh_type == SHT_NULL || shdr->sh_type == SHT_NOBITS || shdr->sh_size == 0)
		return false;
	*range = (struct range){shdr->sh_offset, shdr->sh_offset + shdr->sh_size, index};
	return true;
}

static int check_sorted_overlap(struct load *ld)
{
	size_t count = 0;
	struct range *ranges =
		llext_transient(ld, ld->section_count * sizeof(*ranges), sizeof(uint64_t));

	if (ranges == NULL)
		return -ENOMEM;
	for (uint32_t i = 1; i < ld->section_count; i++)
		count += section_range(ld, i, &ranges[count]);
	llext_sort(ranges, count, sizeof(*ranges), range_less, NULL);
	for (size_t i = 1; i < count; i++) {
		if (ranges[i].start < ranges[i - 1].end) {
			int rc = fail_section(ld, -ENOEXEC, ranges[i].section,
					      "section overlaps another one");

			llext_diag_offset(ranges[i].start);
			return rc;
		}
	}
	return 0;
}

static int check_overlap(struct load *ld)
{
	uint64_t table = ld->ehdr.e_shoff;
	uint64_t table_end = table + (uint64_t)ld->section_count * sizeof(elf_shdr_t);
	uint64_t end = 0;
	bool ascending = true;
	struct range range;

	for (uint32_t i = 1; i < ld->section_count; i++) {
		if (!section_range(ld, i, &range))
			continue;
		if (range.start < sizeof(elf_ehdr_t) ||
		    (range.start < table_end && table < range.end))
			return fail_section(ld, -ENOEXEC, i, "section overlaps the file's headers");
		ascending = ascending && range.start >= end;
		end = range.end;
	}
	/* Files straight from a linker are in order; others cost a sort. */
	return ascending ? 0 : check_sorted_overlap(ld);
}

/* ---- section headers, string tables ---- */

static int open_strings(struct load *ld, uint32_t section, const char **strings, size_t *length)
{
	const elf_shdr_t *shdr = &ld->shdrs[section];
	const void *view;
	int rc;

	if (shdr->sh_type != SHT_STRTAB)
		return fail_section(ld, -ENOEXEC, section, "not a string table");
	if (shdr->sh_size == 0 || !fits(shdr->sh_offset, shdr->sh_size, ld->length))
		return fail_section(ld, -ENOEXEC, section,
				    "string table is empty or not inside the file");
	rc = llext_source_view(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size, 1, &view);
	if (rc != 0)
		return rc;
	*strings = view;
	*length = (size_t)shdr->sh_size;
	if ((*strings)[*length - 1] != '\0') {
		/* A name that runs on is worse than none, also in the message about it. */
		*length = 0;
		return fail_section(ld, -ENOEXEC, section, "string table does not end with NUL");
	}
	return 0;
}

static int find_symbol_table(struct load *ld)
{
	uint32_t wanted = is_shared_object(ld) ? SHT_DYNSYM : SHT_SYMTAB;
	const elf_shdr_t *shdr;
	uint64_t count;

	for (uint32_t i = 1; i < ld->section_count; i++) {
		if (ld->shdrs[i].sh_type != wanted)
			continue;
		if (ld->symtab != 0)
			return fail_section(ld, -ENOEXEC, i, "more than one symbol table");
		ld->symtab = i;
	}
	if (ld->symtab == 0)
		return llext_fail(ld, -ENOEXEC, "no symbol table");
	shdr = &ld->shdrs[ld->symtab];
	count = shdr->sh_size / sizeof(elf_sym_t);
	if (shdr->sh_entsize != sizeof(elf_sym_t) || shdr->sh_size % sizeof(elf_sym_t) != 0 ||
	    count == 0 || count > UINT32_MAX)
		return fail_section(ld, -ENOEXEC, ld->symtab, "wrong size of symbol table");
	ld->symbol_count = (uint32_t)count;
	if (shdr->sh_info > ld->symbol_count)
		return fail_section(ld, -ENOEXEC, ld->symtab, "more local symbols than symbols");
	if (shdr->sh_link == 0 || shdr->sh_link >= ld->section_count)
		return fail_section(ld, -ENOEXEC, ld->symtab, "no such string table");
	return open_strings(ld, shdr->sh_link, &ld->strings, &ld->strings_length);
}

const char *llext_section_name(const struct load *ld, uint32_t section)
{
	if (section >= ld->section_count || ld->shdrs[section].sh_name >= ld->names_length)
		return "";
	return ld->names + ld->shdrs[section].sh_name;
}

int llext_name_length(struct load *ld, size_t offset, size_t *length)
{
	/* The table ends with NUL, so this stays inside it. */
	*length = strlen(ld->strings + offset);
	if (*length >= ld->name_budget) {
		int rc = llext_fail(ld, -ENOEXEC, "symbol names overlap without end");

		llext_diag_offset(offset);
		return rc;
	}
	ld->name_budget -= *length;
	return 0;
}

int llext_elf_open(struct load *ld)
{
	uint32_t names;
	const void *view;
	int rc = llext_source_read(ld, 0, &ld->ehdr, sizeof(ld->ehdr));

	if (rc == 0)
		rc = check_ehdr(ld);
	if (rc == 0)
		rc = section_numbers(ld, &names);
	if (rc != 0)
		return rc;
	if (!fits(ld->ehdr.e_shoff, (uint64_t)ld->section_count * sizeof(elf_shdr_t), ld->length)) {
		rc = llext_fail(ld, -ENOEXEC, "section headers do not lie inside the file");
		llext_diag_offset(ld->ehdr.e_shoff);
		return rc;
	}
	rc = llext_source_view(ld, (size_t)ld->ehdr.e_shoff, ld->section_count * sizeof(elf_shdr_t),
			       sizeof(elf_addr), &view);
	if (rc != 0)
		return rc;
	ld->shdrs = view;
	if (ld->shdrs[0].sh_type != SHT_NULL)
		return llext_fail(ld, -ENOEXEC, "the first section header is not null");
	rc = open_strings(ld, names, &ld->names, &ld->names_length);
	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++)
		rc = check_section(ld, i);
	if (rc == 0)
		rc = check_overlap(ld);
	if (rc == 0)
		rc = find_symbol_table(ld);
	/* Linkers share the ends of names; nothing but malice shares much more than that. */
	ld->name_budget = 16 * ld->strings_length + 65536;
	return rc;
}
