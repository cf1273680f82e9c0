/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of RISC-V in machine mode (privileged specification, section 3.1.15). */
#include "../mcu/crash.h"
#include "csr.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

static const uint8_t causes[] = {
	LLEXT_CRASH_EXECUTE,     LLEXT_CRASH_EXECUTE,   LLEXT_CRASH_INSTRUCTION,
	LLEXT_CRASH_INSTRUCTION, LLEXT_CRASH_ALIGNMENT, LLEXT_CRASH_DATA,
	LLEXT_CRASH_ALIGNMENT,   LLEXT_CRASH_DATA,
};

void llext_riscv_m_fault(const uintptr_t x[32])
{
	struct llext_crash *crash = &llext_mcu_crash;

	*crash = (struct llext_crash){
		.code = CSR_READ(mcause), .pc = x[0], .lr = x[1], .sp = x[2], .count = 32};
	for (unsigned i = 1; i < 32; i++)
		crash->registers[i] = x[i];
	if (crash->code < sizeof(causes))
		crash->cause = (enum llext_crash_cause)causes[crash->code];
	/* For an undefined instruction mtval is its encoding. */
	if (crash->cause != LLEXT_CRASH_OTHER && crash->cause != LLEXT_CRASH_INSTRUCTION) {
		crash->has_address = true;
		crash->address = CSR_READ(mtval);
	}
	llext_mcu_fault();
}

#endif /* CONFIG_LLEXT_DEBUGGER */
