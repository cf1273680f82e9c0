/* SPDX-License-Identifier: Apache-2.0 */
/* Where the extension's branches lead: the registers go to memory. */
	.syntax unified
	.thumb
	.text

/* r0 to r6, r8, r10, r12, APSR; the address comes back in r0, r4 and r5 are kept. */
	.macro save to
	push {r4, r5}
	mrs r5, apsr
	ldr r4, =\to
	stmia r4!, {r0-r3}
	adds r4, #8
	str r6, [r4]
	str r5, [r4, #16]
	mov r5, r8
	str r5, [r4, #4]
	mov r5, r10
	str r5, [r4, #8]
	mov r5, r12
	str r5, [r4, #12]
	subs r4, #24
	mov r0, r4
	pop {r4, r5}
	str r4, [r0, #16]
	str r5, [r0, #20]
	.endm

	.globl firmware_called
	.type firmware_called, %function
firmware_called:
	save registers_called
	ldr r0, [r0]
	bx lr

	.globl firmware_reached
	.type firmware_reached, %function
firmware_reached:
	save registers_reached
	movs r0, #77
	ldr r1, =extension_back
	ldr r1, [r1]
	bx r1
	.ltorg

	.section .rodata.extension, "a"
	.balign 8
	.globl extension_start, extension_end
extension_start: .incbin EXTENSION
extension_end:
