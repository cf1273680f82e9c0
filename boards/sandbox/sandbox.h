/* SPDX-License-Identifier: Apache-2.0 */
/* What each architecture's part of the program offers. */
#ifndef SANDBOX_H
#define SANDBOX_H

#if defined(__arm__)
/* System control space, a device, the private peripheral bus's end. */
#define SANDBOX_FORBIDDEN 0xe000ed94u, 0x40004000u, 0xe000e010u, 0xffffffffu
#elif defined(__riscv)
#define SANDBOX_FORBIDDEN 0x10000000u, 0x02000000u, 0x0c000000u
#else
#define SANDBOX_FORBIDDEN 0x09000000u
#endif

void sandbox_start(void);

#endif
