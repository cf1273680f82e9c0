/* SPDX-License-Identifier: Apache-2.0 */
/* The file's headers, checked once, and the place of each section in the image. */
#include "small.h"

static int check_ehdr(const elf_ehdr_t *ehdr)
{
	static const unsigned char right[] = {0x7f,      'E',         'L',       'F',
					      ELF_CLASS, ELFDATA2LSB, EV_CURRENT};

	if (memcmp(ehdr->e_ident, right, sizeof(right)) != 0 || ehdr->e_version != EV_CURRENT ||
	    ehdr->e_type != ET_REL || llext_arch_check(ehdr) != NULL ||
	    ehdr->e_ehsize != sizeof(*ehdr) || ehdr->e_shentsize != sizeof(elf_shdr_t) ||
	    ehdr->e_shnum < 2 || ehdr->e_shoff % sizeof(elf_addr) != 0 ||
	    ehdr->e_shstrndx >= ehdr->e_shnum)
		return -ENOEXEC;
	return 0;
}

/* Memory for the length of the load: what @bytes are before is to be said by sums that fit. */
static void *allocate(size_t bytes)
{
	return llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);
}

static int read_section_headers(struct load *ld)
{
	size_t count = ld->ehdr.e_shnum, own = count * sizeof(*ld->sections);
	size_t bytes = count * sizeof(elf_shdr_t);

	ld->section_count = (uint32_t)count;
	ld->sections = allocate(own + bytes + count * sizeof(elf_addr));
	if (ld->sections == NULL)
		return -ENOMEM;
	clear_words(ld->sections, own);
	ld->shdrs = (const elf_shdr_t *)(const void *)(ld->sections + count);
	return llext_small_read(ld, (size_t)ld->ehdr.e_shoff, ld->sections + count, bytes);
}

static int wrong_section(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	elf_xword refused = SHF_COMPRESSED | SHF_OS_NONCONFORMING | SHF_TLS;

	if (index == 0)
		return shdr->sh_type != SHT_NULL ? -ENOEXEC : 0;
	if (shdr->sh_type == SHT_NULL)
		return 0;
	if ((shdr->sh_addralign & (shdr->sh_addralign - 1)) != 0)
		return -ENOEXEC;
	if (shdr->sh_type == SHT_SYMTAB) {
		if (ld->symtab != 0)
			return -ENOEXEC;
		ld->symtab = index;
	}
	if (!(shdr->sh_flags & SHF_ALLOC))
		return 0;
	if ((shdr->sh_flags & SHF_WRITE) && (shdr->sh_flags & SHF_EXECINSTR))
		return -ENOEXEC;
	return (shdr->sh_flags & refused) || shdr->sh_addralign > MAX_ALIGN ? -ENOTSUP : 0;
}

static bool begins_before(const void *a, const void *b, const void *context)
{
	const elf_shdr_t *shdrs = context;

	return shdrs[*(const elf_addr *)a].sh_offset < shdrs[*(const elf_addr *)b].sh_offset;
}

/* No two sections share bytes of the file, or a small file could make work without end. */
static int check_bytes(struct load *ld)
{
	elf_addr *order = (elf_addr *)(uintptr_t)(ld->shdrs + ld->section_count);
	size_t end = sizeof(elf_ehdr_t), headers = (size_t)ld->ehdr.e_shoff;
	size_t headers_end = headers + ld->section_count * sizeof(elf_shdr_t);

	for (uint32_t i = 0; i < ld->section_count; i++)
		order[i] = i;
	llext_sort(order, ld->section_count, sizeof(*order), begins_before, ld->shdrs);
	for (uint32_t i = 0; i < ld->section_count; i++) {
		const elf_shdr_t *shdr = &ld->shdrs[order[i]];
		size_t start = (size_t)shdr->sh_offset, bytes = (size_t)shdr->sh_size;

		if (shdr->sh_type == SHT_NULL || shdr->sh_type == SHT_NOBITS)
			continue;
		if (!fits(start, bytes, ld->length))
			return -ENOEXEC;
		if (bytes == 0)
			continue;
		if (start < end || (start < headers_end && headers < start + bytes))
			return -ENOEXEC;
		end = start + bytes;
	}
	return 0;
}

/* Of a table of strings, the last byte is NUL: a name that begins inside it ends there. */
static int read_strings(struct load *ld, const elf_shdr_t *shdr, char *mem)
{
	int rc = llext_small_read(ld, (size_t)shdr->sh_offset, mem, (size_t)shdr->sh_size);

	return rc == 0 && mem[shdr->sh_size - 1] != '\0' ? -ENOEXEC : rc;
}

