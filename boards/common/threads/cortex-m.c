/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads on Cortex-M: main() on the main stack, where handlers run as well, the other on the
 * process stack. SysTick ends a slice and leaves the switch to PendSV, which is of lower priority
 * than any other handler, so that it only ever interrupts a thread.
 */
#include "../board.h"
#include "../../../ports/cortex_m/registers.h"
#include "threads.h"

#define ICSR_PENDSVSET  (1u << 28)
#define SHPR3           REGISTER(0xe000ed20)
#define PRIORITY_PENDSV (0xffu << 16)

/* What a switch leaves on a thread's stack, lowest first: r4 to r11, EXC_RETURN; the core's frame.
 */
enum {
	CALLEE_SAVED = 8,
	EXC_RETURN = 8,
	FRAME = 9,
	FRAME_R0 = 9,
	FRAME_LR = 14,
	FRAME_PC = 15,
	FRAME_XPSR = 16,
	WORDS = 17
};

#define XPSR_T             (1u << 24)
#define EXC_RETURN_PROCESS (1u << 2) /* on the process stack */
#define EXC_RETURN_BASIC   (1u << 4) /* without floating-point registers */

static uint32_t *second_stack; /* while main() runs */
static volatile uint32_t switches;
static uint32_t slice;
static uint32_t *stack_end;
static __attribute__((used)) bool board_thread_second_runs; /* read by PendSV_Handler() */
void (*board_threads_hook)(unsigned int from);

void PendSV_Handler(void);
void board_threads_pendsv(void);
void llext_cortex_m_next_pendsv(void);
uint32_t *board_thread_first(uint32_t exc_return);

/* The other thread's first EXC_RETURN: as main's, but for the stack and the kind of frame. */
__attribute__((used)) uint32_t *board_thread_first(uint32_t exc_return)
{
	if (second_stack[EXC_RETURN] == 0)
		second_stack[EXC_RETURN] = exc_return | EXC_RETURN_PROCESS | EXC_RETURN_BASIC;
	switches++;
	board_thread_second_runs = true;
	if (board_threads_hook != NULL)
		board_threads_hook(0);
	return second_stack;
}

static __attribute__((used)) void leave_second(uint32_t *stack)
{
	second_stack = stack;
	switches++;
	board_thread_second_runs = false;
	if (board_threads_hook != NULL)
		board_threads_hook(1);
}

#ifdef __ARM_FP
#define SAVE_FLOAT(stack)    "	tst lr, #0x10\n	it eq\n	vstmdbeq " stack "!, {s16-s31}\n"
#define RESTORE_FLOAT(stack) "	tst lr, #0x10\n	it eq\n	vldmiaeq " stack "!, {s16-s31}\n"
#else
#define SAVE_FLOAT(stack)
#define RESTORE_FLOAT(stack)
#endif

/* clang-format off */
__attribute__((naked)) void PendSV_Handler(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	.weak llext_cortex_m_pendsv\n"
		"	ldr r0, =llext_cortex_m_pendsv\n"
		"	cbz r0, 1f\n"
		"	bx r0\n"
		"1:	b board_threads_pendsv\n"
		"	.ltorg\n");
}

/*
 * main's registers stay on the main stack, the other's go below its stack pointer. Where main has
 * called a domain it is on the process stack, too, so which thread runs is not for EXC_RETURN to say.
 */
__attribute__((naked)) void board_threads_pendsv(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	ldr r1, =board_thread_second_runs\n"
		"	ldrb r1, [r1]\n"
		"	cbnz r1, 1f\n"
		SAVE_FLOAT("sp")
		"	push {r4-r11, lr}\n"
		"	mrs r1, psp\n"
		"	push {r1}\n"
		"	mov r0, lr\n"
		"	bl board_thread_first\n"
		"	ldmia r0!, {r4-r11, lr}\n"
		RESTORE_FLOAT("r0")
		"	msr psp, r0\n"
		"	bx lr\n"
		"1:	mrs r0, psp\n"
		SAVE_FLOAT("r0")
		"	stmdb r0!, {r4-r11, lr}\n"
		"	bl leave_second\n"
		"	pop {r1}\n"
		"	msr psp, r1\n"
		"	pop {r4-r11, lr}\n"
		RESTORE_FLOAT("sp")
		"	bx lr\n"
		"	.ltorg\n");
}
/* clang-format on */

/* What the handler of domains goes on to, where the program has them. */
__attribute__((alias("board_threads_pendsv"))) void llext_cortex_m_next_pendsv(void);

static void end_slice(void)
{
	ICSR = ICSR_PENDSVSET;
}

void board_threads_start(void (*function)(void *argument), void *argument, void *stack,
			 size_t stack_bytes, uint32_t ticks)
{
	uint32_t *top = (uint32_t *)(((uintptr_t)stack + stack_bytes) & ~(uintptr_t)7);

	stack_end = top;
	second_stack = top - 18; /* one more than WORDS: the frame is aligned to eight bytes */
	for (unsigned i = 0; i < 18; i++)
		second_stack[i] = 0;
	second_stack++;
	second_stack[FRAME_R0] = (uint32_t)(uintptr_t)argument;
	second_stack[FRAME_PC] = (uint32_t)(uintptr_t)function & ~1u;
	second_stack[FRAME_XPSR] = XPSR_T;
	slice = ticks;
	SHPR3 |= PRIORITY_PENDSV;
	board_timer(slice, end_slice);
}

void board_threads_stop(void)
{
	board_timer(0, NULL);
}

void board_threads_stack(uintptr_t *start, uintptr_t *end)
{
	*start = (uintptr_t)second_stack;
	*end = (uintptr_t)stack_end;
}

void board_threads_go_on(uint32_t ticks)
{
	slice = ticks;
	board_timer(slice, end_slice);
}

uint32_t board_threads_switches(void)
{
	return switches;
}
