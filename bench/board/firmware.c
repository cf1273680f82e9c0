/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.elf KIND FILE...: loads each file, checks that it works, unloads it, and prints what all
 * of that cost. KIND is how the file is read: read, peek, stream, lz4 (see source.h), or protected,
 * which is read with memory protection on, or among-N: the same file is loaded N times beforehand,
 * under other names. firmware.elf function FILE compares the functions of function.h with the same,
 * linked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include "board.h"
#include "llext_mcu.h"
#include "function.h"
#include "measure.h"
#include "source.h"

#define BUFFER_BYTES 4096
#define CALLS        1000

struct figures {
	uint64_t load, unload, copy;
	size_t image, peak, leak, stack;
};

static bool fail_load(const char *file)
{
	char line[512];

	llext_diag_format(llext_last_diag(), line, sizeof(line));
	return measure_fail(file, line);
}

/* ---- memory ---- */

/* A heap without a history, of the same size for every file: half of the memory. */
static bool new_heap(void)
{
	(void)llext_heap_uninit();
	return llext_heap_init(board_heap_start, measure_heap_bytes()) == 0;
}

static size_t heap_used(void)
{
	struct llext_heap_stats stats = {0};

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	return stats.used;
}

static size_t heap_peak(void)
{
	struct llext_heap_stats stats = {0};

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	return stats.peak;
}

/* ---- other extensions, that are loaded already ---- */

static size_t others;

static void name_other(char *name, size_t bytes, size_t index)
{
	snprintf(name, bytes, "other%zu", index);
}

static bool load_others(const uint8_t *file, size_t length)
{
	char name[16];

	for (size_t i = 0; i < others; i++) {
		struct source source;
		struct llext *ext = NULL;

		name_other(name, sizeof(name), i);
		source_open(&source, SOURCE_READ, file, length);
		if (llext_load(source.top, name, &ext, NULL) != 0)
			return false;
	}
	return true;
}

static bool unload_others(void)
{
	char name[16];

	for (size_t i = 0; i < others; i++) {
		struct llext *ext;

		name_other(name, sizeof(name), i);
		ext = llext_by_name(name);
		if (ext == NULL || llext_unload(&ext) != 0)
			return false;
	}
	return true;
}

/* ---- one load ---- */

/* The two counted calls have a function of their own, so that nothing else uses the stack. */
static __attribute__((noinline)) int counted_load(struct source *source, struct llext **ext,
						  struct figures *figures)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)3;
	uint64_t start;
	int rc;

	measure_paint_stack(frame);
	start = board_instructions();
	rc = llext_load(source->top, "module", ext, NULL);

	figures->load = board_instructions() - start;
	figures->stack = measure_stack(frame);
	return rc;
}

static bool load_and_unload(const char *path, struct source *source, struct figures *figures)
{
	struct llext *ext = NULL;
	uint64_t start;
	size_t used = heap_used();

	if (counted_load(source, &ext, figures) != 0)
		return fail_load(path);
	figures->peak = heap_peak() - used;
	for (int region = 0; region < LLEXT_MEM_COUNT; region++)
		figures->image += ext->mem_size[region];
	if (llext_bringup(ext) != 0 ||
	    !measure_works(llext_find_sym(&ext->exp_tab, "bench_check")) ||
	    llext_teardown(ext) != 0)
		return measure_fail(path, "it does not work");
	start = board_instructions();
	if (llext_unload(&ext) != 0)
		return measure_fail(path, "unload");
	figures->unload = board_instructions() - start;
	figures->leak = heap_used() - used;
	return true;
}

static void print(const char *path, const struct llext_plan *plan, const struct source *source,
		  const struct figures *figures)
{
	size_t exports;

	(void)llext_builtins(&exports);
	printf("load module=%s firmware_exports=%zu file_bytes=%zu image_bytes=%zu relocations=%zu "
	       "imports=%zu veneers=%zu ",
	       path, exports, source->length, figures->image, plan->relocations, plan->imports,
	       plan->veneers);
	printf("load=%" PRIu64 " copy=%" PRIu64 " unload=%" PRIu64 " reads=%lu seeks=%lu peeks=%lu "
	       "bytes_read=%zu heap_over_image=%zd leak=%zu stack=%zu\n",
	       figures->load, figures->copy, figures->unload, source->reads, source->seeks,
	       source->peeks, source->bytes_read, (ptrdiff_t)(figures->peak - figures->image),
	       figures->leak, figures->stack);
}

/* Nothing but the load. */
static void load_from(const char *path, enum source_kind kind)
{
	struct source source;
	struct llext *ext = NULL;
	size_t length;
	const uint8_t *file = measure_read_file(path, &length);

	if (file == NULL || !new_heap()) {
		measure_fail(path, "it cannot be read");
		return;
	}
	source_open(&source, kind, file, length);
	if (llext_load(source.top, "module", &ext, NULL) != 0)
		fail_load(path);
}

static void load_once(const char *path)
{
	load_from(path, SOURCE_READ);
}

