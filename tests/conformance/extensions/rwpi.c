/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm code that finds its data by r9, which every entry from outside must set. Compiled with
 * -fpic -msingle-pic-base.
 */
#include <llext/symbol.h>

int firmware_add(int a, int b);
extern int firmware_variable;

int rwpi_counter = 10;
const int rwpi_table[3] = {1, 2, 3};

static __attribute__((noinline)) int step(int by)
{
	rwpi_counter += by;
	return firmware_add(rwpi_counter, firmware_variable);
}

/* What the entry calls: r9 is set. */
__attribute__((used)) int rwpi_inside(int index)
{
	return step(rwpi_table[index]);
}

/* As a function of -fpic code does for itself, once for all that it calls. r9 is the caller's. */
__attribute__((naked)) int rwpi_entry(int index)
{
	(void)index;
	__asm__("push {r9, lr}\n"
		"ldr r9, 1f\n"
		"0: add r9, pc\n"
		"bl rwpi_inside\n"
		"pop {r9, pc}\n"
		".balign 4\n"
		"1: .word _GLOBAL_OFFSET_TABLE_ - (0b + 4)\n");
}
LL_EXTENSION_SYMBOL(rwpi_entry);
