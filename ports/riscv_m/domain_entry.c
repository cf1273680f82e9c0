/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on RISC-V (privileged specification, chapter 3). While a
 * domain runs, mtvec leads to user_trap and mscratch has the level, which is the end of the
 * caller's stack.
 *
 *   gate:       ECALL in a slot; the function is called from the trap, interrupts as at the call
 *   end:        ECALL in slot 0, or a fault
 *   interrupt:  goes on to where mtvec led before, which sees machine mode interrupted at `resume`
 */
#include <errno.h>
#include <llext/domain_port.h>
#include "../mcu/domain_trap.h"
#include "domain_riscv.h"

/* Clang takes nothing but assembly in a naked function, so parameters are declared unused here. */
#define UNUSED __attribute__((unused))

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__riscv)

#if __riscv_xlen == 64
#define LOAD     "ld "
#define STORE    "sd "
#define LOAD_U32 "lwu "
#define W        "8"
/* A slot's middle could be another trap: a gate's address has room for one. */
#define MIDDLE(text) text
#define WIDE(text)   text
#else
#define LOAD     "lw "
#define STORE    "sw "
#define LOAD_U32 "lw "
#define W        "4"
#define MIDDLE(text)
#define WIDE(text)
#endif

#ifdef __riscv_flen
#if __riscv_flen == 64
#define FLOAD  "fld "
#define FSTORE "fsd "
#if __riscv_xlen == 64
#define FZERO "fmv.d.x "
#else
#define FZERO "fcvt.d.w " /* exact: no flag is raised */
#endif
#else
#define FLOAD  "flw "
#define FSTORE "fsw "
#define FZERO  "fmv.w.x "
#endif
#define FP(text) text
#define NO_FP(text)
#else
#define FP(text)
#define NO_FP(text) text
#endif

/*
 * The caller's stack while the domain runs, from its end on: the level, then in words what a trap
 * needs first, and what a function must preserve.
 */
#define LEVEL_WORDS "14"
#define AT(word)    "(" LEVEL_WORDS "+" word ")*" W "(sp)"
#define MTVEC       AT("0")
#define GP          AT("1")
#define TP          AT("2")
#define MSTATUS     AT("3") /* before the call; with floating point only MIE */
#define RESULT      AT("4")
#define FCSR        AT("5") /* the domain's, while a gate runs */
#define OWN         AT("6") /* the caller's fcsr */
#define RA          AT("8")
#define SAVED       "(" LEVEL_WORDS "+9)" /* s0 to s11 */
#define SAVED_FP    "(" LEVEL_WORDS "+22)*" W
#define FRAME       "(" SAVED_FP FP("+96") ")"

#define LEVEL(field)  offsetof(struct llext_domain_level, field)
#define DOMAIN(field) offsetof(struct k_mem_domain, field)
#define GATE(field)   offsetof(struct llext_gate, field)
#define CHECK(field)  offsetof(struct llext_gate_check, field)
#define PORT(word)    (DOMAIN(port) + sizeof(uintptr_t) * (word))

_Static_assert(sizeof(struct llext_domain_level) <= 14 * sizeof(uintptr_t), "LEVEL_WORDS");
_Static_assert(offsetof(struct llext_domain_result, fp) == 2 * sizeof(uintptr_t), "behind words");
_Static_assert(sizeof(struct llext_gate_check) == 8, "the next one is so far away");

/* clang-format off */
/* The caller's floating-point registers that a function must preserve. */
#define FS_REGISTERS "0,1,2,3,4,5,6,7,8,9,10,11"

FP(static const union llext_domain_fp no_fp __attribute__((used));)
static const struct llext_domain_args none __attribute__((used));

/* The level goes to mscratch. No trap comes before MRET. */
#define TO_USER_STACK(from) \
	"	" LOAD "t0, %[vector](a0)\n" \
	"	csrrw t0, mtvec, t0\n" \
	"	" STORE "t0, " MTVEC "\n" \
	"	csrw mscratch, sp\n" \
	"	" LOAD "sp, " from "\n"

/*
 * Interrupts wait from the start on: nobody else takes the domain meanwhile, and what says that the
 * call is simple stays so.
 */
