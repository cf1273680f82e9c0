/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/small/small_arm.c knows fewer relocations than src/arch/arm.c. Those that it knows it applies
 * the same way: types, fields, addends, and instructions of all kinds, right ones and wrong ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "arch/arch.h"

const struct reloc_type *small_reloc(uint32_t type);
const struct reloc_encoding *small_encoding(uint8_t encoding);
elf_saddr small_addend(uint8_t encoding, const uint8_t *place);
int small_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value);
void small_veneer(uint8_t *mem, elf_addr at, elf_addr target);
const char *small_check(const elf_ehdr_t *ehdr);

static uint32_t chance(void)
{
	return (uint32_t)random() << 16 ^ (uint32_t)random();
}

static bool is_power_of_two_or_0(unsigned int number)
{
	return (number & (number - 1)) == 0;
}

static void types(void **state)
{
	unsigned int known = 0;

	(void)state;
	for (uint32_t number = 0; number < 256; number++) {
		const struct reloc_type *ours = small_reloc(number);
		const struct reloc_type *theirs = llext_arch_reloc(number);

		if (ours->value == RELOC_UNSUPPORTED)
			continue;
		known++;
		assert_int_equal(ours->value, theirs->value);
		/* relocate.c takes what they must be multiples of for powers of two. */
		assert_true(is_power_of_two_or_0(small_encoding(ours->encoding)->align));
		assert_true(is_power_of_two_or_0(small_encoding(ours->encoding)->scale));
		/* Not by a veneer. */
		if (theirs->flags & RELOC_TO_FUNCTION)
			continue;
		assert_int_equal(ours->flags, theirs->flags);
		assert_int_equal(ours->bias, theirs->bias);
		if (ours->value != RELOC_NONE)
			assert_memory_equal(small_encoding(ours->encoding),
					    llext_arch_encoding(theirs->encoding),
					    sizeof(struct reloc_encoding));
	}
	assert_int_equal(known, 12);
}

/* Instructions that the types are for, one bit of some wrong; any bytes. */
static void instruction(uint8_t *mem)
{
	static const uint16_t firsts[] = {0xf000, 0xf240, 0xf2c0, 0xe000};
	static const uint16_t seconds[] = {0xd000, 0x9000, 0x8000, 0xc000, 0x0000};
	uint16_t half[2] = {firsts[chance() % 4], seconds[chance() % 5]};

	half[0] |= chance() & 0x07ff;
	half[1] |= chance() & 0x2fff;
	if (chance() % 8 == 0)
		half[chance() % 2] ^= (uint16_t)(1u << chance() % 16);
	memcpy(mem, half, sizeof(half));
}

static void places(void **state)
{
	unsigned long written = 0, refused = 0;

	(void)state;
	for (unsigned int turn = 0; turn < 2000000; turn++) {
		const struct reloc_type *ours, *theirs;
		uint8_t a[8], b[8];
		uint32_t number = chance() % 104, value = chance() >> chance() % 32;
		int rc;

		ours = small_reloc(number);
		theirs = llext_arch_reloc(number);
		if (ours->value == RELOC_UNSUPPORTED || ours->value == RELOC_NONE)
			continue;
		instruction(a);
		memcpy(a + 4, &turn, 4);
		memcpy(b, a, sizeof(b));
		assert_int_equal(small_addend(ours->encoding, a),
				 llext_arch_addend(theirs->encoding, b));
		if (chance() % 2)
			value = 0 - value;
		if (small_encoding(ours->encoding)->check != CHECK_NONE)
			value &= ~1u;
		rc = small_encode(ours->encoding, a, 0, value);
		assert_int_equal(rc, llext_arch_encode(theirs->encoding, b, 0, value));
		assert_memory_equal(a, b, sizeof(a));
		written += rc == 0;
		refused += rc != 0;
	}
	assert_true(written > 10000 && refused > 10000);
}

static void others(void **state)
{
	uint8_t a[16] = {0}, b[16] = {0};

	(void)state;
	small_veneer(a, 0x20000000, 0x08001234);
	llext_arch_veneer(b, 0x20000000, 0x08001234);
	assert_memory_equal(a, b, sizeof(a));
	for (unsigned int turn = 0; turn < 100000; turn++) {
		elf_ehdr_t ehdr = {.e_machine = chance() % 4 ? EM_ARM : (uint16_t)chance(),
				   .e_flags = 0x05000000};

		if (chance() % 2)
			ehdr.e_flags ^= 1u << chance() % 32;
		/* On the desk, that one takes both floating-point calling conventions. */
		ehdr.e_flags &= ~0x600u;
		assert_int_equal(small_check(&ehdr) != NULL, llext_arch_check(&ehdr) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(types), cmocka_unit_test(places),
					   cmocka_unit_test(others)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
