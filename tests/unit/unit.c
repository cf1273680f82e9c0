/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the core by themselves, against plain models: what the suites above them reach only
 * in part, or only by luck.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <llext/buf_loader.h>
#include <llext/crash.h>
#include <llext/fs_loader.h>
#include "arena.h"
#include "reloc_table.h"
#include "reloc_value.h"

/* The same numbers on every run. */
static uint32_t next_random(void)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* ---- sort.c ---- */

struct item {
	size_t key;
	size_t other;
};

static bool item_less(const void *a, const void *b, const void *context)
{
	assert_int_equal(*(const int *)context, 4711);
	return ((const struct item *)a)->key < ((const struct item *)b)->key;
}

static void sort(void **state)
{
	static struct item items[300];
	static unsigned int counts[2][64];
	int context = 4711;

	(void)state;
	for (size_t count = 0; count <= 300; count = count < 10 ? count + 1 : count * 2 - 1) {
		memset(counts, 0, sizeof(counts));
		for (size_t i = 0; i < count; i++) {
			items[i] = (struct item){next_random() % 64, 0x5a};
			counts[0][items[i].key]++;
		}
		llext_sort(NULL, items, count, sizeof(items[0]), item_less, &context);
		for (size_t i = 0; i < count; i++) {
			assert_true(i == 0 || items[i - 1].key <= items[i].key);
			assert_int_equal(items[i].other, 0x5a);
			counts[1][items[i].key]++;
		}
		assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
	}
}

/* ---- fast/sort_names.c ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct llext_symbol *)a)->name,
		      ((const struct llext_symbol *)b)->name);
}

/* Names of few characters, so that many begin alike, and some are equal. All begin with "x". */
static void sort_names(void **state)
{
	static char text[300][9];
	static struct llext_symbol syms[300], model[300];
	size_t with_equal = 0, without = 0;

	(void)state;
	for (size_t count = 0; count <= 300; count = count < 20 ? count + 1 : count * 2 - 1) {
		for (size_t i = 0; i < count; i++) {
			size_t length = next_random() % 7;

			memset(text[i], 0, sizeof(text[i]));
			text[i][0] = 'x';
			for (size_t j = 1; j <= length; j++)
				text[i][j] = "ab\x7f\x80\xff"[next_random() % 5];
			model[i] = syms[i] = (struct llext_symbol){text[i], text[i]};
		}
		qsort(model, count, sizeof(model[0]), by_name);
		bool equal = false, found;

		/* By four characters at once, or one. */
		assert_true(llext_sort_names(syms, count, count % 2 == 0 ? 4 : 1, &found));
		for (size_t i = 0; i < count; i++) {
			assert_string_equal(model[i].name, syms[i].name);
			assert_ptr_equal(syms[i].name, syms[i].addr);
			equal = equal || (i > 0 && by_name(&model[i - 1], &model[i]) == 0);
		}
		assert_int_equal(equal, found);
		with_equal += found;
		without += !found;
	}
	assert_true(with_equal > 3 && without > 3);
}

/* What would take long is said to, with nothing lost. */
static void sort_long_names(void **state)
{
	static char text[20][400];
	struct llext_symbol syms[20];
	bool equal;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		memset(text[i], 'n', sizeof(text[i]) - 1);
		text[i][0] = i == 0 ? 'a' : 'n'; /* or what they have in common is passed over */
		text[i][398] = (char)('a' + i * 7 % 20);
		syms[i] = (struct llext_symbol){text[i], text[i]};
	}
	assert_false(llext_sort_names(syms, 20, 4, &equal));
	qsort(syms, 20, sizeof(syms[0]), by_name);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal('a' + (int)i, syms[i].name[398]);
}

/* ---- fast/common_exports.c ---- */

#define CONSTANTS 96
#define RECORDS   40

/*
 * Constants that end where nothing can be read, with random characters, few of which differ, and
 * records whose names begin anywhere. What the loop takes must be right, and what it leaves must
 * not be as most are.
 */
