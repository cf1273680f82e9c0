/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware exports, read from its ELF file: the records {name, address} between
 * __llext_export_start and __llext_export_end, or in section .llext_export where the symbols were
 * stripped. In a position-independent program the pointers come from its relocations.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "firmware.h"

/* Where a shared library's functions are assumed: far away, as they mostly are. */
#define ELSEWHERE_64 0x7ffff7000000
#define ELSEWHERE_32 0xf7000000

struct table {
	const struct file *file;
	size_t word;         /* bytes of a pointer */
	uint64_t start, end; /* virtual addresses */
	uint64_t *words;     /* the table's pointers, relocated */
	size_t count;        /* of pointers */
};

/* The bytes that the file has for a virtual address: how many follow goes to *@room. */
static const uint8_t *bytes_at(const struct file *file, uint64_t address, uint64_t *room)
{
	size_t count;
	GElf_Phdr phdr;

	if (elf_getphdrnum(file->elf, &count) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(file->elf, (int)i, &phdr) == NULL || phdr.p_type != PT_LOAD ||
		    address < phdr.p_vaddr || address - phdr.p_vaddr >= phdr.p_filesz ||
		    phdr.p_offset > file->length || phdr.p_filesz > file->length - phdr.p_offset)
			continue;
		*room = phdr.p_filesz - (address - phdr.p_vaddr);
		return file->bytes + phdr.p_offset + (address - phdr.p_vaddr);
	}
	return NULL;
}

static void measure(struct firmware *firmware, const struct file *file)
{
	size_t count;
	GElf_Phdr phdr;

	if (elf_getphdrnum(file->elf, &count) != 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(file->elf, (int)i, &phdr) == NULL || phdr.p_type != PT_LOAD)
			continue;
		if ((phdr.p_flags & PF_X) && firmware->code == 0)
			firmware->code = phdr.p_vaddr;
		/* The heap is somewhere behind the variables. */
		if ((phdr.p_flags & PF_W) && phdr.p_memsz < UINT32_MAX &&
		    phdr.p_vaddr <= INT64_MAX && phdr.p_vaddr + phdr.p_memsz > firmware->end)
			firmware->end = phdr.p_vaddr + phdr.p_memsz;
	}
}

/* ---- where the table is ---- */

static bool by_symbols(struct table *table)
{
	const struct file *file = table->file;
	size_t symbols = file_symbol_table(file, true), count = file_symbol_count(file, symbols);
	bool has_start = false, has_end = false;
	struct symbol symbol;

	for (size_t i = 1; i < count; i++) {
		if (!file_symbol(file, symbols, i, &symbol) || symbol.section == SHN_UNDEF)
			continue;
		if (strcmp(symbol.name, "__llext_export_start") == 0) {
			table->start = symbol.value;
			has_start = true;
		} else if (strcmp(symbol.name, "__llext_export_end") == 0) {
			table->end = symbol.value;
			has_end = true;
		}
	}
	return has_start && has_end;
}

static bool by_section(struct table *table)
{
	struct section_header header;
	size_t index = file_find_section(table->file, ".llext_export");

	if (index == 0 || !file_section(table->file, index, &header) ||
	    header.size > UINT64_MAX - header.addr)
		return false;
	table->start = header.addr;
	table->end = header.addr + header.size;
	return true;
}

/* ---- its pointers ---- */

static bool read_words(struct table *table)
{
	uint64_t room = 0, bytes = table->end - table->start;
	const uint8_t *at;

	if (bytes == 0)
		return true;
	at = bytes_at(table->file, table->start, &room);
	if (table->end < table->start || at == NULL || bytes > room ||
	    bytes % (2 * table->word) != 0)
		return false;
	table->count = (size_t)(bytes / table->word);
	table->words = need(table->count, sizeof(*table->words));
	for (size_t i = 0; i < table->count; i++)
		table->words[i] = file_word(at + i * table->word, table->word);
	return true;
}

/* The pointer that a relocation at @offset writes, or NULL. */
static uint64_t *word_at(const struct table *table, uint64_t offset, size_t *index)
{
	if (offset < table->start || offset >= table->end ||
	    (offset - table->start) % table->word != 0)
		return NULL;
	*index = (size_t)((offset - table->start) / table->word);
	return &table->words[*index];
}

static bool is_relative(uint16_t machine, uint32_t type)
{
	switch (machine) {
	case EM_X86_64:
		return type == R_X86_64_RELATIVE;
	case EM_ARM:
		return type == R_ARM_RELATIVE;
	case EM_AARCH64:
		return type == R_AARCH64_RELATIVE;
	case EM_RISCV:
		return type == R_RISCV_RELATIVE;
	case EM_XTENSA:
		return type == 5; /* R_XTENSA_RELATIVE */
	default:
		return false;
	}
}

