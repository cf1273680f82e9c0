/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruction memory that takes whole, aligned words only: the library for Xtensa, whose port
 * keeps the code elsewhere than at the write addresses. What the library wrote there by itself
 * would be seen in the heap, what it read there would be wrong. The bytes must be those that the
 * desk core makes, which has memory like any other.
 *
 *	words FILE NAME...        NAME: imports
 */
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "llext_desk.h"
#include "word_memory.h"

#define FIRMWARE    0x40000000u
#define POISON      0xa5
#define MAX_IMPORTS 32

static _Alignas(16) uint8_t desk_heap[INSTR_BYTES], desk_data[DATA_BYTES];

/*
 * The same bytes, but for literals that are addresses of data: that lies behind tables of another
 * size on the desk, so that all of these differ by one number. 0: none differs.
 */
static int same_code(const uint8_t *mine, const uint8_t *desks, size_t bytes, uint32_t *apart)
{
	uint32_t one, other;

	*apart = 0;
	for (size_t i = 0; i + 4 <= bytes; i += 4) {
		memcpy(&one, mine + i, 4);
		memcpy(&other, desks + i, 4);
		if (one == other)
			continue;
		if (*apart != 0 && one - other != *apart)
			return 0;
		*apart = one - other;
	}
	return memcmp(mine + bytes / 4 * 4, desks + bytes / 4 * 4, bytes % 4) == 0;
}

const struct llext_port llext_port = {.write_code = write_code, .read_code = read_code};

static bool detach_text(const elf_shdr_t *shdr)
{
	return (shdr->sh_flags & SHF_EXECINSTR) != 0;
}

/* Is that how far a section of data lies from where the desk has it? */
static int is_apart(const struct llext *ext, const struct llext_desk_core *desk,
		    const struct llext *desk_ext, uint32_t apart)
{
	const void *addr, *desk_addr;
	size_t size, desk_size;
	enum llext_mem region;

	for (unsigned int i = 1; llext_get_section_address(ext, i, &addr, &size) == 0; i++) {
		must(desk->section_info(desk_ext, i, &region, &desk_addr, &desk_size) == 0);
		if (region != LLEXT_MEM_TEXT && size != 0 &&
		    (uint32_t)((uintptr_t)addr - (uintptr_t)desk_addr) == apart)
			return 1;
	}
	return 0;
}

/* Text is equal, and at the write addresses there is what was there before. Returns its size. */
static size_t compare_text(const struct llext *ext, const struct llext_desk_core *desk,
			   const struct llext *desk_ext)
{
	size_t text = 0, size, desk_size;
	const void *addr, *desk_addr;
	enum llext_mem region;
	uint32_t apart;

	for (unsigned int i = 1; llext_get_section_address(ext, i, &addr, &size) == 0; i++) {
		size_t offset = (uintptr_t)addr - INSTR_LOAD;

		must(desk->section_info(desk_ext, i, &region, &desk_addr, &desk_size) == 0);
		must(size == desk_size);
		if (region != LLEXT_MEM_TEXT)
			continue;
		must(addr == desk_addr);
		must(offset + size <= INSTR_BYTES);
		must(same_code((uint8_t *)code + offset, desk_heap + offset, size, &apart));
		must(apart == 0 || is_apart(ext, desk, desk_ext, apart));
		for (size_t j = offset; j < offset + size; j++)
			must(heap[j] == POISON);
		text += size;
	}
	return text;
}

/* Veneers are the last of the text region, which is one block unless it is detached. */
static void compare_region(const struct llext *ext, const struct llext_desk_core *desk,
			   const struct llext *desk_ext)
{
	size_t offset = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] - INSTR_LOAD;
	size_t size = ext->mem_size[LLEXT_MEM_TEXT];
	uint32_t apart;

	if (size == 0)
		return;
	must(same_code((uint8_t *)code + offset, desk_heap + offset, size, &apart));
	must(apart == 0 || is_apart(ext, desk, desk_ext, apart));
	for (size_t j = offset; j < offset + size; j++)
		must(heap[j] == POISON);
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
	must(rc == 0);
	must(desk != NULL && desk->load(&again.loader, "words", &desk_ext, param) == 0);
	must(compare_text(ext, desk, desk_ext) > 500);
	compare_region(ext, desk, desk_ext);
	must(words_written > 200 && words_read > 20);
	again.pos = 0;
	must(llext_plan(&again.loader, param, &plan) == 0 && plan.veneers > 0);
	must(llext_unload(&ext) == 0 && desk->unload(&desk_ext) == 0);
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

	must(argc > 2 && argc - 2 <= MAX_IMPORTS && desk != NULL);
	for (int i = 2; i < argc; i++)
		imports[i - 2] = (struct llext_const_symbol){
			argv[i], (const void *)(uintptr_t)(FIRMWARE + 64u * (unsigned int)i)};
	memset(heap, POISON, sizeof(heap));
	must(llext_heap_init_areas(&instr, &ram) == 0);
	must(desk->heap_init_areas(&desk_instr, &desk_ram) == 0);
	must(llext_set_builtins(imports, (size_t)argc - 2) == 0);
	must(desk->set_builtins(imports, (size_t)argc - 2) == 0);
	file = read_whole(argv[1], 65, &bytes);
	param.keep_section_info = true;
	load_both(file, bytes, &param);
	memset(heap + 64, POISON, sizeof(heap) - 64); /* the allocator's words were in there */
	must(llext_heap_uninit() == 0 && desk->heap_uninit() == 0);
	memset(heap, POISON, sizeof(heap));
	must(llext_heap_init_areas(&instr, &ram) == 0);
	must(desk->heap_init_areas(&desk_instr, &desk_ram) == 0);
	param.section_detached = detach_text;
	load_both(file, bytes, &param);
	free(file);
	return 0;
}
