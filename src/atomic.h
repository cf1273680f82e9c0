/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few atomic operations of the library, in one total order. Where the processor has no
 * read-modify-write instruction, there is one processor, and interrupts are held off instead.
 */
#ifndef LLEXT_ATOMIC_H_
#define LLEXT_ATOMIC_H_

#include <stdint.h>
#include <llext/config.h>

#if !LLEXT_ON(CONFIG_LLEXT_LOCK)

/*
 * One thread: an interrupt on the same processor sees what is written in the program's order. The
 * compiler must keep to that, too.
 */
#define llext_atomic_load(from) __atomic_load_n(from, __ATOMIC_RELAXED)
#define llext_atomic_store(to, what)                                                               \
	(__atomic_signal_fence(__ATOMIC_SEQ_CST), __atomic_store_n(to, what, __ATOMIC_RELAXED),    \
	 __atomic_signal_fence(__ATOMIC_SEQ_CST))

static inline void llext_atomic_add(unsigned int *to, unsigned int what)
{
	llext_atomic_store(to, *to + what);
}

#elif __GCC_ATOMIC_POINTER_LOCK_FREE == 2 && __GCC_ATOMIC_INT_LOCK_FREE == 2

#define llext_atomic_load(from)      __atomic_load_n(from, __ATOMIC_SEQ_CST)
#define llext_atomic_store(to, what) __atomic_store_n(to, what, __ATOMIC_SEQ_CST)

static inline void llext_atomic_add(unsigned int *to, unsigned int what)
{
	(void)__atomic_fetch_add(to, what, __ATOMIC_SEQ_CST);
}

#else

/* An aligned word is read and written in one piece; the compiler must not move either. */
#define llext_atomic_load(from)      (*(volatile __typeof__(*(from)) *)(from))
#define llext_atomic_store(to, what) ((void)(*(volatile __typeof__(*(to)) *)(to) = (what)))

#if defined(__arm__) /* Armv6-M */
#define HOLD(state)  __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state)::"memory")
#define GO_ON(state) __asm__ volatile("msr primask, %0" ::"r"(state) : "memory")
#elif defined(__riscv) /* without the extension A, in machine mode */
#define HOLD(state)  __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(state)::"memory")
#define GO_ON(state) __asm__ volatile("csrs mstatus, %0" ::"r"((state)&8u) : "memory")
#elif defined(__XTENSA__)
#define HOLD(state)  __asm__ volatile("rsil %0, 15" : "=a"(state)::"memory")
#define GO_ON(state) __asm__ volatile("wsr %0, ps\n\trsync" ::"a"(state) : "memory")
#elif !defined(__cppcheck__)
#error "this machine has no atomic addition: say here how interrupts are held off"
#endif

static inline void llext_atomic_add(unsigned int *to, unsigned int what)
{
	uintptr_t state;

	HOLD(state);
	*to += what;
	GO_ON(state);
}

#undef HOLD
#undef GO_ON

#endif

#endif /* LLEXT_ATOMIC_H_ */
