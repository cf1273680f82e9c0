#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutations.py SOURCE WORK [BOARD [WORDS]]: takes one care out of the sandbox at a time, in a copy of the
sources, and has the suite on an emulated board find out. Each line that says `survived` is a check
that no test would miss. With WORDS only those whose description has them."""

import pathlib
import shutil
import subprocess
import sys

M = "ports/cortex_m/domain_entry.c"
MC = "ports/cortex_m/domain.c"
SWITCH = "ports/cortex_m/domain_switch.c"
UNIT = "ports/mcu/domain_unit.c"
PORT = "include/llext/domain_port.h"
CALL = "src/sandbox/domain_call.c"
DOMAIN = "src/sandbox/domain.c"
ADD = "src/sandbox/add_domain.c"
# Boards whose port has LLEXT_DOMAIN_OWN_CALL, and whose functions take for granted that a narrow number is
# extended; on AArch64 they extend it themselves.
CORTEX_M = ("mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547")
BY_TRAP = ("virt-rv32", "virt-rv64", "virt-a53")
OWN_CALL = (*CORTEX_M, "virt-rv32", "virt-rv64")
# Not here, because something else holds where one of them is gone: the range of the domain's stack
# pointer (the core's own pushes fault; what floating point saves later does, too), the middle of a
# slot (no address of a gate has a trap's bits in it), the red
# zone before data on the heap (PendSV gives up a domain whose stack pointer is there), that a gate in the
# level of a call is none (a level that was made before another thread had the domain is made anew).
MUTATIONS = [
    ("any trap is a gate", M, '"	bls 13f\\n"', '"	nop\\n"'),
    ("any trap of a task's domain is a gate", MC, " || offset / SLOT_BYTES >= level->way.slots[1]", ""),
    ("nothing is checked", MC, "	if (!(gate->flags & LLEXT_GATE_PLAIN)) {", "	if (level == NULL) {"),
    ("any trap is a gate where floating point is in use", M, '"	bls 13f\\n"\n		   "', '"	nop\\n"\n		   "'),
    ("a frame with floating point is where one without may be", M, '"	mvneq lr, #18\\n"', '"	mvneq lr, #2\\n"'),
    ("counts of elements wrap around", M, '"	cbnz r1, 15f\\n"', '"	nop\\n"'),
    ("elements begin anywhere", M, '"	subs r12, r12, r1\\n"\n		"	blo 15f\\n"',
     '"	subs r12, r12, r1\\n"'),
    ("elements end anywhere", M, '"	cmp r12, r0\\n"\n		"	blo 15f\\n"', '"	cmp r12, r0\\n"'),
    ("only the first pointer is checked", M, '"	bne 11b\\n"', '"	nop\\n"'),
    ("the caller's registers are not cleared", M, '"	ldmia r12, {r4-r8, r11, r12}\\n"\n		"	msr psp',
     '"	movw r4, #0\\n"\n		"	msr psp'),
    ("a switch on the way in leaves the caller's floating point to the domain", M,
     '"	vldmia r12, {s0-s31}\\n")\n		"	ldmia r12, {r4-r8, r11, r12}\\n"\n		"	msr psp, r9\\n"',
     '"	msr psp, r9\\n"\n		"	vldmia r12, {s0-s31}\\n")\n		"	ldmia r12, {r4-r8, r11, r12}\\n"'),
    ("the second word of a result goes out", M, '"	ands r1, r12, #4\\n"', '"	tst r12, #4\\n"'),
    ("the second word goes out where floating point is in use", M, '"	movpl r1, #0\\n"', '"	noppl\\n"'),
    ("what a function leaves that returns nothing goes out", M, 'WAY("nothing")\n		"	movs r0, #0\\n"',
     'WAY("nothing")\n		"	nop\\n"'),
    ("what is beside a float goes out", M, '"	vldrne s1, [r3, #4]\\n"', '"	nopne\\n"'),
    ("floating-point registers are not cleared", M, '"	vldmia r12, {s0-s31}\\n"', '"	nop.w\\n"'),
    ("a gate's floating point goes out", M, '"	vldmia r3, {s0-s15}\\n"', '"	nop\\n"'),
    ("a gate's floating point goes to a domain that has some", M, '"	vldmia r3!, {s2-s15}\\n"', '"	add r3, #56\\n"'),
    ("modes of floating point go out of a gate", M, '"	vmsr fpscr, r3\\n"', '"	nop\\n"'),
    ("predicates go out of a gate", M, 'VPR("	vmsr vpr, r12\\n")', "", "mps3-an547"),
    ("floating-point arguments of gates come from elsewhere", M, '"	add r12, r12, #32\\n"', '"	add r12, r12, #40\\n"'),
    ("a switch of threads loses floating point on the way to a gate", M, '"	cpsid i\\n"', '"	nop\\n"'),
    ("the same of a gate that takes a closer look", MC, '		__asm__ volatile("cpsid i" ::: "memory");', "		"),
    ("interrupts stay masked in a gate", M, '"	cpsie i\\n"\n		"	ldr r12', '"	ldr r12'),
    ("interrupts stay masked where a gate is refused", M, '"	cpsie i\\n")', '"	nop\\n")'),
    ("arguments of calls are lost to interrupts", M,
     '"	mrs r9, control\\n"\n		   "	orr r9, r9, #3\\n"\n		   "	b 3b', '"	mov r9, #3\\n"\n		   "	b 3b'),
    ("arguments of gates are lost to interrupts", M, '"	vldmia r12, {s0-s15}\\n"', '"	vmov.f32 s16, s16\\n"'),
    ("the main stack goes on where handlers are", M, '"	sub sp, sp, #32\\n"\n		"	msr psp', '"	msr psp'),
    ("a switch saves below the red zone behind a gate that has used floating point", M,
     '"	bic r12, r12, #12\\n"\n		   "	msr control, r12\\n"', '"	bic r12, r12, #12\\n"'),
    ("a switch saves below the red zone behind a gate with a result in d0", MC,
     "	if ((gate->flags & LLEXT_GATE_RETURNS_FP) &&\n", "	if (false &&\n"),
    ("floating point is saved where another domain has said", SWITCH, "vmov.f32 s0, s0", "nop", "mps2-an505", "mps3-an547"),
    ("floating point is saved where a domain has said, and faults are the firmware's", MC,
     "	if (goes_on && !was_saving())", "	if (goes_on && (!was_saving() || !runs))", "mps2-an505", "mps3-an547"),
    ("a switch of threads forgets their rights", SWITCH,
     "(read_control() & ~CONTROL_NPRIV) | (kept & CONTROL_NPRIV);", "read_control();"),
    ("a switch of threads leaves another's memory", SWITCH,
     "	if (level != NULL)\n		llext_domain_port_resume(level->domain);", ""),
    ("flags go out of a gate", M, '"	msr " APSR ", r2\\n"', '"	nop\\n"'),
    ("registers go out of a gate", M, '"	mov r12, r2\\n"', '"	nop\\n"'),
    ("a gate returns with the firmware's rights", M, '"	orr r12, r12, #3\\n"',
     '"	orr r12, r12, #2\\n"'),
    ("a stopped domain goes on behind a gate", M, '"	cbnz r3, 2f\\n"', '"	movs r3, #0\\n"'),
    ("lengths of elements on the stack wrap around", PORT,
     "__builtin_mul_overflow((size_t)check->bytes,\n"
     "					   llext_gate_word(words, check->length), &bytes))",
     "(bytes = check->bytes * llext_gate_word(words, check->length)) == SIZE_MAX)", *BY_TRAP),
    ("sums of elements on the stack wrap around", PORT, "bytes > room - offset)",
     "offset + bytes > room)", *BY_TRAP),
    ("a pended SVC stays so", MC, "	SHCSR &= ~SHCSR_PENDED;", "	(void)0;"),
    ("calls from interrupts and with masks", M, '"	bne 9f\\n"', '"	nop\\n"'),
    ("data is executable", MC, "[LLEXT_ACCESS_RW] = 1 << 4 | 3", "[LLEXT_ACCESS_RW] = 3"),
    ("constants are writable", MC, "[LLEXT_ACCESS_RX] = 2", "[LLEXT_ACCESS_RX] = 3"),
    ("what is shared to be read is writable", MC, "[LLEXT_ACCESS_RO] = 1 << 4 | 2", "[LLEXT_ACCESS_RO] = 1 << 4 | 3"),
    ("subregions are forgotten", MC, "off << 8 |", "(off & 0) << 8 |"),
    ("the text stays when the ticks are used up", MC, "		(void)llext_domain_port_reload(domain);\n", "		(void)0;\n"),
    ("lengths wrap around", CALL, "if (__builtin_mul_overflow(bytes, llext_gate_word(words, check->length), &bytes))\n"
     "			return false;", "bytes *= llext_gate_word(words, check->length);"),
    ("sums wrap around", "src/sandbox/sandbox.h", "bytes <= room - (start - low)",
     "start - low + bytes <= room"),
    ("what is written may be constant", CALL, "						: LLEXT_ACCESS_RW);",
     "						: LLEXT_ACCESS_RO);"),
    ("narrow numbers are not cut", CALL, "*word = llext_gate_extend(*word, narrow & 15);", "(void)narrow;",
     *OWN_CALL),
    ("strings have no end", CALL, "return room != 0 && memchr(", "return room != 0 || memchr("),
    ("a callback may be anything", CALL, "return llext_domain_has_function(domain, value);",
     "return true;"),
    ("a handle may be anybody's", "src/sandbox/resource.c",
     "handle->resource.domain != domain ||", "(handle->resource.domain != domain && false) ||"),
    ("handles have no generation", "src/sandbox/resource.c", "	handle->generation++;\n", ""),
    ("a stopped domain is called", CALL, "	if (domain->stopped != 0)\n		return domain->stopped;\n", ""),
    ("a stopped domain is simple to call", "src/sandbox/sandbox.h", "	domain->text_bytes = 0;\n", "",
     *OWN_CALL),
    ("a call around a simple one is forgotten", CALL,
     "|| (domain->level != NULL && domain->level->outer != NULL))", ")", *OWN_CALL),
    ("calls go in with another domain's memory", UNIT, "		llext_domain_out_of_unit(llext_domain_unit_has);",
     "		(void)0;", *OWN_CALL),
    ("any address is called", CALL, "!llext_domain_has_function(domain, level->pc))", "false)"),
    ("calls nest without end", CALL, "if (depth() >= LLEXT_DOMAIN_DEPTH)", "if (depth() >= 99)"),
    ("resources stay at a fault", CALL, "	release_resources(domain);\n", ""),
    ("ticks used up in a gate leave the record of before", CALL, "	if (domain->expired)\n",
     "	if (false)\n"),
    ("what is given twice is taken back without end", "src/sandbox/resource.c",
     "	take_out(resource);\n	resource->domain = domain;", "	resource->domain = domain;"),
    ("who asks about a fault ends the domain", DOMAIN, "	return domain->endings > 0;", "	return false;"),
    ("a domain ends in a load for it", DOMAIN, "	if (rc != 0)\n		return rc;\n	if (is_used",
     "	rc = 0;\n	if (is_used"),
    ("memory is shared with what another thread runs", DOMAIN,
     "	else if (!held && domain->level != &llext_domain_nobody)\n		rc = -EBUSY;\n", ""),
    ("a callback of a load resets what is being loaded", "src/sandbox/domain_reset.c",
     "	rc = llext_enter();\n	if (rc != 0)\n		return rc;\n	rc = -EBUSY;", "	(void)llext_enter();\n	rc = -EBUSY;"),
    ("a hook calls into a domain that is being reset", "src/sandbox/domain_reset.c",
     "	if (llext_domain_hold(domain)) {\n		/* What", "	if (domain->level == NULL) {\n		/* What"),
    ("a domain is reset before what it had is taken back", "src/sandbox/domain_reset.c",
     "		if (domain->endings == 0)\n			rc = refill_all", "		rc = refill_all"),
    ("what a tick has left is dealt with by whoever comes", CALL,
     "		llext_domain_settle(domain);\n		count_ending(domain, 1);", "		count_ending(domain, 1);"),
    ("data is not read anew", "src/sandbox/domain_reset.c", "		rc = refill(ext);", "		(void)refill;"),
    ("plain exports are bound", "src/sandbox/sandbox_load.c",
     "	found->addr = llext_import_of_others(ld, name, &found->provider);",
     "	found->addr = plain;"),
    ("what compilers call may be 0", "src/imports.c", "return weak && lack != LACKS_HELPER;", "return weak;"),
    ("any variable is shared", "src/sandbox/sandbox_load.c",
     "return part != NULL && part->shared;", "return (part != NULL && part->shared) || address != 0;"),
    ("what joins a domain keeps its jumps", ADD, "	make_traps(ext);\n", "	(void)make_traps;\n"),
    ("what joins a domain stays the firmware's to execute", ADD, "		rc = llext_unprotect(ext, NULL);",
     "		rc = 0;"),
    ("what others call joins a domain", ADD, "used_outside(ext, domain))", "used_outside(ext, NULL))"),
    ("what is shared joins a domain, too", ADD, "llext_domain_check_part(domain, piece->extent.load",
     "llext_domain_port_check(((void)domain, piece->extent.load)"),
    ("thread-local variables join a domain", ADD, "|| has_variables(ld)) /* cannot join */", ")"),
    ("thread-local variables stay as they are at a reset", "src/load.c",
     "		rc = llext_tls_start(ld);\n", "		(void)0;\n"),
    ("common thread-local variables lie behind their block", "src/tls/tls_symbols.c",
     "	if (rc == 0 && domain_of(ld) != NULL) /* whose", "	if (rc != 0 && domain_of(ld) != NULL) /* whose"),
    ("offsets of thread-local variables are addresses", PORT,
     "sizeof(uintptr_t) == 4 ? 0 : (uintptr_t)domain->arena.mem", "0 * (uintptr_t)domain->arena.mem",
     "virt-rv64", "virt-a53"),
    ("the stack of what has joined is lost", ADD, "		drop_stack(domain);", "		(void)drop_stack;"),
    ("a switch saves wherever the stack pointer is", SWITCH, '"	bls 1f\\n"', '"	b 1f\\n"'),
    ("what was in memory before is shown", "src/place.c", "	llext_sandbox_clear(ld);\n",
     "	(void)0;\n"),
    ("what faults while it starts starts again", CALL,
     "	if (report(domain) == LLEXT_DOMAIN_RESTART && !llext_domain_restart(domain))\n		(void)report(domain);",
     "	while (report(domain) == LLEXT_DOMAIN_RESTART && !llext_domain_restart(domain))\n		;"),
    ("others call a domain that is being brought up", "src/sandbox/domain_reset.c",
     "	domain->level = &here;\n	llext_domain_running = &here;\n", "	domain->level = NULL;\n"),
    ("a restart in a gate leaves another domain's memory", "src/sandbox/domain_reset.c",
     "	if (here.outer != NULL)\n		llext_domain_port_resume(here.outer->domain);\n", ""),
    ("a tick at the end of a restart is missed", "src/sandbox/domain_reset.c",
     "		rc = domain->stopped;\n	llext_domain_settle", "		rc = 0;\n	llext_domain_settle"),
    ("what a call out of time has called goes on", CALL, "*level = running; expired != NULL", "*level = expired; expired != NULL"),
    ("exit functions are called without end", "src/cxx/cxa.c", "left-- > 0)", "left > 0)"),
    ("exit functions are without number", "src/cxx/cxa.c", "has_room = count_of(ext) <", "has_room = count_of(ext) + 1 != 0 || 0 <"),
    ("resources stay at a reset", "src/sandbox/domain_reset.c", "	release_resources(domain);\n", ""),
    ("resources stay at the last unload", DOMAIN, "	if (domain->extensions == 0)\n		release_resources(domain);\n", ""),
    ("what is given back first was given first", "src/sandbox/resource.c",
     "	resource->next = resources;\n	resources = resource;",
     "	struct llext_resource **last = &resources;\n	while (*last != NULL)\n		last = &(*last)->next;\n"
     "	resource->next = NULL;\n	*last = resource;"),
    ("imports bind across domains", "src/optional.h", ": extension_domain(ext) == domain_of(ld);", ": true;"),
    ("a range in two parts is one", DOMAIN,
     "		    within(start, bytes, part->start, part->bytes))\n			return true;",
     "		    start - part->start < part->bytes &&\n		    llext_domain_part_at(domain, start + bytes - 1) != NULL)\n			return true;"),
    ("modes of floating point come in", M, '	vmsr fpscr, r12\\n")\n		"	cbz r3', '	nop\\n")\n		"	cbz r3'),
    ("modes of floating point come in with an error", M, '	vmsr fpscr, r12\\n")\n		"	bx lr\\n"\n		/* The domain', '	nop\\n")\n		"	bx lr\\n"\n		/* The domain'),
    ("a domain's code runs with the firmware's rights", MC, "		last |= 1u << 4;", "		(void)0;", "mps3-an547"),
    ("a fault does not stop the domain", CALL, "	llext_sandbox_stop(domain, -EFAULT);\n	level->rc = domain->stopped;", "	level->rc = -EFAULT;"),
    ("handles of any kind", "src/sandbox/resource.c", "handle->kind != kind ||", "(handle->kind != kind && false) ||"),
    ("a part may be shared over another", DOMAIN, "		if (start - other < other_bytes || other - start < bytes)\n", "		if ((start - other < other_bytes || other - start < bytes) && false)\n"),
    ("a file that is another is read anew", "src/sandbox/domain_reset.c", "piece->extent.bytes != bytes)", "(piece->extent.bytes != bytes && false))"),
    ("user-callable is what lies anywhere", "src/sandbox/sandbox_load.c", "	if (!is_user_text((uintptr_t)gate->function)) {", "	if (false) {"),
    ("what is inside an allocation is given back", "src/sandbox/domain_heap.c", "bits_of(&heap, unit) != USED)", "bits_of(&heap, unit) == 0)"),
    ("a piece of what has joined is shared anew", DOMAIN, "part->start != start || !part->shared :",
     "part->start != start :"),
    ("functions at a thread's end run with the firmware's rights", "src/cxx/cxa.c",
     "	if (call && extension_domain(ext) != NULL)\n", "	if (false)\n"),
    ("names of exports lie in slots", "src/exports.c", "priv->gates_bytes != 0 &&", "priv->gates_bytes == 1 &&"),
    ("the record of a fault reads wherever the stack pointer is", "src/sandbox/domain_fault.c",
     "offset < domain->config->stack_bytes", "offset != 1"),
    ("the stack goes with who came first", ADD, "domain->own_stack ? any_in(domain) : NULL;",
     "domain->own_stack ? (any_in(domain), NULL) : NULL;"),
    ("what joined is reset with what it no longer finds", "src/optional.h",
     "is_refill(ld) ? llext_sandbox_uses", "is_refill(ld) && false ? llext_sandbox_uses"),
    ("a part lies over a protected heap", MC, "	if (llext_mcu_in_heap(start, bytes))\n		return -EINVAL;\n",
     "", "mps2-an505"),
]
# On AArch64. Not here, because an emulator does not show it: that the TLB forgets what was in tables, as
# QEMU's does whenever the address space number changes. Nor the middle of a slot, as above.
A = "ports/aarch64/domain_entry.c"
AT = "ports/aarch64/domain_tables.c"
AC = "ports/aarch64/domain.c"
MUTATIONS += [
    ("any trap is a gate", A, '"	b.hs 3f\\n"', '"	nop\\n"'),
    ("nothing is checked", A, '"	tbz w13, #5, 23f\\n"', '"	tbz w13, #5, 21f\\n"'),
    ("what a function leaves that returns nothing goes out", A, 'WAY("nothing")\n		"	mov x0, #0\\n"',
     'WAY("nothing")\n		"	nop\\n"'),
    ("what is above a result goes out", A, '"	mov w0, w0\\n"', '"	nop\\n"'),
    ("what is beside a float goes out", A, '"	fmov s0, s0\\n"', '"	nop\\n"'),
    ("counts of elements wrap around", A, '"	cbnz x30, 23f\\n"', '"	nop\\n"'),
    ("elements begin anywhere", A, '"	b.lo 23f\\n"', '"	nop\\n"'),
    ("elements end anywhere", A, '"	b.hi 23f\\n"', '"	nop\\n"'),
    ("only the first pointer is checked", A, '"	cbnz w14, 24b\\n"', '"	nop\\n"'),
    ("the second word of a result goes out", A, '"25:	mov x1, #0\\n"', '"25:	nop\\n"'),
    ("the caller's registers are not cleared", A, "26,27,28,29\")\n		\"	eret",
     "26,27,28\")\n		\"	eret"),
    ("vector registers are not cleared", A, '29,30,31")\n		"	ldp x0', '29,30")\n		"	ldp x0'),
    ("registers go out of a gate", A, 'ZERO("2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18")',
     'ZERO("2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17")'),
    ("vector registers go out of a gate", A, "	movi v0.2d, #0\\n", "	nop\\n"),
    ("upper halves go out of a gate", A, "	fmov d\\\\n, d\\\\n\\n", "	nop\\n"),
    ("the firmware's thread pointer goes in", A, "	msr tpidr_el0, x12\\n", "	nop\\n"),
    ("the firmware's thread pointer goes out of a gate", A, "	msr tpidr_el0, x15\\n", "	nop\\n"),
    ("a domain's thread pointer is lost to an interrupt", A, "	msr tpidr_el0, x17\\n", "	nop\\n"),
    ("the other thread pointer goes in", A, "	msr tpidrro_el0, xzr\\n", "	nop\\n"),
    ("modes of floating point come in", A, '"	msr fpcr, " a "\\n"', '"	nop\\n"'),
    ("modes of floating point are lost", A, '"	msr fpcr, x13\\n"', '"	nop\\n"'),
    ("the domain's x18 stays", A, '"	ldr x18, " X18 "\\n"', '"	nop\\n"'),
    ("the domain's thread pointer stays", A, '"	msr tpidr_el0, " a "\\n"', '"	nop\\n"'),
    ("the firmware runs with the domain's tables", A,
     '"	msr ttbr0_el1, " a "\\n" \\\n	"	msr vbar_el1, " b', '"	msr vbar_el1, " b'),
    ("calls with interrupts masked", A, '"	tbnz x9, #7, 3f\\n"', '"	nop\\n"'),
    ("a gate runs with interrupts masked", A, '"	msr daif, x14\\n"', '"	nop\\n"'),
    ("a stopped domain goes on behind a gate", A, '"	cbnz w13, 9f\\n"\n		ZERO', 'ZERO'),
    ("a stopped domain goes on behind an interrupt", A, '"	cbnz w17, 6f\\n"', '"	nop\\n"'),
    ("text is writable", AT, "(access == LLEXT_ACCESS_RW ? 0 : AP_RO)", "0"),
    ("data is executable", AT, "(access == LLEXT_ACCESS_RX ? 0 : UXN)", "0"),
    ("tables of the former parts stay", AT, "			contexts[i].domain = NULL;", "			(void)0;"),
    ("parts that fill no page", AT, "((start | bytes) & (PAGE - 1)) != 0 || ", ""),
    ("parts that need too many tables", AT, "<= MOST_TABLES ? 0", "<= 99 ? 0"),
    ("cache maintenance and masks stay open", AC, "& ~SCTLR_OPEN", ""),
    ("DC ZVA stays open", AC, "SCTLR_UMA | SCTLR_DZE |", "SCTLR_UMA |"),
    ("interrupts can be masked", AC, "(SCTLR_UMA | ", "("),
    ("CTR_EL0 stays open", AC, "SCTLR_UCT | ", ""),
    ("cache maintenance stays open", AC, " | SCTLR_UCI)", ")"),
    ("waiting stays open", AC, "SCTLR_NTWI | ", ""),
    ("counters stay open", AC, "& ~CNTKCTL_OPEN", ""),
    ("events stay open", AC, "	SYSTEM_WRITE(pmuserenr_el0, 0);\n", ""),
    ("a jump leads nowhere", AC, "0xd61f0200", "0xd61f0220"),
]
# On RISC-V.
R = "ports/riscv_m/domain_entry.c"
RC = "ports/riscv_m/domain.c"
ZERO = " /* 0: the domain's thread pointer */\n"
MUTATIONS += [
    ("any trap is a gate", R, '"	bltu t2, t1, 3f\\n"', '"	nop\\n"'),
    ("nothing is checked", R, '"	beqz t3, 26f\\n"', '"	nop\\n"'),
    ("floating point of the caller's is lost", R, 'FLOAD "fs\\\\n, " SAVED_FP', 'FLOAD "ft\\\\n, " SAVED_FP', "virt-rv64"),
    ("modes of floating point come in", R, '"	csrw fcsr, t0\\n")\n		"	" LOAD "t0, " MSTATUS "\\n"\n		FP',
     '"	nop\\n")\n		"	" LOAD "t0, " MSTATUS "\\n"\n		FP', "virt-rv64"),
    ("registers go out of a gate", R, '	.irp n, 0,1,2,3,4,5,6\\n"\n		"	li t\\\\n, 0\\n"\n		"	.endr\\n"\n		"	mret\\n"\n\n',
     '	.irp n, 0,1,2,3,4,5\\n"\n		"	li t\\\\n, 0\\n"\n		"	.endr\\n"\n		"	mret\\n"\n\n'),
    ("the caller's registers are not cleared", R, '	li s\\\\n, 0\\n', '	nop\\n'),
    ("a stopped domain goes on behind a gate", R, '"	bnez tp, 28f\\n"', '"	li tp, 0\\n"'),
    ("a stopped domain goes on behind an interrupt", R, '"	beqz t5, 1f\\n"\n		"	csrw mscratch, t6', '"	j 1f\\n"\n		"	csrw mscratch, t6'),
    ("calls with interrupts masked", R, '"	beqz t1, 3f\\n"', '"	nop\\n"'),
    ("text is writable", RC, "[LLEXT_ACCESS_RX] = 5", "[LLEXT_ACCESS_RX] = 7"),
    ("data is executable", RC, "[LLEXT_ACCESS_RW] = 3", "[LLEXT_ACCESS_RW] = 7"),
    ("what is shared to be read is writable", RC, "[LLEXT_ACCESS_RO] = 1", "[LLEXT_ACCESS_RO] = 3"),
    ("floating-point registers are not cleared", R, '	" FZERO "fs\\\\n, zero\\n', '	nop\\n', "virt-rv64"),
    ("a gate's floating point goes out", R, '	" FZERO "ft\\\\n, zero\\n"\n		   "	.endr\\n"\n		   "	li t1', '	nop\\n"\n		   "	.endr\\n"\n		   "	li t1', "virt-rv64"),
    ("what a function leaves that returns nothing goes out", R, '"	li a0, 0\\n"\n		"	j 21f', '"	j 21f'),
    ("what returns nothing returns a word behind a check", R, '"	li t2, 0\\n"\n', ""),
    ("counts of elements wrap around", R, '"	bnez t4, 23f\\n"', '"	nop\\n"'),
    ("elements begin anywhere", R, '"	bltu t6, t4, 23f\\n"', '"	nop\\n"'),
    ("elements end anywhere", R, '"	bltu t4, t1, 23f\\n"', '"	nop\\n"'),
    ("only the first pointer is checked", R, '"	bnez t1, 24b\\n"', '"	nop\\n"'),
    ("the second word of a result goes out", R, '"21:	li a1, 0\\n"', '"21:	nop\\n"'),
    ("the firmware's thread pointer goes in", R, f'"tp, %[level](a0)\\n"{ZERO}		"	bnez tp',
     '"t1, %[level](a0)\\n"\n		"	bnez t1', "virt-rv32"),
    ("the firmware's thread pointer goes in", R, 'LOAD "tp, %[thread](a0)\\n"', '"nop\\n"', "virt-rv64"),
    ("the firmware's thread pointer goes out of a gate", R, f'"	lw tp, %[stopped](t0)\\n"{ZERO}		"	bnez tp',
     '"	lw t2, %[stopped](t0)\\n"\n		"	bnez t2', "virt-rv32"),
    ("the firmware's thread pointer goes out of a gate", R, 'LOAD "tp, %[thread](t0)\\n"', '"nop\\n"', "virt-rv64"),
    ("the firmware's gp goes in", R, 'LOAD "gp, %[status](a0)\\n"', 'LOAD "t0, %[status](a0)\\n"', "virt-rv32"),
    ("the firmware's gp goes out of a gate", R, "csrrw gp, mstatus, t1", "csrw mstatus, t1", "virt-rv32"),
    ("the firmware's gp goes in", R, "csrrw gp, fcsr, zero", "csrw fcsr, zero", "virt-rv64"),
    ("the firmware's gp goes out of a gate", R, "csrrw gp, fcsr, t2", "csrw fcsr, t2", "virt-rv64"),
    ("the domain's gp stays behind a gate that it is stopped in", R, '"	" LOAD "gp, " GP "\\n"\n		"	" LOAD "tp, " TP',
     '"	" LOAD "tp, " TP', "virt-rv32"),
    ("the domain's thread pointer stays", R, 'LOAD "tp, " pushed TP "\\n"', '"nop\\n"'),
    ("the domain's thread pointer stays in an interrupt", R, 'LOAD "tp, " PUSHED TP "\\n"', '"nop\\n"'),
    ("a domain's thread pointer is lost to an interrupt", R, 'LOAD "tp, 1*" W "(sp)\\n"', '"nop\\n"'),
    ("an interrupt has the domain's rounding mode", R, 'FP("	csrrw t5, fcsr, zero\\n"\n',
     'FP("	csrr t5, fcsr\\n"\n', "virt-rv64"),
    ("what deals with a fault has the domain's rounding mode", R, '"	csrw fcsr, t0\\n")\n		"	" LOAD "t0, " MSTATUS "\\n"\n		"	andi',
     '"	nop\\n")\n		"	" LOAD "t0, " MSTATUS "\\n"\n		"	andi', "virt-rv64"),
    ("a call around another is the firmware's thread pointer", R,
     '"4:	" LOAD "tp, " TP "\\n"', '"4:\\n"'),
    ("why a domain was stopped is the firmware's thread pointer", R,
     'mv a1, tp\\n"\n		"	" LOAD "gp, " GP "\\n"\n		"	" LOAD "tp, " TP "\\n"',
     'mv a1, tp\\n"\n		"	" LOAD "gp, " GP "\\n"'),
]
FOLDERS = ["src", "include", "ports", "boards", "cmake", "exports", "tests", "compat"]
PROGRAMS = ["sandbox", "sandbox_threads"]


def is_of(board, name, boards):
    """Whether this board has the file, and the mutation is for it."""
    port = "aarch64" if board == "virt-a53" else "riscv_m" if "-rv" in board else "cortex_m"
    return (not name.startswith("ports/") or name.startswith((f"ports/{port}/", "ports/mcu/"))) and (not boards or board in boards)


def build_and_run(work, board):
    build = subprocess.run(["cmake", "--build", work / "build", "--target", *PROGRAMS],
                           capture_output=True, text=True)
    if build.returncode != 0:
        return "does not build", build.stdout[-600:]
    for program in PROGRAMS:
        try:
            run = subprocess.run([work / "boards/run", board, work / f"build/sandbox/{program}.elf"],
                                 capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            return "found: it hangs", ""
        if run.returncode != 0:
            return "found", ""
    return "survived", ""


def main():
    source, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    board = sys.argv[3] if len(sys.argv) > 3 else "mps2-an386"
    for folder in FOLDERS:
        # With the time of now: what an earlier run has built from is older.
        shutil.copytree(source / folder, work / folder, copy_function=shutil.copy, dirs_exist_ok=True)
    subprocess.run(["cmake", "-S", work / "boards", "-B", work / "build", "-G", "Ninja",
                    "--log-level=ERROR", f"-DCMAKE_TOOLCHAIN_FILE={work}/boards/{board}/toolchain.cmake",
                    "-DTENON_COMMAND=/bin/true"], check=True, stdout=subprocess.DEVNULL)
    if build_and_run(work, board)[0] != "survived":
        sys.exit("the suite fails as it is")
    words, bad = sys.argv[4] if len(sys.argv) > 4 else "", 0
    for what, name, old, new, *boards in MUTATIONS:
        if words not in what or not is_of(board, name, boards):
            continue
        path = work / name
        text = path.read_text()
        if old not in text:
            result, log = "the place is not there", ""
        else:
            path.write_text(text.replace(old, new, 1))
            result, log = build_and_run(work, board)
            path.write_text(text)
        bad += not result.startswith("found")
        print(f"{result}: {what}", flush=True)
        if log:
            print(log)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
