/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_UNWIND_H_
#define BOARD_UNWIND_H_

#include <stddef.h>

struct llext;

/*
 * Make an extension's unwind table known, and forget it. NULL where the board has no unwinder; with
 * BOARD_EH_FRAME it has libgcc's for .eh_frame, and ports/posix/eh_frame.c is part of the port.
 */
#if defined(BOARD_EH_FRAME)
#include "../posix/eh_frame.h"
#define board_unwind_add    llext_eh_frame_add
#define board_unwind_remove llext_eh_frame_remove
#elif defined(__arm__)
int board_unwind_add(struct llext *ext, const void *table, size_t bytes);
void board_unwind_remove(struct llext *ext, const void *table, size_t bytes);
#else
#define board_unwind_add    NULL
#define board_unwind_remove NULL
#endif

#endif /* BOARD_UNWIND_H_ */