static void apply(struct table *table, size_t section, const struct section_header *header)
{
	size_t count = file_relocation_count(table->file, section), index;
	bool in_place = header->type == SHT_REL;
	struct relocation relocation;
	struct symbol symbol;

	for (size_t i = 0; i < count; i++) {
		uint64_t *word, addend;

		if (!file_relocation(table->file, section, i, &relocation))
			continue;
		word = word_at(table, relocation.offset, &index);
		if (word == NULL)
			continue;
		addend = in_place ? *word : (uint64_t)relocation.addend;
		if (is_relative(table->file->machine, relocation.type))
			*word = addend;
		else if (!file_symbol(table->file, header->link, relocation.symbol, &symbol))
			*word = 0;
		else if (symbol.section != SHN_UNDEF)
			*word = symbol.value + addend;
		else /* a function of a shared library */
			*word = table->word == 8 ? ELSEWHERE_64 : ELSEWHERE_32;
	}
}

/* A program that was linked at a fixed address has none of these. */
static void relocate(struct table *table)
{
	struct section_header header;

	for (size_t i = 1; i < table->file->section_count; i++) {
		if (file_section(table->file, i, &header) && (header.flags & SHF_ALLOC) &&
		    (header.type == SHT_REL || header.type == SHT_RELA))
			apply(table, i, &header);
	}
	/* SHT_RELR adds the base, which is 0 here, to what is in place already. */
	for (size_t i = 0; table->word == 4 && i < table->count; i++)
		table->words[i] &= UINT32_MAX;
}

/* ---- the records ---- */

#define LONGEST_NAME 4096

static const char *name_at(const struct file *file, uint64_t address)
{
	uint64_t room = 0;
	const uint8_t *at = bytes_at(file, address, &room);

	if (at == NULL || at[0] == '\0' ||
	    memchr(at, '\0', room < LONGEST_NAME ? (size_t)room : LONGEST_NAME) == NULL)
		return NULL;
	return (const char *)at;
}

#define LONGEST_ISA 256

const char *firmware_has(const struct file *file)
{
	struct symbol symbol;

	if (!file_find_symbol(file, FIRMWARE_HAS, &symbol) || symbol.type != STT_OBJECT ||
	    symbol.size >= LONGEST_ISA)
		return NULL;
	return name_at(file, symbol.value);
}

/* Two lists may well export the same function: its records are then equal, and either will do. */
static void look_at_order(struct firmware *firmware, const struct llext_const_symbol *before,
			  const struct llext_const_symbol *after)
{
	int order = strcmp(before->name, after->name);

	if (order > 0)
		firmware->unsorted = true;
	else if (order == 0 && before->addr != after->addr)
		firmware->ambiguous = after->name;
}

static bool read_records(struct firmware *firmware, const struct table *table)
{
	struct builtins *builtins = &firmware->builtins;

	firmware->records = table->count / 2;
	firmware->table = need(firmware->records, sizeof(*firmware->table));
	builtins->list = need(firmware->records, sizeof(*builtins->list));
	for (size_t i = 0; i < firmware->records; i++) {
		const char *name = name_at(table->file, table->words[2 * i]);

		if (name == NULL) {
			complain(table->file->path,
				 "export %zu has no name: address 0x%" PRIx64 " is no text", i,
				 table->words[2 * i]);
			return false;
		}
		firmware->table[i] = (struct llext_const_symbol){
			name, (const void *)(uintptr_t)table->words[2 * i + 1]};
		builtins->list[builtins->count++] = firmware->table[i];
		if (i > 0)
			look_at_order(firmware, &firmware->table[i - 1], &firmware->table[i]);
	}
	builtins_sort(builtins);
	return true;
}

bool firmware_read(struct firmware *firmware, const struct file *file)
{
	struct table table = {.file = file, .word = file->class == ELFCLASS64 ? 8 : 4};
	bool good = false;
	char *why;

	*firmware = (struct firmware){.file = file, .core = desk_core_for(file, &why)};
	if (firmware->core == NULL) {
		complain(file->path, "%s", why);
		free(why);
		return false;
	}
	measure(firmware, file);
	firmware_memory(firmware);
	if (file->type != ET_EXEC && file->type != ET_DYN)
		complain(file->path, "is a %s; a firmware is an executable",
			 elf_type_name(file->type));
	else if (!by_symbols(&table) && !by_section(&table))
		complain(file->path, "exports nothing: it has neither __llext_export_start and "
				     "__llext_export_end nor a section .llext_export");
	else if (!read_words(&table))
		complain(file->path, "the table of exports is malformed");
	else {
		relocate(&table);
		good = read_records(firmware, &table);
	}
	free(table.words);
	return good;
}

void firmware_free(struct firmware *firmware)
{
	builtins_free(&firmware->builtins);
	free(firmware->table);
	firmware->table = NULL;
}
