/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are large in one way each: SHAPE says in which. MANY is how many of it there are.
 * Assembly, since a compiler would take long for them.
 */
#define FAR 0x1000 /* out of reach of a branch */
#if defined(__x86_64__)
#define POINTER .quad
#elif defined(__aarch64__)
#define POINTER .xword
#else
#define POINTER .word
#undef FAR
#define FAR 0x1001
	.syntax unified
	.thumb
#endif

#ifndef FIRST
#define FIRST 0
#endif

/* Numbers from FIRST on, in an order that is neither the alphabet's nor its reverse. */
	.altmacro
	.macro every what:req, count:req
	.set i, 0
	.rept \count
	.set n, FIRST + (i * 7919) % \count
	\what %n
	.set i, i + 1
	.endr
	.endm

	.macro record name:req
	.pushsection .exported_sym, "aw"
	POINTER 1f, here
	.popsection
	.pushsection .rodata.names, "a"
1:	.asciz "\name"
	.popsection
	.endm

	.macro import name:req
	.pushsection .data.imports, "aw"
	POINTER \name
	.popsection
	.endm

	.text
	.balign 4
	.globl here
	.type here, %function
here:
	nop

/* What C++ makes of a few nested templates, and more. */
	.macro long what:req, n:req
	\what a_long_name_that_says_the_same_again_and_again_a_long_name_that_says_the_same_again_and_again_a_long_name_that_says_the_same_again_and_again_a_long_name_that_says_the_same_again_and_again_\n
	.endm

	.macro each n:req
#if defined(SHAPE_exports)
	record e\n
#elif defined(SHAPE_globals)
	.globl g\n
	.type g\n, %function
g\n:	nop
#elif defined(SHAPE_sections)
	.pushsection .text.s\n, "ax"
	nop
	nop
	.popsection
#elif defined(SHAPE_symbols)
s\n:	nop
#elif defined(SHAPE_relocations)
	.pushsection .data.pointers, "aw"
	POINTER here
	.popsection
#elif defined(SHAPE_veneers)
	.globl far\n
	.set far\n, FAR + 4 * \n
	.type far\n, %function
	bl far\n
#elif defined(SHAPE_imports)
	import e\n
#elif defined(SHAPE_extensions)
	import p\n
#elif defined(SHAPE_long)
	long record \n
#elif defined(SHAPE_long_imports)
	long import \n
#elif defined(SHAPE_arrays)
	.pushsection .init_array.\n, "aw", %init_array
	POINTER here
	.popsection
	.pushsection .ctors, "aw", %progbits
	POINTER here
	.popsection
#elif defined(SHAPE_all)
	record e\n
	.pushsection .text.s\n, "ax"
	.space 64
	.popsection
	.pushsection .init_array.\n, "aw", %init_array
	POINTER here
	.popsection
#elif defined(SHAPE_unwind) && !defined(__arm__)
	.cfi_startproc
	nop
	.cfi_endproc
#elif defined(SHAPE_unwind)
	.fnstart
	nop
	.cantunwind
	.fnend
#endif
	.endm

#ifdef MANY
	every each, MANY
#endif

#ifdef MANY_BYTES
	.space MANY_BYTES
	.bss
	.space 8 * MANY_BYTES
#endif
#ifdef SHAPE_provider
	record p10000
#endif
