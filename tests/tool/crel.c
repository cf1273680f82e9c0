/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact relocations: bytes made by hand from the text of the gABI proposal, what is malformed,
 * and many tables there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "crel.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct vector {
	unsigned char class;
	bool has_addends;
	size_t count, length;
	struct relocation list[4];
	uint8_t bytes[40];
};

/*
 * The header is count * 8 + 4 where there are addends + the shift, as ULEB128. An entry's first
 * byte has symbol, type and addend flags from bit 0 on (no addend flag without addends), then the
 * lowest bits of the offset's difference, and bit 7 where more of it follows.
 */
static const struct vector vectors[] = {
	/* Nothing: count 0, and no offset that would forbid the largest shift. */
	{1, false, 0, 1, {{0}}, {0x03}},
	{2, true, 0, 1, {{0}}, {0x07}},
	/* At 8, symbol 1, type 2: shift 3; difference 1 << 2, flags 3; 1 and 2 as SLEB128. */
	{1, false, 1, 4, {{8, 1, 2, 0}}, {0x0b, 0x07, 0x01, 0x02}},
	/* With an addend of -1: difference 1 << 3, flags 7. */
	{2, true, 1, 5, {{8, 1, 2, -1}}, {0x0f, 0x0f, 0x01, 0x02, 0x7f}},
	/* At 1: no shift. Then at 2, with all else equal: a single byte. */
	{1, false, 2, 5, {{1, 1, 2, 0}, {2, 1, 2, 0}}, {0x10, 0x07, 0x01, 0x02, 0x04}},
	/* 31 << 2 is the largest difference in one byte without addends; 32 has one more. */
	{1, false, 2, 5, {{31, 0, 1, 0}, {63, 0, 1, 0}}, {0x10, 0x7e, 0x01, 0x80, 0x01}},
	/* 15 << 3 with addends; 16 has one more; 17 has a bit in the first byte, too. */
	{2,
	 true,
	 3,
	 7,
	 {{15, 0, 1, 0}, {31, 0, 1, 0}, {48, 0, 1, 0}},
	 {0x1c, 0x7a, 0x01, 0x80, 0x01, 0x88, 0x01}},
	/* Symbol 300, then back to 2: SLEB128 of 300 and -298. Type 64 needs a second byte. */
	{2,
	 true,
	 2,
	 9,
	 {{0, 300, 64, 0}, {0, 2, 64, 0}},
	 {0x17, 0x03, 0xac, 0x02, 0xc0, 0x00, 0x01, 0xd6, 0x7d}},
	/* Offsets that go back: the difference wraps around in 32 bits. */
	{1,
	 false,
	 2,
	 8,
	 {{4, 0, 1, 0}, {0, 0, 1, 0}},
	 {0x12, 0x06, 0x01, 0xfc, 0xff, 0xff, 0xff, 0x3f}},
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct relocation list[4];
		struct crel crel = {list, v->count, v->has_addends}, back;
		size_t length;
		uint8_t *bytes;

		memcpy(list, v->list, sizeof(list));
		bytes = crel_encode(&crel, v->class, &length);
		assert_int_equal(length, v->length);
		assert_memory_equal(bytes, v->bytes, length);
		assert_true(crel_decode(bytes, length, v->class, &back));
		assert_int_equal(back.count, v->count);
		assert_int_equal(back.has_addends, v->has_addends);
		if (v->count != 0)
			assert_memory_equal(back.list, v->list, v->count * sizeof(list[0]));
		free(back.list);
		free(bytes);
	}
}

static void test_malformed(void **state)
{
	static const struct {
		size_t length;
		uint8_t bytes[16];
	} bad[] = {
		{0, {0}},                /* no header */
		{1, {0x80}},             /* a header without end */
		{1, {0x08}},             /* an entry is missing */
		{2, {0x08, 0x03}},       /* its symbol is missing */
		{3, {0x08, 0x01, 0x80}}, /* its symbol has no end */
		{3, {0x08, 0x80, 0x80}}, /* its offset has no end */
		{3, {0x08, 0x00, 0x00}}, /* a byte too many */
		{3, {0x80, 0x80, 0x7f}}, /* more entries than bytes */
		/* 64 bits are all there are, and 32 of a symbol's number */
		{13,
		 {0x08, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
		{12, {0x08, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}},
		{12, {0x08, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
		{7, {0x08, 0x01, 0xff, 0xff, 0xff, 0xff, 0x1f}},
	};
	/* The last byte of an addend has one bit of it, and six that are like that bit. */
	static const uint8_t last[] = {0x00, 0x7f, 0x01, 0x02, 0x3f, 0x40, 0x7e};
	uint8_t addend[] = {0x0c, 0x04, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
	struct crel crel;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(crel_decode(bad[i].bytes, bad[i].length, 2, &crel));
	for (size_t i = 0; i < COUNT(last); i++) {
		addend[COUNT(addend) - 1] = last[i];
		assert_int_equal(crel_decode(addend, sizeof(addend), 2, &crel), i < 2);
		if (i < 2)
			assert_true(crel.list[0].addend == (i == 0 ? 0 : INT64_MIN));
		if (i < 2)
			free(crel.list);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	return *seed = *seed * 1664525u + 1013904223u;
}

/* Offsets, symbols, types and addends near to each other and far apart, up to all bits. */
static void test_there_and_back(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 500; round++) {
		unsigned char class = round & 1 ? 2 : 1;
		unsigned int bits = next_random(&seed) >> 27, align = next_random(&seed) >> 30;
		struct relocation list[64] = {{0}};
		struct crel crel = {list, next_random(&seed) >> 26, (round & 2) != 0}, back;
		size_t length;
		uint8_t *bytes;

		for (size_t i = 0; i < crel.count; i++) {
			uint64_t wide = (uint64_t)next_random(&seed) << 32 | next_random(&seed);

			list[i].offset = wide >> (class == 1 ? 32 + bits : bits) << align;
			list[i].offset &= class == 1 ? UINT32_MAX : UINT64_MAX;
			list[i].symbol = next_random(&seed) >> bits;
			list[i].type = next_random(&seed) >> 24;
			wide = (uint64_t)next_random(&seed) << 32 | next_random(&seed);
			if (crel.has_addends)
				list[i].addend =
					class == 1 ? (int32_t)wide >> bits : (int64_t)wide >> bits;
		}
		bytes = crel_encode(&crel, class, &length);
		assert_true(crel_decode(bytes, length, class, &back));
		assert_int_equal(back.count, crel.count);
		assert_int_equal(back.has_addends, crel.has_addends);
		assert_memory_equal(back.list, list, crel.count * sizeof(list[0]));
		free(back.list);
		/* Cut short anywhere, it is malformed. */
		for (size_t cut = 0; cut < length; cut++)
			assert_false(crel_decode(bytes, cut, class, &back));
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
