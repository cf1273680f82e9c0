/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, vectors and the clock of Cortex-M. */
#include "../internal.h"
#include "../../../ports/cortex_m/registers.h"

#define CLOCK_BITS 24

void board_reset(void);
static void unexpected(void);
void Fault_Handler(void); /* fault.c; likewise to be defined by a firmware */
static void count_wrap(void);

/* A firmware that wants user mode or a scheduler defines these; both end the program otherwise. */
void llext_cortex_m_svc(void) __attribute__((weak, alias("unexpected")));
void PendSV_Handler(void) __attribute__((weak, alias("unexpected")));

typedef void (*vector)(void);

/* DDI 0403 section B1.5.2. No device interrupts: the boards poll. */
__attribute__((section(".board.vectors"), used)) static const vector vectors[16] = {
	[0] = (vector)(uintptr_t)board_stack_top,
	[1] = board_reset,
	[2] = unexpected,
	[3] = Fault_Handler,
	[4] = Fault_Handler,
	[5] = Fault_Handler,
	[6] = Fault_Handler,
	[7] = Fault_Handler,
	[11] = llext_cortex_m_svc,
	[12] = unexpected,
	[14] = PendSV_Handler,
	[15] = count_wrap,
};

static volatile uint32_t wraps;

static void (*timer_handler)(void);

static void count_wrap(void)
{
	wraps++;
	if (timer_handler != NULL)
		timer_handler();
}

void board_timer(uint32_t ticks, void (*handler)(void))
{
	timer_handler = ticks != 0 ? handler : NULL;
	SYST_RVR = ticks != 0 ? ticks : (1u << CLOCK_BITS) - 1;
	SYST_CVR = 0;
}

static void unexpected(void)
{
	board_puts("\nboard: unexpected exception, ICSR ");
	board_put_hex(ICSR);
	board_putc('\n');
	board_exit(BOARD_EXIT_FAULT);
}

void board_reset(void)
{
#if __ARM_ARCH >= 7
	/* Without these every fault would be reported as a HardFault. */
	SHCSR |= SHCSR_MEMFAULTENA | SHCSR_BUSFAULTENA | SHCSR_USGFAULTENA | SHCSR_SECUREFAULTENA;
	CCR |= CCR_DIV_0_TRP; /* or the quotient is 0, and nobody hears of it */
#endif
#ifdef __ARM_FP
	/* Before anything else: memcpy may use FPU or MVE registers. */
	CPACR |= CPACR_CP10_CP11;
	barrier();
#endif
	SYST_RVR = (1u << CLOCK_BITS) - 1;
	SYST_CVR = 0;
	SYST_CSR = SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CLKSOURCE;
	board_start();
}

/* 1 where a and b differ, else 0, in as many instructions. */
static unsigned differ(uint32_t a, uint32_t b)
{
	uint32_t bits = a ^ b;

	return (bits | -bits) >> 31;
}

/*
 * A loop of four instructions a round sees the clock tick, up to three instructions late. The next
 * tick is watched from instruction to instruction: how many of four reads see it says how late the
 * loop was. (A tick that is no whole number of instructions long leaves one of doubt.)
 */
struct board_tick board_tick_edge(void)
{
	unsigned rounds = 0, seen;
	uint32_t first, now, high, primask, second, third, last = (uint32_t)(uintptr_t)&SYST_CVR;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
	first = SYST_CVR;
	__asm__ volatile(".syntax unified\n" /* not the default for Armv6-M */
			 "1:\n"
			 "	ldr %[now], [%[last]]\n"
			 "	adds %[rounds], #1\n"
			 "	cmp %[now], %[first]\n"
			 "	beq 1b\n"
			 "	.rept %c[nops]\n"
			 "	nop\n"
			 "	.endr\n"
			 "	ldr %[first], [%[last]]\n"
			 "	ldr %[second], [%[last]]\n"
			 "	ldr %[third], [%[last]]\n"
			 "	ldr %[last], [%[last]]\n"
			 : [rounds] "+l"(rounds), [now] "=&l"(now), [first] "+l"(first),
			   [second] "=&l"(second), [third] "=&l"(third), [last] "+l"(last)
			 /* The first of the reads: a tick after the loop's last, less three. */
			 : [nops] "i"(1000000000u / BOARD_CLOCK_HZ - 3 - 4)
			 : "cc", "memory");
	high = wraps;
	/* The clock may have gone round since interrupts were off. */
	if ((ICSR & ICSR_PENDSTSET) && now > 1u << (CLOCK_BITS - 1))
		high++;
	__asm__ volatile("msr primask, %0" ::"r"(primask) : "memory");
	seen = differ(first, now) + differ(second, now) + differ(third, now) + differ(last, now);
	return (struct board_tick){
		.tick = ((uint64_t)high << CLOCK_BITS) + ((1u << CLOCK_BITS) - 1 - now),
		.waited = rounds * 4,
		.late = seen - differ(seen, 0),
	};
}
