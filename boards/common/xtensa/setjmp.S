/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what a call must keep in the call0 ABI: a0, a1 and a12 to a15. */
	.text
	.balign	4
	.globl	setjmp
	.type	setjmp, @function
setjmp:
	s32i	a0, a2, 0
	s32i	a1, a2, 4
	s32i	a12, a2, 8
	s32i	a13, a2, 12
	s32i	a14, a2, 16
	s32i	a15, a2, 20
	movi	a2, 0
	ret
	.size	setjmp, . - setjmp

	.balign	4
	.globl	longjmp
	.type	longjmp, @function
longjmp:
	l32i	a0, a2, 0
	l32i	a1, a2, 4
	l32i	a12, a2, 8
	l32i	a13, a2, 12
	l32i	a14, a2, 16
	l32i	a15, a2, 20
	movi	a2, 1
	movnez	a2, a3, a3
	ret
	.size	longjmp, . - longjmp
