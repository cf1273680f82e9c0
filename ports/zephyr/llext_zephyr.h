/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Under Zephyr: what swaps (llext/swap.h) need of it. CONFIG_TENON_SWAP.
 */
#ifndef LLEXT_ZEPHYR_H_
#define LLEXT_ZEPHYR_H_

#include <llext/swap.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * For llext_swap_use(). The clock counts milliseconds; hold() masks interrupts, of one core.
 * threads() needs CONFIG_THREAD_MONITOR and CONFIG_THREAD_STACK_INFO, and is NULL without. Where a
 * thread's stack pointer is kept differs by machine, so all of each stack is read: what a thread
 * has left below its stack pointer counts, too.
 */
extern const struct llext_swap_port llext_zephyr_swap;

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_ZEPHYR_H_ */
