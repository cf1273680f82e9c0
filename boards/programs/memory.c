/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extension's file and its memory. The file is put at the end of the memory for extensions and
 * not in malloc's: a hole of its size would change how long the programs' own allocations take.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include "board.h"
#include "llext_mcu.h"
#include "memory.h"

#ifdef BOARD_HAS_IRAM

/* Instruction memory has the room; only whole words can be read there. */
static struct {
	struct llext_loader loader;
	const volatile uint32_t *words;
	size_t length, position;
} source;

static int read_words(struct llext_loader *ldr, void *out, size_t bytes)
{
	uint8_t *to = out;

	(void)ldr;
	if (bytes > source.length - source.position)
		return -EINVAL;
	for (; bytes > 0 && source.position % 4 != 0; bytes--, source.position++)
		*to++ = (uint8_t)(source.words[source.position / 4] >> source.position % 4 * 8);
	for (; bytes >= 4; bytes -= 4, to += 4, source.position += 4) {
		uint32_t word = source.words[source.position / 4];

		memcpy(to, &word, sizeof(word));
	}
	for (; bytes > 0; bytes--, source.position++)
		*to++ = (uint8_t)(source.words[source.position / 4] >> source.position % 4 * 8);
	return 0;
}

static int seek(struct llext_loader *ldr, size_t position)
{
	(void)ldr;
	if (position > source.length)
		return -EINVAL;
	source.position = position;
	return 0;
}

static size_t length_of(struct llext_loader *ldr)
{
	(void)ldr;
	return source.length;
}

static struct llext_loader *open_file(const void *file, size_t length)
{
	source.loader =
		(struct llext_loader){.read = read_words, .seek = seek, .length = length_of};
	source.words = file;
	source.length = length;
	source.position = 0;
	return &source.loader;
}

#define FILE_MEMORY_START board_iram_start
#define FILE_MEMORY_END   board_iram_end

static int give_memory(size_t bytes)
{
	return llext_heap_init_harvard(board_iram_start, bytes, board_heap_start,
				       (size_t)(board_heap_end - board_heap_start));
}

#else

static struct llext_loader *open_file(const void *file, size_t length)
{
	static struct llext_buf_loader source;

	source = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(file, length);
	return &source.loader;
}

#define FILE_MEMORY_START board_heap_start
#define FILE_MEMORY_END   board_heap_end

static int give_memory(size_t bytes)
{
	return llext_heap_init(board_heap_start, bytes);
}

#endif

struct llext_loader *program_open(const char *path, size_t *length)
{
	size_t room = (size_t)(FILE_MEMORY_END - FILE_MEMORY_START);
	char *file;
	int rc;

	*length = board_read_file(path, NULL, 0);
	if (*length == BOARD_NO_FILE || *length > room / 2)
		return NULL;
	file = (char *)((uintptr_t)(FILE_MEMORY_END - *length) & ~(uintptr_t)15);
	if (board_read_file(path, file, *length) != *length)
		return NULL;

	rc = llext_mcu_protect_heap((uintptr_t)board_heap_start,
				    (size_t)(board_heap_end - board_heap_start));
	if (rc != 0)
		printf("no memory protection: %d\n", rc);
	return give_memory((size_t)(file - FILE_MEMORY_START)) == 0 ? open_file(file, *length)
								    : NULL;
}

size_t program_memory_held(void)
{
	struct llext_heap_stats data = {0}, instr = {0};

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &data);
#ifdef BOARD_HAS_IRAM
	(void)llext_heap_stats(LLEXT_HEAP_INSTR, &instr);
#endif
	return data.used + instr.used;
}
