/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load an extension in the desk core of its machine, at chosen addresses, and print all that a
 * test may want to know, one fact a line:
 *
 *	desk_load FILE DUMP INSTR_LOAD INSTR_BYTES DATA_LOAD DATA_BYTES [NAME=ADDRESS]...
 *
 * With DESK_GRANULE in the environment, pieces of memory are multiples of it, so that where they
 * come to lie does not depend on the size of the loader's tables.
 *
 * With DESK_COUNT_FIRST, what relocations need is counted first; with DESK_NO_PEEK, the file is
 * read; with DESK_FORWARD, it is so by a loader that cannot seek.
 *
 * INSTR_BYTES 0: one heap, the data heap, for both. The heaps' memory after the load goes to
 * DUMP, the instruction heap first.
 *
 *	import NAME FOUND     as the load reports it
 *	plan RC VENEERS GOT_SLOTS RELOCATIONS
 *	load RC
 *	diag TEXT
 *	section INDEX LOAD BYTES
 *	region INDEX LOAD BYTES
 *	symbol NAME LOAD
 *	used BYTES            of the heaps, by the extension
 *	left BYTES            still allocated after the unload
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/buf_loader.h>
#include "command_line.h"
#include "llext_desk.h"

#define MAX_IMPORTS 64

static struct llext_heap_area area(const char *load, const char *bytes)
{
	struct llext_heap_area result = {.load = (uintptr_t)strtoull(load, NULL, 0),
					 .bytes = (size_t)strtoull(bytes, NULL, 0)};

	/* As aligned as the load address is: the allocator's units are then the same in both. */
	if (result.bytes != 0) {
		result.mem = must(aligned_alloc(65536, (result.bytes + 65535) / 65536 * 65536));
		memset(result.mem, 0xa5, result.bytes); /* nothing may count on zeros */
	}
	return result;
}

static void print_import(void *user_data, const struct llext_import *import)
{
	(void)user_data;
	printf("import %s %d\n", import->name, import->found);
}

static void print_extension(const struct llext_desk_core *core, const struct llext *ext)
{
	const void *addr;
	size_t size;

	for (unsigned int i = 1; i < 65536; i++) {
		enum llext_mem region;
		int rc = core->section_info(ext, i, &region, &addr, &size);

		if (rc == 0)
			printf("section %u 0x%jx %zu\n", i, (uintmax_t)(uintptr_t)addr, size);
		else if (rc == -EINVAL)
			break;
	}
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (i != LLEXT_MEM_SHSTRTAB && ext->mem_size[i] != 0)
			printf("region %d 0x%jx %zu\n", i, (uintmax_t)(uintptr_t)ext->mem[i],
			       ext->mem_size[i]);
	}
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
		printf("symbol %s 0x%jx\n", ext->exp_tab.syms[i].name,
		       (uintmax_t)(uintptr_t)ext->exp_tab.syms[i].addr);
}

static void print_diag(const struct llext_desk_core *core)
{
	char text[1024];

	(void)core->diag_format(core->last_diag(), text, sizeof(text));
	for (char *newline = text; (newline = strchr(newline, '\n')) != NULL;)
		*newline = ' ';
	printf("diag %s\n", text);
}

static size_t used(const struct llext_desk_core *core, bool harvard)
{
	struct llext_heap_stats data, instr = {0};

	if (core->heap_stats(LLEXT_HEAP_DATA, &data) != 0)
		exit(2);
	if (harvard && core->heap_stats(LLEXT_HEAP_INSTR, &instr) != 0)
		exit(2);
	return data.used + instr.used;
}

static void dump(const char *path, const struct llext_heap_area *instr,
		 const struct llext_heap_area *data)
{
	FILE *file = must(fopen(path, "wb"));

	if ((instr->bytes != 0 && fwrite(instr->mem, 1, instr->bytes, file) != instr->bytes) ||
	    fwrite(data->mem, 1, data->bytes, file) != data->bytes || fclose(file) != 0)
		exit(2);
}

int main(int argc, char **argv)
{
	static struct llext_const_symbol imports[MAX_IMPORTS];
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_heap_area instr, data;
	struct llext_plan plan = {0};
	struct llext *ext = NULL;
	const struct llext_desk_core *core;
	uint16_t machine;
	size_t bytes, before;
	uint8_t *file;
	int rc;

	if (argc < 7)
		return 2;
	file = read_whole(argv[1], 64, &bytes);
	memcpy(&machine, file + offsetof(elf_ehdr_t, e_machine), sizeof(machine));
	core = must((void *)(uintptr_t)llext_desk_core_for(machine, file[EI_CLASS]));
	instr = area(argv[3], argv[4]);
	data = area(argv[5], argv[6]);
	if (core->heap_init_areas(instr.bytes != 0 ? &instr : NULL, &data) != 0 ||
	    core->set_builtins(imports, parse_imports(argv + 7, argc - 7, imports, MAX_IMPORTS)) !=
		    0)
		return 2;
	if (getenv("DESK_GRANULE") != NULL)
		core->set_granule((size_t)strtoull(getenv("DESK_GRANULE"), NULL, 0));
	before = used(core, instr.bytes != 0);

	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);

	param.keep_section_info = true;
	param.count_first = getenv("DESK_COUNT_FIRST") != NULL;
	if (getenv("DESK_NO_PEEK") != NULL || getenv("DESK_FORWARD") != NULL)
		loader.loader.peek = NULL;
	if (getenv("DESK_FORWARD") != NULL)
		loader.loader.seek = NULL;
	rc = core->plan(&loader.loader, &param, &plan);
	printf("plan %d %zu %zu %zu\n", rc, plan.veneers, plan.got_slots, plan.relocations);
	param.on_import = print_import;
	(void)llext_buf_seek(&loader.loader, 0);
	rc = core->load(&loader.loader, "extension", &ext, &param);
	printf("load %d\n", rc);
	if (rc < 0)
		print_diag(core);
	else
		print_extension(core, ext);
	dump(argv[2], &instr, &data);
	printf("used %zu\n", used(core, instr.bytes != 0) - before);
	if (rc >= 0 && core->unload(&ext) != 0)
		return 2;
	printf("left %zu\n", used(core, instr.bytes != 0) - before);
	free(instr.mem);
	free(data.mem);
	free(file);
	return 0;
}
