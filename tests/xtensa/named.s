# SPDX-License-Identifier: Apache-2.0
# One export, whose name lies in the section NAMES; with MIXED, a constant among the code.
	.text
	.align 4
	.global f
	.type f, @function
f:	ret.n
	.align 4
	.section .exported_sym, "a", @progbits
	.align 4
	.word name, f
	.ifdef IN_TEXT
	.text
	.else
	.section .rodata, "a", @progbits
	.endif
	.align 4
name:	.asciz "named"
	.ifdef MIXED
	.section .among_code, "a", @progbits
	.word 1
	.endif
