/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads each file that is named in the list file, the program's only argument, calls its
 * constructors, its check() and its destructors, and unloads it. A name with a '!' before it must
 * be refused.
 */
#include <stdio.h>
#include <string.h>
#include <board.h>
#include <llext_mcu.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>

static int calls;

/* What extensions import. The names are in order, as llext_set_builtins() wants them. */
static int firmware_add(int a, int b)
{
	calls++;
	return a + b;
}

static int firmware_counter = 1000;

static int firmware_jump(int a)
{
	return a * 3 + 1;
}

/* Helpers of the compiler, from libgcc or the C library: only their addresses matter here. */
#define HELPER(name) extern char name[]
HELPER(__adddf3);
HELPER(__divdi3);
HELPER(__divsi3);
HELPER(__fixdfsi);
HELPER(__floatsidf);
HELPER(__moddi3);
HELPER(__modsi3);
HELPER(__muldf3);
HELPER(__muldi3);
HELPER(__mulsi3);
HELPER(__udivdi3);
HELPER(__udivsi3);
HELPER(__umoddi3);
HELPER(__umodsi3);

static const struct llext_const_symbol builtins[] = {
#if __riscv_xlen == 32
	{"__adddf3", __adddf3},
	{"__divdi3", __divdi3},
	{"__divsi3", __divsi3},
	{"__fixdfsi", __fixdfsi},
	{"__floatsidf", __floatsidf},
	{"__moddi3", __moddi3},
	{"__modsi3", __modsi3},
	{"__muldf3", __muldf3},
	{"__muldi3", __muldi3},
	{"__mulsi3", __mulsi3},
	{"__udivdi3", __udivdi3},
	{"__udivsi3", __udivsi3},
	{"__umoddi3", __umoddi3},
	{"__umodsi3", __umodsi3},
#endif
	{"firmware_add", (const void *)firmware_add},
	{"firmware_counter", &firmware_counter},
	{"firmware_jump", (const void *)firmware_jump},
	{"memcpy", (const void *)memcpy},
	{"memset", (const void *)memset},
};

static char file[1 << 20] __attribute__((aligned(16)));
static char list[1 << 16], line[1024];

static int load_and_run(const char *path, size_t bytes)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext *ext = NULL;
	int (*check)(int seed);
	int rc = llext_load(&loader.loader, "extension", &ext, NULL), result = -1, before = calls;

	if (rc < 0) {
		char text[300];

		(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
		printf("%s: %s\n", path, text);
		return rc;
	}
	rc = llext_bringup(ext);
	check = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "check");
	if (rc == 0 && check != NULL)
		result = check(40);
	if (rc == 0)
		rc = llext_teardown(ext);
	if (result != 42 || calls == before || rc != 0) {
		printf("%s: check() gave %d, teardown %d\n", path, result, rc);
		rc = -1;
	}
	return llext_unload(&ext) == 0 ? rc : -1;
}

static int one(const char *name)
{
	const char *path = name + (*name == '!');
	size_t bytes = board_read_file(path, file, sizeof(file));
	int rc;

	if (bytes == BOARD_NO_FILE || bytes > sizeof(file)) {
		printf("%s: cannot be read\n", path);
		return 1;
	}
	rc = load_and_run(path, bytes);
	return *name == '!' ? rc >= 0 : rc != 0;
}

int main(void)
{
	size_t heap = (size_t)(board_heap_end - board_heap_start), length;
	struct llext_heap_stats stats;
	int failures = 0, runs = 0;
	char *path;

	(void)board_command_line(line, sizeof(line));
	path = strchr(line, ' ');
	length = path != NULL ? board_read_file(path + 1, list, sizeof(list) - 1) : BOARD_NO_FILE;
	if (length >= sizeof(list) ||
	    llext_mcu_protect_heap((uintptr_t)board_heap_start, heap) != 0 ||
	    llext_heap_init(board_heap_start, heap) != 0 ||
	    llext_set_builtins(builtins, sizeof(builtins) / sizeof(builtins[0])) != 0)
		return 2;
	for (char *name = strtok(list, "\n"); name != NULL; name = strtok(NULL, "\n"), runs++)
		failures += one(name);
	if (llext_heap_stats(LLEXT_HEAP_DATA, &stats) != 0 || stats.blocks != 0) {
		printf("%zu blocks are left\n", stats.blocks);
		failures++;
	}
	if (runs == 0 || failures != 0)
		printf("%d of %d failed\n", failures, runs);
	return runs == 0 || failures != 0;
}
