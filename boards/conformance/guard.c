/* SPDX-License-Identifier: Apache-2.0 */
/*
 * W^X on a board: what an extension may not do traps, what it may works, and after the unload the
 * memory is data again. Prints what protection costs in memory.
 */
#include <errno.h>
#include <stdio.h>
#include "board.h"
#include "llext_mcu.h"
#include "conformance.h"
#include "mpu.h"
#include "unwind.h"

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

static struct llext *load_as(const char *name, struct fixture fixture)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext *ext;
	int rc = llext_load(&loader.loader, name, &ext, NULL);

	if (rc != 0) {
		printf("FAILED: load: %d\n", rc);
		board_exit(1);
	}
	return ext;
}

static struct llext *load(struct fixture fixture)
{
	return load_as("loaded", fixture);
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

/*
 * With two extensions in the heap: what lies below, between and above their pieces is data. A unit
 * whose ranges must not overlap has a slot of its own for each of these.
 */
#ifndef BOARD_HAS_IRAM
static void check_around_pieces(void)
{
	struct llext *first = load_as("first", FIXTURE(guarded));
	struct llext *lower = load_as("lower", FIXTURE(guarded));
	struct llext *upper = load_as("upper", FIXTURE(guarded)), *beside = NULL;
	uintptr_t low = CODE((uintptr_t)address_of(lower, "guarded_call"));
	uintptr_t high = CODE((uintptr_t)address_of(upper, "guarded_call"));
	/* Not where the heap may have a word of its own. */
	void *below = (void *)(CODE((uintptr_t)address_of(first, "guarded_call")) + 32);
	void *between = address_of(lower, "guarded_data");
	void *above = board_heap_start + HEAP_BYTES * 3 / 4 + 64;

	if (high < (uintptr_t)between) { /* where slots are few, code lies beside code */
		beside = upper;
		upper = load_as("uppermost", FIXTURE(guarded));
		high = CODE((uintptr_t)address_of(upper, "guarded_call"));
	}
	check("unload of the lowest", llext_unload(&first) == 0);
	check("pieces lie as the test wants it",
	      (uintptr_t)below < low && low < (uintptr_t)between && (uintptr_t)between < high &&
		      high < (uintptr_t)above);
	check("stores around two pieces",
	      runs(store, below) && runs(store, between) && runs(store, above));
	check("execution below two pieces traps", traps(execute, below, BOARD_FAULT_EXECUTE));
	check("execution between two pieces traps", traps(execute, between, BOARD_FAULT_EXECUTE));
	check("execution above two pieces traps", traps(execute, above, BOARD_FAULT_EXECUTE));
	check_calls(upper);
	if (beside != NULL)
		check("unload of the one beside", llext_unload(&beside) == 0);
	check("unload of both", llext_unload(&lower) == 0 && llext_unload(&upper) == 0);
	check("execution where they were traps",
	      traps(execute, (void *)low, BOARD_FAULT_EXECUTE) &&
		      traps(execute, (void *)high, BOARD_FAULT_EXECUTE));
}
#else /* instruction memory is always executable, and data memory never */
#define check_around_pieces() ((void)0)
#endif

/*
 * The unwinder's question for a table, at the limits of an extension's code, and how many tables
 * there may be.
 */
#if defined(__arm__)
extern uintptr_t __gnu_Unwind_Find_exidx(uintptr_t pc, int *count);
extern const uint32_t __exidx_start[], __exidx_end[];

#define MOST_TABLES 16

static bool finds(uintptr_t pc, const void *table, int entries)
{
	int count = -1;

	return __gnu_Unwind_Find_exidx(pc, &count) == (uintptr_t)table && count == entries;
}

static void check_tables_limits(struct llext *ext)
{
	static uint32_t tables[MOST_TABLES + 1][4];
	unsigned added = 0;

	check("a table of half an entry is refused",
	      llext_mcu_unwind_add(ext, tables[0], 12) == -ENOEXEC);
	check("a table at an odd address is refused",
	      llext_mcu_unwind_add(ext, (const uint8_t *)tables[0] + 2, 8) == -ENOEXEC);
	while (added <= MOST_TABLES && llext_mcu_unwind_add(ext, tables[added], 16) == 0)
		added++;
	check("sixteen tables, and no more",
	      added == MOST_TABLES && llext_mcu_unwind_add(ext, tables[16], 16) == -ENOSPC);
	for (unsigned i = 0; i < added; i++)
		llext_mcu_unwind_remove(ext, tables[i], 16);
}

static void check_unwind(void)
{
	static const uint32_t table[6];
	const int own = (int)((__exidx_end - __exidx_start) / 2);
	struct llext *ext = load(FIXTURE(guarded));
	uintptr_t start = (uintptr_t)ext->mem[LLEXT_MEM_TEXT];
	uintptr_t end = start + llext_code_room(ext, start); /* of its piece */

	check("where code is",
	      end - start >= ext->mem_size[LLEXT_MEM_TEXT] && llext_code_room(ext, end) == 0);
	check("no table yet", finds(start, __exidx_start, own));
	check("a table is taken", llext_mcu_unwind_add(ext, table, sizeof(table)) == 0);
	check("it is for all of the extension's code",
	      finds(start, table, 3) && finds(start + 1, table, 3) && finds(end - 2, table, 3) &&
		      finds(end - 1, table, 3));
	check("and for nothing else",
	      finds(start - 2, __exidx_start, own) &&
		      finds((uintptr_t)&check_unwind, __exidx_start, own) &&
		      finds((uintptr_t)address_of(ext, "guarded_data"), __exidx_start, own));
	llext_mcu_unwind_remove(ext, &table[1], sizeof(table));
	check("another table's end is not its end", finds(start, table, 3));
	llext_mcu_unwind_remove(ext, table, sizeof(table));
	check("no table any more", finds(start, __exidx_start, own));
	check_tables_limits(ext);
	check("unload", llext_unload(&ext) == 0);
}
#else
#define check_unwind() ((void)0)
#endif

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
	check_around_pieces();
	check_executable(llext_mpu()->read_only);
	check_unwind();
	print_loss();
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
