/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks in instructions of AArch64 that no compiler makes. */
#include <llext/symbol.h>
#include "../api.h"

/* clang-format off */

/* A function of these instructions. */
#define CODE(name, code) \
	int name(uintptr_t a); \
	EXPORT_SYMBOL(name); \
	__asm__("	.text\n" \
		"	.balign 4\n" \
		"	.globl " #name "\n" \
		"	.type " #name ", %function\n" \
		#name ":\n" code)
#define RETURN "	ret\n"

/* Into x0, with its own: vector registers, and what of the system is there to be read. */
#define OR_VECTORS \
	"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n" \
	"	umov x9, v\\n\\().d[0]\n" \
	"	orr x0, x0, x9\n" \
	"	umov x9, v\\n\\().d[1]\n" \
	"	orr x0, x0, x9\n" \
	"	.endr\n" \
	"	.irp name, tpidrro_el0, fpcr, fpsr\n" \
	"	mrs x9, \\name\n" \
	"	orr x0, x0, x9\n" \
	"	.endr\n"

CODE(entry_registers,
	"	mrs x0, nzcv\n"
	"	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n"
	"	orr x0, x0, x\\n\n"
	"	.endr\n"
	OR_VECTORS RETURN);

/* Where something is, it does not come back. */
CODE(clean_or_fault,
	"	str x30, [sp, #-16]!\n"
	"	bl entry_registers\n"
	"	cbz x0, 1f\n"
	"	udf #0\n"
	"1:	ldr x30, [sp], #16\n"
	RETURN);

/* What a gate leaves behind that returns 0. */
#define AFTER_GATE(gate) \
	"	str x30, [sp, #-16]!\n" \
	"	mov x0, #0\n" \
	"	bl " gate "\n" \
	"	mrs x9, nzcv\n" \
	"	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\n" \
	"	orr x0, x0, x\\n\n" \
	"	.endr\n" \
	OR_VECTORS \
	"	orr x0, x0, x0, lsr #32\n" \
	"	ldr x30, [sp], #16\n" \
	RETURN
CODE(gate_registers, AFTER_GATE("fw_leave_registers"));
CODE(quick_gate_registers, AFTER_GATE("fw_leave_registers_quickly"));

/* A float comes back in s0, the lower half of d0. */
CODE(beside_a_float,
	"	str x30, [sp, #-16]!\n"
	"	fmov s0, #2\n"
	"	bl fw_half\n"
	"	mov x0, v0.d[0]\n"
	"	mov x1, #0x3f800000\n" /* 1 */
	"	eor x0, x0, x1\n"
	"	orr x0, x0, x0, lsr #32\n"
	"	ldr x30, [sp], #16\n"
	RETURN);

#define ROUNDING "#0xc00000" /* towards zero */

CODE(spoil,
	"	.irp n, 18,19,20,21,22,23,24,25,26,27,28,29\n"
	"	mov x\\n, #-1\n"
	"	.endr\n"
	"	.irp n, 8,9,10,11,12,13,14,15\n"
	"	movi v\\n\\().16b, #0xff\n"
	"	.endr\n"
	"	mov x0, " ROUNDING "\n"
	"	msr fpcr, x0\n"
	"	mov x0, #0x9f\n"
	"	msr fpsr, x0\n"
	"	msr tpidr_el0, x0\n"
	RETURN);

/* It returns to where nothing is. */
CODE(spoil_and_fault,
	"	mov x30, #0\n"
	"	b spoil\n");

/* 0: the function had modes of its own, and these are as they were. */
CODE(gate_float_modes,
	"	str x30, [sp, #-16]!\n"
	"	mov x0, " ROUNDING "\n"
	"	msr fpcr, x0\n"
	"	mov x0, #0x9f\n"
	"	msr fpsr, x0\n"
	"	mov x0, #0\n"
	"	bl fw_float_modes\n"
	"	mrs x1, fpcr\n"
	"	mov x2, " ROUNDING "\n"
	"	eor x1, x1, x2\n"
	"	orr x0, x0, x1\n"
	"	mrs x1, fpsr\n"
	"	mov x2, #0x9f\n"
	"	eor x1, x1, x2\n"
	"	orr x0, x0, x1\n"
	"	ldr x30, [sp], #16\n"
	RETURN);

CODE(wait_with_modes,
	"	mov x0, " ROUNDING "\n"
	"	msr fpcr, x0\n"
	"	mov x0, #0x9f\n"
	"	msr fpsr, x0\n"
	"	msr tpidr_el0, x0\n"
	"1:	b 1b\n");

CODE(gate_with_sp,
	"	mov sp, x0\n"
	"	b fw_nothing\n");

CODE(gate_with_lr,
	"	mov x30, x0\n"
	"	b fw_nothing\n");

CODE(wait_with_sp,
	"	mov sp, x0\n"
	"	mov x18, x0\n"
	"1:	b 1b\n");

CODE(thread_pointer, "	mrs x0, tpidr_el0\n" RETURN);

#define GATE_WITH_TP \
	"	mov x19, x30\n" \
	"	mov x20, x0\n" \
	"	msr tpidr_el0, x0\n" \
	"	mov x0, #1\n" \
	"	bl fw_count_own\n"

/* What it is behind the gate. */
CODE(gate_with_tp, GATE_WITH_TP "	mrs x0, tpidr_el0\n	ret x19\n");
CODE(fault_with_tp, GATE_WITH_TP "	msr tpidr_el0, x20\n	udf #0\n");
CODE(wait_with_tp, GATE_WITH_TP "	msr tpidr_el0, x20\n1:	b 1b\n");

CODE(fault_with_sp,
	"	mov sp, x0\n"
	"	udf #0\n");

CODE(gate_storm,
	"1:	bl fw_nothing\n"
	"	b 1b\n");

CODE(svc_storm,
	"1:	.irp n, 0,1,2,3,127,255,0x8000,0xffff\n"
	"	svc #\\n\n"
	"	.endr\n"
	"	b 1b\n");

CODE(write_word, "	str wzr, [x0]\n" RETURN);
CODE(branch_to, "	br x0\n");
CODE(wait_for_interrupt, "1:	wfi\n	b 1b\n");
CODE(break_point, "	brk #0\n" RETURN);
CODE(undefined, "	udf #0\n");
CODE(own_svc, "	svc #0\n" RETURN);

/* What is EL1's: each has to end with a fault. */
CODE(write_daif, "	msr daif, x0\n" RETURN);
CODE(mask_interrupts, "	msr daifset, #15\n" RETURN);
CODE(write_spsel, "	msr spsel, #1\n" RETURN);
CODE(write_ttbr, "	msr ttbr0_el1, x0\n" RETURN);
CODE(write_vbar, "	msr vbar_el1, x0\n" RETURN);
CODE(write_elr, "	msr elr_el1, x0\n" RETURN);
CODE(write_spsr, "	mov x0, #0x3c5\n	msr spsr_el1, x0\n" RETURN);
CODE(write_sctlr, "	msr sctlr_el1, xzr\n" RETURN);
CODE(write_cpacr, "	msr cpacr_el1, x0\n" RETURN);
CODE(write_timer, "	msr cntv_ctl_el0, xzr\n" RETURN);
CODE(exception_return, "	eret\n");
CODE(clean_data, "	dc cvau, x30\n" RETURN);
CODE(invalidate_data, "	dc ivac, x30\n" RETURN);
CODE(clean_code, "	dc civac, x30\n" RETURN);
CODE(invalidate_code, "	ic ivau, x30\n" RETURN);
CODE(invalidate_all_code, "	ic iallu\n" RETURN);
CODE(zero_line, "	mov x0, sp\n	sub x0, x0, #256\n	dc zva, x0\n" RETURN);
CODE(translate, "	at s1e1r, x30\n" RETURN);
CODE(invalidate_tables, "	tlbi vmalle1\n" RETURN);
CODE(hypervisor_call, "	hvc #0\n" RETURN);
CODE(monitor_call, "	.inst 0xd4000003\n" RETURN);
CODE(halt, "	mov w0, #0x18\n	hlt #0xf000\n" RETURN);
CODE(debug_state, "	.inst 0xd4a00001\n" RETURN);
CODE(read_time, "	mrs x0, cntvct_el0\n" RETURN);
CODE(read_physical_time, "	mrs x0, cntpct_el0\n" RETURN);
CODE(read_cycles, "	mrs x0, pmccntr_el0\n" RETURN);
CODE(read_events, "	mrs x0, pmcntenset_el0\n" RETURN);
CODE(read_caches, "	mrs x0, ctr_el0\n" RETURN);
CODE(read_part, "	mrs x0, midr_el1\n" RETURN);
CODE(read_debugger, "	mrs x0, dbgdtr_el0\n" RETURN);
CODE(read_exception, "	mrs x0, far_el1\n" RETURN);

/* A slot of its own making, with a gate of its own making behind it. */
struct forged {
	const char *name;
	uintptr_t function, way;
	const void *checks;
	uint32_t narrow;
	uint8_t words, flags;
} forged = {"forged", 0, 0, NULL, 0, 0, 0x11};

int forged_slot(void);
__asm__("	.text\n"
	"	.balign 16\n"
	"forged_slot:\n"
	"	svc #0\n"
	"	.inst 0\n"
	"	.quad forged\n");
/* clang-format on */

int call_forged(uintptr_t function)
{
	forged.function = forged.way = function;
	return forged_slot();
}

/* What the firmware writes meanwhile is seen. */
int watch(const volatile int *word)
{
	int before = *word;

	return fw_count_up(3) == before + 3 && *word == before + 3;
}

uintptr_t read_word(const volatile uint32_t *word)
{
	return *word;
}

uintptr_t slot_of_nothing(void)
{
	return (uintptr_t)&fw_nothing;
}

EXPORT_SYMBOL(call_forged);
EXPORT_SYMBOL(watch);
EXPORT_SYMBOL(read_word);
EXPORT_SYMBOL(slot_of_nothing);

/* What the functions above call is an import where something of C says so. */
int (*const imports[])(int) = {fw_leave_registers, fw_float_modes};
uintptr_t (*const quick_import)(uintptr_t) = fw_leave_registers_quickly;
int (*const own_import)(uintptr_t) = fw_count_own;