static void stream_once(const char *path)
{
	load_from(path, SOURCE_STREAM);
}

static void lz4_once(const char *path)
{
	load_from(path, SOURCE_LZ4);
}

static void measure(const char *path, enum source_kind kind)
{
	struct figures figures = {0};
	struct llext_plan plan = {0};
	struct source source;
	size_t length;
	const uint8_t *file = measure_read_file(path, &length);

	if (file == NULL || !new_heap()) {
		measure_fail(path, "it cannot be read");
		return;
	}
	source_open(&source, kind, file, length);
	if (llext_plan(source.top, NULL, &plan) != 0) {
		fail_load(path);
		return;
	}
	if (heap_used() != 0 || !new_heap()) {
		measure_fail(path, "llext_plan() leaves something on the heap");
		return;
	}
	if (!load_others(file, length)) {
		fail_load(path);
		return;
	}
	source_open(&source, kind, file, length);
	if (!load_and_unload(path, &source, &figures))
		return;
	if (!unload_others()) {
		measure_fail(path, "one that was loaded before it is not there any more");
		return;
	}
	figures.copy = measure_copy(figures.image);
	print(path, &plan, &source, &figures);
}

/* ---- a function, linked and loaded ---- */

struct functions {
	uint32_t (*checksum)(const uint8_t *bytes, size_t count);
	int (*calls)(int count);
};

static bool count_functions(const char *how, const struct functions *functions,
			    const uint8_t *buffer)
{
	uint64_t start = board_instructions();
	uint32_t sum = functions->checksum(buffer, BUFFER_BYTES);
	uint64_t middle = board_instructions();
	int calls = functions->calls(CALLS);
	uint64_t end = board_instructions();

	printf("function how=%s checksum=%" PRIu64 " calls=%" PRIu64 "\n", how, middle - start,
	       end - middle);
	/* CRC-32 of 4,096 bytes 0, 1, ... 255, 0, ... */
	return sum == 0xa2912082u && calls == CALLS;
}

static void compare_functions(const char *path)
{
	static uint8_t buffer[BUFFER_BYTES];
	struct functions linked = {function_checksum, function_calls}, loaded;
	const void *checksum, *calls;
	struct source source;
	struct llext *ext = NULL;
	size_t length;
	const uint8_t *file = measure_read_file(path, &length);

	for (size_t i = 0; i < sizeof(buffer); i++)
		buffer[i] = (uint8_t)i;
	if (file == NULL || !new_heap()) {
		measure_fail(path, "it cannot be read");
		return;
	}
	source_open(&source, SOURCE_READ, file, length);
	if (llext_load(&source.loader, "function", &ext, NULL) != 0) {
		fail_load(path);
		return;
	}
	checksum = llext_find_sym(&ext->exp_tab, "function_checksum");
	calls = llext_find_sym(&ext->exp_tab, "function_calls");
	memcpy(&loaded.checksum, &checksum, sizeof(checksum));
	memcpy(&loaded.calls, &calls, sizeof(calls));
	if (checksum == NULL || calls == NULL || !count_functions("linked", &linked, buffer) ||
	    !count_functions("loaded", &loaded, buffer) || llext_unload(&ext) != 0)
		measure_fail(path, "the function is not what it should be");
}

/* ---- the command line ---- */

static bool protect(void)
{
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start,
					(size_t)(board_heap_end - board_heap_start));

	if (rc != 0)
		printf("FAILED: no memory protection: %d\n", rc);
	return rc == 0;
}

/* How the command line names what to do. */
static const struct {
	const char *name;
	enum source_kind source;
	bool protected;
	size_t others;
	void (*act)(const char *file); /* NULL: measure() */
} kinds[] = {
	{.name = "read", .source = SOURCE_READ},
	{.name = "peek", .source = SOURCE_PEEK},
	{.name = "stream", .source = SOURCE_STREAM},
	{.name = "lz4", .source = SOURCE_LZ4},
	{.name = "protected", .source = SOURCE_READ, .protected = true},
	{.name = "among-1", .source = SOURCE_READ, .others = 1},
	{.name = "among-100", .source = SOURCE_READ, .others = 100},
	{.name = "among-1000", .source = SOURCE_READ, .others = 1000},
	{.name = "once", .act = load_once},
	{.name = "stream-once", .act = stream_once},
	{.name = "lz4-once", .act = lz4_once},
	{.name = "function", .act = compare_functions},
};

static bool run(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		if (kinds[i].protected && !protect())
			return false;
		others = kinds[i].others;
		for (char *file; (file = strtok(NULL, " ")) != NULL;) {
			if (kinds[i].act != NULL)
				kinds[i].act(file);
			else
				measure(file, kinds[i].source);
		}
		return measure_failures == 0;
	}
	printf("FAILED: %s: there is no such kind\n", name);
	return false;
}

int main(void)
{
	const char *kind = measure_first_word();

	return run(kind != NULL ? kind : "") ? 0 : 1;
}
