/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of exceptions an address has: one of the extensions', or the firmware's. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "../common/must.h"
#include "desk_arm.h"
#include "unwind.h"

#define MOST 16
#define STEP 0x1000u

/* The firmware's has five entries. */
__asm__(".data\n.balign 8\n.globl __exidx_start\n__exidx_start: .zero 40\n"
	".globl __exidx_end\n__exidx_end: .zero 8\n.text");
extern const uint32_t firmware[] __asm__("__exidx_start");

uintptr_t __gnu_Unwind_Find_exidx(uintptr_t pc, int *count);

/* The extension n has 16 bytes of code at (n + 1) * STEP + 2. */
static struct llext extensions[MOST + 1];
static int pinned;

size_t llext_code_room(const struct llext *ext, uintptr_t address)
{
	uintptr_t start = (uintptr_t)(ext - extensions + 1) * STEP + 2;

	must(pinned == 1); /* nobody unloads it meanwhile */
	return address - start < 16 ? 16 - (address - start) : 0;
}

unsigned int llext_pin(void)
{
	pinned++;
	return 42;
}

void llext_unpin(unsigned int pin)
{
	must(pin == 42);
	pinned--;
}

static uint32_t tables[MOST + 1][64];

static int is_found(uintptr_t pc, const void *table, int entries)
{
	int count = -1;
	uintptr_t found = __gnu_Unwind_Find_exidx(pc, &count);

	must(pinned == 0);
	return found == (uintptr_t)table && count == entries;
}

static uintptr_t code(int i)
{
	return (uintptr_t)(i + 1) * STEP + 2;
}

int main(void)
{
	must(is_found(code(0), firmware, 5));
	must(llext_mcu_unwind_add(&extensions[0], tables[0], 12) == -ENOEXEC);
	must(llext_mcu_unwind_add(&extensions[0], (char *)tables[0] + 2, 16) == -ENOEXEC);
	must(is_found(code(0), firmware, 5));
	for (int i = 0; i < MOST; i++)
		must(llext_mcu_unwind_add(&extensions[i], tables[i], 8 * (size_t)(i + 1)) == 0);
	must(llext_mcu_unwind_add(&extensions[MOST], tables[MOST], 8) == -ENOSPC);
	for (int i = 0; i < MOST; i++) {
		must(is_found(code(i), tables[i], i + 1));
		must(is_found(code(i) + 15, tables[i], i + 1));
		must(is_found(code(i) | 1, tables[i], i + 1)); /* Thumb */
		must(is_found(code(i) - 1, firmware, 5) && is_found(code(i) + 16, firmware, 5));
	}
	/* One that goes makes room for another, and the rest are where they were. */
	llext_mcu_unwind_remove(&extensions[7], tables[7], 64);
	must(is_found(code(7), firmware, 5));
	must(is_found(code(6), tables[6], 7) && is_found(code(8), tables[8], 9));
	must(llext_mcu_unwind_add(&extensions[MOST], tables[MOST], 16) == 0);
	must(is_found(code(MOST), tables[MOST], 2) && is_found(code(7), firmware, 5));
	for (int i = 0; i <= MOST; i++)
		llext_mcu_unwind_remove(&extensions[i], tables[i], 8);
	for (int i = 0; i <= MOST; i++)
		must(is_found(code(i), firmware, 5));
	must(llext_mcu_unwind_add(&extensions[3], tables[3], 8) == 0);
	must(is_found(code(3), tables[3], 1));
	puts("all is well");
	return 0;
}
