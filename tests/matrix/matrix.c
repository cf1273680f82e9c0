/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs compiled extensions and compares what they compute with the same source linked into this
 * program. Usage: matrix near|far LIST; each line of LIST: what to expect, then the file:
 *   c FILE, cpp FILE                   run it
 *   ubsan-c FILE, ubsan-cpp FILE       the same, compiled with -fsanitize=undefined
 *   tls FILE                           run it; it has a thread-local variable
 *   refused:WORD FILE                  refused; the diagnostic record's text has WORD
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <limits.h>
#include <sys/mman.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext_posix.h>
#include "matrix.h"

#define HEAP_BYTES ((size_t)8 << 20)
#define FAR_PLACE  ((void *)0x100000000000)
#define MOST       600

struct entry {
	char *expect;
	char *file;
};

static struct entry entries[MOST];
static int reference[2][RESULTS];
static int reference_count[2];
static uintptr_t heap;

/* Is what the name stands for out of a call's reach? */
static bool is_far(const char *name)
{
	/* The library's own stand-ins lie in this program. */
	bool own = strcmp(name, "__cxa_atexit") == 0 || strcmp(name, "__cxa_finalize") == 0;
	uintptr_t address = own ? (uintptr_t)is_far : (uintptr_t)llext_find_sym(NULL, name);
	uintptr_t distance = address > heap ? address - heap : heap - address;

	return distance > (uintptr_t)1 << 31;
}

static void check_plan(const char *file)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext_plan plan;
	size_t veneers, got;

	assert_int_equal(llext_plan(&loader.loader, NULL, &plan), 0);
	if (plan.elf_type != ET_REL)
		return;
	assert_int_equal(expected_slots(file, is_far, &veneers, &got), 0);
	assert_int_equal(plan.got_slots, got);
	assert_int_equal(plan.got_bytes, got * sizeof(void *));
	assert_int_equal(plan.veneers, veneers);
	assert_int_equal(plan.veneer_bytes, veneers * 16);
}

static void check_notes(const int *expected, size_t count)
{
	assert_int_equal(note_count, count);
	assert_memory_equal(notes, expected, count * sizeof(int));
	note_count = 0;
}

static void check_results(struct llext *ext, bool cpp)
{
	const void *function = llext_find_sym(&ext->exp_tab, "extension_run");
	int results[RESULTS], count;

	assert_non_null(function);
	firmware_variable = 1000;
	count = ((int (*)(int *))(uintptr_t)function)(results);
	assert_int_equal(count, reference_count[cpp]);
	for (int i = 0; i < count; i++) {
		if (results[i] != reference[cpp][i])
			print_error("result %d: expected %d, found %d\n", i, reference[cpp][i],
				    results[i]);
		assert_int_equal(results[i], reference[cpp][i]);
	}
}

static void check_overflow(struct llext *ext, bool ubsan)
{
	const void *function = llext_find_sym(&ext->exp_tab, "extension_overflow");

	assert_non_null(function);
	assert_int_equal(ubsan_reports, 0);
	(void)((int (*)(int, int))(uintptr_t)function)(INT_MAX, 1);
	assert_int_equal(ubsan_reports, ubsan ? 1 : 0);
	ubsan_reports = 0;
}

static void run_cpp_and_c(const char *file, bool cpp, bool ubsan)
{
	/* In the order of the files in a file; destruction the other way round. */
	static const int during[] = {77, -77, 77, -77, 77, -77, 77, -77};
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext_heap_stats stats;
	struct llext *ext;
	int constructed[2];

	check_plan(file);
	assert_int_equal(llext_load(&loader.loader, "matrix", &ext, NULL), 0);
	note_count = 0;
	assert_int_equal(llext_bringup(ext), 0);
	assert_int_equal(note_count, cpp ? 2 : 0);
	memcpy(constructed, notes, sizeof(constructed));
	note_count = 0;
	check_results(ext, cpp);
	if (cpp) {
		assert_int_equal(note_count, 2 + 8 + 1);
		assert_int_equal(notes[0], 510);
		assert_int_equal(notes[1], 511);
		assert_memory_equal(notes + 2, during, sizeof(during));
		assert_int_equal(notes[10], 3);
		assert_int_equal(constructed[0] + constructed[1], 3);
	}
	note_count = 0;
	check_overflow(ext, ubsan);
	assert_int_equal(llext_teardown(ext), 0);
	check_notes((const int[]){-3, -constructed[1], -constructed[0]}, cpp ? 3 : 0);
	assert_int_equal(llext_unload(&ext), 0);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	assert_int_equal(stats.used, 0);
}

static void refused(const char *file, const char *word)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext *ext;
	char text[300];
	int rc = llext_load(&loader.loader, "refused", &ext, NULL);

	assert_true(rc < 0);
	(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
	if (strstr(text, word) == NULL)
		print_error("\"%s\" has no %s\n", text, word);
	assert_non_null(strstr(text, word));
}

static void run_thread_local(const char *file)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext *ext;

	for (int i = 0; i < 2; i++) { /* each load begins anew */
		int (*next)(void);

		assert_int_equal(llext_load(&loader.loader, "matrix", &ext, NULL), 0);
		next = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "next");
		assert_non_null(next);
		assert_int_equal(next(), 3);
		assert_int_equal(next(), 4);
		assert_int_equal(llext_unload(&ext), 0);
	}
}

static void run_entry(void **state)
{
	const struct entry *entry = *state;

	if (strncmp(entry->expect, "refused:", 8) == 0)
		refused(entry->file, entry->expect + 8);
	else if (strcmp(entry->expect, "tls") == 0)
		run_thread_local(entry->file);
	else
		run_cpp_and_c(entry->file, strstr(entry->expect, "cpp") != NULL,
			      strstr(entry->expect, "ubsan") != NULL);
}

static int clean(void **state)
{
	struct llext *ext = llext_by_name("matrix");

	(void)state;
	ubsan_reports = 0;
	if (ext != NULL)
		(void)llext_unload(&ext);
	return 0;
}

static size_t read_list(const char *path, struct CMUnitTest *tests)
{
	FILE *list = fopen(path, "r");
	char expect[100], file[1000];
	size_t count = 0;

	while (list != NULL && fscanf(list, "%99s %999s", expect, file) == 2 && count < MOST) {
		const char *slash = strrchr(file, '/');

		entries[count] = (struct entry){strdup(expect), strdup(file)};
		tests[count] = (struct CMUnitTest){strdup(slash != NULL ? slash + 1 : file),
						   run_entry, NULL, clean, &entries[count]};
		count++;
	}
	if (list != NULL)
		(void)fclose(list);
	return count;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MOST];
	size_t count;
	void *mem;

	if (argc < 3 || (count = read_list(argv[2], tests)) == 0) {
		fputs("usage: matrix near|far LIST [PATTERN]\n", stderr);
		return 2;
	}
	if (argc > 3)
		cmocka_set_test_filter(argv[3]);
	mem = strcmp(argv[1], "far") == 0
		      ? mmap(FAR_PLACE, HEAP_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
		      : llext_posix_map(HEAP_BYTES);
	if (mem == MAP_FAILED || llext_heap_init(mem, HEAP_BYTES) != 0) {
		perror("heap");
		return 1;
	}
	heap = (uintptr_t)mem;
	llext_posix_log_level = LLEXT_LOG_NONE;
	firmware_variable = 1000;
	reference_count[0] = reference_c_run(reference[0]);
	reference_count[1] = reference_cpp_run(reference[1]);
	return _cmocka_run_group_tests(argv[1], tests, count, NULL, NULL);
}
