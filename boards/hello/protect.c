/* SPDX-License-Identifier: Apache-2.0 */
/* Protection: what may not be executed or written traps, and nothing else does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "board.h"
#include "mpu.h"

#define RW (LLEXT_MPU_READ | LLEXT_MPU_WRITE)
#define RX (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE)

#if defined(__arm__)
#define RETURN         0x47704770u /* bx lr */
#define ENTRY(address) ((address) | 1)
#elif defined(__aarch64__)
#define RETURN         0xd65f03c0u
#define ENTRY(address) (address)
#elif defined(__riscv)
#define RETURN         0x00008067u
#define ENTRY(address) (address)
#elif defined(__xtensa__)
#define RETURN         0x00000080u
#define ENTRY(address) (address)
#endif

static int failures;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

static void execute(void *code)
{
	((void (*)(void))ENTRY((uintptr_t)code))();
}

static void store(void *word)
{
	*(volatile uint32_t *)word = RETURN;
}

static void load(void *word)
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

	if (!board_fault_caught(function, argument, &fault))
		return false;
	uintptr_t address = kind == BOARD_FAULT_EXECUTE ? fault.pc : fault.address;

	if (fault.kind == kind && (address & ~(uintptr_t)1) == (uintptr_t)argument &&
	    fault.write != !(function == store))
		return true;
	printf("fault %d at %lx, address %lx, write %d\n", fault.kind, (unsigned long)fault.pc,
	       (unsigned long)fault.address, fault.write);
	return false;
}

/* Two neighbouring ranges, which change roles. */
static void check_ranges(char *first, size_t size)
{
	char *second = first + size;

	store(first);
	store(second);
	store(second + size);
	__builtin___clear_cache(first, second + size + 4);
	check("set a data range", llext_mpu_set(0, (uintptr_t)first, size, RW) == 0);
	check("set a code range", llext_mpu_set(1, (uintptr_t)second, size, RX) == 0);
	check("load and store in data", runs(load, first) && runs(store, first + size - 4));
	check("execution in data traps", traps(execute, first, BOARD_FAULT_EXECUTE));
	check("load and execution in code", runs(load, second) && runs(execute, second));
	check("store in code traps", traps(store, second, BOARD_FAULT_DATA));
	check("store at the end of code traps", traps(store, second + size - 4, BOARD_FAULT_DATA));
	check("store after code", runs(store, second + size));
	check("code becomes data", llext_mpu_set(1, (uintptr_t)second, size, RW) == 0);
	check("store in it", runs(store, second));
	check("execution in it traps", traps(execute, second, BOARD_FAULT_EXECUTE));
	check("data becomes code", llext_mpu_set(0, (uintptr_t)first, size, RX) == 0);
	check("execution in it", runs(execute, first));
	check("store in it traps", traps(store, first, BOARD_FAULT_DATA));
	check("clear", llext_mpu_clear(0, (uintptr_t)first, size) == 0 &&
			       llext_mpu_clear(1, (uintptr_t)second, size) == 0);
	check("store after clear", runs(store, first) && runs(store, second));
}

/* Five eighths of what a slot covers: protected up to there, open from there on. */
static void check_eighths(char *start, size_t slot)
{
	size_t size = slot / 8 * 5;

	store(start);
	store(start + size - 4);
	__builtin___clear_cache(start, start + size);
	check("part of a slot", llext_mpu_set(0, (uintptr_t)start, size, RX) == 0);
	check("execution at its start", runs(execute, start));
	check("store at its end traps", traps(store, start + size - 4, BOARD_FAULT_DATA));
	check("store after it", runs(store, start + size));
	check("no eighth", llext_mpu_set(0, (uintptr_t)start, size + 4, RX) == -EINVAL &&
				   llext_mpu_set(0, (uintptr_t)start, size + 32, RX) == -EINVAL);
	check("clear", llext_mpu_clear(0, (uintptr_t)start, size) == 0);
}

static void check_rules(const struct llext_mpu *mpu, char *start)
{
	uintptr_t at = (uintptr_t)start;
	size_t size = mpu->granule * 4;

	check("misaligned start is refused", llext_mpu_set(0, at + 2, size, RW) == -EINVAL);
	check("misaligned size is refused", llext_mpu_set(0, at, size + 2, RW) == -EINVAL);
	check("no size is refused", llext_mpu_set(0, at, 0, RW) == -EINVAL);
	check("write only is refused", llext_mpu_set(0, at, size, LLEXT_MPU_WRITE) == -EINVAL);
	if (mpu->slots != (unsigned)-1)
		check("no such slot", llext_mpu_set(mpu->slots, at, size, RW) == -EINVAL);
	if (mpu->power_of_two) {
		check("no power of two", llext_mpu_set(0, at, 3 * mpu->granule, RW) == -EINVAL);
		check("start not a multiple of the size",
		      llext_mpu_set(0, at + mpu->granule, size, RW) == -EINVAL);
	}
}

int main(void)
{
	const struct llext_mpu *mpu = llext_mpu();
	/* Aligned for all that is tried. */
	char *heap = (char *)(((uintptr_t)board_heap_start + 0x1fff) & ~(uintptr_t)0x1fff);

	printf("%s: %u slots, granule %lu\n", BOARD_NAME, mpu->slots, (unsigned long)mpu->granule);
	if (!mpu->slots) {
		check("no protection here", llext_mpu_enable() == -ENOTSUP);
		check("data is executable",
		      (store(board_heap_start), runs(execute, board_heap_start)));
		return failures;
	}
	check("enable", llext_mpu_enable() == 0);
	check_rules(mpu, heap);
	if (mpu->read_only) {
		check_ranges(heap, mpu->granule > 4096 ? mpu->granule : 4096);
		check_ranges(heap, mpu->granule * 2);
		if (mpu->eighths) {
			check_eighths(heap, mpu->eighths * 2);
			check_eighths(heap, 8192);
		}
	} else {
		uintptr_t region = (uintptr_t)heap / mpu->granule * mpu->granule;

		store(heap);
		check("data region", llext_mpu_set(1, region, mpu->granule, RW) == 0);
		check("execution in data traps", traps(execute, heap, BOARD_FAULT_EXECUTE));
		check("store in data", runs(store, heap));
	}
#ifdef BOARD_HAS_IRAM
	store(board_iram_start);
	check("execution in instruction RAM", runs(execute, board_iram_start));
#endif
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
