/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdicts FILE: each file with one byte changed, and each that ends too early; prints those that
 * load, as the place and the value of the byte. With TAKES_MORE_MEMORY, also those for which there
 * is not enough memory: for the other core there might be. Left out are the places and sizes of
 * sections in the file: the small core lets them share bytes. So are exports, since what lies
 * behind a name or an address is another thing in each: the relocations of .exported_sym, what it
 * names, and the values of the symbols that they refer to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/elf.h>
#include "source.h"
#include "world.h"

/* Is it a byte of the value of a symbol that one of these relocations refers to? */
static bool is_value(const uint8_t *bytes, const elf_shdr_t *table, size_t at)
{
	elf_ehdr_t ehdr;
	elf_shdr_t symtab;
	elf_rela_t entry;

	memcpy(&ehdr, bytes, sizeof(ehdr));
	memcpy(&symtab, bytes + ehdr.e_shoff + table->sh_link * sizeof(symtab), sizeof(symtab));
	for (size_t i = 0; table->sh_type == SHT_RELA && i < table->sh_size; i += sizeof(entry)) {
		size_t value;

		memcpy(&entry, bytes + table->sh_offset + i, sizeof(entry));
		value = symtab.sh_offset + ELF_R_SYM(entry.r_info) * sizeof(elf_sym_t) +
			offsetof(elf_sym_t, st_value);
		if (at - value < sizeof(elf_addr))
			return true;
	}
	return false;
}

/* Is this byte of a 64-bit file a section header's sh_offset or sh_size, or of an export? */
static bool left_out(const uint8_t *bytes, size_t at)
{
	elf_ehdr_t ehdr;
	elf_shdr_t names, shdr;

	memcpy(&ehdr, bytes, sizeof(ehdr));
	memcpy(&names, bytes + ehdr.e_shoff + ehdr.e_shstrndx * sizeof(names), sizeof(names));
	if (at >= ehdr.e_shoff) {
		size_t in_header = (at - ehdr.e_shoff) % sizeof(shdr);

		memcpy(&shdr, bytes + at - in_header, sizeof(shdr));
		/* What has no bytes of its own may be where others are. */
		if (shdr.sh_type == SHT_NOBITS && in_header >= offsetof(elf_shdr_t, sh_type) &&
		    in_header < offsetof(elf_shdr_t, sh_flags))
			return true;
		return in_header >= offsetof(elf_shdr_t, sh_offset) &&
		       in_header < offsetof(elf_shdr_t, sh_link);
	}
	for (size_t i = 0; i < ehdr.e_shnum; i++) {
		memcpy(&shdr, bytes + ehdr.e_shoff + i * sizeof(shdr), sizeof(shdr));
		if (strstr((const char *)bytes + names.sh_offset + shdr.sh_name, "exported_sym") !=
			    NULL &&
		    ((at >= shdr.sh_offset && at < shdr.sh_offset + shdr.sh_size) ||
		     is_value(bytes, &shdr, at)))
			return true;
	}
	return false;
}

static bool loads(const uint8_t *bytes, size_t size)
{
	int rc = world_try(bytes, size, SOURCE_NO_PEEK);

#ifdef TAKES_MORE_MEMORY
	return rc == 0 || rc == -ENOMEM;
#else
	return rc == 0;
#endif
}

int main(int argc, char **argv)
{
	uint8_t *bytes;
	size_t size;

	if (argc != 2)
		return 2;
	bytes = world_file(argv[1], &size);
	world_open(WORLD_HEAP_BYTES);
	for (size_t at = 0; at < size; at++) {
		uint8_t good = bytes[at], *start = malloc(at + 1);
		bool skip = left_out(bytes, at);

		if (start == NULL)
			return 1;
		memcpy(start, bytes, at);
		if (loads(start, at))
			printf("length %zu\n", at);
		free(start);
		for (unsigned int value = 0; value < 256 && !skip; value++) {
			bytes[at] = (uint8_t)value;
			if (loads(bytes, size))
				printf("%zu %u\n", at, value);
		}
		bytes[at] = good;
	}
	world_close();
	free(bytes);
	return 0;
}
