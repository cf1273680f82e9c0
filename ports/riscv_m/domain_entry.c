/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on RISC-V (privileged specification, chapter 3). While a
 * domain runs, mtvec leads to user_trap and mscratch has the level. The frame of
 * llext_domain_port_call() on the caller's stack holds what comes back at the end.
 *
 *   gate:       ECALL in a slot; the function is called from the trap, interrupts as at the call
 *   end:        ECALL in slot 0, or a fault
 *   interrupt:  goes on to where mtvec led before, which sees machine mode interrupted at `resume`
 */
#include <errno.h>
#include <llext/domain_port.h>
#include "domain_riscv.h"

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__riscv)

#if __riscv_xlen == 64
#define LOAD     "ld "
#define STORE    "sd "
#define LOAD_U32 "lwu "
#define W        "8"
#define MASK     "15"
#else
#define LOAD     "lw "
#define STORE    "sw "
#define LOAD_U32 "lw "
#define W        "4"
#define MASK     "7"
#endif

#ifdef __riscv_flen
#if __riscv_flen == 64
#define FLOAD  "fld "
#define FSTORE "fsd "
#define FZERO  "fmv.d.x "
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

/* The frame, in words: what a trap needs first. */
#define LEVEL_  "0*" W "(sp)"
#define GP      "1*" W "(sp)"
#define TP      "2*" W "(sp)"
#define MTVEC   "3*" W "(sp)"
#define FCSR    "4*" W "(sp)" /* the domain's, while a gate runs */
#define STATUS  FCSR          /* without floating point: mstatus as MRET to the domain needs it */
#define MSTATUS "5*" W "(sp)" /* MIE alone */
#define OWN     "6*" W "(sp)" /* the caller's fcsr */
#define VECTOR  "7*" W "(sp)" /* llext_riscv_m_user_trap */
#define SAVED   "8"           /* ra, s0 to s11 from there on, then fs0 to fs11 */
#define FRAME   "(24*" W "+96)"

#define LEVEL(field)  offsetof(struct llext_domain_level, field)
#define DOMAIN(field) offsetof(struct k_mem_domain, field)
#define GATE(field)   offsetof(struct llext_gate, field)
#define CHECK(field)  offsetof(struct llext_gate_check, field)
#define WAY(word)     (LEVEL(way.port) + sizeof(uintptr_t) * (word))

_Static_assert(sizeof(struct llext_gate_check) == 8, "the next one is so far away");

void llext_riscv_m_fault(struct llext_domain_level *level, const uintptr_t *registers);
bool llext_riscv_m_gate(struct llext_domain_level *level, const struct llext_gate *gate,
			uintptr_t *words);
const struct llext_gate *llext_riscv_m_gate_at(struct llext_domain_level *level, uintptr_t slot,
					       const uintptr_t *registers);
void llext_riscv_m_user_trap(void);

/* clang-format off */
/* The caller's floating-point registers that a function must preserve. */
#define FS_REGISTERS "0,1,2,3,4,5,6,7,8,9,10,11"

FP(static const union llext_domain_fp no_fp __attribute__((used));)
static const struct llext_domain_args none __attribute__((used));

