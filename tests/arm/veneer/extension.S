/* SPDX-License-Identifier: Apache-2.0 */
/* Calls and jumps to the firmware with known values in the registers and flags. */
	.syntax unified
	.thumb
	.text
	.type run, %function
run:
	push {r4-r7, lr}
	mov r4, r8
	mov r5, r9
	mov r6, r10
	mov r7, r11
	push {r4-r7}
	movs r0, #10
	movs r1, #11
	movs r2, #12
	movs r3, #13
	movs r4, #18
	mov r8, r4
	movs r4, #20
	mov r10, r4
	movs r4, #22
	mov r12, r4
	movs r4, #14
	movs r5, #15
	movs r6, #16
	movs r7, #0
	cmp r7, #1 /* N */
	bl firmware_called
	cmp r7, r7 /* Z, C */
#if __ARM_ARCH_ISA_THUMB >= 2
	bne.w firmware_called
	beq.w firmware_reached
#else
	bne.n firmware_called
	beq.n firmware_reached
#endif
	movs r0, #0 /* not reached: the firmware goes on at back */

	.type back, %function
back:
	pop {r4-r7}
	mov r8, r4
	mov r9, r5
	mov r10, r6
	mov r11, r7
	pop {r4-r7, pc}

	.section .exported_sym, "a"
	.word back_name, back, run_name, run
	.section .rodata, "a"
back_name: .asciz "back"
run_name: .asciz "run"
