/* SPDX-License-Identifier: Apache-2.0 */
/*
 * W^X as the kernel sees it: no page is ever writable and executable, each kind of memory faults
 * where it must, and everything is as before when the extension is gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext_posix.h>
#include "protect.h"

#define HEAP_BYTES ((size_t)1 << 20)

int firmware_value = 10;
EXPORT_SYMBOL(firmware_value);

void stopped(void)
{
}
EXPORT_SYMBOL(stopped);

/* ---- /proc/self/maps ---- */

void check_maps(const char *when)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], bits[5];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		assert_int_equal(sscanf(line, "%*s %4s", bits), 1);
		if (bits[1] == 'w' && bits[2] == 'x') {
			(void)fclose(maps);
			fail_msg("%s: writable and executable: %s", when, line);
		}
	}
	(void)fclose(maps);
}

/* What the page of an address may do: "rw-", "r-x" ... */
static void access_of(uintptr_t address, char out[4])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long low, high;
	char bits[5];

	assert_non_null(maps);
	memcpy(out, "---", 4);
	while (fscanf(maps, "%lx-%lx %4s%*[^\n]", &low, &high, bits) == 3) {
		if (address >= low && address < high) {
			memcpy(out, bits, 3);
			break;
		}
	}
	(void)fclose(maps);
}

static void check_access(const void *address, const char *expected)
{
	char found[4];

	access_of((uintptr_t)address, found);
	assert_string_equal(found, expected);
}

/* ---- faults ---- */

static sigjmp_buf caught;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(caught, 1);
}

static bool faults(void (*attempt)(void *argument), void *argument)
{
	const struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
	struct sigaction before;
	volatile bool result = true;

	assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
	if (sigsetjmp(caught, 1) == 0) {
		attempt(argument);
		result = false;
	}
	assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
	return result;
}

static void attempt_write(void *address)
{
	*(volatile char *)address = *(volatile char *)address;
}

static void attempt_run(void *address)
{
	((void (*)(void))(uintptr_t)address)();
}

static void *find(const struct llext *ext, const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	assert_non_null(address);
	return (void *)(uintptr_t)address;
}

/* ---- what is checked of each loaded extension ---- */

static void check_loaded(struct llext *ext, bool shared)
{
	static const unsigned char ret = 0xc3;
	int (*code)(void) = (int (*)(void))(uintptr_t)find(ext, "code");
	unsigned char *data = find(ext, "zeroed");

	check_maps("loaded");
	check_access(find(ext, "code"), "r-x");
	check_access(find(ext, "constant"), "r--");
	check_access(find(ext, "relocated"), "r--");
	check_access(find(ext, "data"), "rw-");
	check_access(data, "rw-");
	assert_true(faults(attempt_write, find(ext, "code")));
	assert_true(faults(attempt_write, find(ext, "constant")));
	assert_true(faults(attempt_write, find(ext, "relocated")));
	assert_false(faults(attempt_write, find(ext, "data")));
	assert_false(faults(attempt_write, data));
	/* Each region, from its first byte to its last, is what its kind says; the GOT is part of
	 * the read-only one and the veneers of the text. In a shared object the linker has put
	 * what is read-only after relocation at the start of the data. */
	for (int i = 0; !shared && i < LLEXT_MEM_COUNT; i++) {
		const char *expected = i == LLEXT_MEM_TEXT                         ? "r-x"
				       : i == LLEXT_MEM_DATA || i == LLEXT_MEM_BSS ? "rw-"
										   : "r--";

		if (ext->mem_size[i] == 0)
			continue;
		check_access(ext->mem[i], expected);
		check_access((char *)ext->mem[i] + ext->mem_size[i] - 1, expected);
	}
	/* A return instruction in data does not run. */
	memcpy(data, &ret, 1);
	assert_true(faults(attempt_run, data));
	memset(data, 0, 1);
	assert_int_equal(code(), 1 + 2 + 1 + 0 + 10);
	assert_false(faults(attempt_run, find(ext, "call_firmware")));
}

