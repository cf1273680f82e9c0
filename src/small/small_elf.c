/* SPDX-License-Identifier: Apache-2.0 */
/* The file's headers, and which sections are loaded. */
#include "small.h"

int llext_small_read(const struct small *load, elf_addr offset, void *out, elf_xword bytes)
{
	struct llext_loader *ldr = load->ldr;
	int rc;

	if (!fits(offset, bytes, load->length))
		return -ENOEXEC;
	rc = ldr->seek(ldr, offset);
	if (rc == 0)
		rc = ldr->read(ldr, out, bytes);
	return rc > 0 ? -EIO : rc; /* a short read, say */
}

/* A piece of the file in memory of its own. */
static int read_all(const struct small *load, elf_addr offset, elf_xword bytes, void *to)
{
	void **mem = to;

	if (!fits(offset, bytes, load->length)) /* before so much is allocated */
		return -ENOEXEC;
	*mem = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);
	return *mem != NULL ? llext_small_read(load, offset, *mem, bytes) : -ENOMEM;
}

static int read_strings(const struct small *load, uint32_t section, char **strings, size_t *length)
{
	const elf_shdr_t *shdr = &load->shdrs[section];
	int rc;

	if (section >= load->section_count || shdr->sh_type != SHT_STRTAB || shdr->sh_size == 0)
		return -ENOEXEC;
	*length = (size_t)shdr->sh_size;
	rc = read_all(load, shdr->sh_offset, *length, strings);
	if (rc == 0 && (*strings)[*length - 1] != '\0')
		rc = -ENOEXEC;
	return rc;
}

static bool header_is_right(const elf_ehdr_t *ehdr)
{
	static const unsigned char right[] = {0x7f,      'E',         'L',       'F',
					      ELF_CLASS, ELFDATA2LSB, EV_CURRENT};

	return memcmp(ehdr->e_ident, right, sizeof(right)) == 0 && ehdr->e_version == EV_CURRENT &&
	       ehdr->e_type == ET_REL && llext_arch_check(ehdr) == NULL &&
	       ehdr->e_ehsize == sizeof(elf_ehdr_t) && ehdr->e_shentsize == sizeof(elf_shdr_t) &&
	       ehdr->e_shoff != 0 && ehdr->e_shnum != 0 && ehdr->e_shnum < SHN_LORESERVE;
}

#define LOADED_TYPES                                                                               \
	(1u << SHT_PROGBITS | 1u << SHT_NOBITS | 1u << SHT_NOTE | 1u << SHT_INIT_ARRAY |           \
	 1u << SHT_FINI_ARRAY | 1u << SHT_PREINIT_ARRAY)

/* Arrays of functions that are known by their name only, which nothing would run. */
static bool is_unknown_array(const char *name)
{
	static const char stems[][6] = {{'.', 'c', 't', 'o', 'r', 's'},
					{'.', 'd', 't', 'o', 'r', 's'},
					{'.', 'i', 'n', 'i', 't', '_'},
					{'.', 'f', 'i', 'n', 'i', '_'},
					{'.', 'p', 'r', 'e', 'i', 'n'}};

	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
		if (strncmp(name, stems[i], sizeof(stems[i])) == 0)
			return true;
	}
	return false;
}

/* The region of a section that is loaded, or what is wrong with it. */
static int region_of(const elf_shdr_t *shdr, const char *name)
{
	uint32_t type = shdr->sh_type;
	elf_xword flags = shdr->sh_flags;

	if ((type >= 32 || !(LOADED_TYPES >> type & 1)) && type != llext_arch.section_type)
		return -ENOTSUP;
	if (flags & (SHF_COMPRESSED | SHF_OS_NONCONFORMING | SHF_TLS))
		return -ENOTSUP;
	if ((flags & SHF_WRITE) && (flags & SHF_EXECINSTR))
		return -ENOEXEC;
	if (type >= SHT_INIT_ARRAY && type <= SHT_PREINIT_ARRAY) {
		if (shdr->sh_size % sizeof(elf_addr) != 0)
			return -ENOEXEC;
		return type == SHT_PREINIT_ARRAY ? LLEXT_MEM_PREINIT
						 : LLEXT_MEM_INIT + (int)(type - SHT_INIT_ARRAY);
	}
	if (flags & SHF_EXECINSTR)
		return LLEXT_MEM_TEXT;
	if (type == SHT_NOBITS)
		return LLEXT_MEM_BSS;
	if (is_unknown_array(name))
		return -ENOTSUP;
	if (strcmp(name, ".exported_sym") == 0)
		return LLEXT_MEM_EXPORT;
	return flags & SHF_WRITE ? LLEXT_MEM_DATA : LLEXT_MEM_RODATA;
}

/* Regions that have one section only. */
#define SINGLE                                                                                     \
	(1u << LLEXT_MEM_EXPORT | 1u << LLEXT_MEM_PREINIT | 1u << LLEXT_MEM_INIT |                 \
	 1u << LLEXT_MEM_FINI)

/*
 * @left is what other sections have left of the file's length: all together are not larger, so
 * no more work is done than there are bytes.
 */
static int check_section(struct small *load, uint32_t index, size_t *left)
{
	elf_shdr_t *shdr = &load->shdrs[index];
	int region = LLEXT_MEM_COUNT;

	if (shdr->sh_name >= load->names_length || (index == 0 && shdr->sh_type != SHT_NULL) ||
	    (shdr->sh_addralign & (shdr->sh_addralign - 1)) != 0)
		return -ENOEXEC;
	if (shdr->sh_type != SHT_NULL && shdr->sh_type != SHT_NOBITS) {
		if (!fits(shdr->sh_offset, shdr->sh_size, load->length) || shdr->sh_size > *left)
			return -ENOEXEC;
		*left -= (size_t)shdr->sh_size;
	}
	if (shdr->sh_type == SHT_SYMTAB) {
		if (load->symtab != 0)
			return -ENOEXEC;
		load->symtab = index;
	}
	/* Nothing would read unwind tables, and they are not in order. */
	if ((shdr->sh_flags & SHF_ALLOC) && shdr->sh_type != SHT_NULL &&
	    (llext_arch.unwind_type == 0 || shdr->sh_type != llext_arch.unwind_type))
		region = region_of(shdr, load->names + shdr->sh_name);
	if (region < 0)
		return region;
	/* More than one array would have to be put in order. */
	if (load->regions & 1u << region & SINGLE)
		return -ENOTSUP;
	load->regions |= 1u << region;
	shdr->sh_name = (elf_word)region;
	return 0;
}

int llext_small_open(struct small *load)
{
	elf_ehdr_t ehdr;
	size_t left = load->length;
	int rc = llext_small_read(load, 0, &ehdr, sizeof(ehdr));

	if (rc != 0)
		return rc;
	load->section_count = ehdr.e_shnum;
	if (!header_is_right(&ehdr))
		return -ENOEXEC;
	rc = read_all(load, ehdr.e_shoff, ehdr.e_shnum * sizeof(elf_shdr_t), &load->shdrs);
	if (rc == 0)
		rc = read_strings(load, ehdr.e_shstrndx, &load->names, &load->names_length);
	for (uint32_t i = 0; rc == 0 && i < load->section_count; i++)
		rc = check_section(load, i, &left);
	if (rc == 0 && !(load->regions & 1u << LLEXT_MEM_EXPORT)) /* nothing else is exported */
		rc = -ENOTSUP;
	if (rc == 0)
		rc = read_strings(load, load->shdrs[load->symtab].sh_link, &load->strings,
				  &load->strings_length);
	return rc;
}
