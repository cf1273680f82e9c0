/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks in instructions of RISC-V that no compiler makes. */
#include <llext/symbol.h>
#include "../api.h"

#define NAKED __attribute__((naked, noinline))
#define ZICSR ".option arch, +zicsr\n"

#if __riscv_xlen == 64
#define TO_FLOAT   "fmv.d.x "
#define FROM_FLOAT "fmv.x.d "
#define LOAD       "ld "
#define STORE      "sd "
#else
#define TO_FLOAT   "fmv.w.x "
#define FROM_FLOAT "fmv.x.w "
#define LOAD       "lw "
#define STORE      "sw "
#endif

#ifdef __riscv_flen
/* Add what such registers hold to a0. */
#define OR_FLOATS(registers)                                                                       \
	"	.irp n, " registers "\n"                                                           \
	"	" FROM_FLOAT "t0, f\\n\n"                                                          \
	"	or a0, a0, t0\n"                                                                         \
	"	.endr\n"                                                                                 \
	"	snez a0, a0\n"
#else
#define OR_FLOATS(registers)
#endif

NAKED int entry_registers(void)
{
	__asm__ volatile(
		"	.irp n, "
		"5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		"	or a0, a0, x\\n\n"
		"	.endr\n" OR_FLOATS(
			"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
			"23,24,25,26,27,28,29,30,31") "	ret\n");
}

/* Where something is, it does not come back. */
NAKED void clean_or_fault(void)
{
	__asm__ volatile("	addi sp, sp, -16\n"
			 "	sw ra, 0(sp)\n"
			 "	call entry_registers\n"
			 "	beqz a0, 1f\n"
			 "	.4byte 0\n"
			 "1:\n"
#if __riscv_xlen == 64
			 "	lwu ra, 0(sp)\n"
#else
			 "	lw ra, 0(sp)\n"
#endif
			 "	addi sp, sp, 16\n"
			 "	ret\n");
}

NAKED int gate_registers(void)
{
	__asm__ volatile(
		"	addi sp, sp, -32\n"
		"	sw ra, 0(sp)\n"
		"	call fw_leave_registers\n"
		"	li a0, 0\n"
		"	.irp n, 5,6,7,11,12,13,14,15,16,17,28,29,30,31\n"
		"	or a0, a0, x\\n\n"
		"	.endr\n" OR_FLOATS("0,1,2,3,4,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31")
#if __riscv_xlen == 64
			"	lwu ra, 0(sp)\n"
#else
			"	lw ra, 0(sp)\n"
#endif
			"	addi sp, sp, 32\n"
			"	ret\n");
}

NAKED void spoil(void)
{
	__asm__ volatile("	.irp n, 3,4,8,9,18,19,20,21,22,23,24,25,26,27\n"
			 "	li x\\n, -1\n"
			 "	.endr\n"
#ifdef __riscv_flen
			 "	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
			 "	" TO_FLOAT "fs\\n, x3\n"
			 "	.endr\n"
			 "	li a0, 0xff\n"
			 "	fscsr a0\n"
#endif
			 "	ret\n");
}

/* It returns to where nothing is. */
NAKED void spoil_and_fault(void)
{
	__asm__ volatile("	li ra, 0\n"
			 "	j spoil\n");
}

#ifdef __riscv_flen
/* It waits with modes of floating point, and finds them again. 0: they are the same. */
NAKED int wait_with_modes(uintptr_t modes, uintptr_t count)
{
	__asm__ volatile("	fscsr a0\n"
			 "1:	addi a1, a1, -1\n"
			 "	bnez a1, 1b\n"
			 "	frcsr a1\n"
			 "	xor a0, a0, a1\n"
			 "	ret\n");
}
EXPORT_SYMBOL(wait_with_modes);

/* What is preserved by functions stays, over gates, too. 0: it does. */
NAKED int floats_stay(uintptr_t seed)
{
	__asm__ volatile("	addi sp, sp, -32\n"
			 "	" STORE "ra, 0(sp)\n"
			 "	" STORE "s0, 8(sp)\n"
			 "	" STORE "s1, 16(sp)\n"
			 "	mv s0, a0\n"
			 "	li s1, 100\n"
			 "	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
			 "	addi t0, s0, \\n\n"
			 "	" TO_FLOAT "fs\\n, t0\n"
			 "	.endr\n"
			 "1:	li a0, 1\n"
			 "	call fw_leave_registers\n"
			 "	addi s1, s1, -1\n"
			 "	bnez s1, 1b\n"
			 "	li a0, 0\n"
			 "	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
			 "	" FROM_FLOAT "t0, fs\\n\n"
			 "	addi t0, t0, -\\n\n"
			 "	xor t0, t0, s0\n"
			 "	or a0, a0, t0\n"
			 "	.endr\n"
			 "	" LOAD "ra, 0(sp)\n"
			 "	" LOAD "s0, 8(sp)\n"
			 "	" LOAD "s1, 16(sp)\n"
			 "	addi sp, sp, 32\n"
			 "	ret\n");
}
EXPORT_SYMBOL(floats_stay);
#endif

