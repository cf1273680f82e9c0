/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces come and go at random, over models of PMSAv7, PMSAv8 and PMP. After each change every
 * granule of the heap must have its access; a slot may be written only where it differs, and only
 * while interrupts are off; a change that fails must have written nothing.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "slots.h"

#define MOST_SLOTS 16
#define HEAP       0x20000000u
#define BYTES      0x8000u
#define RW         (LLEXT_MPU_READ | LLEXT_MPU_WRITE)
#define RX         (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE)
#define RO         LLEXT_MPU_READ
#define NONE       0xffu
#define TWO        0xfeu /* of a unit that knows no overlap */

static int failures;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition) && failures++ < 10)                                               \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
	} while (0)

/* ---- the model ---- */

static struct llext_mpu unit;
static struct llext_mpu_slot hardware[MOST_SLOTS];
static bool held;
static unsigned writes, writes_most;

unsigned llext_mcu_kept_slots;

const struct llext_mpu *llext_mpu(void)
{
	return &unit;
}

uintptr_t llext_mpu_hold(void)
{
	CHECK(!held);
	held = true;
	writes = 0;
	return 42;
}

void llext_mpu_go_on(uintptr_t state)
{
	CHECK(held && state == 42);
	held = false;
	if (writes > writes_most)
		writes_most = writes;
}

void llext_mpu_write(unsigned number, const struct llext_mpu_slot *what)
{
	struct llext_mpu_slot *slot = &hardware[number];

	writes++;
	CHECK(held && number < unit.slots);
	if (unit.overlap < 0)
		CHECK(number >= llext_mcu_kept_slots);
	else
		CHECK(number < unit.slots - llext_mcu_kept_slots);
	CHECK(slot->start != what->start || slot->bytes != what->bytes ||
	      slot->access != what->access || slot->off != what->off);
	if (unit.power_of_two && what->bytes != 0) {
		CHECK((what->bytes & (what->bytes - 1)) == 0 && what->bytes >= unit.granule);
		CHECK(what->start % what->bytes == 0);
		CHECK(what->off == 0 || what->bytes >= unit.eighths);
	} else {
		CHECK(what->off == 0);
	}
	*slot = *what;
}

static unsigned access_at(uintptr_t address)
{
	unsigned found = NONE;

	for (unsigned i = 0; i < unit.slots; i++) {
		const struct llext_mpu_slot *slot =
			&hardware[unit.overlap < 0 ? unit.slots - 1 - i : i];
		size_t offset = address - slot->start;

		if (address < slot->start || offset >= slot->bytes)
			continue;
		if (slot->off != 0 && (slot->off >> offset / (slot->bytes / 8) & 1))
			continue;
		found = unit.overlap == 0 && found != NONE ? TWO : slot->access;
	}
	return found;
}

/* ---- pieces at random ---- */

static unsigned expected[BYTES / 32];
static uint32_t seed = 1;

static unsigned any(unsigned below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct {
	uintptr_t start;
	size_t bytes;
} pieces[64];
static unsigned count;

static void set_expected(uintptr_t start, size_t bytes, unsigned access)
{
	for (size_t i = 0; i < bytes; i += 32)
		expected[(start - HEAP + i) / 32] = access;
}

static bool is_free(uintptr_t start, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 32) {
		if (start + i >= HEAP + BYTES || expected[(start - HEAP + i) / 32] != RW)
			return false;
	}
	return true;
}

static void check_all(void)
{
	for (unsigned i = 0; i < BYTES / 32; i++) {
		unsigned found = access_at(HEAP + i * 32);

		CHECK(found == expected[i]);
	}
}

static unsigned refused, uncut;