static void take_records(struct load *ld, uint8_t *constants, size_t *taken, size_t *left)
{
	struct export_record records[RECORDS];
	struct llext_symbol symbols[RECORDS];
	static const char none[8];
	struct name_order order = {
		.last = none, .behind = SIZE_MAX, .bytes_of_names = UNKNOWN, .by_words = true};
	const char *last = none, *end = (char *)constants + CONSTANTS;

	for (size_t i = 0; i < CONSTANTS; i++)
		constants[i] = (uint8_t) "ab\x80\0ab"[next_random() % 6];
	for (size_t i = 0; i < RECORDS; i++) {
		records[i].name = (uintptr_t)constants + next_random() % (CONSTANTS + 2) - 1;
		records[i].addr = (uintptr_t)ld->ext->mem[LLEXT_MEM_TEXT] + next_random() % 33;
	}
	for (size_t i = 0; i < RECORDS; i++) {
		size_t above = order.above, next = llext_exports_common(ld, (uint8_t *)records, i,
									RECORDS, symbols, &order);

		assert_in_range(next, i, RECORDS);
		*taken += next - i;
		for (; i < next; i++) {
			const char *name = symbols[i].name;

			assert_ptr_equal(name, records[i].name);
			assert_ptr_equal(symbols[i].addr, records[i].addr);
			assert_in_range(records[i].name, constants, end - 1 - READ_BEHIND_NAME);
			assert_in_range(strlen(name), 1,
					(size_t)(end - name) - 1 - READ_BEHIND_NAME);
			assert_in_range((char *)records[i].addr -
						(char *)ld->ext->mem[LLEXT_MEM_TEXT],
					0, 31);
			assert_int_not_equal(0, strcmp(name, last));
			above += strcmp(name, last) > 0;
			last = name;
		}
		assert_ptr_equal(order.last, last);
		assert_int_equal(above, order.above);
		*left += i < RECORDS;
		if (i < RECORDS && ld->file.name_budget > CONSTANTS &&
		    records[i].name - (uintptr_t)constants < CONSTANTS / 2 &&
		    records[i].addr - (uintptr_t)ld->ext->mem[LLEXT_MEM_TEXT] < 32) {
			const char *name = (const char *)records[i].name;

			/* Far from the end there is one reason only. */
			assert_true(name[0] == '\0' || strcmp(name, last) == 0 ||
				    strlen(name) > CONSTANTS / 4 || strlen(last) > CONSTANTS / 4);
		}
	}
}

static void common_exports(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), taken = 0, left = 0;
	uint8_t *mem =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static struct llext_private priv;
	static struct llext ext = {.priv = &priv};
	static struct load ld = {.ext = &ext};
	struct llext_extent *extent = &ld.layout.blocks[region_block(&ld, LLEXT_MEM_RODATA)].extent;

	(void)state;
	assert_ptr_not_equal(MAP_FAILED, mem);
	assert_int_equal(0, mprotect(mem + page, page, PROT_NONE));
	*extent = (struct llext_extent){.mem = mem + page - CONSTANTS,
					.load = (uintptr_t)mem + page - CONSTANTS,
					.bytes = CONSTANTS};
	ld.layout.regions[LLEXT_MEM_RODATA].load = extent->load;
	ld.layout.regions[LLEXT_MEM_RODATA].bytes = CONSTANTS;
	ext.mem[LLEXT_MEM_TEXT] = mem;
	ext.mem_size[LLEXT_MEM_TEXT] = 32;
	ld.file.name_budget = SIZE_MAX;
	for (int i = 0; i < 2000; i++)
		take_records(&ld, extent->mem, &taken, &left);
	assert_true(taken > 10000 && left > 10000);
	/* Names of more characters than there may be are left. */
	ld.file.name_budget = 1;
	taken = 0;
	take_records(&ld, extent->mem, &taken, &left);
	assert_int_equal(0, taken);
	munmap(mem, 2 * page);
}

/* ---- arena.c: many random calls, against a list of what is held ---- */

struct held {
	uint8_t *mem;
	size_t bytes;
	uint8_t fill;
};