NAKED int gate_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mv sp, a0\n"
			 "	li gp, 0\n"
			 "	li tp, 0\n"
			 "	tail fw_nothing\n");
}

NAKED int gate_with_lr(uintptr_t lr)
{
	__asm__ volatile("	mv ra, a0\n"
			 "	tail fw_nothing\n");
}

NAKED void wait_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mv sp, a0\n"
			 "	mv gp, a0\n"
			 "	mv tp, a0\n"
			 "1:	j 1b\n");
}

NAKED uintptr_t thread_pointer(void)
{
	__asm__ volatile("	mv a0, tp\n"
			 "	ret\n");
}

NAKED uintptr_t global_pointer(void)
{
	__asm__ volatile("	mv a0, gp\n"
			 "	ret\n");
}

NAKED uintptr_t global_pointer_after_gate(void)
{
	__asm__ volatile("	addi sp, sp, -16\n"
			 "	mv s0, ra\n"
			 "	call fw_nothing\n"
			 "	mv a0, gp\n"
			 "	addi sp, sp, 16\n"
			 "	jr s0\n");
}

#define GATE_WITH_TP                                                                               \
	"	addi sp, sp, -16\n"                                                                      \
	"	mv s0, ra\n"                                                                             \
	"	mv s1, a0\n"                                                                             \
	"	mv tp, a0\n"                                                                             \
	"	li a0, 1\n"                                                                              \
	"	call fw_count_own\n"                                                                     \
	"	addi sp, sp, 16\n"

/* What it is behind the gate. */
NAKED uintptr_t gate_with_tp(uintptr_t tp)
{
	__asm__ volatile(GATE_WITH_TP "	mv a0, tp\n"
				      "	jr s0\n");
}

NAKED void fault_with_tp(uintptr_t tp)
{
	__asm__ volatile(GATE_WITH_TP "	mv tp, s1\n"
				      "	.4byte 0\n");
}

NAKED void wait_with_tp(uintptr_t tp)
{
	__asm__ volatile(GATE_WITH_TP "	mv tp, s1\n"
				      "1:	j 1b\n");
}

NAKED void fault_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mv sp, a0\n"
			 "	.4byte 0\n");
}

NAKED void wait_for_interrupt(void)
{
	__asm__ volatile("1:	wfi\n"
			 "	j 1b\n");
}

NAKED void write_mtvec(uintptr_t value)
{
	__asm__ volatile(ZICSR "	csrw mtvec, a0\n"
			       "	ret\n");
}

NAKED void write_pmp(uintptr_t value)
{
	__asm__ volatile(ZICSR "	csrw pmpcfg0, a0\n"
			       "	ret\n");
}

NAKED void machine_return(uintptr_t value)
{
	__asm__ volatile("	mret\n");
}

NAKED void break_point(void)
{
	__asm__ volatile("	ebreak\n"
			 "	ret\n");
}

NAKED void undefined(void)
{
	__asm__ volatile("	.4byte 0\n");
}

NAKED void own_svc(void)
{
	__asm__ volatile("	ecall\n"
			 "	ret\n");
}

/* A slot of its own making, with a gate of its own making behind it. */
struct forged {
	const char *name;
	uintptr_t function, way;
	const void *checks;
	uint32_t narrow;
	uint8_t words, flags;
} forged = {"forged", 0, 0, NULL, 0, 0, 0x11};

__attribute__((naked, noinline, aligned(16))) static int forged_slot(void)
{
#if __riscv_xlen == 64
	__asm__ volatile("	.4byte 0x73, 0\n"
			 "	.dword forged\n");
#else
	__asm__ volatile("	.4byte 0x73\n"
			 "	.word forged\n");
#endif
}

int call_forged(uintptr_t function)
{
	forged.function = forged.way = function;
	return forged_slot();
}

uintptr_t slot_of_nothing(void)
{
	return (uintptr_t)&fw_nothing;
}

EXPORT_SYMBOL(entry_registers);
EXPORT_SYMBOL(gate_registers);
EXPORT_SYMBOL(clean_or_fault);
EXPORT_SYMBOL(spoil);
EXPORT_SYMBOL(spoil_and_fault);
EXPORT_SYMBOL(gate_with_sp);
EXPORT_SYMBOL(gate_with_lr);
EXPORT_SYMBOL(wait_with_sp);
EXPORT_SYMBOL(fault_with_sp);
EXPORT_SYMBOL(global_pointer);
EXPORT_SYMBOL(global_pointer_after_gate);
EXPORT_SYMBOL(thread_pointer);
EXPORT_SYMBOL(gate_with_tp);
EXPORT_SYMBOL(fault_with_tp);
EXPORT_SYMBOL(wait_with_tp);
EXPORT_SYMBOL(wait_for_interrupt);
EXPORT_SYMBOL(write_mtvec);
EXPORT_SYMBOL(write_pmp);
EXPORT_SYMBOL(machine_return);
EXPORT_SYMBOL(break_point);
EXPORT_SYMBOL(undefined);
EXPORT_SYMBOL(own_svc);
EXPORT_SYMBOL(slot_of_nothing);
EXPORT_SYMBOL(call_forged);
