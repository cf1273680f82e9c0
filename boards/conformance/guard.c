/* SPDX-License-Identifier: Apache-2.0 */
/*
 * W^X on a board: what an extension may not do traps, what it may works, and after the unload the
 * memory is data again. Prints what protection costs in memory.
 */
#include <stdio.h>
#include "board.h"
#include "llext_mcu.h"
#include "conformance.h"
#include "mpu.h"

/* An instruction that returns, as data. */
#if defined(__arm__)
#define RETURN         0x47704770u /* bx lr */
#define ENTRY(address) ((address) | 1)
#define CODE(address)  ((address) & ~(uintptr_t)1)
#else
#if defined(__aarch64__)
#define RETURN 0xd65f03c0u
#elif defined(__riscv)
#define RETURN 0x00008067u
#elif defined(__xtensa__)
#define RETURN 0x00000080u
#endif
#define ENTRY(address) (address)
#define CODE(address)  (address)
#endif

#define HEAP_BYTES ((size_t)128 * 1024)
/* The heap and the window for executables behind it: see fixed.cmake. */
#define PROTECTED_BYTES ((size_t)1 << 20)

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

static void execute(void *code)
{
	((void (*)(void))ENTRY((uintptr_t)code))();
}

static void store(void *word)
{
	*(volatile uint32_t *)word = RETURN;
}

static void fetch(void *word)
{
	(void)*(volatile uint32_t *)word;
}

static bool runs(void (*function)(void *), void *argument)
{
	struct board_fault fault;

	return !board_fault_caught(function, argument, &fault);
}

static bool traps(void (*function)(void *), void *argument, enum board_fault_kind kind)
{
	struct board_fault fault;
	uintptr_t address;

	if (!board_fault_caught(function, argument, &fault))
		return false;
	address = kind == BOARD_FAULT_EXECUTE ? fault.pc : fault.address;
	if (fault.kind == kind && CODE(address) == (uintptr_t)argument)
		return true;
	printf("fault %d at %lx, address %lx\n", fault.kind, (unsigned long)fault.pc,
	       (unsigned long)fault.address);
	return false;
}

static void *address_of(const struct llext *ext, const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	if (address == NULL) {
		printf("FAILED: %s is not exported\n", name);
		board_exit(1);
	}
	return (void *)(uintptr_t)address;
}

static struct llext *load(struct fixture fixture)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext *ext;
	int rc = llext_load(&loader.loader, "loaded", &ext, NULL);

	if (rc != 0) {
		printf("FAILED: load: %d\n", rc);
		board_exit(1);
	}
	return ext;
}

static void check_calls(const struct llext *ext)
{
	int (*function)(void) = (int (*)(void))(uintptr_t)address_of(ext, "guarded_call");
	int *data = address_of(ext, "guarded_data");

	check("a call", function() == 1 + 1 + 3);
	data[0] = 5;
	check("a call after a store to data", function() == 5 + 2 + 3);
}

/* Everything that the extension has, used as it should not be. */
static void check_protected(bool read_only)
{
	struct llext *ext = load(FIXTURE(guarded));
	void *code = (void *)CODE((uintptr_t)address_of(ext, "guarded_call"));
	void *data = address_of(ext, "guarded_data"), *zero = address_of(ext, "guarded_zero");
	void *constants = address_of(ext, "guarded_constants");

	check_calls(ext);
	check("stores to data", runs(store, data) && runs(store, zero));
	check("execution of data traps", traps(execute, data, BOARD_FAULT_EXECUTE));
	check("execution of zeroed data traps", traps(execute, zero, BOARD_FAULT_EXECUTE));
	check("loads of code and constants", runs(fetch, code) && runs(fetch, constants));
	check("execution of constants traps", traps(execute, constants, BOARD_FAULT_EXECUTE));
	if (read_only) {
		check("a store to code traps", traps(store, code, BOARD_FAULT_DATA));
		check("a store to constants traps", traps(store, constants, BOARD_FAULT_DATA));
	}
	check("unload", llext_unload(&ext) == 0);
	check("stores after the unload",
	      runs(store, code) && runs(store, constants) && runs(store, data));
#ifndef BOARD_HAS_IRAM /* instruction memory is always executable */
	check("execution after the unload traps", traps(execute, code, BOARD_FAULT_EXECUTE));
#endif
	check("execution in the free heap traps",
	      (store(board_heap_start + HEAP_BYTES / 2),
	       traps(execute, board_heap_start + HEAP_BYTES / 2, BOARD_FAULT_EXECUTE)));
}

