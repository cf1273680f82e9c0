/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of Xtensa with the call0 ABI (ISA reference, table 4-64, EXCCAUSE). */
#include "../mcu/crash.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

#define SPECIAL_READ(name)                                                                         \
	({                                                                                         \
		uint32_t value_;                                                                   \
		__asm__ volatile("rsr." #name " %0" : "=a"(value_)::"memory");                     \
		value_;                                                                            \
	})

#define PC 16

static enum llext_crash_cause cause_of(uintptr_t exccause)
{
	switch (exccause) {
	case 0: /* illegal */
	case 8: /* privileged */
		return LLEXT_CRASH_INSTRUCTION;
	case 2:  /* fetch error */
	case 12: /* bus errors: data, then address */
	case 14:
	case 18: /* privilege */
	case 20: /* prohibited */
		return LLEXT_CRASH_EXECUTE;
	case 3: /* load or store error, such as a byte of instruction RAM */
	case 13:
	case 15:
	case 26:
	case 28:
	case 29:
		return LLEXT_CRASH_DATA;
	case 9:
		return LLEXT_CRASH_ALIGNMENT;
	default:
		return LLEXT_CRASH_OTHER;
	}
}

void llext_xtensa_lx106_fault(const uint32_t a[17])
{
	struct llext_crash *crash = &llext_mcu_crash;

	*crash = (struct llext_crash){
		.code = SPECIAL_READ(exccause), .pc = a[PC], .lr = a[0], .sp = a[1], .count = 16};
	for (unsigned i = 0; i < 16; i++)
		crash->registers[i] = a[i];
	crash->cause = cause_of(crash->code);
	if (crash->cause != LLEXT_CRASH_OTHER && crash->cause != LLEXT_CRASH_INSTRUCTION) {
		crash->has_address = true;
		crash->address = SPECIAL_READ(excvaddr);
	}
	llext_mcu_fault();
}

#endif /* CONFIG_LLEXT_DEBUGGER */