static void check_held(const struct held *held, size_t count, const uint8_t *low, size_t room)
{
	for (size_t i = 0; i < count; i++) {
		if (held[i].mem == NULL)
			continue;
		assert_true(held[i].mem >= low && held[i].mem + held[i].bytes <= low + room);
		for (size_t k = 0; k < held[i].bytes; k++)
			assert_int_equal(held[i].mem[k], held[i].fill);
	}
}

static void arena(void **state)
{
	static uint8_t memory[16384] __attribute__((aligned(64)));
	static struct held held[32];
	struct llext_heap_stats stats, empty;
	struct llext_arena own;
	size_t refused = 0, given = 0;

	(void)state;
	assert_int_equal(llext_arena_init(&own, memory + 3, sizeof(memory) - 3), 0);
	llext_arena_stats(&own, &empty);
	for (int round = 0; round < 20000; round++) {
		struct held *one = &held[next_random() % 32];
		size_t align = (size_t)1 << (next_random() % 10);

		if (one->mem != NULL) {
			assert_int_equal(llext_arena_free(&own, one->mem), 0);
			assert_int_equal(llext_arena_free(&own, one->mem), -EINVAL);
			one->mem = NULL;
			continue;
		}
		one->bytes = 1 + next_random() % 1500;
		one->fill = (uint8_t)next_random();
		one->mem = (next_random() & 1 ? llext_arena_alloc
					      : llext_arena_alloc_last)(&own, one->bytes, align);
		if (one->mem == NULL) {
			refused++;
			continue;
		}
		given++;
		assert_int_equal((uintptr_t)one->mem % align, 0);
		memset(one->mem, one->fill, one->bytes);
		if (round % 64 == 0)
			check_held(held, 32, memory + 3, sizeof(memory) - 3);
	}
	assert_true(refused > 100 && given > 1000);
	check_held(held, 32, memory + 3, sizeof(memory) - 3);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(llext_arena_free(&own, held[i].mem), 0);
	llext_arena_stats(&own, &stats);
	assert_int_equal(stats.used, 0);
	assert_int_equal(stats.largest_free, empty.largest_free); /* nothing is left in pieces */
}

/* What comes from the end leaves the start in one piece, whichever is freed first. */
static void arena_last(void **state)
{
	static uint8_t memory[4096] __attribute__((aligned(16)));
	struct llext_heap_stats stats;
	struct llext_arena own;
	uint8_t *first, *second, *last;

	(void)state;
	assert_int_equal(llext_arena_init(&own, memory, sizeof(memory)), 0);
	last = llext_arena_alloc_last(&own, 160, 0);
	first = llext_arena_alloc(&own, 160, 0);
	assert_ptr_equal(last + 160, memory + sizeof(memory));
	assert_int_equal(llext_arena_free(&own, last), 0);
	last = llext_arena_alloc_last(&own, 100, 256);
	assert_int_equal((uintptr_t)last % 256, 0);
	assert_true(last + 512 > memory + sizeof(memory));
	second = llext_arena_alloc(&own, 160, 0);
	assert_true(second < first + 200);
	assert_null(llext_arena_alloc_last(&own, sizeof(memory), 0));
	assert_null(llext_arena_alloc_last(&own, 0, 0));
	assert_null(llext_arena_alloc_last(&own, 8, 3));
	llext_arena_stats(&own, &stats);
	assert_int_equal(stats.blocks, 3);
	assert_int_equal(llext_arena_free(&own, first), 0);
	first = llext_arena_alloc(&own, 160, 0); /* the hole is found again */
	assert_true(first < second);
}

/* ---- reloc_value.c: which values fit a field ---- */

static bool fits_field(uint8_t check, uint8_t bits, int64_t value)
{
	const struct reloc_encoding encoding = {.bits = bits, .check = check};

	return llext_reloc_fits(&encoding, (elf_addr)value);
}

static int64_t limit_of(uint8_t check, uint8_t bits, int64_t value)
{
	const struct reloc_encoding encoding = {.bits = bits, .check = check};

	return llext_reloc_limit(&encoding, (elf_addr)value);
}

