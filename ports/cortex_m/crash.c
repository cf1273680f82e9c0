/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of Cortex-M: DDI 0403 sections B1.5.6 (frame) and B3.2.15 (CFSR). */
#include "../mcu/crash.h"
#include "registers.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

void (*llext_mcu_fault_next)(void);

/* What the core pushes. */
struct frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

#define EXC_RETURN_BASIC (1u << 4) /* no floating-point registers in the frame */
#define BASIC_WORDS      8
#define FLOAT_WORDS      (8 + 18)
#define XPSR_ALIGNED     (1u << 9) /* the core has skipped a word below the frame */

void llext_cortex_m_record(const struct frame *frame, uint32_t exc_return, const uint32_t *saved);

static void read_status(struct llext_crash *crash)
{
#if __ARM_ARCH >= 7
	uint32_t status = CFSR; /* not cleared: the firmware's handler reads it, too */

	crash->code = status;
	if (status & (CFSR_IACCVIOL | CFSR_IBUSERR))
		crash->cause = LLEXT_CRASH_EXECUTE;
	else if (status & (CFSR_DACCVIOL | CFSR_PRECISERR | CFSR_IMPRECISERR))
		crash->cause = LLEXT_CRASH_DATA;
	else if (status & CFSR_UNALIGNED)
		crash->cause = LLEXT_CRASH_ALIGNMENT;
	else if (status & (CFSR_UNDEFINSTR | CFSR_INVSTATE | CFSR_NOCP))
		crash->cause = LLEXT_CRASH_INSTRUCTION;
	crash->has_address = status & (CFSR_MMARVALID | CFSR_BFARVALID);
	if (crash->has_address)
		crash->address = status & CFSR_MMARVALID ? MMFAR : BFAR;
#else
	(void)crash; /* Armv6-M records nothing */
#endif
}

/* @saved: r8 to r11, then r4 to r7. */
__attribute__((used)) void llext_cortex_m_record(const struct frame *frame, uint32_t exc_return,
						 const uint32_t *saved)
{
	struct llext_crash *crash = &llext_mcu_crash;
	const uint32_t *low = &frame->r0;
	unsigned words = exc_return & EXC_RETURN_BASIC ? BASIC_WORDS : FLOAT_WORDS;

	*crash = (struct llext_crash){.pc = frame->pc, .lr = frame->lr, .count = 13};
	crash->sp = (uintptr_t)(low + words) + (frame->xpsr & XPSR_ALIGNED ? 4 : 0);
	for (unsigned i = 0; i < 4; i++) {
		crash->registers[i] = low[i];
		crash->registers[4 + i] = saved[4 + i];
		crash->registers[8 + i] = saved[i];
	}
	crash->registers[12] = frame->r12;
	read_status(crash);
	llext_mcu_fault();
}

/* Only Armv6-M instructions. r0 to r3 and r12 are in the frame; the others are as they were. */
__attribute__((naked)) void llext_cortex_m_fault(void)
{
	__asm__ volatile(".syntax unified\n"
			 "	mov r1, lr\n"
			 "	movs r2, #4\n"
			 "	tst r1, r2\n"
			 "	bne 1f\n"
			 "	mrs r0, msp\n"
			 "	b 2f\n"
			 "1:	mrs r0, psp\n"
			 "2:	push {r4-r7}\n"
			 "	mov r4, r8\n"
			 "	mov r5, r9\n"
			 "	mov r6, r10\n"
			 "	mov r7, r11\n"
			 "	push {r4-r7}\n"
			 "	mov r2, sp\n"
			 "	push {r1, lr}\n"
			 "	bl llext_cortex_m_record\n"
			 "	pop {r1, r2}\n"
			 "	mov lr, r2\n"
			 "	pop {r4-r7}\n"
			 "	mov r8, r4\n"
			 "	mov r9, r5\n"
			 "	mov r10, r6\n"
			 "	mov r11, r7\n"
			 "	pop {r4-r7}\n"
			 "	ldr r0, =llext_mcu_fault_next\n"
			 "	ldr r0, [r0]\n"
			 "	cmp r0, #0\n"
			 "3:	beq 3b\n"
			 "	bx r0\n"
			 "	.ltorg\n");
}

#endif /* CONFIG_LLEXT_DEBUGGER */
