/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside_dlopen load ROUNDS NAME    the median time to load and unload NAME.llext and NAME.so,
 *                                  or, of a NAME that ends in .so, this one file with both
 * beside_dlopen find ROUNDS NAME    the same for looking up every name of NAMES, in no order
 * beside_dlopen count WHAT NAME    does WHAT once, with only that counted by callgrind: llext and
 *                                  dlopen load, llext_find_sym and dlsym look every name up
 *
 * Both take turns within a round, so that what else the machine does hits both. Files and names are
 * those of the current folder; the names are lines of standard input.
 */
#define _GNU_SOURCE /* fopen64 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES  ((size_t)32 << 20)
#define MOST_ROUNDS 1000
#define MOST_NAMES  20000

enum { LLEXT_LOAD, DLOPEN, LLEXT_UNLOAD, DLCLOSE, KINDS };

static double times[KINDS][MOST_ROUNDS];
static char llext_file[128], shared_file[128];
static char *names[MOST_NAMES];
static size_t name_count;

/* Lua's, beside what the ready-made lists have. */
EXPORT_SYMBOL(fopen64);
EXPORT_SYMBOL(freopen64);
EXPORT_SYMBOL(getc);

static void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "beside_dlopen: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), ascending);
	return values[count / 2];
}

/* ---- the two ways ---- */

static struct llext *load_llext(void)
{
	struct llext_fs_loader file = LLEXT_FS_LOADER(llext_file);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;

	param.exports = LLEXT_EXPORTS_HASHED; /* as dlopen() has them; no effect on a .llext */
	if (llext_load(&file.loader, "bench", &ext, &param) != 0 || llext_bringup(ext) != 0) {
		char line[512];

		llext_diag_format(llext_last_diag(), line, sizeof(line));
		die(llext_file, line);
	}
	return ext;
}

static void unload_llext(struct llext *ext)
{
	if (llext_teardown(ext) != 0 || llext_unload(&ext) != 0)
		die(llext_file, "it cannot be unloaded");
}

static void *load_shared(void)
{
	void *handle = dlopen(shared_file, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		die(shared_file, dlerror());
	return handle;
}

static void unload_shared(void *handle)
{
	if (dlclose(handle) != 0)
		die(shared_file, dlerror());
	if (dlopen(shared_file, RTLD_NOLOAD | RTLD_NOW) != NULL)
		die(shared_file, "dlclose() leaves it loaded");
}

/* What both loaded must do the same, where it does anything. */
static void check(struct llext *ext, void *handle)
{
	const void *functions[] = {llext_find_sym(&ext->exp_tab, "bench_check"),
				   dlsym(handle, "bench_check")};

	for (int i = 0; i < 2; i++) {
		int (*function)(void);

		if (functions[i] == NULL)
			die("bench_check", "it is not exported");
		memcpy(&function, &functions[i], sizeof(function));
		if (function() != 0)
			die("bench_check", "what was loaded does not work");
	}
}

/* ---- load ---- */

static void load_round(int round)
{
	double start = now(), loaded, opened, unloaded;
	struct llext *ext = load_llext();
	void *handle;

	loaded = now();
	handle = load_shared();
	opened = now();
	if (round == 0)
		check(ext, handle);
	times[LLEXT_LOAD][round] = loaded - start;
	times[DLOPEN][round] = opened - loaded;
	start = now();
	unload_llext(ext);
	unloaded = now();
	unload_shared(handle);
	times[DLCLOSE][round] = now() - unloaded;
	times[LLEXT_UNLOAD][round] = unloaded - start;
}

static void compare_loads(int rounds)
{
	for (int round = 0; round < rounds; round++)
		load_round(round);
	printf("load llext=%.0f dlopen=%.0f unload=%.0f dlclose=%.0f\n",
	       median(times[LLEXT_LOAD], rounds), median(times[DLOPEN], rounds),
	       median(times[LLEXT_UNLOAD], rounds), median(times[DLCLOSE], rounds));
}

/* ---- find ---- */

static void read_names(void)
{
	static char line[256];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (name_count == MOST_NAMES)
			die("names", "too many");
		names[name_count] = strdup(line);
		if (names[name_count++] == NULL)
			die("names", "no memory");
	}
	if (name_count == 0)
		die("names", "there are none");
}

