/* SPDX-License-Identifier: Apache-2.0 */
/* Fault exceptions of Cortex-M: DDI 0403 sections B1.5.6 (frame), B1.5.14 and B3.2.15 (CFSR). */
#include "../internal.h"
#include "../../../ports/cortex_m/registers.h"

/* What the core pushes on exception entry. */
struct frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

#define XPSR_T        (1u << 24)
#define XPSR_IT_ICI   (0x0600fc00u)
#define EXC_RETURN_SP 4

void board_fault_entry(void);
void board_fault_frame(struct frame *frame);

/* Bit 2 of EXC_RETURN tells on which stack the frame is. Only Armv6-M instructions. */
__attribute__((naked)) void board_fault_entry(void)
{
	__asm__ volatile(".syntax unified\n" /* not the default for Armv6-M */
			 "	mov r0, lr\n"
			 "	movs r1, %0\n"
			 "	tst r0, r1\n"
			 "	bne 1f\n"
			 "	mrs r0, msp\n"
			 "	b 2f\n"
			 "1:	mrs r0, psp\n"
			 "2:	push {r4, lr}\n"
			 "	bl board_fault_frame\n"
			 "	pop {r4, pc}\n" ::"i"(EXC_RETURN_SP));
}

#if __ARM_ARCH >= 7
static void read_status(struct board_fault *fault)
{
	uint32_t status = CFSR;

	fault->cause = status;
	if (status & (CFSR_IACCVIOL | CFSR_IBUSERR))
		fault->kind = BOARD_FAULT_EXECUTE;
	else if (status & (CFSR_DACCVIOL | CFSR_PRECISERR | CFSR_IMPRECISERR))
		fault->kind = BOARD_FAULT_DATA;
	else if (status & (CFSR_UNDEFINSTR | CFSR_INVSTATE | CFSR_NOCP))
		fault->kind = BOARD_FAULT_INSTRUCTION;
	else if (status & CFSR_UNALIGNED)
		fault->kind = BOARD_FAULT_ALIGNMENT;
	else if (status & CFSR_DIVBYZERO)
		fault->kind = BOARD_FAULT_DIVISION;
	fault->has_address = status & (CFSR_MMARVALID | CFSR_BFARVALID);
	if (fault->has_address)
		fault->address = status & CFSR_MMARVALID ? MMFAR : BFAR;
	/* Both are cleared by writing ones; else the next fault would look like this one. */
	CFSR = status;
	HFSR = HFSR;
}
#else
static void read_status(struct board_fault *fault)
{
	/* Armv6-M records nothing at all. */
	fault->kind = BOARD_FAULT_OTHER;
}
#endif

void Fault_Handler(void) __attribute__((weak, alias("board_fault_entry")));

void board_fault_frame(struct frame *frame)
{
	struct board_fault fault = {.write = -1, .pc = frame->pc, .lr = frame->lr};

	read_status(&fault);
	board_fault(&fault);
	if ((fault.pc & ~1u) != (frame->pc & ~1u)) {
		/* Somewhere else: not inside an IT block or a load of many, and in Thumb state. */
		frame->xpsr = (frame->xpsr & ~XPSR_IT_ICI) | XPSR_T;
		frame->pc = fault.pc & ~1u;
	}
}
