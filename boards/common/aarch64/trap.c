/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and the instruction counter of AArch64 (DDI 0487, section D19.2.37, ESR_EL1). */
#include "../internal.h"
#include "../../../ports/aarch64/system.h"

/* As saved by entry.S. */
struct frame {
	uint64_t x[31], pc, state;
};

void *board_trap(struct frame *frame);
void *board_interrupt(struct frame *frame);

/* A GICv2 and the virtual timer (Arm IHI 0048, DDI 0487, section D13), where QEMU's machine `virt`
 * has them. */
#define GICD_CTLR       (*(volatile uint32_t *)0x08000000)
#define GICD_ISENABLER0 (*(volatile uint32_t *)0x08000100)
#define GICC_CTLR       (*(volatile uint32_t *)0x08010000)
#define GICC_PMR        (*(volatile uint32_t *)0x08010004)
#define GICC_IAR        (*(volatile uint32_t *)0x0801000c)
#define GICC_EOIR       (*(volatile uint32_t *)0x08010010)
#define TIMER           27u
#define TIMER_ON        1u

static void (*timer_handler)(void);
static bool in_timer;

void board_timer(uint32_t ticks, void (*handler)(void))
{
	GICD_CTLR = 1;
	GICD_ISENABLER0 = 1u << TIMER;
	GICC_PMR = 0xff;
	GICC_CTLR = 1;
	timer_handler = handler;
	SYSTEM_WRITE(cntv_cval_el0, SYSTEM_READ(cntvct_el0) + ticks);
	SYSTEM_WRITE(cntv_ctl_el0, ticks != 0 ? TIMER_ON : 0);
	if (!in_timer)
		__asm__ volatile("isb\n\tmsr daifclr, #2" ::: "memory");
}

/* threads/aarch64.c, where a program has two threads: the other one's frame. */
__attribute__((weak)) void *board_thread_switch(void *frame)
{
	return frame;
}

void *board_interrupt(struct frame *frame)
{
	uint32_t which = GICC_IAR;
	void *next = frame;

	if (which != TIMER)
		return frame;
	SYSTEM_WRITE(cntv_ctl_el0, 0); /* until it is asked for again */
	in_timer = true;
	if (timer_handler != NULL)
		timer_handler();
	next = board_thread_switch(frame);
	in_timer = false;
	__asm__ volatile("isb" ::: "memory");
	GICC_EOIR = which;
	return next;
}

#define ESR_CLASS(esr)  ((esr) >> 26 & 63)
#define ESR_WRITE       (1u << 6)
#define ESR_STATUS(esr) ((esr)&63)

#define CLASS_UNKNOWN     0x00
#define CLASS_STATE       0x0e
#define CLASS_FETCH_LOWER 0x20
#define CLASS_FETCH       0x21
#define CLASS_PC          0x22
#define CLASS_DATA_LOWER  0x24
#define CLASS_DATA        0x25
#define CLASS_BRK         0x3c
#define STATUS_ALIGNMENT  0x21

void *board_trap(struct frame *frame)
{
	uint64_t esr = SYSTEM_READ(esr_el1);
	struct board_fault fault = {
		.kind = BOARD_FAULT_OTHER,
		.write = -1,
		.pc = frame->pc,
		.lr = frame->x[30],
		.cause = esr,
	};

	switch (ESR_CLASS(esr)) {
	case CLASS_UNKNOWN:
	case CLASS_STATE:
	case CLASS_BRK:
		fault.kind = BOARD_FAULT_INSTRUCTION;
		break;
	case CLASS_FETCH_LOWER:
	case CLASS_FETCH:
	case CLASS_PC:
		fault.kind = BOARD_FAULT_EXECUTE;
		fault.has_address = true;
		break;
	case CLASS_DATA_LOWER:
	case CLASS_DATA:
		fault.kind = ESR_STATUS(esr) == STATUS_ALIGNMENT ? BOARD_FAULT_ALIGNMENT
								 : BOARD_FAULT_DATA;
		fault.write = (esr & ESR_WRITE) != 0;
		fault.has_address = true;
		break;
	}
	if (fault.has_address)
		fault.address = SYSTEM_READ(far_el1);
	board_fault(&fault);
	frame->pc = fault.pc;
	return frame;
}

/* The cycle counter; the emulator counts a nanosecond and a cycle for each instruction. */
uint64_t board_instructions(void)
{
	return SYSTEM_READ(pmccntr_el0);
}
