/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks, and how to go from one to the other. */
#ifndef LLEXT_SWITCH_H_
#define LLEXT_SWITCH_H_

#include <stddef.h>
#include <stdint.h>

/* Keep what a function must preserve on this stack, and go on where @to was left. */
void llext_stack_switch(void **from, void *to);
/* A stack on which function() is to be called by the first switch to it. It must not return. */
void *llext_stack_new(void *stack, size_t bytes, void (*function)(void));

/* Armv8-M compares the stack pointer with a limit, which is that of the caller's stack. */
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__) ||                            \
	(defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && __ARM_ARCH >= 8 &&            \
	 defined(__ARM_FEATURE_SAT))
static inline uintptr_t llext_stack_limit_off(void)
{
	uint32_t control, limit;

	__asm__ volatile("mrs %0, control" : "=r"(control));
	if (control & 2)
		__asm__ volatile("mrs %0, psplim\n\tmsr psplim, %1" : "=&r"(limit) : "r"(0));
	else
		__asm__ volatile("mrs %0, msplim\n\tmsr msplim, %1" : "=&r"(limit) : "r"(0));
	return limit;
}

static inline void llext_stack_limit_on(uintptr_t limit)
{
	uint32_t control;

	__asm__ volatile("mrs %0, control" : "=r"(control));
	if (control & 2)
		__asm__ volatile("msr psplim, %0" ::"r"(limit));
	else
		__asm__ volatile("msr msplim, %0" ::"r"(limit));
}
#else
static inline uintptr_t llext_stack_limit_off(void)
{
	return 0;
}

static inline void llext_stack_limit_on(uintptr_t limit)
{
	(void)limit;
}
#endif

#endif /* LLEXT_SWITCH_H_ */