__attribute__((naked, noinline)) int llext_domain_port_call(struct llext_domain_level *level)
{
	(void)level;
	__asm__ volatile(
		".option push\n"
		"	.option arch, +zicsr\n"
		"	csrr t0, mstatus\n"
		"	andi t0, t0, 8\n"
		"	beqz t0, 3f\n"
		"2:	la t0, llext_riscv_m_loaded\n"
		"	" LOAD "t0, (t0)\n"
		"	" LOAD "t1, %[domain](a0)\n"
		"	bne t0, t1, 4f\n"
		"1:	addi sp, sp, -" FRAME "\n"
		"	" STORE "ra, 8*" W "(sp)\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	" STORE "s\\n, (\\n+9)*" W "(sp)\n"
		"	.endr\n"
		FP("	.irp n, " FS_REGISTERS "\n"
		   "	" FSTORE "fs\\n, 24*" W "+\\n*8(sp)\n"
		   "	.endr\n"
		   "	csrr t0, fcsr\n"
		   "	" STORE "t0, " OWN "\n"
		   "	csrw fcsr, zero\n")
		"	" STORE "a0, " LEVEL_ "\n"
		"	" STORE "gp, " GP "\n"
		"	" STORE "tp, " TP "\n"
		"	csrr t0, mtvec\n"
		"	" STORE "t0, " MTVEC "\n"
		"	csrrci t0, mstatus, 8\n" /* MIE: until MRET */
		"	andi t0, t0, 8\n"
		"	" STORE "t0, " MSTATUS "\n"
		"	" STORE "sp, %[kernel_sp](a0)\n"
		"	csrw mscratch, a0\n"
		"	la t0, llext_riscv_m_user_trap\n"
		"	" STORE "t0, " VECTOR "\n"
		"	csrw mtvec, t0\n"
		"	" LOAD "t1, %[args](a0)\n"
		"	beqz t1, 5f\n"
		"6:	" LOAD "t0, %[pc](a0)\n"
		"	csrw mepc, t0\n"
		"	li t0, 0x1800\n" /* MPP: user mode */
		"	csrc mstatus, t0\n"
		"	li t0, 0x80\n" /* MPIE */
		"	csrs mstatus, t0\n"
		NO_FP("	csrr t0, mstatus\n"
		      "	" STORE "t0, " STATUS "\n")
		"	" LOAD "sp, %[sp](a0)\n"
		"	" LOAD "ra, %[slots](a0)\n" /* slot 0: the end */
		FP("	" LOAD "t0, %[fp](t1)\n"
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
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" LOAD "a\\n, \\n*" W "(t1)\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	li s\\n, 0\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6\n"
		"	li t\\n, 0\n"
		"	.endr\n"
		"	mret\n"
		/* With interrupts off they would come all the same, unless there are none. */
		"3:	csrr t0, mie\n"
		"	beqz t0, 2b\n"
		"	li a0, -%[eperm]\n"
		"	ret\n"
		"4:	addi sp, sp, -16\n"
		"	" STORE "ra, 0(sp)\n"
		"	" STORE "a0, " W "(sp)\n"
		"	call llext_riscv_m_load\n"
		"	" LOAD "ra, 0(sp)\n"
		"	" LOAD "a0, " W "(sp)\n"
		"	addi sp, sp, 16\n"
		"	j 1b\n"
		"5:	la t1, none\n"
		"	j 6b\n"
		".option pop\n"::[kernel_sp] "i"(LEVEL(kernel_sp)), [domain] "i"(LEVEL(domain)),
		[pc] "i"(LEVEL(pc)), [sp] "i"(LEVEL(way.sp)), [slots] "i"(WAY(WAY_SLOTS)),
		[args] "i"(LEVEL(args)), [fp] "i"(offsetof(struct llext_domain_args, fp)),
		[eperm] "i"(EPERM));
}

/*
 * The gate t5 of the level t6 runs, with the interrupts that its caller had.
 */
#define CALL_GATE \
	"	" STORE "t5, %[gate](t6)\n" \
	FP("	csrrw t1, fcsr, zero\n" \
	   "	" STORE "t1, " FCSR "\n" \
	   "	li t1, 0x4000\n" /* FS: clean, so that its use shows */ \
	   "	csrs mstatus, t1\n" \
	   "	li t1, 0x2000\n" \
	   "	csrc mstatus, t1\n") \
	"	" LOAD "t1, %[function](t5)\n" \
	"	" LOAD "t2, " MSTATUS "\n" \
	"	csrs mstatus, t2\n" \
	"	jalr t1\n"

/* From the index of a word in the register to the word itself, of four below the stack pointer. */
#if __riscv_xlen == 64
#define INDEXED(register) \
	"	slli " register ", " register ", 3\n" \
	"	add " register ", " register ", sp\n" \
	"	ld " register ", -32(" register ")\n"
#else
#define INDEXED(register) \
	"	slli " register ", " register ", 2\n" \
	"	add " register ", " register ", sp\n" \
	"	lw " register ", -16(" register ")\n"
#endif
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
		"	csrrw t6, mscratch, t6\n" /* the level, from here on */
		"	" STORE "t5, %[user_state](t6)\n"
		"	csrr t5, mcause\n"
		"	addi t5, t5, -8\n" /* environment call from user mode */
		"	bnez t5, 5f\n"

		/* ---- a gate: as after a call, the t registers are free ---- */
		"	csrr t4, mepc\n"
		"	" LOAD "t3, %[slots](t6)\n"
		"	" LOAD "t2, %[slots_bytes](t6)\n"
		"	" STORE "sp, %[user_sp](t6)\n"
		"	" STORE "ra, %[user_state](t6)\n"
		"	sub t3, t4, t3\n"
		"	" LOAD "sp, %[kernel_sp](t6)\n"
		"	" LOAD "t0, " MTVEC "\n"
		"	" LOAD "gp, " GP "\n"
		"	" LOAD "tp, " TP "\n"
		"	csrw mtvec, t0\n"
		"	bgeu t3, t2, 3f\n"
		"	andi t3, t3, " MASK "\n"
		"	bnez t3, 3f\n"
		"	" LOAD "t5, " W "(t4)\n"
		"20:	beqz t5, 4f\n"
		"	lbu t3, %[flags](t5)\n"
		"	addi t3, t3, -17\n" /* LLEXT_GATE_PLAIN, and one word comes back */
		"	beqz t3, 21f\n"

		/* ---- one whose elements are in the domain's data, all of them: no interrupts here ---- */
		MUL("	addi t3, t3, 17-33\n" /* LLEXT_GATE_ELEMENTS, and one word comes back */
		    "	bnez t3, 23f\n"
		    "	.irp n, 0,1,2,3\n"
		    "	" STORE "a\\n, (\\n-4)*" W "(sp)\n"
		    "	.endr\n"
		    "	" LOAD "t3, %[checks](t5)\n"
		    "	" LOAD "t0, %[stack](t6)\n"
		    "24:	lbu t1, %[length](t3)\n"
		    "	lbu t4, %[word](t3)\n"
		    INDEXED("t1")
		    "	" LOAD_U32 "t2, %[bytes](t3)\n"
		    INDEXED("t4")
		    "	mulhu ra, t1, t2\n"
		    "	mul t2, t1, t2\n"
		    "	bnez ra, 23f\n"
		    "	" LOAD "ra, %[stack_bytes](t6)\n"
		    "	sub t4, t4, t0\n"
		    "	bltu ra, t4, 23f\n"
		    "	sub t4, ra, t4\n"
		    "	bltu t4, t2, 23f\n"
		    "	addi t3, t3, 8\n"
		    "	lbu t1, (t3)\n"
		    "	bnez t1, 24b\n") /* LLEXT_GATE_END */
		NO_MUL("	j 23f\n")
		"21:\n"
		CALL_GATE
		"	li a1, 0\n"
		"22:\n"
		FP("	csrci mstatus, 8\n")
		NO_FP("	" LOAD "t0, " STATUS "\n"
		      "	csrw mstatus, t0\n") /* interrupts off, too */
		"	" LOAD "t6, " LEVEL_ "\n"
		"	" LOAD "t0, %[domain](t6)\n"
		"	lw t2, %[stopped](t0)\n"
		"	bnez t2, 9f\n"
		FP("	" LOAD "t1, %[gate](t6)\n"
		   "	" LOAD "t2, " FCSR "\n"
		   "	lbu t1, %[flags](t1)\n"
		   "	csrw fcsr, t2\n"
		   "	csrr t2, mstatus\n"
		   "	li t3, 0x2000\n"
		   "	and t2, t2, t3\n"
		   "	beqz t2, 2f\n" /* not written to */
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
		   "2:\n")
		"	" STORE "zero, %[gate](t6)\n"
		"	" LOAD "ra, %[user_state](t6)\n"
		"	csrw mscratch, t6\n"
		"	csrw mepc, ra\n"
		"	" LOAD "t0, " VECTOR "\n"
		"	csrw mtvec, t0\n"
		FP("	li t0, 0x1800\n" /* all but what says who owns the registers */
		   "	csrc mstatus, t0\n"
		   "	li t0, 0x80\n"
		   "	csrs mstatus, t0\n")
		"	" LOAD "sp, %[user_sp](t6)\n"
		"	.irp n, 2,3,4,5,6,7\n"
		"	li a\\n, 0\n"
		"	.endr\n"
		"	.irp n, 0,1,2,3,4,5,6\n"
		"	li t\\n, 0\n"
		"	.endr\n"
		"	mret\n"

		/* ---- any other gate ---- */
		"23:	lbu t3, %[flags](t5)\n"
		"	andi t3, t3, 16\n" /* LLEXT_GATE_PLAIN */
		"	beqz t3, 26f\n"
		"27:\n"
		CALL_GATE
		"	" LOAD "t6, " LEVEL_ "\n"
		"	" LOAD "t1, %[gate](t6)\n"
		"	lbu t1, %[flags](t1)\n"
		"	andi t2, t1, 2\n" /* words of the result */
		"	bnez t2, 22b\n"
		"	li a1, 0\n"
		"	andi t2, t1, 1\n"
		"	bnez t2, 22b\n"
		"	li a0, 0\n"
		"	j 22b\n"

		/* Not a slot of the first extension's; perhaps of another's, perhaps none. */
		"3:	addi sp, sp, -16*" W "\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" STORE "ra, 8*" W "(sp)\n"
		"	" STORE "t6, 9*" W "(sp)\n"
		"	mv a0, t6\n"
		"	mv a1, t4\n"
		"	mv a2, sp\n"
		"	call llext_riscv_m_gate_at\n"
		"	mv t5, a0\n"
		"	" LOAD "t6, 9*" W "(sp)\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" LOAD "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	addi sp, sp, 16*" W "\n"
		"	lw t3, %[rc](t6)\n"
		"	bnez t3, 9f\n"
		"	j 20b\n"

		/* ---- the end of a call: the result, and back ---- */
		"4:	" STORE "a0, %[result](t6)\n"
		"	" STORE "a1, %[result]+" W "(t6)\n"
		FP("	" FSTORE "fa0, %[fp_result](t6)\n")
		"	j 9f\n"

		/* ---- an interrupt, or a fault ---- */
		"5:	addi t5, t5, 8\n"
		"	bgez t5, 8f\n"
		"	" LOAD "t5, %[kernel_sp](t6)\n"
		"	addi t5, t5, -8*" W "\n"
		"	" STORE "sp, 6*" W "(t5)\n"
		"	mv sp, t5\n"
		"	" STORE "gp, 0*" W "(sp)\n"
		"	" STORE "tp, 1*" W "(sp)\n"
		"	csrr t5, mepc\n"
		"	" STORE "t5, 2*" W "(sp)\n"
		"	csrr t5, mscratch\n"
		"	" STORE "t5, 3*" W "(sp)\n"
		"	" LOAD "t5, %[user_state](t6)\n"
		"	" STORE "t5, 4*" W "(sp)\n"
		"	" STORE "t6, 5*" W "(sp)\n"
		"	" LOAD "gp, (8+1)*" W "(sp)\n"
		"	" LOAD "tp, (8+2)*" W "(sp)\n"
		"	la t5, 7f\n"
		"	csrw mepc, t5\n"
		"	li t5, 0x1800\n" /* MPP: machine mode */
		"	csrs mstatus, t5\n"
		"	li t5, 0x80\n" /* MPIE: interrupts wait until user mode runs again */
		"	csrc mstatus, t5\n"
		"	" LOAD "t5, (8+3)*" W "(sp)\n"
		"	csrw mtvec, t5\n"
		"	andi t6, t5, 1\n" /* vectored? */
		"	andi t5, t5, -4\n"
		"	beqz t6, 1f\n"
		"	csrr t6, mcause\n"
		"	slli t6, t6, 2\n"
		"	add t5, t5, t6\n"
		"1:	jr t5\n"
		"	.balign 4\n"
		"7:	" LOAD "t6, 5*" W "(sp)\n" /* resume */
		"	" LOAD "t5, 2*" W "(sp)\n"
		"	csrw mepc, t5\n"
		"	" LOAD "t5, %[domain](t6)\n"
		"	lw t5, %[stopped](t5)\n"
		"	beqz t5, 1f\n"
		"	" LOAD "sp, 6*" W "(sp)\n" /* its ticks are used up */
		"	j 8f\n"
		"1:\n"
		"	li t5, 0x1800\n"
		"	csrc mstatus, t5\n"
		"	li t5, 0x80\n"
		"	csrs mstatus, t5\n"
		"	la t5, llext_riscv_m_user_trap\n"
		"	csrw mtvec, t5\n"
		"	csrw mscratch, t6\n"
		"	" LOAD "gp, 0*" W "(sp)\n"
		"	" LOAD "tp, 1*" W "(sp)\n"
		"	" LOAD "t5, 4*" W "(sp)\n"
		"	" LOAD "t6, 3*" W "(sp)\n"
		"	" LOAD "sp, 6*" W "(sp)\n"
		"	mret\n"

		/* A gate with something to be checked. */
		"26:	addi sp, sp, -16*" W "\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" STORE "t5, 8*" W "(sp)\n"
		"	" STORE "t6, 9*" W "(sp)\n"
		"	mv a0, t6\n"
		"	mv a1, t5\n"
		"	mv a2, sp\n"
		"	call llext_riscv_m_gate\n"
		"	mv t3, a0\n"
		"	.irp n, 0,1,2,3,4,5,6,7\n"
		"	" LOAD "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" LOAD "t5, 8*" W "(sp)\n"
		"	" LOAD "t6, 9*" W "(sp)\n"
		"	addi sp, sp, 16*" W "\n"
		"	bnez t3, 27b\n"
		"	j 9f\n"

		/* The domain is given up: what it had in registers, for the record. */
		"8:	" LOAD "t5, %[kernel_sp](t6)\n"
		"	" STORE "sp, %[user_sp](t6)\n"
		"	addi sp, t5, -16*" W "\n"
		"	.irp n, 0,1,2,3\n"
		"	" STORE "a\\n, \\n*" W "(sp)\n"
		"	.endr\n"
		"	" STORE "ra, 8*" W "(sp)\n"
		"	mv s0, t6\n"
		"	" LOAD "gp, (16+1)*" W "(sp)\n"
		"	" LOAD "tp, (16+2)*" W "(sp)\n"
		"	" LOAD "t5, (16+3)*" W "(sp)\n"
		"	csrw mtvec, t5\n"
		"	mv a0, t6\n"
		"	mv a1, sp\n"
		"	call llext_riscv_m_fault\n"
		"	mv t6, s0\n"

		/* ---- back to whoever called the domain: t6 level ---- */
		"9:	" LOAD "sp, %[kernel_sp](t6)\n"
		"	lw a0, %[rc](t6)\n"
		"	lw t0, %[rc](t6)\n"
		"	bnez t0, 1f\n"
		"	" LOAD "t0, %[domain](t6)\n"
		"	lw a0, %[stopped](t0)\n"
		"1:	" LOAD "ra, 8*" W "(sp)\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	" LOAD "s\\n, (\\n+9)*" W "(sp)\n"
		"	.endr\n"
		FP("	.irp n, " FS_REGISTERS "\n"
		   "	" FLOAD "fs\\n"
		   ", 24*" W "+\\n*8(sp)\n"
		   "	.endr\n"
		   "	" LOAD "t0, " OWN "\n"
		   "	csrw fcsr, t0\n")
		"	" LOAD "t0, " MSTATUS "\n"
		"	li t1, 0x1800\n" /* MPP as a trap from machine mode leaves it */
		"	csrs mstatus, t1\n"
		"	addi sp, sp, " FRAME "\n"
		"	csrs mstatus, t0\n"
		"	ret\n"
		".option pop\n"::
													   [user_state] "i"(LEVEL(
														   user_state)),
		[slots] "i"(WAY(WAY_SLOTS)), [slots_bytes] "i"(WAY(WAY_SLOTS_BYTES)),
		[stack] "i"(WAY(WAY_STACK)), [stack_bytes] "i"(WAY(WAY_STACK_BYTES)),
		[checks] "i"(GATE(checks)), [word] "i"(CHECK(word)), [length] "i"(CHECK(length)),
		[bytes] "i"(CHECK(bytes)),
		[user_sp] "i"(LEVEL(user_sp)), [kernel_sp] "i"(LEVEL(kernel_sp)),
		[gate] "i"(LEVEL(gate)), [domain] "i"(LEVEL(domain)), [result] "i"(LEVEL(result)),
		[fp_result] "i"(LEVEL(fp_result)), [rc] "i"(LEVEL(rc)),
		[stopped] "i"(DOMAIN(stopped)), [function] "i"(GATE(function)),
		[flags] "i"(GATE(flags)));
}

/* clang-format on */

#endif
