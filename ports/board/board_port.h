/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The port for the emulated boards, bare metal with one thread: memory protection through
 * boards/common/mpu.h, cache maintenance, unwind tables. A port for a part of yours can start from
 * a copy.
 */
#ifndef BOARD_PORT_H_
#define BOARD_PORT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Switch protection on for the memory that is to be the LLEXT heap: nothing in it is executable
 * until an extension's code is protected. Call it once, before llext_heap_init(), where the part
 * has protection; without it extensions load unprotected.
 * @return 0; -ENOTSUP where there is no protection; -EINVAL where the memory is not aligned as the
 * protection unit needs it.
 */
int board_port_protect_heap(uintptr_t start, size_t bytes);

/**
 * How many pieces can be protected at a time: code and constants of an extension are one each.
 * A load that needs more fails with -ENOSPC. 0: protection is off, there is no limit.
 */
unsigned board_port_pieces(void);

/**
 * Let executables be loaded into some memory, apart from the heap. Where protection is on, only
 * what board_port_protect_heap() was given is used of it: protect both, and hand over a part as the
 * heap. Two windows at most.
 * @return 0; -ENOSPC where there are two already.
 */
int board_port_add_window(uintptr_t start, size_t bytes);

/** Messages above this level are not printed: LLEXT_LOG_*. At first all that the library has. */
extern int board_port_log_level;

/* sync.c: make code that was written at @mem visible to instruction fetch at @load. */
void board_port_sync(uintptr_t mem, uintptr_t load, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* BOARD_PORT_H_ */
