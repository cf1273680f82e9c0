/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps, calls and branches of short reach to a firmware that is 16 MiB away. */
	.option norelax
	.text
	.globl far_jump, far_call, far_branch
	.type far_jump, @function
	.type far_call, @function
	.type far_branch, @function
far_jump:
	j	firmware_jump

far_call:
	addi	sp, sp, -16
#if __riscv_xlen == 64
	sd	ra, 8(sp)
#else
	sw	ra, 12(sp)
#endif
	li	a1, 2
	jal	firmware_add
	li	a1, 3
	jal	firmware_add
#if __riscv_xlen == 64
	ld	ra, 8(sp)
#else
	lw	ra, 12(sp)
#endif
	addi	sp, sp, 16
	ret

far_branch:
	li	a1, 1
	beqz	a0, 1f
	.reloc	., R_RISCV_BRANCH, firmware_jump
	.4byte	0x00051063	/* bnez a0, firmware_jump */
1:	mv	a0, a1
	ret
