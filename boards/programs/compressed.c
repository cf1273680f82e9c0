/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compressed.elf PROGRAM: loads PROGRAM.whole, which is packed, and then PROGRAM.lz4, decompressed
 * while it is read, both from beside compressed.elf. Both must give the same image at the same
 * addresses, and what was compressed must say the same as the program that is linked into this
 * firmware. Prints what either cost.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/lz4_loader.h>
#include "board.h"
#include "lz4.h"
#include "memory.h"
#include "programs.h"

#define PATH_BYTES 512
#define BLOCK      4096 /* the default of tenon pack */
#define OUTPUT     2048

static const char script[] = {
#include "script.lua.inc"
	'\0'};

static uint8_t buffer[LLEXT_LZ4_BUFFER_BYTES(BLOCK)];

/* What is to be equal. */
struct image {
	void *mem[LLEXT_MEM_COUNT];
	size_t size[LLEXT_MEM_COUNT], bytes;
	uint32_t sum;
	uint64_t instructions;
};

static int fail(const char *what, const char *why)
{
	printf("FAILED: %s: %s\n", what, why);
	return 1;
}

static int fail_load(const char *what)
{
	char line[512];

	(void)llext_diag_format(llext_last_diag(), line, sizeof(line));
	return fail(what, line);
}

/* FNV-1a of all that is in memory. */
static void look(const struct llext *ext, struct image *image)
{
	image->sum = 0x811c9dc5;
	image->bytes = 0;
	for (int region = 0; region < LLEXT_MEM_COUNT; region++) {
		const uint8_t *byte = ext->mem[region];

		image->mem[region] = ext->mem[region];
		image->size[region] = ext->mem_size[region];
		image->bytes += ext->mem_size[region];
		for (size_t i = 0; byte != NULL && i < ext->mem_size[region]; i++)
			image->sum = (image->sum ^ byte[i]) * 0x01000193u;
	}
}

static int load(struct llext_loader *ldr, struct llext **ext, struct image *image)
{
	uint64_t start = board_instructions();
	int rc = llext_load(ldr, "program", ext, NULL);

	image->instructions = board_instructions() - start;
	if (rc != 0)
		return fail_load("load");
	look(*ext, image);
	return 0;
}

static int run(struct llext *ext)
{
	static char linked[OUTPUT], loaded[OUTPUT];
	const void *symbol = llext_find_sym(&ext->exp_tab, "run_script");
	program_function *function;

	if (symbol == NULL || llext_bringup(ext) != 0)
		return fail("bring-up", "it failed");
	memcpy(&function, &symbol, sizeof(function));
	if (run_script(script, linked, sizeof(linked)) != 0 ||
	    function(script, loaded, sizeof(loaded)) != 0 || llext_teardown(ext) != 0)
		return fail("run", "a program did not end well");
	if (linked[0] == '\0' || strcmp(linked, loaded) != 0)
		return fail("result", "it is not the linked program's");
	printf("result: %s\n", loaded);
	return 0;
}

/* ---- files: at the end of the memory for extensions, of which the rest is the heap ---- */

struct file {
	uint8_t *bytes;
	size_t length;
};

static char *end_of_memory;

/* Puts the ending behind the name, which is all that is left of the command line. */
static bool read_file(const char *name, const char *ending, struct file *file)
{
	char path[PATH_BYTES];

	if ((size_t)snprintf(path, sizeof(path), "%s%s", name, ending) >= sizeof(path))
		return false;
	file->length = board_read_file(path, NULL, 0);
	if (file->length == BOARD_NO_FILE ||
	    file->length > (size_t)(end_of_memory - (char *)board_heap_start) / 4)
		return false;
	end_of_memory = (char *)((uintptr_t)(end_of_memory - file->length) & ~(uintptr_t)15);
	file->bytes = (uint8_t *)end_of_memory;
	return board_read_file(path, file->bytes, file->length) == file->length;
}

/* The command line is the path of this program, which may have spaces in it, and a name. */
static bool read_files(struct file *packed, struct file *compressed)
{
	static char path[PATH_BYTES];
	char *name, *folder_end;

	board_command_line(path, sizeof(path));
	name = strstr(path, ".elf ");
	if (name == NULL)
		return false;
	*name = '\0';
	name += strlen(".elf ");
	folder_end = strrchr(path, '/');
	folder_end = folder_end != NULL ? folder_end + 1 : path;
	memmove(folder_end, name, strlen(name) + 1);
	end_of_memory = (char *)board_heap_end;
	return read_file(path, ".whole", packed) && read_file(path, ".lz4", compressed) &&
	       llext_heap_init(board_heap_start,
			       (size_t)(end_of_memory - (char *)board_heap_start)) == 0;
}

/* ---- both ---- */

static int compare(const struct file *packed, const struct file *compressed)
{
	struct llext_buf_loader plain = LLEXT_TEMPORARY_BUF_LOADER(packed->bytes, packed->length),
				source = LLEXT_TEMPORARY_BUF_LOADER(compressed->bytes,
								    compressed->length);
	struct llext_lz4_loader lz4 =
		LLEXT_LZ4_LOADER(&source.loader, LZ4_decompress_safe, buffer, sizeof(buffer));
	struct image before = {0}, after = {0};
	struct llext *ext;

	/* As the other one: what it needs during the load decides where the image comes to lie. */
	plain.loader.seek = NULL;
	plain.loader.peek = NULL;
	if (load(&plain.loader, &ext, &before) != 0)
		return 1;
	if (llext_unload(&ext) != 0)
		return fail("unload", "it failed");
	if (load(&lz4.loader, &ext, &after) != 0)
		return 1;
	printf("packed: %zu bytes, %" PRIu64 " instructions; compressed: %zu bytes, %" PRIu64
	       " instructions; image of %zu bytes\n",
	       packed->length, before.instructions, compressed->length, after.instructions,
	       before.bytes);
	if (memcmp(before.mem, after.mem, sizeof(before.mem)) != 0 ||
	    memcmp(before.size, after.size, sizeof(before.size)) != 0 || before.sum != after.sum ||
	    before.bytes == 0)
		return fail("image", "it is not that of the packed file");
	if (run(ext) != 0)
		return 1;
	return llext_unload(&ext) == 0 && program_memory_held() == 0
		       ? 0
		       : fail("unload", "something is left");
}

int main(void)
{
	struct file packed, compressed;

	if (!read_files(&packed, &compressed))
		return fail("files", "they cannot be read, or leave no memory");
	if (compressed.length >= packed.length)
		return fail("compressed file", "it is not smaller");
	return compare(&packed, &compressed);
}
