/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by libelf, as a check of the loader's own counting. */
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include "matrix.h"

enum { VENEER = 1, GOT = 2 };

static int kind_of(const GElf_Rela *rela, const GElf_Sym *sym)
{
	switch (GELF_R_TYPE(rela->r_info)) {
	case R_X86_64_PLT32:
		return sym->st_shndx == SHN_UNDEF ? VENEER : 0;
	case R_X86_64_GOT32:
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX:
	case R_X86_64_GOT64:
	case R_X86_64_GOTPCREL64:
	case R_X86_64_GOTPLT64:
		return GOT;
	default:
		return 0;
	}
}

static void mark(Elf *elf, Elf_Scn *relocations, Elf_Data *symbols, unsigned char *marks)
{
	Elf_Data *data = elf_getdata(relocations, NULL);
	GElf_Shdr header, target;
	GElf_Rela rela;
	GElf_Sym sym;

	if (gelf_getshdr(relocations, &header) == NULL || header.sh_type != SHT_RELA ||
	    gelf_getshdr(elf_getscn(elf, header.sh_info), &target) == NULL ||
	    !(target.sh_flags & SHF_ALLOC))
		return;
	for (int i = 0; gelf_getrela(data, i, &rela) != NULL; i++) {
		if (gelf_getsym(symbols, (int)GELF_R_SYM(rela.r_info), &sym) != NULL)
			marks[GELF_R_SYM(rela.r_info)] |= (unsigned char)kind_of(&rela, &sym);
	}
}

int expected_slots(const char *path, bool (*is_far)(const char *name), size_t *veneers, size_t *got)
{
	int fd = open(path, O_RDONLY);
	Elf_Scn *section = NULL;
	Elf_Data *symbols = NULL;
	unsigned char *marks;
	size_t count = 0, strings = 0;
	GElf_Shdr header;
	GElf_Sym sym;
	Elf *elf;

	(void)elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL) {
		if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB) {
			symbols = elf_getdata(section, NULL);
			count = header.sh_size / header.sh_entsize;
			strings = header.sh_link;
		}
	}
	marks = calloc(count + 1, 1);
	if (symbols == NULL || marks == NULL)
		return -1;
	while ((section = elf_nextscn(elf, section)) != NULL)
		mark(elf, section, symbols, marks);
	*veneers = *got = 0;
	for (size_t i = 0; i < count; i++) {
		*veneers += (marks[i] & VENEER) != 0 &&
			    gelf_getsym(symbols, (int)i, &sym) != NULL &&
			    is_far(elf_strptr(elf, strings, sym.st_name));
		*got += (marks[i] & GOT) != 0;
	}
	free(marks);
	(void)elf_end(elf);
	(void)close(fd);
	return 0;
}
