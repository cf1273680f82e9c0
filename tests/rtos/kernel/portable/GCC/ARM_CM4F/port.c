/* SPDX-License-Identifier: Apache-2.0 */
#include "FreeRTOS.h"
#include "task.h"

#define SYSTICK ((volatile uint32_t *)0xe000e010)
#define SHPR3   (*(volatile uint32_t *)0xe000ed20)
#define FPCCR   (*(volatile uint32_t *)0xe000ef34)

/* What a switch leaves on a stack: r4 to r11, EXC_RETURN; r0 to r3, r12, lr, pc, xPSR. */
StackType_t *pxPortInitialiseStack(StackType_t *top, void (*code)(void *), void *parameters)
{
	top = (StackType_t *)((uintptr_t)top & ~(uintptr_t)7) - 17;
	for (int i = 0; i < 17; i++)
		top[i] = 0;
	top[8] = 0xfffffffd; /* to a thread, on its own stack, without floating-point registers */
	top[9] = (StackType_t)(uintptr_t)parameters;
	top[15] = (StackType_t)(uintptr_t)code & ~1u;
	top[16] = 1u << 24;
	return top;
}

uint32_t stand_in_mask(void)
{
	uint32_t before;

	__asm__ volatile("mrs %0, primask\n	cpsid i" : "=r"(before)::"memory");
	return before;
}

void stand_in_unmask(uint32_t before)
{
	__asm__ volatile("msr primask, %0" ::"r"(before) : "memory");
}

void stand_in_start(void)
{
	SHPR3 |= 0xffffu << 16; /* PendSV and SysTick are of the lowest priority */
	SYSTICK[1] = configCPU_CLOCK_HZ / configTICK_RATE_HZ - 1;
	SYSTICK[2] = 0;
	SYSTICK[0] = 7;
	portYIELD();
	for (;;)
		__asm__ volatile("wfi");
}

void vPortSVCHandler(void)
{
}

/* The first switch comes from main(), of which nothing is kept. */
__attribute__((naked)) void xPortPendSVHandler(void)
{
	__asm__ volatile(".syntax unified\n"
			 "	ldr r3, =pxCurrentTCB\n"
			 "	ldr r2, [r3]\n"
			 "	cbz r2, 1f\n"
			 "	mrs r0, psp\n"
			 "	tst lr, #0x10\n"
			 "	it eq\n"
			 "	vstmdbeq r0!, {s16-s31}\n"
			 "	stmdb r0!, {r4-r11, lr}\n"
			 "	str r0, [r2]\n"
			 "1:	push {r3, lr}\n"
			 "	cpsid i\n"
			 "	bl vTaskSwitchContext\n"
			 "	cpsie i\n"
			 "	pop {r3, lr}\n"
			 "	ldr r2, [r3]\n"
			 "	ldr r0, [r2]\n"
			 "	ldmia r0!, {r4-r11, lr}\n"
			 "	tst lr, #0x10\n"
			 "	it eq\n"
			 "	vldmiaeq r0!, {s16-s31}\n"
			 "	msr psp, r0\n"
			 "	bx lr\n"
			 "	.ltorg\n");
}