/* An executable at its own addresses has the same protection. */
static void check_executable(bool read_only)
{
	struct llext *ext = load(FIXTURE(fixed));
	int (*run)(void) = (int (*)(void))(uintptr_t)address_of(ext, "fixed_run");
	void *code = (void *)CODE((uintptr_t)address_of(ext, "fixed_run"));
	void *data = address_of(ext, "fixed_counter"), *constants = address_of(ext, "fixed_table");

	check("executable: a call", run() == 40 + 2);
	check("executable: stores to data", runs(store, data));
	check("executable: execution of data traps", traps(execute, data, BOARD_FAULT_EXECUTE));
	check("executable: loads of code and constants",
	      runs(fetch, code) && runs(fetch, constants));
	check("executable: execution of constants traps",
	      traps(execute, constants, BOARD_FAULT_EXECUTE));
	if (read_only) {
		check("executable: a store to code traps", traps(store, code, BOARD_FAULT_DATA));
		check("executable: a store to constants traps",
		      traps(store, constants, BOARD_FAULT_DATA));
	}
	check("executable: unload", llext_unload(&ext) == 0);
	check("executable: stores after the unload", runs(store, code) && runs(store, constants));
#ifndef BOARD_HAS_IRAM
	check("executable: execution after the unload traps",
	      traps(execute, code, BOARD_FAULT_EXECUTE));
#endif
}

/* Code, constants and data of an extension as they are, and as they are allocated. */
static size_t planned(struct fixture fixture, size_t *bytes)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_plan plan;
	int rc = llext_plan(&loader.loader, NULL, &plan);

	if (rc != 0 && rc != -ENODATA) { /* some import from each other */
		printf("FAILED: plan: %d\n", rc);
		board_exit(1);
	}
	for (int i = 0; i < LLEXT_MEM_COUNT; i++)
		*bytes += plan.mem[i].bytes;
	return plan.instr_bytes + plan.data_bytes;
}

/* Of some files of the library's own, compiled as extensions: code as it is. */
static void print_loss(void)
{
	size_t bytes = 0, allocated = 0;

	allocated += planned(FIXTURE(diag), &bytes);
	allocated += planned(FIXTURE(elf), &bytes);
	allocated += planned(FIXTURE(exports), &bytes);
	allocated += planned(FIXTURE(layout), &bytes);
	allocated += planned(FIXTURE(place), &bytes);
	allocated += planned(FIXTURE(sort), &bytes);
	allocated += planned(FIXTURE(symbols), &bytes);
	allocated += planned(FIXTURE(guarded), &bytes);
	printf("memory: %lu bytes of code, constants and data take %lu, %lu %% are lost\n",
	       (unsigned long)bytes, (unsigned long)allocated,
	       (unsigned long)((allocated - bytes) * 100 / allocated));
}

static int make_heap(void)
{
#ifdef BOARD_HAS_IRAM
	return llext_heap_init_harvard(board_iram_start, HEAP_BYTES, board_heap_start, HEAP_BYTES);
#else
	return llext_heap_init(board_heap_start, HEAP_BYTES);
#endif
}

static int add_windows(void)
{
#ifdef CONFORMANCE_DATA_WINDOW
	int rc = llext_mcu_add_window(CONFORMANCE_DATA_WINDOW, CONFORMANCE_WINDOW_BYTES);

	if (rc != 0)
		return rc;
#endif
	return llext_mcu_add_window(CONFORMANCE_WINDOW, CONFORMANCE_WINDOW_BYTES);
}

int main(void)
{
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start, PROTECTED_BYTES);

	check("protection", rc == 0);
	check("heap", make_heap() == 0);
	check("window", add_windows() == 0);
	check_protected(llext_mpu()->read_only);
	check_executable(llext_mpu()->read_only);
	print_loss();
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