static void check_changes(size_t from)
{
	assert_true(change_count > from);
	for (size_t i = from; i < change_count; i++) {
		assert_int_equal(changes[i].extent.load % 4096, 0);
		assert_int_equal(changes[i].extent.bytes % 4096, 0);
	}
}

static void load_and_unload(const char *file)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext_heap_stats stats;
	uintptr_t pages[LLEXT_MEM_COUNT];
	struct llext *ext;
	size_t count = 0;

	change_count = 0;
	check_maps("before");
	assert_int_equal(llext_load(&loader.loader, "protect", &ext, NULL), 0);
	check_changes(0);
	check_loaded(ext, strcmp(file, SHARED_FILE) == 0);
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem_size[i] != 0)
			pages[count++] = (uintptr_t)ext->mem[i];
	}
	assert_int_equal(llext_unload(&ext), 0);
	check_maps("unloaded");
	for (size_t i = 0; i < count; i++)
		check_access((void *)pages[i], "rw-");
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	assert_int_equal(stats.used, 0);
}

static void all_files(void)
{
	load_and_unload(OBJECT_FILE);
	load_and_unload(SHARED_FILE);
	load_and_unload(OBJECT_FILE); /* in memory that was protected before */
}

static void one_heap(void **state)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	(void)state;
	assert_non_null(heap);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	all_files();
	assert_int_equal(llext_heap_uninit(), 0);
	check_access(heap, "rw-");
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
}

