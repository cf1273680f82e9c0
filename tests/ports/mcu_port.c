/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/mcu/port.c over a protection unit that records what it is asked: rights, windows and their
 * ends, memory used in place, and that nothing is asked while protection is off.
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>
#include <llext/port.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "slots.h"

enum call { NONE, OPEN, ADD, REMOVE, FIT, NEEDED, SET, ENABLE, SYNC };

static struct {
	enum call call;
	uintptr_t start, load;
	size_t bytes;
	unsigned access;
} last;
static int next_rc;
static struct llext_mpu unit = {.granule = 32, .read_only = 1};

unsigned llext_mcu_kept_slots;

static int note(enum call call, uintptr_t start, size_t bytes, unsigned access)
{
	int rc = next_rc;

	last.call = call;
	last.start = start;
	last.bytes = bytes;
	last.access = access;
	next_rc = 0;
	return rc;
}

const struct llext_mpu *llext_mpu(void)
{
	return &unit;
}

int llext_mpu_enable(void)
{
	return note(ENABLE, 0, 0, 0);
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	assert_int_equal(slot, 0);
	return note(SET, start, size, access);
}

int llext_slots_open(uintptr_t start, size_t bytes)
{
	return note(OPEN, start, bytes, 0);
}

int llext_slots_add(uintptr_t start, size_t bytes, unsigned access)
{
	return note(ADD, start, bytes, access);
}

int llext_slots_remove(uintptr_t start, size_t bytes)
{
	return note(REMOVE, start, bytes, 0);
}

void llext_slots_fit(size_t *bytes, size_t *align)
{
	(void)note(FIT, 0, *bytes, 0);
	*align = 64;
}

unsigned llext_slots_needed(unsigned pieces, unsigned *left)
{
	*left = 3;
	(void)note(NEEDED, 0, pieces, 0);
	return pieces + 1;
}

unsigned llext_slots_most(void)
{
	return 9;
}

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	(void)note(SYNC, mem, bytes, 0);
	last.load = load;
}

static void forget(void)
{
	last.call = NONE;
}

static int protect(uintptr_t start, size_t bytes, enum llext_access access)
{
	struct llext_extent extent = {.mem = (void *)start, .load = start, .bytes = bytes};

	forget();
	return llext_port.protect(&extent, access);
}

static int in_place(uintptr_t start, size_t bytes)
{
	struct llext_extent extent = {.mem = (void *)start, .load = start, .bytes = bytes};

	return llext_port.in_place(&extent, (void *)start, bytes);
}

static const char *occupant;

static int claim(uintptr_t start, size_t bytes, enum llext_access access)
{
	struct llext_extent extent = {.mem = (void *)start, .load = start, .bytes = bytes};

	occupant = NULL;
	return llext_port.claim(&extent, access, &occupant);
}

#define HEAP       0x20000000u
#define HEAP_BYTES 0x10000u
#define FLASH      0x08000000u
#define RIGHTS_RX  (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE)

/* In order: each test goes on from where the one before it has left the port. */
static void off(void **state)
{
	size_t bytes = 100, align = 4;
	unsigned left = 0;

	(void)state;
	assert_int_equal(protect(HEAP, 64, LLEXT_ACCESS_RX), 0);
	assert_int_equal(protect(HEAP, 64, LLEXT_ACCESS_RW), 0);
	llext_port.fit(&bytes, &align);
	assert_int_equal(bytes, 100);
	assert_int_equal(align, 4);
	assert_int_equal(llext_port.slots(2, &left), 0);
	assert_int_equal(left, (unsigned)-1);
	assert_int_equal(llext_mcu_pieces(), 0);
	assert_int_equal(last.call, NONE);
}

static void cannot_be_switched_on(void **state)
{
	(void)state;
	unit.slots = 0;
	assert_int_equal(llext_mcu_protect_heap(HEAP, HEAP_BYTES), -ENOTSUP);
	assert_int_equal(last.call, NONE);
	unit.slots = 8;
	next_rc = -ENOSPC;
	assert_int_equal(llext_mcu_protect_heap(HEAP, HEAP_BYTES), -ENOSPC);
	assert_int_equal(last.call, ENABLE);
	/* One region for all: it is data, and there is nothing else to say. */
	unit.read_only = 0;
	unit.granule = 0x4000000;
	assert_int_equal(llext_mcu_protect_heap(HEAP + 4096, HEAP_BYTES), 0);
	assert_int_equal(last.call, SET);
	assert_int_equal(last.start, HEAP);
	assert_int_equal(last.bytes, 0x4000000);
	assert_int_equal(last.access, LLEXT_MPU_READ | LLEXT_MPU_WRITE);
	unit.read_only = 1;
	unit.granule = 32;
	off(state);
}

