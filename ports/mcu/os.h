/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads and messages by an RTOS: ports/freertos or ports/threadx. LLEXT_MCU_OS: the firmware has
 * one. Otherwise there is one thread, and messages go to printf().
 */
#ifndef LLEXT_MCU_OS_H_
#define LLEXT_MCU_OS_H_

#include <stdarg.h>
#include <llext/diag.h>

void llext_os_lock(void);
void llext_os_unlock(void);
struct llext_diag *llext_os_diag(void);
void llext_os_log(int level, const char *format, va_list args);

#endif /* LLEXT_MCU_OS_H_ */
