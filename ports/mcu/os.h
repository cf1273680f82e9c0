/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads and messages by an RTOS: ports/freertos or ports/threadx. LLEXT_MCU_OS: the firmware has
 * one. Otherwise there is one thread, and messages go to printf().
 */
#ifndef LLEXT_MCU_OS_H_
#define LLEXT_MCU_OS_H_

#include <stdarg.h>
#include <stdbool.h>
#include <llext/diag.h>

void llext_os_lock(void);
void llext_os_unlock(void);
void llext_os_guard(void);
void llext_os_unguard(void);
bool llext_os_relax(void);
const void *llext_os_thread(void);
struct llext_diag *llext_os_diag(void);
void llext_os_log(int level, const char *format, va_list args);

#endif /* LLEXT_MCU_OS_H_ */
