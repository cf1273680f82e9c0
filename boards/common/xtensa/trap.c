/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and the clock of Xtensa (ISA reference, table 4-64, EXCCAUSE). */
#include "../internal.h"

#define SPECIAL_READ(name)                                                                         \
	({                                                                                         \
		uint32_t value_;                                                                   \
		__asm__ volatile("rsr." #name " %0" : "=a"(value_)::"memory");                     \
		value_;                                                                            \
	})

/* As saved by entry.S. */
struct frame {
	uint32_t a[16], sar, pc;
};

void board_trap(struct frame *frame);

static const struct {
	signed char kind, write;
} causes[] = {
	[0] = {BOARD_FAULT_INSTRUCTION, -1},
	[2] = {BOARD_FAULT_EXECUTE, -1}, /* fetch error */
	[3] = {BOARD_FAULT_DATA, -1}, /* load or store error, such as a byte of instruction RAM */
	[8] = {BOARD_FAULT_INSTRUCTION, -1}, /* privileged */
	[9] = {BOARD_FAULT_ALIGNMENT, -1},
	[12] = {BOARD_FAULT_EXECUTE, -1}, /* bus errors: data, then address */
	[13] = {BOARD_FAULT_DATA, -1},
	[14] = {BOARD_FAULT_EXECUTE, -1},
	[15] = {BOARD_FAULT_DATA, -1},
	[18] = {BOARD_FAULT_EXECUTE, -1}, /* privilege */
	[20] = {BOARD_FAULT_EXECUTE, -1}, /* prohibited */
	[26] = {BOARD_FAULT_DATA, -1},
	[28] = {BOARD_FAULT_DATA, 0},
	[29] = {BOARD_FAULT_DATA, 1},
};

void board_trap(struct frame *frame)
{
	struct board_fault fault = {
		.kind = BOARD_FAULT_OTHER,
		.write = -1,
		.pc = frame->pc,
		.lr = frame->a[0],
		.cause = SPECIAL_READ(exccause),
	};

	if (fault.cause < sizeof(causes) / sizeof(causes[0])) {
		fault.kind = (enum board_fault_kind)causes[fault.cause].kind;
		fault.write = fault.kind ? causes[fault.cause].write : -1;
	}
	if (fault.kind != BOARD_FAULT_OTHER && fault.kind != BOARD_FAULT_INSTRUCTION) {
		fault.has_address = true;
		fault.address = SPECIAL_READ(excvaddr);
	}
	board_fault(&fault);
	frame->pc = fault.pc;
}

struct board_tick board_tick_edge(void)
{
	static uint32_t last, wraps;
	uint32_t first = SPECIAL_READ(ccount), now;
	unsigned rounds = 0;

	/* Three instructions a round. */
	__asm__ volatile("1:	rsr.ccount %[now]\n"
			 "	addi %[rounds], %[rounds], 1\n"
			 "	beq %[now], %[first], 1b\n"
			 : [rounds] "+a"(rounds), [now] "=&a"(now)
			 : [first] "a"(first)
			 : "memory");
	/* The counter goes round once in 10^11 instructions; nobody measures that long. */
	if (now < last)
		wraps++;
	last = now;
	return (struct board_tick){.tick = (uint64_t)wraps << 32 | now, .waited = rounds * 3};
}