__attribute__((naked, noinline)) int
llext_domain_call(struct k_mem_domain *domain UNUSED, const void *fn UNUSED,
		  const struct llext_domain_args *args UNUSED,
		  struct llext_domain_result *result UNUSED, uint32_t ticks UNUSED)
{
	__asm__ volatile(
		".option push\n"
		"	.option arch, +zicsr\n"
		"	csrrci t0, mstatus, 8\n" /* MIE: until MRET */
		"	andi t1, t0, 8\n"
		"	beqz t1, 3f\n"
		"2:	beqz a0, 8f\n"
		"	addi sp, sp, -" FRAME "\n"
		"	" STORE "ra, " RA "\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	" STORE "s\\n, (\\n+" SAVED ")*" W "(sp)\n"
		"	.endr\n"
		FP("	.irp n, " FS_REGISTERS "\n"
		   "	" FSTORE "fs\\n, " SAVED_FP "+\\n*8(sp)\n"
		   "	.endr\n"
		   "	" STORE "t1, " MSTATUS "\n"
		   "	csrrw t1, fcsr, zero\n"
		   "	" STORE "t1, " OWN "\n")
		NO_FP("	" STORE "t0, " MSTATUS "\n")
		"	" STORE "a3, " RESULT "\n"
		"	" STORE "gp, " GP "\n"
		"	" STORE "tp, " TP "\n"
		"	" STORE "a0, %[domain](sp)\n"
		"	" STORE "a1, %[pc](sp)\n"
		"	sw a4, %[ticks](sp)\n"
		"	" LOAD "tp, %[level](a0)\n" /* 0: the domain's thread pointer */
		"	bnez tp, 4f\n"
		"	" LOAD "t1, %[text](a0)\n"
		"	" LOAD "t2, %[text_bytes](a0)\n"
		"	sub t1, a1, t1\n"
		"	bgeu t1, t2, 4f\n"
		"	" STORE "zero, %[outer](sp)\n"
		"	" STORE "sp, %[level](a0)\n"
		"	" STORE "sp, llext_domain_running, t1\n"
		TO_USER_STACK("%[sp](a0)")

		/* ---- in: a0 domain, a1 function, a2 arguments ---- */
		"1:	csrw mepc, a1\n"
		WIDE("	" LOAD "tp, %[thread](a0)\n")
		FP("	li t0, 0x1800\n" /* MPP: user mode */
		   "	csrc mstatus, t0\n"
		   "	li t0, 0x80\n" /* MPIE */
		   "	csrs mstatus, t0\n"
		   "	csrrw gp, fcsr, zero\n") /* 0, in place of the firmware's */
		NO_FP("	" LOAD "gp, %[status](a0)\n" /* likewise, some bits */
		      "	csrw mstatus, gp\n")
		".option push\n"
		".option norelax\n" /* nothing by way of gp */
		"	beqz a2, 5f\n"
		"6:	" LOAD "ra, %[slots](a0)\n" /* slot 0: the end */
		FP("	" LOAD "t0, %[fp](a2)\n"
		   "	bnez t0, 7f\n"
		   "	la t0, no_fp\n"
		   "7:\n"
		   "	.irp n, 0,1,2,3,4,5,6,7\n"
		   "	" FLOAD "fa\\n, \\n*8(t0)\n"
		   "	" FZERO "ft\\n, zero\n"
		   "	.endr\n"
		   "	.irp n, 8,9,10,11\n"
		   "	" FZERO "ft\\n, zero\n"
		   "	.endr\n"
		   "	.irp n, " FS_REGISTERS "\n"
		   "	" FZERO "fs\\n, zero\n"
		   "	.endr\n")
		"	.irp n, 0,1,3,4,5,6,7,2\n"
		"	" LOAD "a\\n, \\n*" W "(a2)\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	li s\\n, 0\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6\n"
		"	li t\\n, 0\n"
		"	.endr\n"
		"	mret\n"
		"5:	la a2, none\n"
		"	j 6b\n"
		".option pop\n"

		/* With interrupts off they would come all the same, unless there are none. */
		"3:	csrr t2, mie\n"
		"	beqz t2, 2b\n"
		"	li a0, -%[eperm]\n"
		"	ret\n"
		"8:	csrs mstatus, t1\n"
		"	li a0, -%[einval]\n"
		"	ret\n"

		/* ---- not simple, or not free ---- */
		"4:	" LOAD "tp, " TP "\n"
		"	andi t0, t0, 8\n"
		"	" STORE "a2, %[args](sp)\n"
		"	" LOAD "t1, llext_domain_running\n"
		"	" STORE "t1, %[outer](sp)\n"
		"	csrs mstatus, t0\n"
		"	mv a0, sp\n"
		"	call llext_domain_begin\n"
		"	bnez a0, llext_riscv_m_out\n"
		"	csrci mstatus, 8\n"
		"	" LOAD "a0, %[domain](sp)\n"
		"	" LOAD "a1, %[pc](sp)\n"
		"	" LOAD "a2, %[args](sp)\n"
		TO_USER_STACK("%[level_sp](sp)")
		"	li tp, 0\n"
		"	j 1b\n"
		".option pop\n"::[domain] "i"(LEVEL(domain)), [pc] "i"(LEVEL(pc)), [args] "i"(LEVEL(args)),
		[outer] "i"(LEVEL(outer)), [ticks] "i"(LEVEL(ticks)), [level_sp] "i"(LEVEL(way.sp)),
		[level] "i"(DOMAIN(level)), [text] "i"(DOMAIN(parts[0].start)), [text_bytes] "i"(DOMAIN(text_bytes)),
		[slots] "i"(DOMAIN(way.slots[0])), [vector] "i"(PORT(PORT_VECTOR)), [status] "i"(PORT(PORT_STATUS)),
		[sp] "i"(DOMAIN(way.sp)), [thread] "i"(DOMAIN(arena.mem)),
		[fp] "i"(offsetof(struct llext_domain_args, fp)), [eperm] "i"(EPERM), [einval] "i"(EINVAL));
}