static void add(uintptr_t start, size_t bytes, unsigned access)
{
	struct llext_mpu_slot before[MOST_SLOTS];
	int rc;

	memcpy(before, hardware, sizeof(before));
	rc = llext_slots_add(start, bytes, access);
	CHECK(rc == 0 || rc == -ENOSPC);
	if (rc != 0) {
		refused++;
		CHECK(memcmp(before, hardware, sizeof(before)) == 0);
		return;
	}
	pieces[count].start = start;
	pieces[count++].bytes = bytes;
	set_expected(start, bytes, access);
}

static void list(uintptr_t start, uintptr_t end)
{
	if (start < end && count < sizeof(pieces) / sizeof(pieces[0])) {
		pieces[count].start = start;
		pieces[count++].bytes = end - start;
	}
}

/* What sticks out of a range stays. */
static void cut_list(uintptr_t start, uintptr_t end)
{
	for (unsigned i = count; i-- > 0;) {
		uintptr_t low = pieces[i].start, high = low + pieces[i].bytes;

		if (high <= start || low >= end)
			continue;
		pieces[i] = pieces[--count];
		list(low, start);
		list(end, high);
	}
}

/* Any range becomes data, whatever was in it. */
static void clear_range(void)
{
	uintptr_t start = HEAP + any(BYTES / 32) * 32u;
	size_t bytes = (1 + any(100)) * 32u;
	struct llext_mpu_slot before[MOST_SLOTS];
	int rc;

	if (start + bytes > HEAP + BYTES)
		bytes = HEAP + BYTES - start;
	memcpy(before, hardware, sizeof(before));
	rc = llext_slots_remove(start, bytes);
	CHECK(rc == 0 || rc == -ENOSPC);
	if (rc != 0) {
		uncut++;
		CHECK(memcmp(before, hardware, sizeof(before)) == 0);
		return;
	}
	set_expected(start, bytes, RW);
	cut_list(start, start + bytes);
}

static void change(void)
{
	if (any(20) == 0) {
		clear_range();
	} else if (count != 0 && any(3) == 0) {
		unsigned i = any(count);

		/* Fewer pieces may take more slots, where one leaves a hole. */
		if (llext_slots_remove(pieces[i].start, pieces[i].bytes) == 0) {
			set_expected(pieces[i].start, pieces[i].bytes, RW);
			pieces[i] = pieces[--count];
		}
	} else if (count < 24) {
		size_t bytes = 1 + any(any(2) ? 200 : 3000), align = 32;
		uintptr_t start;

		llext_slots_fit(&bytes, &align);
		start = HEAP + any((unsigned)(BYTES / align)) * align;
		if (is_free(start, bytes))
			add(start, bytes, any(2) ? RX : RO);
	}
}

static void begin(const struct llext_mpu *what, unsigned kept)
{
	unit = *what;
	llext_mcu_kept_slots = kept;
	memset(hardware, 0, sizeof(hardware));
	for (unsigned i = 0; i < BYTES / 32; i++)
		expected[i] = RW;
	count = refused = uncut = 0;
	CHECK(llext_slots_open(HEAP, BYTES) == 0);
	check_all();
}

static const struct llext_mpu v7 = {8, 32, 1, 256, 1, 1, 0, 0};
static const struct llext_mpu v8 = {16, 32, 0, 0, 0, 1, 0, 0};
static const struct llext_mpu whole = {8, 32, 1, 0, 1, 1, 0, 0}; /* no eighths */
static const struct llext_mpu pmp = {7, 4, 0, 0, -1, 1, 0, 0};

static void at_random(const char *name, const struct llext_mpu *what, unsigned kept)
{
	unsigned most = 0;

	begin(what, kept);
	for (unsigned i = 0; i < 20000; i++) {
		change();
		check_all();
		if (count > most)
			most = count;
	}
	printf("%s: %u pieces at most, %u refused, %u ranges not cut\n", name, most, refused,
	       uncut);
	CHECK(refused != 0 && uncut != 0 && most > llext_slots_most());
}