static void ranges(void **state)
{
	(void)state;
	for (uint8_t bits = 1; bits < 63; bits++) {
		int64_t half = (int64_t)1 << (bits - 1), whole = half * 2;

		assert_true(fits_field(CHECK_SIGNED, bits, half - 1));
		assert_false(fits_field(CHECK_SIGNED, bits, half));
		assert_true(fits_field(CHECK_SIGNED, bits, -half));
		assert_false(fits_field(CHECK_SIGNED, bits, -half - 1));
		assert_true(fits_field(CHECK_UNSIGNED, bits, whole - 1));
		assert_false(fits_field(CHECK_UNSIGNED, bits, whole));
		assert_true(fits_field(CHECK_UNSIGNED, bits, 0));
		assert_false(fits_field(CHECK_UNSIGNED, bits, -1));
		assert_true(fits_field(CHECK_BITFIELD, bits, whole - 1));
		assert_false(fits_field(CHECK_BITFIELD, bits, whole));
		assert_true(fits_field(CHECK_BITFIELD, bits, -whole));
		assert_false(fits_field(CHECK_BITFIELD, bits, -whole - 1));
		assert_true(fits_field(CHECK_EITHER, bits, whole - 1));
		assert_false(fits_field(CHECK_EITHER, bits, whole));
		assert_true(fits_field(CHECK_EITHER, bits, -half));
		assert_false(fits_field(CHECK_EITHER, bits, -half - 1));
		assert_true(fits_field(CHECK_NONE, bits, INT64_MIN));
	}
	assert_true(fits_field(CHECK_UNSIGNED, 64, -1));
	for (uint8_t bits = 12; bits < 63; bits++) {
		int64_t half = (int64_t)1 << (bits - 1), whole = half * 2;

		assert_int_equal(half - 1, limit_of(CHECK_SIGNED, bits, half));
		assert_int_equal(-half, limit_of(CHECK_SIGNED, bits, -half - 1));
		assert_int_equal(whole - 1, limit_of(CHECK_UNSIGNED, bits, whole));
		assert_int_equal(whole - 1, limit_of(CHECK_UNSIGNED, bits, -1));
		assert_int_equal(-whole, limit_of(CHECK_BITFIELD, bits, -whole - 1));
		assert_int_equal(whole - 1, limit_of(CHECK_EITHER, bits, whole));
	}
	assert_false(fits_field(CHECK_UNSIGNED, 32, INT64_MIN));
}

/* ---- arch/x86.c: addends in the place, as SHT_REL has them ---- */

static void addends(void **state)
{
	static const struct {
		uint32_t type;
		int64_t expected;
	} cases[] = {
		{1, (int64_t)0x8182838485868788},
		{2, (int32_t)0x85868788},
		{12, (int16_t)0x8788},
		{14, (int8_t)0x88},
		{15, (int8_t)0x88},
		{6, 0}, /* slots */
		{7, 0},
		{36, 0x0102030405060708}, /* the second word of a descriptor */
	};
	static const uint8_t place[] = {0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81,
					8,    7,    6,    5,    4,    3,    2,    1};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			llext_arch_addend(llext_arch_reloc(cases[i].type)->encoding, place),
			cases[i].expected);
}

/* ---- arithmetic on what a file says ---- */

static void arithmetic(void **state)
{
	size_t value;

	(void)state;
	assert_true(fits(0, 0, 0) && fits(3, 4, 7) && fits(7, 0, 7));
	assert_false(fits(8, 0, 7) || fits(3, 5, 7) || fits(1, UINT64_MAX, UINT64_MAX));
	assert_true(is_power_of_two(1) && is_power_of_two((elf_xword)1 << 63));
	assert_false(is_power_of_two(0) || is_power_of_two(6));
	value = 4097;
	assert_true(round_up(&value, 4096) && value == 8192);
	value = SIZE_MAX - 4094;
	assert_false(round_up(&value, 4096));
	assert_true(round_up(&value, 1) && round_up(&value, 0));
	value = SIZE_MAX - 4095;
	assert_true(round_up(&value, 4096) && value == SIZE_MAX - 4095);
}

/* ---- loaders, called as the library never would ---- */