static void far_heap(void **state)
{
	void *heap = mmap((void *)0x100000000000, HEAP_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	assert_true(heap != MAP_FAILED);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	all_files();
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
}

static void two_heaps(void **state)
{
	char *heap = llext_posix_map(HEAP_BYTES);

	(void)state;
	assert_non_null(heap);
	assert_int_equal(llext_heap_init_harvard(heap, HEAP_BYTES / 2, heap + HEAP_BYTES / 2,
						 HEAP_BYTES / 2),
			 0);
	load_and_unload(OBJECT_FILE);
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
}

/* The library writes through one view; the extension's own view is protected all the same. */
static void alias(void **state)
{
	struct llext_heap_area area;

	(void)state;
	assert_int_equal(llext_posix_map_alias(HEAP_BYTES, &area), 0);
	area.load += 4; /* no block would be aligned in both views */
	assert_int_equal(llext_heap_init_areas(NULL, &area), -EINVAL);
	area.load -= 4;
	assert_int_equal(llext_heap_init_areas(NULL, &area), 0);
	all_files();
	check_access(area.mem, "rw-");
	assert_int_equal(llext_heap_uninit(), 0);
	llext_posix_unmap_alias(&area);
}

/* Code in the loader's own pages: executable while it is loaded, as before afterwards. */
static void in_place(void **state)
{
	static const int before[] = {PROT_READ, PROT_READ | PROT_WRITE};
	static const char *const names[] = {"r--", "rw-"};
	char *heap = llext_posix_map(HEAP_BYTES), *pages = llext_posix_map(65536);
	FILE *file = fopen(CONSTANT_FILE, "rb");

	(void)state;
	assert_true(heap != NULL && pages != NULL && file != NULL);
	assert_true(fread(pages, 1, 65536, file) > 0);
	(void)fclose(file);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	for (int i = 0; i < 2; i++) {
		struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(pages, 65536);
		struct llext *ext;
		char *code;

		assert_int_equal(mprotect(pages, 65536, before[i]), 0);
		assert_int_equal(llext_load(&loader.loader, "in_place", &ext, NULL), 0);
		code = find(ext, "constant_square");
		assert_true(code >= pages && code < pages + 65536);
		check_maps("in place");
		check_access(code, "r-x");
		assert_true(faults(attempt_write, code));
		assert_int_equal(((int (*)(int))(uintptr_t)code)(5), 25);
		assert_int_equal(llext_unload(&ext), 0);
		check_access(code, names[i]);
	}
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
	assert_int_equal(munmap(pages, 65536), 0);
}

/* Code of two extensions in one page: the first to go must not take the page from the other. */
static void in_place_side_by_side(void **state)
{
	char *heap = llext_posix_map(HEAP_BYTES), *pages = llext_posix_map(65536);
	FILE *file = fopen(CONSTANT_FILE, "rb");
	struct llext *ext[2];
	char *code[2];
	size_t bytes;

	(void)state;
	assert_true(heap != NULL && pages != NULL && file != NULL);
	bytes = fread(pages, 1, 4096, file);
	assert_true(bytes > 0 && bytes < 2048);
	(void)fclose(file);
	memcpy(pages + 2048, pages, bytes);
	assert_int_equal(mprotect(pages, 65536, PROT_READ), 0);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	for (int first = 0; first < 2; first++) {
		for (int i = 0; i < 2; i++) {
			struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(
				(uint8_t *)pages + (size_t)i * 2048, 2048);

			assert_int_equal(
				llext_load(&loader.loader, i == 0 ? "a" : "b", &ext[i], NULL), 0);
			code[i] = find(ext[i], "constant_square");
		}
		assert_true(code[0] >= pages && code[0] < pages + 2048); /* in place */
		assert_int_equal(llext_unload(&ext[first]), 0);
		assert_int_equal(((int (*)(int))(uintptr_t)code[!first])(5), 25);
		assert_int_equal(llext_unload(&ext[!first]), 0);
		check_access(pages, "r--");
	}
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
	assert_int_equal(munmap(pages, 65536), 0);
}

/* Code in place may end where its page does, with nothing behind it. */
static void in_place_to_the_end(void **state)
{
	char *pages = llext_posix_map(8192);

	(void)state;
	assert_non_null(pages);
	assert_int_equal(munmap(pages + 4096, 4096), 0);
	for (size_t bytes = 4095; bytes <= 4097; bytes++) {
		const struct llext_extent extent = {pages, (uintptr_t)pages, bytes};

		assert_int_equal(llext_port.in_place(&extent, pages, 4096),
				 bytes <= 4096 ? (int)LLEXT_ACCESS_RW : -EFAULT);
	}
	assert_int_equal(munmap(pages, 4096), 0);
}

/* A plan's slots are the pieces that the load then takes write access from. */
static void check_slots(const char *file)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file), again = LLEXT_FS_LOADER(file);
	struct llext_plan plan;
	struct llext *ext;
	unsigned int closed = 0;

	assert_int_equal(llext_plan(&loader.loader, NULL, &plan), 0);
	change_count = 0;
	assert_int_equal(llext_load(&again.loader, "slots", &ext, NULL), 0);
	assert_true(change_count < CHANGES);
	for (size_t i = 0; i < change_count; i++)
		closed += changes[i].access != LLEXT_ACCESS_RW;
	assert_true(closed > 1);
	assert_int_equal(plan.slots, closed);
	assert_int_equal(plan.slots_left, SLOTS);
	assert_int_equal(llext_unload(&ext), 0);
}

static void slots_of_a_plan(void **state)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	(void)state;
	assert_non_null(heap);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	check_slots(OBJECT_FILE);
	check_slots(SHARED_FILE);
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
}

/* A load that fails late leaves all pages as they were. */
static void failed_load(void **state)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(TWICE_FILE);
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext *ext;

	(void)state;
	assert_non_null(heap);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	assert_true(llext_load(&loader.loader, "twice", &ext, NULL) < 0);
	check_maps("refused");
	for (size_t at = 0; at < HEAP_BYTES; at += 4096)
		attempt_write((char *)heap + at); /* would end the program */
	assert_int_equal(llext_heap_uninit(), 0);
	assert_int_equal(munmap(heap, HEAP_BYTES), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_heap),
		cmocka_unit_test(far_heap),
		cmocka_unit_test(two_heaps),
		cmocka_unit_test(alias),
		cmocka_unit_test(in_place),
		cmocka_unit_test(failed_load),
		cmocka_unit_test(in_place_side_by_side),
		cmocka_unit_test(in_place_to_the_end),
		cmocka_unit_test(slots_of_a_plan),
	};

	llext_posix_log_level = LLEXT_LOG_NONE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