/* Neighbours share slots. */
static void together(void)
{
	begin(&v7, 0);
	for (unsigned i = 0; i < 14; i++)
		add(HEAP + 0x1000 + i * 0x100, 0x100, RX);
	check_all();
	CHECK(count == 14);
	/* With 7 slots beside the heap: eighths of one region, and 6 left for others. */
	for (unsigned i = 0; i < 6; i++)
		add(HEAP + 0x4000 + i * 0x800, 0x100, RO);
	check_all();
	CHECK(count == 20 && refused == 0);
	add(HEAP + 0x7000, 0x100, RO);
	CHECK(count == 20 && refused == 1);

	begin(&v8, 0);
	for (unsigned i = 0; i < 24; i++)
		add(HEAP + 0x1000 + i * 0x60, 0x60, RX);
	check_all();
	CHECK(count == 24);

	begin(&pmp, 0);
	for (unsigned i = 0; i < 24; i++)
		add(HEAP + 0x1000 + i * 0x60, 0x60, i < 12 ? RX : RO);
	check_all();
	CHECK(count == 24);
}

static unsigned in_use(void)
{
	unsigned used = 0;

	for (unsigned i = 0; i < unit.slots; i++)
		used += hardware[i].bytes != 0;
	return used;
}

/* More pieces than are kept: neighbours are joined, and yet removed one by one, from the middle. */
static void joined(const struct llext_mpu *what)
{
	unsigned before;

	begin(what, 0);
	before = in_use();
	for (unsigned i = 0; i < 40; i++)
		add(HEAP + 0x1000 + i * 0x60, 0x60, RX);
	check_all();
	CHECK(count == 40);
	while (count > 0) {
		unsigned i = count / 2;

		CHECK(llext_slots_remove(pieces[i].start, pieces[i].bytes) == 0);
		set_expected(pieces[i].start, pieces[i].bytes, RW);
		check_all();
		for (count--; i < count; i++)
			pieces[i] = pieces[i + 1];
	}
	CHECK(in_use() == before);
}

/* What llext_slots_fit() has rounded takes one slot, and how many there can be is said before. */
static void promised(void)
{
	static const size_t sizes[] = {32, 64, 96, 256, 288, 768, 1536, 5000};
	size_t bytes, align;
	unsigned before;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin(&v7, 0);
		before = in_use();
		bytes = sizes[i];
		align = 32;
		llext_slots_fit(&bytes, &align);
		add(HEAP + align, bytes, RX);
		CHECK(count == 1 && in_use() == before + 1);
		check_all();
		/* No piece begins there: nothing happens. */
		CHECK(llext_slots_remove(HEAP, 32) == 0 && in_use() == before + 1);
		check_all();
	}
	begin(&v7, 0);
	CHECK(llext_slots_most() == 7);
	begin(&v7, 2);
	CHECK(llext_slots_most() == 5);
	begin(&v8, 0);
	CHECK(llext_slots_most() == 7);
	begin(&v8, 3);
	CHECK(llext_slots_most() == 6);
	begin(&pmp, 1);
	CHECK(llext_slots_most() == 5);
	CHECK(llext_slots_open(HEAP, 0) == -EINVAL);
	CHECK(llext_slots_open(HEAP + 2, BYTES) == -EINVAL);
	CHECK(llext_slots_open(HEAP, BYTES + 2) == -EINVAL);
}

