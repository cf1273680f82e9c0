// SPDX-License-Identifier: Apache-2.0
// Exceptions inside an extension, and out of it into the firmware, protected where the board can.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include "board.h"
#include "llext_mcu.h"

static const size_t heap_bytes = 256 * 1024;

extern "C" const uint8_t fixture_thrower[], fixture_thrower_end[];

static int failures;

static void check(const char *what, bool ok)
{
	std::printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

template <typename function> static function *find(const llext *ext, const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	if (address == nullptr) {
		std::printf("FAILED: %s is not exported\n", name);
		board_exit(1);
	}
	return reinterpret_cast<function *>(reinterpret_cast<uintptr_t>(address));
}

static llext *load(const char *name)
{
	const size_t bytes = static_cast<size_t>(fixture_thrower_end - fixture_thrower);
	llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture_thrower, bytes);
	llext *ext = nullptr;
	int rc = llext_load(&loader.loader, name, &ext, nullptr);

	if (rc != 0) {
		std::printf("FAILED: load: %d\n", rc);
		board_exit(1);
	}
	return ext;
}

static void check_extension(llext *ext)
{
	auto run = find<int(int)>(ext, "thrower_run");
	auto destroyed = find<int()>(ext, "thrower_destroyed");
	bool caught = false;

	check("nothing thrown", run(0) == 0);
	check("an int", run(1) == 42);
	check("a standard exception", run(2) == 1000);
	check("an exception of its own", run(3) == 107);
	try {
		find<void()>(ext, "thrower_escape")();
	} catch (const std::out_of_range &error) {
		caught = error.what()[0] == 'e';
	}
	check("an exception that leaves the extension", caught);
	check("destructors", destroyed() == 5);
}

static int thrown_here()
{
	try {
		throw 5;
	} catch (int number) {
		return number;
	}
}

int main()
{
	int rc = llext_mcu_protect_heap(reinterpret_cast<uintptr_t>(board_heap_start), heap_bytes);
	llext *one, *two;

	check("protection", rc == 0 || rc == -ENOTSUP);
#ifdef BOARD_HAS_IRAM
	check("heaps", llext_heap_init_harvard(board_iram_start, heap_bytes, board_heap_start,
					       heap_bytes) == 0);
#else
	check("heap", llext_heap_init(board_heap_start, heap_bytes) == 0);
#endif
	one = load("one");
	two = load("two");
	check_extension(one);
	check("unload", llext_unload(&one) == 0);
	check_extension(two);
	check("unload", llext_unload(&two) == 0);
	check("the firmware's own", thrown_here() == 5);
	std::puts(failures ? "FAILED" : "all is well");
	return failures;
}
