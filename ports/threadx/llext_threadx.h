/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Tenon under ThreadX: a lock, messages, threads that run an extension. It compiles against the
 * firmware's own tx_api.h. All threads share one diagnostic record.
 */
#ifndef LLEXT_THREADX_H_
#define LLEXT_THREADX_H_

#include <stdarg.h>
#include <llext/llext.h>
#include <llext/swap.h>
#include "tx_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make the library's locks. Call it once, from tx_application_define() or a thread, before any
 * other function of the library.
 * @return what tx_mutex_create() returned: TX_SUCCESS, or an error of ThreadX.
 */
UINT llext_threadx_init(void);

/**
 * Where messages go; at first vprintf() and a newline. Called with the library's lock held. NULL:
 * nowhere. Set it before the first load.
 */
extern void (*llext_threadx_log)(int level, const char *format, va_list args);

/**
 * For llext_swap_use(). The clock counts ticks; hold() masks interrupts, of one core. threads()
 * walks the created threads from the calling one on, with interrupts masked; before the kernel runs
 * there are none.
 */
extern const struct llext_swap_port llext_threadx_swap;

/** A thread that runs an extension; must live as long as the thread does. */
struct llext_threadx_thread {
	struct llext *ext;
	llext_entry_fn_t entry; /**< NULL: bring-up and tear-down only */
	void *user_data;        /**< for @c entry */
};

/**
 * An entry function for tx_thread_create(), whose input is the address of a struct
 * llext_threadx_thread: llext_bootstrap(). For parts whose ULONG holds an address.
 */
VOID llext_threadx_bootstrap(ULONG thread);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_THREADX_H_ */
