/* SPDX-License-Identifier: Apache-2.0 */
/* Traps and the instruction counter of RISC-V (privileged specification, sections 3.1.10
 * and 3.1.15). */
#include "../internal.h"
#include "../../../ports/riscv_m/csr.h"

/* Where entry.S saved the registers: x[0] stands for mepc. */
struct frame {
	uintptr_t pc, ra, x[30];
};

void *board_trap(struct frame *frame);

/* RISC-V ACLINT, section 2: the machine timer of hart 0, where QEMU's machine `virt` has it. */
#define MTIMECMP    ((volatile uint32_t *)0x02004000)
#define MTIME       ((volatile uint32_t *)0x0200bff8)
#define MIE_MTIE    (1u << 7)
#define CAUSE_TIMER ((uintptr_t)1 << (__riscv_xlen - 1) | 7)

static void (*volatile timer_handler)(void);
static bool in_timer;

void board_timer(uint32_t ticks, void (*handler)(void))
{
	uint32_t now = MTIME[0];
	uint64_t then = ((uint64_t)MTIME[1] << 32 | now) + ticks;

	MTIMECMP[1] = UINT32_MAX;
	MTIMECMP[0] = (uint32_t)then;
	timer_handler = handler; /* it may be called at once */
	MTIMECMP[1] = ticks != 0 ? (uint32_t)(then >> 32) : UINT32_MAX;
	CSR_WRITE(mie, MIE_MTIE);
	/* A trap within a trap would lose what mstatus says of the first one. */
	if (!in_timer)
		__asm__ volatile(CSR_ASM("csrsi mstatus, 8")::: "memory");
}

/* threads.c of this folder, where a program has two threads: the other one's frame. */
__attribute__((weak)) void *board_thread_switch(void *frame)
{
	return frame;
}

static const struct {
	signed char kind, write;
} causes[] = {
	[0] = {BOARD_FAULT_EXECUTE, -1}, /* address not aligned */
	[1] = {BOARD_FAULT_EXECUTE, -1}, /* access */
	[2] = {BOARD_FAULT_INSTRUCTION, -1}, [3] = {BOARD_FAULT_INSTRUCTION, -1}, /* breakpoint */
	[4] = {BOARD_FAULT_ALIGNMENT, 0},    [5] = {BOARD_FAULT_DATA, 0},
	[6] = {BOARD_FAULT_ALIGNMENT, 1},    [7] = {BOARD_FAULT_DATA, 1},
	[12] = {BOARD_FAULT_EXECUTE, -1}, /* page faults */
	[13] = {BOARD_FAULT_DATA, 0},        [15] = {BOARD_FAULT_DATA, 1},
};

static void *timer(struct frame *frame)
{
	MTIMECMP[1] = UINT32_MAX; /* until it is asked for again */
	in_timer = true;
	if (timer_handler != NULL)
		timer_handler();
	frame = board_thread_switch(frame);
	in_timer = false;
	return frame;
}

/* Returns the frame to go on with. */
void *board_trap(struct frame *frame)
{
	if (CSR_READ(mcause) == CAUSE_TIMER)
		return timer(frame);
	struct board_fault fault = {
		.kind = BOARD_FAULT_OTHER,
		.write = -1,
		.pc = frame->pc,
		.lr = frame->ra,
		.cause = CSR_READ(mcause),
	};

	if (fault.cause < sizeof(causes) / sizeof(causes[0])) {
		fault.kind = (enum board_fault_kind)causes[fault.cause].kind;
		fault.write = causes[fault.cause].kind ? causes[fault.cause].write : -1;
	}
	/* For an undefined instruction mtval is its encoding. */
	if (fault.kind != BOARD_FAULT_OTHER && fault.kind != BOARD_FAULT_INSTRUCTION) {
		fault.has_address = true;
		fault.address = CSR_READ(mtval);
	}
	board_fault(&fault);
	frame->pc = fault.pc;
	return frame;
}

uint64_t board_instructions(void)
{
#if __riscv_xlen == 64
	return CSR_READ(minstret);
#else
	uint32_t high, low;

	do {
		high = CSR_READ(minstreth);
		low = CSR_READ(minstret);
	} while (high != CSR_READ(minstreth));
	return (uint64_t)high << 32 | low;
#endif
}
