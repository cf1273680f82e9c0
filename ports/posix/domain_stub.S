/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in the child process beside the extension: copied to a page that both processes have,
 * with struct stub in the page behind it. It refers to nothing else, and calls the kernel itself:
 * once it has unmapped everything else and entered seccomp's strict mode, it can only read, write
 * and exit.
 */
#include "domain_stub.h"

#if defined(__x86_64__) && defined(CONFIG_USERSPACE)

#define SYS_read    0
#define SYS_write   1
#define SYS_munmap  11
#define SYS_exit    60
#define SYS_prctl   157
#define SYS_arch_prctl 158
#define PR_SET_SECCOMP 22
#define ARCH_SET_FS 0x1002

	.section .rodata.llext_stub, "a", @progbits
	.balign 16
	.globl llext_stub_start, llext_stub_end, llext_stub_gate, llext_stub_signal
llext_stub_start:
	lea	llext_stub_start + STUB_SHARED(%rip), %rbx
	lea	llext_stub_start + STUB_STACK_END(%rip), %rsp
	xor	%r12d, %r12d
1:	cmp	STUB_GAP_COUNT(%rbx), %r12
	jae	2f
	mov	%r12, %rax
	shl	$4, %rax
	mov	STUB_GAP(%rbx, %rax), %rdi
	mov	STUB_GAP + 8(%rbx, %rax), %rsi
	mov	$SYS_munmap, %eax
	syscall
	test	%rax, %rax
	jnz	exit
	inc	%r12
	jmp	1b
	/* What the firmware had in registers when it made this process. */
2:	mov	$ARCH_SET_FS, %edi
	xor	%esi, %esi
	mov	$SYS_arch_prctl, %eax
	syscall
	test	%rax, %rax
	jnz	exit
	.irp n, ebp, r8d, r9d, r10d, r13d, r14d, r15d
	xor	%\n, %\n
	.endr
	mov	$PR_SET_SECCOMP, %edi
	mov	$1, %esi
	mov	$SYS_prctl, %eax
	syscall
	test	%rax, %rax
	jnz	exit
	call	serve
exit:	mov	$1, %edi
	mov	$SYS_exit, %eax
	syscall
	hlt

/* Until a result comes: what the other process asks for. */
serve:	push	%rbx
	push	%r12
	push	%r13 /* the stack is aligned for calls again */
	lea	llext_stub_start + STUB_SHARED(%rip), %rbx
1:	mov	STUB_FD(%rbx), %edi
	lea	STUB_BYTE(%rbx), %rsi
	mov	$1, %edx
	mov	$SYS_read, %eax
	syscall
	cmp	$1, %rax
	jne	exit
	cmpb	$STUB_RESULT, STUB_BYTE(%rbx)
	je	2f
	mov	%rsp, %r12
	mov	STUB_FUNCTION(%rbx), %rax
	mov	STUB_SP(%rbx), %rsp
	sub	$16, %rsp
	mov	STUB_WORDS + 48(%rbx), %r10
	mov	%r10, (%rsp)
	mov	STUB_WORDS + 56(%rbx), %r10
	mov	%r10, 8(%rsp)
	mov	STUB_WORDS(%rbx), %rdi
	mov	STUB_WORDS + 8(%rbx), %rsi
	mov	STUB_WORDS + 16(%rbx), %rdx
	mov	STUB_WORDS + 24(%rbx), %rcx
	mov	STUB_WORDS + 32(%rbx), %r8
	mov	STUB_WORDS + 40(%rbx), %r9
	movsd	STUB_FP(%rbx), %xmm0
	movsd	STUB_FP + 8(%rbx), %xmm1
	movsd	STUB_FP + 16(%rbx), %xmm2
	movsd	STUB_FP + 24(%rbx), %xmm3
	movsd	STUB_FP + 32(%rbx), %xmm4
	movsd	STUB_FP + 40(%rbx), %xmm5
	movsd	STUB_FP + 48(%rbx), %xmm6
	movsd	STUB_FP + 56(%rbx), %xmm7
	call	*%rax
	lea	llext_stub_start + STUB_SHARED(%rip), %rbx
	mov	%r12, %rsp
	mov	%rax, STUB_OUT(%rbx)
	mov	%rdx, STUB_OUT + 8(%rbx)
	movsd	%xmm0, STUB_OUT_FP(%rbx)
	movb	$STUB_END, STUB_BYTE(%rbx)
	call	send
	jmp	1b
2:	pop	%r13
	pop	%r12
	pop	%rbx
	ret

