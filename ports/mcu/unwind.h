/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_MCU_UNWIND_H_
#define LLEXT_MCU_UNWIND_H_

#include <stddef.h>

struct llext;

/*
 * Make an extension's unwind table known, and forget it: Arm's, in cortex_m/unwind.c; elsewhere
 * with LLEXT_MCU_EH_FRAME for libgcc's unwinder, by ports/posix/eh_frame.c. Otherwise NULL: unwind
 * tables are not loaded.
 */
#if defined(LLEXT_MCU_EH_FRAME)
#include "../posix/eh_frame.h"
#define llext_mcu_unwind_add      llext_eh_frame_add
#define llext_mcu_unwind_add_part llext_eh_frame_add_part
#define llext_mcu_unwind_remove   llext_eh_frame_remove
#elif defined(__arm__)
int llext_mcu_unwind_add(struct llext *ext, const void *table, size_t bytes);
void llext_mcu_unwind_remove(struct llext *ext, const void *table, size_t bytes);
#define llext_mcu_unwind_add_part NULL
#else
#define llext_mcu_unwind_add      NULL
#define llext_mcu_unwind_add_part NULL
#define llext_mcu_unwind_remove   NULL
#endif

#endif /* LLEXT_MCU_UNWIND_H_ */
