/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_SETJMP_H
#define BOARD_SETJMP_H
/* AArch64: x19 to x30, sp, d8 to d15. Xtensa without windows: a0, a1, a12 to a15. */
#ifdef __aarch64__
typedef unsigned long jmp_buf[22];
#else
typedef unsigned long jmp_buf[6];
#endif
int setjmp(jmp_buf buffer) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf buffer, int value);
#endif