/*
 * The gate t5 runs, with the interrupts that its caller had. What it leaves in the level stays there
 * when it has ended: while the domain runs nobody asks.
 */
#define CALL_GATE \
	"	" STORE "t5, %[gate](sp)\n" \
	FP("	csrrw t1, fcsr, zero\n" \
	   "	" STORE "t1, " FCSR "\n") \
	"	" LOAD "t1, %[function](t5)\n" \
	"	" LOAD "t2, " MSTATUS "\n" \
	"	csrs mstatus, t2\n" \
	"	jalr t1\n"

#define WAY(what) \
	"	.globl llext_gate_way_" what "\n" \
	"llext_gate_way_" what ":\n"

/* From where a word is, of four below the stack pointer, to the word itself. */
#define WORD(register) \
	"	add " register ", " register ", sp\n" \
	"	" LOAD register ", -4*" W "(" register ")\n"
/* What the firmware has in these. */
#define OWN_REGISTERS(pushed) \
	"	" LOAD "t0, " pushed MTVEC "\n" \
	"	" LOAD "gp, " pushed GP "\n" \
	"	" LOAD "tp, " pushed TP "\n" \
	"	csrw mtvec, t0\n"
#define PUSHED "16*" W "+" /* words, beside the level */
#ifdef __riscv_mul
#define MUL(text) text
#define NO_MUL(text)
#else
#define MUL(text)
#define NO_MUL(text) text
#endif

