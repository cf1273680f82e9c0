/* SPDX-License-Identifier: Apache-2.0 */
/* Which instructions leave a return address: built once for each machine. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "call_site.h"

struct site {
	const char *what;
	uint16_t code[2];  /* the four bytes before the address */
	bool call, in_two; /* is it one, and is it if only the last two bytes belong to the code? */
};

static const struct site sites[] = {
#if LLEXT_TARGET_ARM
	{"blx r3", {0xbf00, 0x4798}, true, true},
	{"bx r3", {0xbf00, 0x4718}, false, false},
	{"bl", {0xf000, 0xf800}, true, false},
	{"b.w", {0xf000, 0xb800}, false, false},
	{"ldr.w", {0xf8d0, 0xf800}, false, false},
	{"movs behind half a bl", {0x2000, 0xf000}, false, false},
#elif LLEXT_TARGET_AARCH64
	{"bl", {0x0001, 0x9400}, true, false},
	{"blr x8", {0x0100, 0xd63f}, true, false},
	{"b", {0x0001, 0x1400}, false, false},
	{"br x8", {0x0100, 0xd61f}, false, false},
#else
	{"c.jalr a5", {0x0001, 0x9782}, true, true},
	{"c.ebreak", {0x0001, 0x9002}, false, false},
	{"c.jr a5", {0x0001, 0x8782}, false, false},
	{"c.add a5, a1", {0x0001, 0x97ae}, false, false},
	/* The same bits are c.addiw a0, 1 where registers have 64 of them. */
	{"c.jal", {0x0001, 0x2505}, LLEXT_TARGET_RISCV32, LLEXT_TARGET_RISCV32},
	{"c.j", {0x0001, 0xa001}, false, false},
	{"jal", {0x00ef, 0x0100}, true, false},
	{"jalr", {0x80e7, 0x0007}, true, false},
	{"addi", {0x0513, 0x0015}, false, false},
#endif
};

static void calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		const struct site *site = &sites[i];
		uint8_t bytes[4];

		for (size_t j = 0; j < 4; j++)
			bytes[j] = (uint8_t)(site->code[j / 2] >> j % 2 * 8);
		if (is_after_call(bytes + 4, 4) != site->call ||
		    is_after_call(bytes + 4, 2) != site->in_two)
			fail_msg("%s", site->what);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(calls)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