/* What a size is rounded to, and how it is aligned then. */
static void rounded(void)
{
	static const struct {
		const struct llext_mpu *unit;
		size_t asked, bytes, align;
	} cases[] = {
		{&v7, 1, 32, 32},        {&v7, 32, 32, 32},       {&v7, 33, 64, 64},
		{&v7, 96, 128, 128},     {&v7, 128, 128, 128},    {&v7, 129, 160, 256},
		{&v7, 224, 224, 256},    {&v7, 225, 256, 256},    {&v7, 256, 256, 256},
		{&v7, 257, 320, 512},    {&v7, 512, 512, 512},    {&v7, 5000, 5120, 8192},
		{&whole, 129, 256, 256}, {&whole, 257, 512, 512}, {&whole, 32, 32, 32},
		{&v8, 1, 32, 32},        {&v8, 32, 32, 32},       {&v8, 33, 64, 32},
		{&v8, 5000, 5024, 32},   {&pmp, 1, 4, 4},         {&pmp, 5000, 5000, 4},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t bytes = cases[i].asked, align = 1;

		unit = *cases[i].unit;
		llext_slots_fit(&bytes, &align);
		CHECK(bytes == cases[i].bytes && align == cases[i].align);
		align = 16384;
		llext_slots_fit(&bytes, &align);
		CHECK(bytes == cases[i].bytes && align == 16384);
	}
}

/* A range that nobody has rounded takes as few slots as its ends allow. */
static void not_rounded(void)
{
	static const struct {
		uintptr_t start;
		size_t bytes;
		unsigned slots;
	} cases[] = {
		{0x1080, 0xa0, 2}, {0x1020, 0xe0, 3},  {0x1000, 0xa0, 1},
		{0x1000, 0x60, 2}, {0x1060, 0x60, 2},  {0x1040, 0x80, 2},
		{0x1020, 0x40, 2}, {0x1000, 0x1e0, 2}, {0x1800, 0x1000, 2},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned before, left, wanted;

		begin(&v7, 0);
		before = in_use();
		CHECK(llext_slots_needed(3, &left) == 3 && left == unit.slots - before);
		add(HEAP + cases[i].start, cases[i].bytes, RX);
		check_all();
		wanted = cases[i].slots;
		CHECK(in_use() == before + wanted);
		CHECK(llext_slots_needed(1, &left) == 1 && left == unit.slots - before - wanted);
	}
	/* Where none may overlap, the data around it is a slot on either side. */
	for (unsigned i = 0; i < 3; i++) {
		static const uintptr_t starts[] = {0, 0x1000, BYTES - 0x100};
		unsigned left;

		begin(&v8, 0);
		CHECK(llext_slots_needed(3, &left) == 6 && left == unit.slots - 1);
		add(HEAP + starts[i], 0x100, RX);
		check_all();
		CHECK(in_use() == (i == 1 ? 3 : 2));
	}
}

/* Nothing that the unit cannot express is asked of it. */
static void not_aligned(void)
{
	begin(&v8, 0);
	CHECK(llext_slots_add(HEAP + 0x100, 0, RX) == -EINVAL);
	CHECK(llext_slots_add(HEAP + 0x110, 0x20, RX) == -EINVAL);
	CHECK(llext_slots_add(HEAP + 0x100, 0x30, RX) == -EINVAL);
	check_all();
	CHECK(in_use() == 1);
}

/* A heap takes the last slot that there is, and is refused where there is none. */
static void last_slot(const struct llext_mpu *what)
{
	unit = *what;
	unit.slots = 1;
	memset(hardware, 0, sizeof(hardware));
	llext_mcu_kept_slots = 0;
	CHECK(llext_slots_open(HEAP, BYTES) == 0);
	llext_mcu_kept_slots = 1;
	CHECK(llext_slots_open(HEAP, BYTES) == -ENOSPC);
}

int main(void)
{
	at_random("PMSAv7", &v7, 0);
	at_random("PMSAv7, two slots kept", &v7, 2);
	at_random("PMSAv8", &v8, 0);
	at_random("PMSAv8, three slots kept", &v8, 3);
	at_random("PMP", &pmp, 0);
	at_random("PMP, one slot kept", &pmp, 1);
	at_random("powers of two only", &whole, 0);
	together();
	rounded();
	not_rounded();
	not_aligned();
	joined(&v8);
	joined(&pmp);
	promised();
	last_slot(&v7);
	last_slot(&v8);
	printf("%u slots are written at a time, at most\n", writes_most);
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
