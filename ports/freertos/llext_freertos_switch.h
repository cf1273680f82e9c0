/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Sandboxed extensions called by tasks of FreeRTOS: what its context switch must do for domains. To
 * be included by FreeRTOSConfig.h; the kernel stays as it is. The macros are expanded in the
 * kernel's tasks.c, for the task that goes and the one that comes.
 *
 * What a task has of domains while it does not run is in one of its thread-local storage pointers,
 * so configNUM_THREAD_LOCAL_STORAGE_POINTERS must be above LLEXT_FREERTOS_DOMAIN_INDEX. Budgets
 * need llext_domain_tick() in vApplicationTickHook(); a tick counts for the task that it
 * interrupts. One task at a time runs in a domain.
 */
#ifndef LLEXT_FREERTOS_SWITCH_H_
#define LLEXT_FREERTOS_SWITCH_H_

/* Not of the assembler, which reads FreeRTOSConfig.h in some ports. */
#ifndef __ASSEMBLER__
#include <stdint.h>

#ifndef LLEXT_FREERTOS_DOMAIN_INDEX
#define LLEXT_FREERTOS_DOMAIN_INDEX 1
#endif

/* llext/domain_port.h has them. */
uintptr_t llext_domain_switch_out(void);
void llext_domain_switch_in(uintptr_t kept);

#define traceTASK_SWITCHED_OUT()                                                                   \
	(pxCurrentTCB->pvThreadLocalStoragePointers[LLEXT_FREERTOS_DOMAIN_INDEX] =                 \
		 (void *)llext_domain_switch_out())
#define traceTASK_SWITCHED_IN()                                                                    \
	llext_domain_switch_in(                                                                    \
		(uintptr_t)                                                                        \
			pxCurrentTCB->pvThreadLocalStoragePointers[LLEXT_FREERTOS_DOMAIN_INDEX])
#endif

#endif /* LLEXT_FREERTOS_SWITCH_H_ */
