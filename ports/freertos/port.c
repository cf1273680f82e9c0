/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRTOS on a machine whose memory protection and caches are nobody's concern: a simulator, a
 * part without either. Elsewhere ports/mcu/port.c, compiled with LLEXT_MCU_OS, has the same
 * functions of freertos.c beside those of the machine.
 */
#include <llext/port.h>
#include "../mcu/os.h"

const struct llext_port llext_port = {
	.lock = llext_os_lock,
	.unlock = llext_os_unlock,
	.guard = llext_os_guard,
	.unguard = llext_os_unguard,
	.relax = llext_os_relax,
	.thread = llext_os_thread,
	.diag = llext_os_diag,
	.log = llext_os_log,
};