static void windows(void **state)
{
	(void)state;
	assert_int_equal(claim(0x1000, 16, LLEXT_ACCESS_RW), -EBUSY);
	assert_int_equal(llext_mcu_add_window(0x1000, 0x100), 0);
	assert_int_equal(llext_mcu_add_window(HEAP + 0x8000, 0x8000), 0);
	assert_int_equal(llext_mcu_add_window(0x5000, 0x100), -ENOSPC);
	assert_int_equal(claim(0x1000, 0x100, LLEXT_ACCESS_RX), 0);
	assert_int_equal(claim(0x10ff, 1, LLEXT_ACCESS_RX), 0);
	assert_int_equal(claim(HEAP + 0xff00, 0x100, LLEXT_ACCESS_RO), 0);
	assert_int_equal(claim(0xfff, 16, LLEXT_ACCESS_RX), -EBUSY);
	assert_string_equal(occupant, "what is in no window");
	assert_int_equal(claim(0x1000, 0x101, LLEXT_ACCESS_RX), -EBUSY);
	assert_int_equal(claim(0x10ff, 2, LLEXT_ACCESS_RX), -EBUSY);
	assert_int_equal(claim(0x1100, 1, LLEXT_ACCESS_RX), -EBUSY);
	assert_int_equal(claim(0x1001, SIZE_MAX, LLEXT_ACCESS_RX), -EBUSY);
	assert_int_equal(claim(0x5000, 16, LLEXT_ACCESS_RX), -EBUSY);
	/* Instruction memory apart. */
	unit.code_start = 0x1000;
	unit.code_end = 0x1080;
	assert_int_equal(claim(0x1000, 16, LLEXT_ACCESS_RX), 0);
	assert_int_equal(claim(0x107f, 1, LLEXT_ACCESS_RX), 0);
	assert_int_equal(claim(0x1080, 16, LLEXT_ACCESS_RX), -EACCES);
	assert_string_equal(occupant, "data memory");
	assert_int_equal(claim(0x1080, 16, LLEXT_ACCESS_RW), 0);
	assert_int_equal(claim(0x1000, 16, LLEXT_ACCESS_RW), -EACCES);
	assert_string_equal(occupant, "instruction memory");
	assert_int_equal(claim(0x1000, 16, LLEXT_ACCESS_RO), -EACCES);
	unit.code_start = unit.code_end = 0;
}

static void on(void **state)
{
	size_t bytes = 100, align = 4;
	unsigned left = 0;

	(void)state;
	next_rc = 0;
	assert_int_equal(llext_mcu_protect_heap(HEAP, HEAP_BYTES), 0);
	assert_int_equal(last.call, OPEN);
	assert_int_equal(last.start, HEAP);
	assert_int_equal(last.bytes, HEAP_BYTES);
	assert_int_equal(protect(HEAP + 64, 96, LLEXT_ACCESS_RX), 0);
	assert_int_equal(last.call, ADD);
	assert_int_equal(last.start, HEAP + 64);
	assert_int_equal(last.bytes, 96);
	assert_int_equal(last.access, RIGHTS_RX);
	assert_int_equal(protect(HEAP + 64, 96, LLEXT_ACCESS_RO), 0);
	assert_int_equal(last.call, ADD);
	assert_int_equal(last.access, LLEXT_MPU_READ);
	assert_int_equal(protect(HEAP + 64, 96, LLEXT_ACCESS_RW), 0);
	assert_int_equal(last.call, REMOVE);
	next_rc = -ENOSPC;
	assert_int_equal(protect(HEAP, 32, LLEXT_ACCESS_RX), -ENOSPC);
	next_rc = -EINVAL;
	assert_int_equal(protect(HEAP, 32, LLEXT_ACCESS_RW), -EINVAL);
	llext_port.fit(&bytes, &align);
	assert_int_equal(align, 64);
	assert_int_equal(llext_port.slots(2, &left), 3);
	assert_int_equal(left, 3);
	assert_int_equal(llext_mcu_pieces(), 9);
	assert_int_equal(llext_port.granule, 32);
}

/* What lies outside the protected memory cannot be protected piece by piece. */
static void windows_and_protection(void **state)
{
	(void)state;
	assert_int_equal(claim(0x1000, 16, LLEXT_ACCESS_RX), -EACCES);
	assert_string_equal(occupant, "memory that is not protected");
	assert_int_equal(claim(HEAP + 0xff00, 0x100, LLEXT_ACCESS_RX), 0);
}

static void flash(void **state)
{
	(void)state;
	assert_int_equal(in_place(FLASH, 16), -ENOTSUP);
	llext_mcu_use_in_place(FLASH, 0x1000);
	assert_int_equal(in_place(FLASH, 0x1000), LLEXT_ACCESS_RX);
	assert_int_equal(in_place(FLASH - 1, 16), -ENOTSUP);
	assert_int_equal(in_place(FLASH + 0xff0, 17), -ENOTSUP);
	assert_int_equal(protect(FLASH + 32, 64, LLEXT_ACCESS_RX), 0);
	assert_int_equal(last.call, NONE);
	assert_int_equal(protect(FLASH + 0x1000, 64, LLEXT_ACCESS_RX), 0);
	assert_int_equal(last.call, ADD);
}

static void sync_by_both_addresses(void **state)
{
	struct llext_extent extent = {
		.mem = (void *)(uintptr_t)0x3000, .load = 0x7000, .bytes = 40};

	(void)state;
	llext_port.sync(&extent);
	assert_int_equal(last.call, SYNC);
	assert_int_equal(last.start, 0x3000);
	assert_int_equal(last.load, 0x7000);
	assert_int_equal(last.bytes, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off),
		cmocka_unit_test(cannot_be_switched_on),
		cmocka_unit_test(windows),
		cmocka_unit_test(on),
		cmocka_unit_test(windows_and_protection),
		cmocka_unit_test(flash),
		cmocka_unit_test(sync_by_both_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	return cmocka_run_group_tests_name("ports/mcu", tests, NULL, NULL);
}
