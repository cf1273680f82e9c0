/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruction memory that takes whole, aligned words only: the library for Xtensa, whose port
 * keeps the code elsewhere than at the write addresses. What the library wrote there by itself
 * would be seen in the heap, what it read there would be wrong. The bytes must be those that the
 * desk core makes, which has memory like any other.
 *
 *	words FILE NAME...        NAME: imports
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "llext_desk.h"

#define INSTR_LOAD  0x40100000u
#define DATA_LOAD   0x3ff80000u
#define FIRMWARE    0x40000000u
#define INSTR_BYTES 0x10000u
#define DATA_BYTES  0x40000u
#define POISON      0xa5
#define MAX_IMPORTS 32

static _Alignas(16) uint8_t heap[INSTR_BYTES], data[DATA_BYTES];
static _Alignas(16) uint8_t desk_heap[INSTR_BYTES], desk_data[DATA_BYTES];
static uint32_t code[INSTR_BYTES / 4]; /* what the processor would run */
static size_t words_written, words_read;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/*
 * The same bytes, but for literals that are addresses of data: that lies behind tables of another
 * size on the desk, so that all of these differ by one number.
 */
static int same_code(const uint8_t *mine, const uint8_t *desks, size_t bytes)
{
	uint32_t apart = 0, one, other;

	for (size_t i = 0; i + 4 <= bytes; i += 4) {
		memcpy(&one, mine + i, 4);
		memcpy(&other, desks + i, 4);
		if (one == other)
			continue;
		if (apart != 0 && one - other != apart)
			return 0;
		apart = one - other;
	}
	return memcmp(mine + bytes / 4 * 4, desks + bytes / 4 * 4, bytes % 4) == 0;
}

static uint32_t *code_at(const uint32_t *address, size_t words)
{
	size_t offset = (size_t)((const uint8_t *)address - heap);

	CHECK((uintptr_t)address % 4 == 0 && words > 0);
	CHECK(offset < INSTR_BYTES && words * 4 <= INSTR_BYTES - offset);
	return code + offset / 4;
}

static void write_code(uint32_t *to, const uint32_t *from, size_t words)
{
	memcpy(code_at(to, words), from, words * 4);
	words_written += words;
}

static void read_code(uint32_t *to, const uint32_t *from, size_t words)
{
	memcpy(to, code_at(from, words), words * 4);
	words_read += words;
}

const struct llext_port llext_port = {.write_code = write_code, .read_code = read_code};

static bool detach_text(const elf_shdr_t *shdr)
{
	return (shdr->sh_flags & SHF_EXECINSTR) != 0;
}

static uint8_t *read_whole(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *memory;

	CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && ftell(file) > 64);
	*bytes = (size_t)ftell(file);
	memory = malloc(*bytes);
	CHECK(memory != NULL && fseek(file, 0, SEEK_SET) == 0);
	CHECK(fread(memory, 1, *bytes, file) == *bytes);
	CHECK(fclose(file) == 0);
	return memory;
}

/* Text is equal, and at the write addresses there is what was there before. Returns its size. */
static size_t compare_text(const struct llext *ext, const struct llext_desk_core *desk,
			   const struct llext *desk_ext)
{
	size_t text = 0, size, desk_size;
	const void *addr, *desk_addr;
	enum llext_mem region;

	for (unsigned int i = 1; llext_get_section_address(ext, i, &addr, &size) == 0; i++) {
		size_t offset = (uintptr_t)addr - INSTR_LOAD;

		CHECK(desk->section_info(desk_ext, i, &region, &desk_addr, &desk_size) == 0);
		CHECK(size == desk_size);
		if (region != LLEXT_MEM_TEXT)
			continue;
		CHECK(addr == desk_addr);
		CHECK(offset + size <= INSTR_BYTES);
		CHECK(same_code((uint8_t *)code + offset, desk_heap + offset, size));
		for (size_t j = offset; j < offset + size; j++)
			CHECK(heap[j] == POISON);
		text += size;
	}
	return text;
}

/* Veneers are the last of the text region, which is one block unless it is detached. */
static void compare_region(const struct llext *ext)
{
	size_t offset = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] - INSTR_LOAD;
	size_t size = ext->mem_size[LLEXT_MEM_TEXT];

	if (size == 0)
		return;
	CHECK(same_code((uint8_t *)code + offset, desk_heap + offset, size));
	for (size_t j = offset; j < offset + size; j++)
		CHECK(heap[j] == POISON);
}

static void load_both(const uint8_t *file, size_t bytes, const struct llext_load_param *param)
{
	const struct llext_desk_core *desk = llext_desk_core_for(EM_XTENSA, ELF_CLASS);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext_buf_loader again = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext *ext = NULL, *desk_ext = NULL;
	struct llext_plan plan;
	int rc;

	words_written = words_read = 0;
	memset(code, 0x5a, sizeof(code));
	rc = llext_load(&loader.loader, "words", &ext, param);
	if (rc != 0) {
		char text[512];

		(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
	CHECK(rc == 0);
	CHECK(desk != NULL && desk->load(&again.loader, "words", &desk_ext, param) == 0);
	CHECK(compare_text(ext, desk, desk_ext) > 500);
	compare_region(ext);
	CHECK(words_written > 200 && words_read > 20);
	again.pos = 0;
	CHECK(llext_plan(&again.loader, param, &plan) == 0 && plan.veneers > 0);
	CHECK(llext_unload(&ext) == 0 && desk->unload(&desk_ext) == 0);
}

int main(int argc, char **argv)
{
	static struct llext_const_symbol imports[MAX_IMPORTS];
	const struct llext_desk_core *desk = llext_desk_core_for(EM_XTENSA, ELF_CLASS);
	struct llext_heap_area instr = {heap, INSTR_LOAD, INSTR_BYTES};
	struct llext_heap_area ram = {data, DATA_LOAD, DATA_BYTES};
	struct llext_heap_area desk_instr = {desk_heap, INSTR_LOAD, INSTR_BYTES};
	struct llext_heap_area desk_ram = {desk_data, DATA_LOAD, DATA_BYTES};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	size_t bytes;
	uint8_t *file;

	CHECK(argc > 2 && argc - 2 <= MAX_IMPORTS && desk != NULL);
	for (int i = 2; i < argc; i++)
		imports[i - 2] = (struct llext_const_symbol){
			argv[i], (const void *)(uintptr_t)(FIRMWARE + 64u * (unsigned int)i)};
	memset(heap, POISON, sizeof(heap));
	CHECK(llext_heap_init_areas(&instr, &ram) == 0);
	CHECK(desk->heap_init_areas(&desk_instr, &desk_ram) == 0);
	CHECK(llext_set_builtins(imports, (size_t)argc - 2) == 0);
	CHECK(desk->set_builtins(imports, (size_t)argc - 2) == 0);
	file = read_whole(argv[1], &bytes);
	param.keep_section_info = true;
	load_both(file, bytes, &param);
	memset(heap + 64, POISON, sizeof(heap) - 64); /* the allocator's words were in there */
	CHECK(llext_heap_uninit() == 0 && desk->heap_uninit() == 0);
	memset(heap, POISON, sizeof(heap));
	CHECK(llext_heap_init_areas(&instr, &ram) == 0);
	CHECK(desk->heap_init_areas(&desk_instr, &desk_ram) == 0);
	param.section_detached = detach_text;
	load_both(file, bytes, &param);
	free(file);
	return 0;
}