/* Symbols' values, targets and flags, and both tables of strings, in one allocation. */
static int read_tables(struct load *ld)
{
	const elf_shdr_t *symtab = &ld->shdrs[ld->symtab];
	const elf_shdr_t *strings = &ld->shdrs[symtab->sh_link];
	const elf_shdr_t *names = &ld->shdrs[ld->ehdr.e_shstrndx];
	elf_xword count = symtab->sh_size / sizeof(elf_sym_t);
	size_t each = 2 * sizeof(elf_addr) + 1;
	char *mem;
	int rc;

	if (symtab->sh_entsize != sizeof(elf_sym_t) || symtab->sh_size % sizeof(elf_sym_t) != 0 ||
	    count == 0 || symtab->sh_info > count || strings->sh_type != SHT_STRTAB ||
	    names->sh_type != SHT_STRTAB || strings->sh_size == 0 || names->sh_size == 0)
		return -ENOEXEC;
	/* Each of them is no larger than the file, whose length may be unknown. */
	if (count > SIZE_MAX / 4 / each || strings->sh_size > SIZE_MAX / 4 ||
	    names->sh_size > SIZE_MAX / 4)
		return -ENOMEM;
	ld->symbol_count = (uint32_t)count;
	ld->values = allocate((size_t)(count * each + strings->sh_size + names->sh_size));
	if (ld->values == NULL)
		return -ENOMEM;
	ld->flags = (uint8_t *)(ld->values + 2 * count);
	mem = (char *)ld->flags + count;
	ld->strings = mem;
	ld->strings_length = (size_t)strings->sh_size;
	ld->names = mem + strings->sh_size;
	ld->names_length = (size_t)names->sh_size;
	ld->name_budget = 16 * ld->strings_length + 65536;
	rc = read_strings(ld, strings, mem);
	return rc != 0 ? rc : read_strings(ld, names, mem + strings->sh_size);
}

int llext_small_headers(struct load *ld)
{
	int rc = llext_small_read(ld, 0, &ld->ehdr, sizeof(ld->ehdr));

	if (rc == 0)
		rc = check_ehdr(&ld->ehdr);
	if (rc == 0)
		rc = read_section_headers(ld);
	for (uint32_t i = 0; rc == 0 && i < ld->section_count; i++)
		rc = wrong_section(ld, i);
	if (rc == 0)
		rc = check_bytes(ld);
	if (rc == 0 && (ld->symtab == 0 || ld->shdrs[ld->symtab].sh_link >= ld->section_count))
		rc = -ENOEXEC;
	return rc != 0 ? rc : read_tables(ld);
}

/* ---- sections to places in the image ---- */

static bool is_named(const char *name, const char *stem)
{
	size_t length = strlen(stem);

	return strncmp(name, stem, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/* LLEXT_MEM_COUNT: it is refused. */
static enum llext_mem region_of(const struct load *ld, const elf_shdr_t *shdr)
{
	const char *name = ld->names + shdr->sh_name;

	switch (shdr->sh_type) {
	case SHT_INIT_ARRAY:
		return LLEXT_MEM_INIT;
	case SHT_FINI_ARRAY:
		return LLEXT_MEM_FINI;
	case SHT_PREINIT_ARRAY:
		return LLEXT_MEM_PREINIT;
	case SHT_NOBITS:
		return LLEXT_MEM_BSS;
	case SHT_PROGBITS:
	case SHT_NOTE:
		break;
	default:
		return LLEXT_MEM_COUNT;
	}
	if (shdr->sh_flags & SHF_EXECINSTR)
		return LLEXT_MEM_TEXT;
	/* Nothing would run these. */
	if (is_named(name, ".ctors") || is_named(name, ".dtors") || is_named(name, ".init_array") ||
	    is_named(name, ".fini_array"))
		return LLEXT_MEM_COUNT;
	if (strcmp(name, ".exported_sym") == 0)
		return LLEXT_MEM_EXPORT;
	return shdr->sh_flags & SHF_WRITE ? LLEXT_MEM_DATA : LLEXT_MEM_RODATA;
}

/* Which sections are loaded, and as what. */
static int classify(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct section *section = &ld->sections[index];
	enum llext_mem region;

	section->region = LLEXT_MEM_COUNT;
	if (shdr->sh_name >= ld->names_length)
		return -ENOEXEC;
	/* Nobody would read unwind tables. */
	if (!(shdr->sh_flags & SHF_ALLOC) || shdr->sh_type == SHT_NULL ||
	    shdr->sh_type == llext_arch.unwind_type ||
	    strcmp(ld->names + shdr->sh_name, ".eh_frame") == 0)
		return 0;
	region = region_of(ld, shdr);
	if (region == LLEXT_MEM_COUNT)
		return -ENOTSUP;
	if (region >= LLEXT_MEM_EXPORT) { /* one of each */
		if (shdr->sh_size % sizeof(elf_addr) != 0)
			return -ENOEXEC;
		if (ld->regions[region].align != 0)
			return -ENOTSUP;
		ld->regions[region].align = 1;
	}
	if (region == LLEXT_MEM_EXPORT)
		ld->exports = index;
	section->region = (uint8_t)region;
	return 0;
}

bool llext_small_append(struct load *ld, elf_xword bytes, elf_xword align, elf_addr *offset)
{
	struct memory_block *image = &ld->blocks[0];

	if (align > image->align)
		image->align = (size_t)align;
	if (!fits((size_t)align, (size_t)bytes, SIZE_MAX / 4 - ld->image_bytes))
		return false;
	*offset = (elf_addr)aligned(ld->image_bytes, align != 0 ? (size_t)align : 1);
	ld->image_bytes = (size_t)(*offset + bytes);
	return true;
}

/* Commons and veneers come behind. */
int llext_small_layout(struct load *ld)
{
	int rc = 0;

	ld->blocks[0].align = 16;
	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++)
		rc = classify(ld, i);
	for (unsigned int r = 0; rc == 0 && r < LLEXT_MEM_COUNT; r++) {
		struct region *region = &ld->regions[r];

		for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++) {
			struct section *section = &ld->sections[i];

			if (section->region != r)
				continue;
			if (!llext_small_append(ld, ld->shdrs[i].sh_size, ld->shdrs[i].sh_addralign,
						&section->load))
				rc = -ENOMEM;
			if (region->bytes == 0)
				region->load = section->load;
			region->bytes = ld->image_bytes - (size_t)region->load;
		}
	}
	return rc;
}
