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
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <llext/port.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "os.h"
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
	assert_int_equal(llext_mcu_heap_slots(), 0);
	assert_false(llext_mcu_in_heap(0, 1));
	assert_false(llext_mcu_in_heap(0, SIZE_MAX));
	assert_false(llext_mcu_in_heap(HEAP, HEAP_BYTES));
	assert_int_equal(last.call, NONE);
}

static void cannot_be_switched_on(void **state)
{
	(void)state;
	unit.slots = 0;
	assert_int_equal(llext_mcu_protect_heap(HEAP, HEAP_BYTES), -ENOTSUP);
	assert_int_equal(last.call, NONE);
	unit.slots = 8;
	/* Domains have more slots than are kept for them. */
	llext_mcu_kept_slots = 2;
	llext_mcu_domain_slots = 3;
	assert_int_equal(llext_mcu_protect_heap(HEAP, HEAP_BYTES), -EBUSY);
	assert_int_equal(last.call, NONE);
	llext_mcu_domain_slots = 2;
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
	assert_int_equal(llext_port.granule, GRANULE);
	assert_int_equal(llext_mcu_heap_slots(), 8 - 2);
	/* Something of it, however little. */
	assert_true(llext_mcu_in_heap(HEAP, 1));
	assert_true(llext_mcu_in_heap(HEAP + HEAP_BYTES - 1, 1));
	assert_true(llext_mcu_in_heap(HEAP - 8, 9));
	assert_true(llext_mcu_in_heap(HEAP - 8, HEAP_BYTES + 16));
	assert_false(llext_mcu_in_heap(HEAP - 8, 8));
	assert_false(llext_mcu_in_heap(HEAP + HEAP_BYTES, 16));
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
	/* Without protection anything can be executed. */
	assert_int_equal(in_place(FLASH, 16), GRANULE == 0 ? LLEXT_ACCESS_RX : -ENOTSUP);
	llext_mcu_use_in_place(FLASH, 0x1000);
	assert_int_equal(in_place(FLASH, 0x1000), LLEXT_ACCESS_RX);
	if (GRANULE != 0) {
		assert_int_equal(in_place(FLASH - 1, 16), -ENOTSUP);
		assert_int_equal(in_place(FLASH + 0xff0, 17), -ENOTSUP);
	}
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

/* Code is copied by words: all of them, and no more. */
static void words(void **state)
{
#if LLEXT_ON(CONFIG_LLEXT_WORD_CODE)
	static const uint32_t from[4] = {1, 2, 3, 4};
	uint32_t to[4] = {0, 0, 0, 99};

	(void)state;
	llext_port.write_code(to, from, 3);
	assert_true(to[0] == 1 && to[1] == 2 && to[2] == 3 && to[3] == 99);
	memset(to, 0, sizeof(to));
	llext_port.read_code(to + 1, from, 1);
	assert_true(to[0] == 0 && to[1] == 1 && to[2] == 0);
#else
	(void)state;
	assert_null(llext_port.write_code);
	assert_null(llext_port.read_code);
#endif
}

static void say(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}

#if defined(LLEXT_MCU_OS)
/* The functions of an RTOS. */
static FILE *said;

void llext_os_lock(void)
{
}

void llext_os_unlock(void)
{
}

void llext_os_guard(void)
{
}

void llext_os_unguard(void)
{
}

bool llext_os_relax(void)
{
	return true;
}

const void *llext_os_thread(void)
{
	return NULL;
}

struct llext_diag *llext_os_diag(void)
{
	return NULL;
}

void llext_os_log(int level, const char *format, va_list args)
{
	fprintf(said, "%d ", level);
	vfprintf(said, format, args);
	fputc('\n', said);
}

#define LINE(level, number) #level " message " #number "\n"

static void begin_to_listen(FILE *file)
{
	said = file;
}

static void listen_no_more(void)
{
}
#else
#define LINE(level, number) "message " #number "\n"

static int standard_output;

static void begin_to_listen(FILE *file)
{
	(void)fflush(stdout);
	standard_output = dup(1);
	assert_int_equal(dup2(fileno(file), 1), 1);
}

static void listen_no_more(void)
{
	(void)fflush(stdout);
	assert_int_equal(dup2(standard_output, 1), 1);
	(void)close(standard_output);
}
#endif

/* Up to the level, a line each. */
static void messages(void **state)
{
	char text[100] = "";
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_int_equal(llext_mcu_log_level, LLEXT_LOG_DBG);
	begin_to_listen(file);
	say(4, "message %d", 1);
	llext_mcu_log_level = 2;
	say(1, "message %d", 2);
	say(2, "message %d", 3);
	say(3, "message %d", 4);
	listen_no_more();
	rewind(file);
	(void)fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	assert_string_equal(text, LINE(4, 1) LINE(1, 2) LINE(2, 3));
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
		cmocka_unit_test(words),
		cmocka_unit_test(messages),
	};

	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	return cmocka_run_group_tests_name("ports/mcu", tests, NULL, NULL);
}