send:	mov	STUB_FD(%rbx), %edi
	lea	STUB_BYTE(%rbx), %rsi
	mov	$1, %edx
	mov	$SYS_write, %eax
	syscall
	cmp	$1, %rax
	jne	exit
	ret

/* From a slot, whose address is in r11: the arguments are as for a call. */
llext_stub_gate:
	push	%rbx
	lea	llext_stub_start + STUB_SHARED(%rip), %rbx
	mov	%r11, STUB_SLOT(%rbx)
	mov	%rsp, STUB_GATE_SP(%rbx)
	mov	%rdi, STUB_WORDS(%rbx)
	mov	%rsi, STUB_WORDS + 8(%rbx)
	mov	%rdx, STUB_WORDS + 16(%rbx)
	mov	%rcx, STUB_WORDS + 24(%rbx)
	mov	%r8, STUB_WORDS + 32(%rbx)
	mov	%r9, STUB_WORDS + 40(%rbx)
	mov	16(%rsp), %rax
	mov	%rax, STUB_WORDS + 48(%rbx)
	mov	24(%rsp), %rax
	mov	%rax, STUB_WORDS + 56(%rbx)
	movsd	%xmm0, STUB_FP(%rbx)
	movsd	%xmm1, STUB_FP + 8(%rbx)
	movsd	%xmm2, STUB_FP + 16(%rbx)
	movsd	%xmm3, STUB_FP + 24(%rbx)
	movsd	%xmm4, STUB_FP + 32(%rbx)
	movsd	%xmm5, STUB_FP + 40(%rbx)
	movsd	%xmm6, STUB_FP + 48(%rbx)
	movsd	%xmm7, STUB_FP + 56(%rbx)
	movb	$STUB_GATE, STUB_BYTE(%rbx)
	call	send
	call	serve
	mov	STUB_OUT(%rbx), %rax
	mov	STUB_OUT + 8(%rbx), %rdx
	movsd	STUB_OUT_FP(%rbx), %xmm0
	pop	%rbx
	ret

/* (int signo, siginfo_t *info, void *context): what is of use for the record, and the end. */
llext_stub_signal:
	lea	llext_stub_start + STUB_SHARED(%rip), %rbx
	mov	%edi, STUB_SIGNO(%rbx)
	mov	16(%rsi), %rax /* si_addr */
	mov	%rax, STUB_ADDRESS(%rbx)
	mov	168(%rdx), %rax /* uc_mcontext: rip */
	mov	%rax, STUB_REGISTERS(%rbx)
	mov	160(%rdx), %rax /* rsp */
	mov	%rax, STUB_REGISTERS + 8(%rbx)
	mov	104(%rdx), %rax /* rdi */
	mov	%rax, STUB_REGISTERS + 24(%rbx)
	mov	112(%rdx), %rax /* rsi */
	mov	%rax, STUB_REGISTERS + 32(%rbx)
	mov	136(%rdx), %rax /* rdx */
	mov	%rax, STUB_REGISTERS + 40(%rbx)
	mov	152(%rdx), %rax /* rcx */
	mov	%rax, STUB_REGISTERS + 48(%rbx)
	mov	192(%rdx), %rax /* the error code: bit 1 write, bit 4 fetch */
	mov	%rax, STUB_REGISTERS + 16(%rbx)
	jmp	exit
llext_stub_end:

/* uintptr_t llext_posix_invoke(function, const uint64_t *words, double *fp, uint64_t *second): a
 * gate's function with its arguments as they came; the result in floating point goes to fp[0]. */
	.text
	.globl llext_posix_invoke
	.type llext_posix_invoke, @function
llext_posix_invoke:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r12
	mov	%rdx, %rbx
	mov	%rcx, %r12
	mov	%rdi, %rax
	mov	%rsi, %r10
	pushq	56(%r10)
	pushq	48(%r10)
	mov	(%r10), %rdi
	mov	8(%r10), %rsi
	mov	16(%r10), %rdx
	mov	24(%r10), %rcx
	mov	32(%r10), %r8
	mov	40(%r10), %r9
	movsd	(%rbx), %xmm0
	movsd	8(%rbx), %xmm1
	movsd	16(%rbx), %xmm2
	movsd	24(%rbx), %xmm3
	movsd	32(%rbx), %xmm4
	movsd	40(%rbx), %xmm5
	movsd	48(%rbx), %xmm6
	movsd	56(%rbx), %xmm7
	call	*%rax
	movsd	%xmm0, (%rbx)
	mov	%rdx, (%r12)
	lea	-16(%rbp), %rsp
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size llext_posix_invoke, . - llext_posix_invoke
#endif

	.section .note.GNU-stack, "", @progbits
