/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library in its smallest useful configuration: load, bring up, call, tear down, unload. Also
 * built with the whole library, as full.elf, to compare the stack.
 */
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include "board.h"

/* Enough here, and what the smallest board has. */
#define HEAP_BYTES ((size_t)6144)

extern const uint8_t fixture_guarded[], fixture_guarded_end[];

static int failures;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int make_heap(void)
{
#ifdef BOARD_HAS_IRAM
	return llext_heap_init_harvard(board_iram_start, HEAP_BYTES, board_heap_start, HEAP_BYTES);
#else
	return llext_heap_init(board_heap_start, HEAP_BYTES);
#endif
}

static void check_call(struct llext *ext)
{
	const void *function = llext_find_sym(&ext->exp_tab, "guarded_call");

	check("export", function != NULL);
	if (function != NULL)
		check("call", ((int (*)(void))(uintptr_t)function)() == 1 + 1 + 3);
	check("call by name", llext_call_fn(ext, "guarded_call") == 0);
}

int main(void)
{
	const size_t bytes = (size_t)(fixture_guarded_end - fixture_guarded);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture_guarded, bytes);
	struct llext *ext;
	size_t before;

	check("heap", make_heap() == 0);
	before = board_stack_used();
	check("load", llext_load(&loader.loader, "guarded", &ext, NULL) == 0);
	printf("stack: %lu bytes, %lu before the load\n", (unsigned long)board_stack_used(),
	       (unsigned long)before);
	if (ext != NULL) {
		check("bring-up", llext_bringup(ext) == 0);
		check_call(ext);
		printf("memory: %lu bytes\n", (unsigned long)ext->alloc_size);
		check("tear-down", llext_teardown(ext) == 0);
		check("unload", llext_unload(&ext) == 0);
	}
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
