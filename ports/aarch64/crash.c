/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of AArch64 at EL1 (DDI 0487, section D19.2.37, ESR_EL1). */
#include "../mcu/crash.h"
#include "system.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

#define CLASS(esr)       ((esr) >> 26 & 63)
#define STATUS(esr)      ((esr)&63)
#define STATUS_ALIGNMENT 0x21

static enum llext_crash_cause cause_of(uint64_t esr)
{
	switch (CLASS(esr)) {
	case 0x00: /* unknown */
	case 0x0e: /* illegal state */
	case 0x3c: /* brk */
		return LLEXT_CRASH_INSTRUCTION;
	case 0x20: /* instruction abort */
	case 0x21:
	case 0x22: /* misaligned pc */
		return LLEXT_CRASH_EXECUTE;
	case 0x24: /* data abort */
	case 0x25:
		return STATUS(esr) == STATUS_ALIGNMENT ? LLEXT_CRASH_ALIGNMENT : LLEXT_CRASH_DATA;
	default:
		return LLEXT_CRASH_OTHER;
	}
}

void llext_aarch64_fault(const uint64_t x[33])
{
	struct llext_crash *crash = &llext_mcu_crash;

	*crash = (struct llext_crash){
		.code = SYSTEM_READ(esr_el1), .pc = x[31], .lr = x[30], .sp = x[32], .count = 31};
	for (unsigned i = 0; i < 31; i++)
		crash->registers[i] = x[i];
	crash->cause = cause_of(crash->code);
	if (crash->cause != LLEXT_CRASH_OTHER && crash->cause != LLEXT_CRASH_INSTRUCTION) {
		crash->has_address = true;
		crash->address = SYSTEM_READ(far_el1);
	}
	llext_mcu_fault();
}

#endif /* CONFIG_LLEXT_DEBUGGER */
