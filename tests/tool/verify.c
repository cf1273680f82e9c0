/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does tenon pack notice its own faults? verify FILE BYTE...: FILE is packed, and each byte with
 * one of these values that the packed file has in a section of memory is changed, one at a time; so
 * are the values of its symbols, the names of its imports, the sizes of its sections, and its entry
 * point. Each change must be refused.
 */
#define _GNU_SOURCE
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include "pack.h"

static size_t tried, missed;

/* Packs the file and verifies what it has become, with the byte at @at changed. */
static bool is_accepted(const struct file *file, size_t at, uint8_t change, uint8_t **image,
			size_t *length)
{
	const struct assumption assumed = {0};
	struct report report;
	struct pack pack = {.file = file, .report = &report, .debug_path = "/dev/null"};
	bool good = report_build(&report, file, &assumed) && report.loads;

	if (good) {
		pack.core = report.desk.core;
		*image = pack_file(&pack, length);
		good = *image != NULL;
		if (good && change != 0)
			(*image)[at] ^= change;
		good = good && pack_verify(&pack, &report, *image, *length);
		pack_free(&pack);
	}
	report_free(&report);
	return good;
}

static void try_change(const struct file *file, size_t at, const char *what)
{
	uint8_t *image = NULL;
	size_t length;

	tried++;
	if (is_accepted(file, at, 4, &image, &length)) {
		printf("accepted: %s at %#zx\n", what, at);
		missed++;
	}
	free(image);
}

static bool is_wanted(uint8_t byte, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (byte == strtoul(argv[i], NULL, 16))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct file file, packed;
	uint8_t *image = NULL;
	size_t length, table, headers;
	FILE *nowhere = fopen("/dev/null", "w");

	if (argc < 3 || nowhere == NULL || !file_open(&file, argv[1]) ||
	    !is_accepted(&file, 0, 0, &image, &length))
		return EXIT_USAGE;
	file_from_memory(&packed, "packed", image, length);
	free(image);
	stderr = nowhere; /* the complaints; sanitizers write to the descriptor */
	headers = (size_t)file_word(packed.bytes + (packed.class == ELFCLASS64 ? 40 : 32), 4);
	for (size_t i = 1; i < packed.section_count; i++) {
		struct section_header header;

		if (!file_section(&packed, i, &header) || !(header.flags & SHF_ALLOC))
			continue;
		if (packed.type == ET_REL) /* a shared object is loaded by its segments */
			try_change(&file,
				   headers +
					   (packed.class == ELFCLASS64 ? i * 64 + 32 : i * 40 + 20),
				   "a section's size");
		if (header.bytes == NULL)
			continue;
		for (size_t at = 0; at < header.size; at++) {
			if (is_wanted(header.bytes[at], argc, argv))
				try_change(&file, (size_t)header.offset + at, "a byte");
		}
	}
	table = file_symbol_table(&packed, packed.type == ET_DYN);
	for (size_t i = 1; i < file_symbol_count(&packed, table); i++) {
		struct section_header header;
		struct symbol symbol;

		size_t at;

		if (!file_section(&packed, table, &header) ||
		    !file_symbol(&packed, table, i, &symbol) || symbol.bind != STB_GLOBAL)
			continue;
		at = (size_t)header.offset + i * (packed.class == ELFCLASS64 ? 24 : 16);
		if (symbol.section == SHN_UNDEF)
			try_change(&file, at, "an import's name");
		else
			try_change(&file, at + (packed.class == ELFCLASS64 ? 8 : 4),
				   "a symbol's value");
	}
	if (packed.type == ET_REL) /* of a shared object it is no address of a section's */
		try_change(&file, 24, "the entry point");
	printf("%zu changes, %zu of them accepted\n", tried, missed);
	file_close(&packed);
	file_close(&file);
	(void)fclose(nowhere);
	return missed == 0 ? EXIT_GOOD : EXIT_REFUSED;
}