/* Any trap from user mode. */
__attribute__((naked, aligned(4))) void llext_riscv_m_user_trap(void)
{
	__asm__ volatile(
		".option push\n"
		"	.option arch, +zicsr\n"
		"	csrrw sp, mscratch, sp\n" /* the level, from here on */
		"	" STORE "t5, %[user_state](sp)\n"
		"	csrr t5, mcause\n"
		"	addi t5, t5, -8\n" /* environment call from user mode */
		"	bnez t5, 5f\n"

		/* ---- a slot: as after a call, the t registers are free ---- */
		"	csrr t4, mepc\n"
		"	" LOAD "t6, %[domain](sp)\n"
		"	" LOAD "t2, %[slots](t6)\n"
		"	" LOAD "t1, %[slots_bytes](t6)\n"
		"	sub t2, t2, t4\n" /* less than 0, unless it is slot 0: that one is no gate */
		"	bltu t2, t1, 3f\n"
		MIDDLE("	andi t3, t4, 15\n"
		       "	bnez t3, 3f\n")
		"	" LOAD "t5, " W "(t4)\n"

		/* ---- the gate t5, of the domain t6; t2 is not 0 ---- */
		"20:	csrr t3, mscratch\n"
		"	" STORE "t3, %[user_sp](sp)\n"
		"	" STORE "ra, %[user_state](sp)\n"
		OWN_REGISTERS()
		"	" LOAD "t3, %[way](t5)\n"
		"	jr t3\n"

		/* ---- one that returns nothing ---- */
		WAY("plain_nothing")
		CALL_GATE
		"	li a0, 0\n"
		"	j 21f\n"

		/* ---- one whose elements are in the domain's data, all of them: no interrupts here ---- */
		WAY("elements_nothing")
		"	li t2, 0\n"
		WAY("elements_word")
		MUL("	.irp n, 0,1,2,3\n"
		    "	" STORE "a\\n, (\\n-4)*" W "(sp)\n"
		    "	.endr\n"
		    "	" LOAD "t3, %[checks](t5)\n"
		    "	" LOAD "t0, %[stack](t6)\n"
		    "	" LOAD "t6, %[stack_bytes](t6)\n"
		    "24:	lbu t1, %[length](t3)\n"
		    "	" LOAD_U32 "ra, %[bytes](t3)\n"
		    WORD("t1")
		    "	mulhu t4, t1, ra\n"
		    "	mul t1, t1, ra\n"
		    "	bnez t4, 23f\n"
		    "	lbu t4, %[word](t3)\n"
		    WORD("t4")
		    "	sub t4, t4, t0\n"
		    "	bltu t6, t4, 23f\n"
		    "	sub t4, t6, t4\n"
		    "	bltu t4, t1, 23f\n"
		    "	addi t3, t3, 8\n"
		    "	lbu t1, (t3)\n"
		    "	bnez t1, 24b\n" /* LLEXT_GATE_END */
		    "	beqz t2, llext_gate_way_plain_nothing\n")
		NO_MUL("	j 23f\n")
		WAY("plain_word")
		CALL_GATE
		"21:	li a1, 0\n"
		"22:\n"
		FP("	csrci mstatus, 8\n")
		"	" LOAD "t0, %[domain](sp)\n"
		NO_FP("	" LOAD "t1, %[status](t0)\n"
		      "	csrrw gp, mstatus, t1\n") /* interrupts off, too; then gp may have some bits */
		"	lw tp, %[stopped](t0)\n" /* 0: the domain's thread pointer */
		"	bnez tp, 28f\n"
		WIDE("	" LOAD "tp, %[thread](t0)\n")
		FP("	" LOAD "t1, %[gate](sp)\n"
		   "	" LOAD "t2, " FCSR "\n"
		   "	lbu t1, %[flags](t1)\n"
		   "	csrrw gp, fcsr, t2\n" /* some bits */
		   "	andi t1, t1, 4\n"
		   "	bnez t1, 1f\n"
		   "	" FZERO "fa0, zero\n"
		   "1:\n"
		   "	.irp n, 1,2,3,4,5,6,7\n"
		   "	" FZERO "fa\\n, zero\n"
		   "	" FZERO "ft\\n, zero\n"
		   "	.endr\n"
		   "	.irp n, 0,8,9,10,11\n"
		   "	" FZERO "ft\\n, zero\n"
		   "	.endr\n"
		   "	li t1, 0x1800\n" /* all but what says who owns the registers */
		   "	csrc mstatus, t1\n"
		   "	li t1, 0x80\n"
		   "	csrs mstatus, t1\n")
		"	" LOAD "ra, %[user_state](sp)\n"
		"	csrw mscratch, sp\n"
		"	csrw mepc, ra\n"
		"	" LOAD "t0, %[vector](t0)\n"
		"	csrw mtvec, t0\n"
		"	" LOAD "sp, %[user_sp](sp)\n"
		"	.irp n, 2,3,4,5,6,7\n"
		"	li a\\n, 0\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6\n"
		"	li t\\n, 0\n"
		"	.endr\n"
		"	mret\n"

		/* ---- any other gate ---- */
		WAY("other")
		"23:	lbu t3, %[flags](t5)\n"
		"	andi t3, t3, 16\n" /* LLEXT_GATE_PLAIN */
		"	beqz t3, 26f\n"
		"27:\n"
		CALL_GATE
		"	" LOAD "t1, %[gate](sp)\n"
		"	lbu t1, %[flags](t1)\n"
		"	andi t2, t1, 2\n" /* words of the result */
		"	bnez t2, 22b\n"
		"	li a1, 0\n"
		"	andi t2, t1, 1\n"
		"	bnez t2, 22b\n"
		"	li a0, 0\n"
		"	j 22b\n"

		/* No gate of the first extension's: the end, a slot of another's, or none. */
		"3:	beqz t2, 4f\n"
		"	csrr t3, mscratch\n"
		"	" STORE "t3, %[user_sp](sp)\n"
		"	" STORE "ra, %[user_state](sp)\n"
		"	addi sp, sp, -16*" W "\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		OWN_REGISTERS(PUSHED)
		"	addi a0, sp, 16*" W "\n"
		"	mv a1, t4\n"
		"	mv a2, sp\n"
		"	li a3, 8\n" /* mcause: an environment call */
		"	call llext_mcu_gate_at\n"
		"	mv t5, a0\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" LOAD "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	addi sp, sp, 16*" W "\n"
		"	" LOAD "ra, %[user_state](sp)\n"
		"	" LOAD "t6, %[domain](sp)\n"
		"	beqz t5, 9f\n"
		"	addi t2, t5, -1\n" /* 1: it is where calls return to */
		"	bnez t2, 20b\n"

		/* ---- the end of a call: the result, and back; t6 domain ---- */
		"4:\n"
		OWN_REGISTERS()
		"	" LOAD "t3, " RESULT "\n"
		"	beqz t3, 1f\n"
		"	" STORE "a0, 0(t3)\n"
		"	" STORE "a1, " W "(t3)\n"
		FP("	" FSTORE "fa0, 2*" W "(t3)\n")
		"1:	" LOAD "t1, %[text_bytes](t6)\n"
		"	beqz t1, 29f\n"
		"	" STORE "zero, %[level](t6)\n"
		"	" STORE "zero, llext_domain_running, t1\n"
		"	li a0, 0\n"

		/* ---- back to whoever called the domain, with a0 ---- */
		"	.globl llext_riscv_m_out\n"
		"llext_riscv_m_out:\n"
		"	" LOAD "ra, " RA "\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	" LOAD "s\\n, (\\n+" SAVED ")*" W "(sp)\n"
		"	.endr\n"
		FP("	.irp n, " FS_REGISTERS "\n"
		   "	" FLOAD "fs\\n, " SAVED_FP "+\\n*8(sp)\n"
		   "	.endr\n"
		   "	" LOAD "t0, " OWN "\n"
		   "	csrw fcsr, t0\n")
		"	" LOAD "t0, " MSTATUS "\n"
		FP("	li t1, 0x1800\n" /* MPP as a trap from machine mode leaves it */
		   "	csrs mstatus, t1\n"
		   "	csrs mstatus, t0\n")
		NO_FP("	csrw mstatus, t0\n")
		"	addi sp, sp, " FRAME "\n"
		"	ret\n"

		/* Another call is around it, or the domain has been stopped, or given up. */
		"28:	mv a1, tp\n"
		"	" LOAD "gp, " GP "\n"
		"	" LOAD "tp, " TP "\n"
		"	j 1f\n"
		"9:	lw a1, %[rc](sp)\n"
		"	j 1f\n"
		"29:	li a1, 0\n"
		"1:\n"
		/* What deals with a fault is not to have the domain's modes. */
		FP("	" LOAD "t0, " OWN "\n"
		   "	csrw fcsr, t0\n")
		"	" LOAD "t0, " MSTATUS "\n"
		"	andi t0, t0, 8\n"
		"	csrs mstatus, t0\n"
		"	mv a0, sp\n"
		"	call llext_domain_end\n"
		"	j llext_riscv_m_out\n"

		/* ---- an interrupt, or a fault ---- */
		"5:	addi t5, t5, 8\n"
		"	bgez t5, 8f\n"
		"	addi sp, sp, -16*" W "\n"
		"	" STORE "gp, 0*" W "(sp)\n"
		"	" STORE "tp, 1*" W "(sp)\n"
		"	csrr t5, mepc\n"
		"	" STORE "t5, 2*" W "(sp)\n"
		"	csrr t5, mscratch\n"
		"	" STORE "t5, 3*" W "(sp)\n"
		"	" STORE "t6, 4*" W "(sp)\n"
		/* With an invalid rounding mode, the firmware's own instructions would be illegal. */
		FP("	csrrw t5, fcsr, zero\n"
		   "	" STORE "t5, 5*" W "(sp)\n")
		"	" LOAD "gp, " PUSHED GP "\n"
		"	" LOAD "tp, " PUSHED TP "\n"
		"	la t5, 7f\n"
		"	csrw mepc, t5\n"
		"	li t5, 0x1800\n" /* MPP: machine mode */
		"	csrs mstatus, t5\n"
		"	li t5, 0x80\n" /* MPIE: interrupts wait until user mode runs again */
		"	csrc mstatus, t5\n"
		"	" LOAD "t5, " PUSHED MTVEC "\n"
		"	csrw mtvec, t5\n"
		"	andi t6, t5, 1\n" /* vectored? */
		"	andi t5, t5, -4\n"
		"	beqz t6, 1f\n"
		"	csrr t6, mcause\n"
		"	slli t6, t6, 2\n"
		"	add t5, t5, t6\n"
		"1:	jr t5\n"
		"	.balign 4\n"
		"7:	" LOAD "t5, 2*" W "(sp)\n" /* resume */
		"	csrw mepc, t5\n"
		"	" LOAD "t6, 3*" W "(sp)\n"
		"	" LOAD "t5, 16*" W "+%[domain](sp)\n"
		"	lw t5, %[stopped](t5)\n"
		"	beqz t5, 1f\n"
		"	csrw mscratch, t6\n" /* its ticks are used up */
		"	addi sp, sp, 16*" W "\n"
		"	j 8f\n"
		"1:	li t5, 0x1800\n"
		"	csrc mstatus, t5\n"
		"	li t5, 0x80\n"
		"	csrs mstatus, t5\n"
		"	la t5, llext_riscv_m_user_trap\n"
		"	csrw mtvec, t5\n"
		"	addi t5, sp, 16*" W "\n"
		"	csrw mscratch, t5\n"
		FP("	" LOAD "t5, 5*" W "(sp)\n"
		   "	csrw fcsr, t5\n")
		"	" LOAD "gp, 0*" W "(sp)\n"
		"	" LOAD "tp, 1*" W "(sp)\n"
		"	" LOAD "t5, 16*" W "+%[user_state](sp)\n"
		"	" LOAD "t6, 4*" W "(sp)\n"
		"	" LOAD "sp, 3*" W "(sp)\n"
		"	mret\n"

		/* A gate with something to be checked. */
		"26:	addi sp, sp, -16*" W "\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" STORE "t5, 8*" W "(sp)\n"
		"	addi a0, sp, 16*" W "\n"
		"	mv a1, t5\n"
		"	mv a2, sp\n"
		"	call llext_mcu_gate\n"
		"	mv t3, a0\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" LOAD "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" LOAD "t5, 8*" W "(sp)\n"
		"	addi sp, sp, 16*" W "\n"
		"	bnez t3, 27b\n"
		"	j 9b\n"

		/* The domain is given up: what it had in registers, for the record. */
		"8:	csrr t5, mscratch\n"
		"	" STORE "t5, %[user_sp](sp)\n"
		"	addi sp, sp, -16*" W "\n"
		"	.irp n, 0,1,2,3\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" STORE "ra, 8*" W "(sp)\n"
		OWN_REGISTERS(PUSHED)
		"	addi a0, sp, 16*" W "\n"
		"	mv a1, sp\n"
		"	call llext_riscv_m_fault\n"
		"	addi sp, sp, 16*" W "\n"
		"	j 9b\n"
		".option pop\n"::
		[user_state] "i"(LEVEL(user_state)), [user_sp] "i"(LEVEL(way.sp)),
		[gate] "i"(LEVEL(gate)), [domain] "i"(LEVEL(domain)), [rc] "i"(LEVEL(rc)),
		[slots] "i"(DOMAIN(way.slots[0])), [slots_bytes] "i"(DOMAIN(way.slots[1])),
		[status] "i"(PORT(PORT_STATUS)), [vector] "i"(PORT(PORT_VECTOR)),
		[stack] "i"(DOMAIN(way.stack)), [stack_bytes] "i"(DOMAIN(way.stack_limit)),
		[stopped] "i"(DOMAIN(stopped)), [level] "i"(DOMAIN(level)), [thread] "i"(DOMAIN(arena.mem)),
		[text_bytes] "i"(DOMAIN(text_bytes)), [checks] "i"(GATE(checks)),
		[word] "i"(CHECK(word)), [length] "i"(CHECK(length)), [bytes] "i"(CHECK(bytes)),
		[function] "i"(GATE(function)), [flags] "i"(GATE(flags)), [way] "i"(GATE(way)));
}

/* clang-format on */

#endif