static void buffer(void **state)
{
	static const uint8_t bytes[4] = {1, 2, 3, 4};
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, 4);
	struct llext_loader *ldr = &loader.loader;
	uint8_t out[4] = {0};

	(void)state;
	assert_int_equal(ldr->length(ldr), 4);
	assert_int_equal(ldr->seek(ldr, 5), -EINVAL);
	assert_int_equal(ldr->seek(ldr, 2), 0);
	assert_int_equal(ldr->read(ldr, out, 3), -EINVAL);
	assert_int_equal(ldr->read(ldr, out, SIZE_MAX), -EINVAL);
	assert_int_equal(ldr->read(ldr, out, 2), 0);
	assert_true(out[0] == 3 && out[1] == 4);
	assert_int_equal(ldr->read(ldr, out, 1), -EINVAL);
	assert_int_equal(ldr->read(ldr, out, 0), 0);
	assert_ptr_equal(ldr->peek(ldr, 3), bytes + 3);
	assert_null(ldr->peek(ldr, 4));
}

static void file(void **state)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER("/proc/self/exe");
	struct llext_loader *ldr = &loader.loader;
	uint8_t out[4];

	(void)state;
	assert_int_equal(ldr->prepare(ldr), 0);
	assert_int_equal(ldr->prepare(ldr), -EBUSY); /* one load at a time */
	assert_true(ldr->length(ldr) > 1000);
	assert_int_equal(ldr->seek(ldr, 0), 0);
	assert_int_equal(ldr->read(ldr, out, 4), 0);
	assert_memory_equal(out, "\177ELF", 4);
	assert_int_equal(ldr->seek(ldr, ldr->length(ldr) - 2), 0);
	assert_true(ldr->read(ldr, out, 4) < 0);
	assert_true(ldr->seek(ldr, SIZE_MAX) < 0);
	ldr->finalize(ldr);
	assert_null(loader.file);
	ldr->finalize(ldr);
}

/* ---- cxa.c: what does not belong to an extension ---- */

static void ignored(void *argument)
{
	(void)argument;
	fail();
}

static void exit_functions(void **state)
{
	int (*at_exit)(void (*)(void *), void *, void *);
	int (*aeabi)(void *, void (*)(void *), void *);
	void (*finalize)(void *);

	(void)state;
	assert_null(llext_exit_intrinsic("__cxa_atexi"));
	at_exit = (int (*)(void (*)(void *), void *, void *))(uintptr_t)llext_exit_intrinsic(
		"__cxa_atexit");
	aeabi = (int (*)(void *, void (*)(void *), void *))(uintptr_t)llext_exit_intrinsic(
		"__aeabi_atexit");
	finalize = (void (*)(void *))(uintptr_t)llext_exit_intrinsic("__cxa_finalize");
	assert_true(at_exit != NULL && aeabi != NULL && finalize != NULL);
	assert_int_equal(at_exit(ignored, NULL, &at_exit), -1);
	assert_int_equal(aeabi(NULL, ignored, &at_exit), -1);
	finalize(&at_exit);
	finalize(NULL);
}

/* ---- crash.c ---- */

/* A wild stack pointer gives no chain: nothing at it, and nothing at address 0, is read. */
static void wild_stack_pointer(void **state)
{
	uintptr_t words[4] = {0};
	struct llext_crash crash = {.chain_count = 1};

	(void)state;
	for (uintptr_t back = 0; back < sizeof(uintptr_t); back++) {
		crash.sp = UINTPTR_MAX - back;
		llext_crash_walk(&crash, UINTPTR_MAX);
		assert_int_equal(crash.chain_count, 0);
	}
	crash.sp = (uintptr_t)(words + 4);
	llext_crash_walk(&crash, (uintptr_t)words);
	assert_int_equal(crash.chain_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sort),
		cmocka_unit_test(sort_names),
		cmocka_unit_test(sort_long_names),
		cmocka_unit_test(common_exports),
		cmocka_unit_test(arena),
		cmocka_unit_test(arena_last),
		cmocka_unit_test(ranges),
		cmocka_unit_test(addends),
		cmocka_unit_test(arithmetic),
		cmocka_unit_test(buffer),
		cmocka_unit_test(file),
		cmocka_unit_test(exit_functions),
		cmocka_unit_test(wild_stack_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