/* How many are not found when all are looked up so many times. */
static size_t find_llext(const struct llext *ext, size_t again)
{
	size_t missing = 0;

	for (size_t i = 0; i < again * name_count; i++)
		missing += llext_find_sym(&ext->exp_tab, names[i % name_count]) == NULL;
	return missing;
}

static size_t find_shared(void *handle, size_t again)
{
	size_t missing = 0;

	for (size_t i = 0; i < again * name_count; i++)
		missing += dlsym(handle, names[i % name_count]) == NULL;
	return missing;
}

static void compare_finds(int rounds)
{
	struct llext *ext = load_llext();
	void *handle = load_shared();
	size_t again, missing = 0;
	double calls;

	read_names();
	again = name_count < 1000 ? 1000 / name_count : 1;
	for (int round = 0; round < rounds; round++) {
		double start = now(), middle;

		missing += find_llext(ext, again);
		middle = now();
		missing += find_shared(handle, again);
		times[DLOPEN][round] = now() - middle;
		times[LLEXT_LOAD][round] = middle - start;
	}
	if (missing != 0 || ext->exp_tab.sym_cnt != name_count + 1) /* and bench_check */
		die("names", "some are not found");
	calls = (double)(again * name_count);
	printf("find llext=%.1f dlsym=%.1f\n", median(times[LLEXT_LOAD], rounds) / calls,
	       median(times[DLOPEN], rounds) / calls);
	unload_llext(ext);
	unload_shared(handle);
}

/* ---- count ---- */

static void count_loads(bool shared)
{
	struct llext *ext = NULL;
	void *handle = NULL;

	CALLGRIND_TOGGLE_COLLECT;
	if (shared)
		handle = load_shared();
	else
		ext = load_llext();
	CALLGRIND_TOGGLE_COLLECT;
	if (shared)
		unload_shared(handle);
	else
		unload_llext(ext);
}

static void count_finds(bool shared)
{
	struct llext *ext = load_llext();
	void *handle = load_shared();
	size_t missing;

	read_names();
	CALLGRIND_TOGGLE_COLLECT;
	missing = shared ? find_shared(handle, 1) : find_llext(ext, 1);
	CALLGRIND_TOGGLE_COLLECT;
	if (missing != 0)
		die("names", "some are not found");
}

static void count(const char *what)
{
	if (strcmp(what, "llext") == 0 || strcmp(what, "dlopen") == 0)
		count_loads(*what == 'd');
	else if (strcmp(what, "llext_find_sym") == 0 || strcmp(what, "dlsym") == 0)
		count_finds(*what == 'd');
	else
		die(what, "it cannot be counted");
}

static void name_files(const char *name)
{
	const char *end = strrchr(name, '.');
	bool shared = end != NULL && strcmp(end, ".so") == 0;

	(void)snprintf(llext_file, sizeof(llext_file), "%s%s", name, shared ? "" : ".llext");
	(void)snprintf(shared_file, sizeof(shared_file), "./%s%s", name, shared ? "" : ".so");
}

int main(int argc, char **argv)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	int rounds;

	if (argc != 4 || heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		die("usage", "load|find ROUNDS NAME, or count WHAT NAME");
	name_files(argv[3]);
	if (strcmp(argv[1], "count") == 0) {
		count(argv[2]);
		return 0;
	}
	rounds = atoi(argv[2]);
	if (rounds < 1 || rounds > MOST_ROUNDS)
		die(argv[2], "so many rounds cannot be made");
	if (strcmp(argv[1], "load") == 0)
		compare_loads(rounds);
	else
		compare_finds(rounds);
	return 0;
}
