/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on AArch64 at EL0, and what of calls and faults needs no assembly. The firmware runs at
 * EL1, with its stack pointer, and without a hypervisor's help.
 *
 * There is nothing to be put into a vector table: while a domain runs, VBAR_EL1 leads to
 * domain_entry.c, and interrupts go on to where it led before. The firmware's periodic interrupt
 * calls llext_domain_tick() where budgets are wanted.
 */
#include <errno.h>
#include <string.h>

#include "domain_aarch64.h"

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__aarch64__)

#include "../mcu/mpu.h"
#include "system.h"
#include "tables.h"

const struct llext_domain_port llext_domain_port = {
	.unit = "MMU",
	.parts = CONFIG_LLEXT_DOMAIN_PARTS,
	.red_zone = 0, /* exceptions have a stack pointer of their own */
	.slot_bytes = 16,
	.slot_align = 16,
	.frame_bytes = 16,
};

/* ---- the processor ---- */

#define SCTLR_UMA  (1ull << 9)  /* interrupt masks */
#define SCTLR_DZE  (1ull << 14) /* DC ZVA */
#define SCTLR_UCT  (1ull << 15) /* CTR_EL0 */
#define SCTLR_NTWI (1ull << 16) /* WFI */
#define SCTLR_NTWE (1ull << 18) /* WFE */
#define SCTLR_E0E  (1ull << 24) /* big-endian data */
#define SCTLR_UCI  (1ull << 26) /* cache maintenance */
#define SCTLR_OPEN                                                                                 \
	(SCTLR_UMA | SCTLR_DZE | SCTLR_UCT | SCTLR_NTWI | SCTLR_NTWE | SCTLR_E0E | SCTLR_UCI)
#define CNTKCTL_OPEN 0x303ull     /* counters and timers */
#define MDSCR_TDCC   (1ull << 12) /* the debugger's channel traps */
#define CPACR_FPEN   (3ull << 20) /* floating point at EL0, too */

/* What EL0 may do beside floating point: nothing. */
static void close_processor(void)
{
	SYSTEM_WRITE(sctlr_el1, SYSTEM_READ(sctlr_el1) & ~SCTLR_OPEN);
	SYSTEM_WRITE(cntkctl_el1, SYSTEM_READ(cntkctl_el1) & ~CNTKCTL_OPEN);
	SYSTEM_WRITE(pmuserenr_el0, 0);
	SYSTEM_WRITE(mdscr_el1, SYSTEM_READ(mdscr_el1) | MDSCR_TDCC);
	SYSTEM_WRITE(cpacr_el1, SYSTEM_READ(cpacr_el1) | CPACR_FPEN);
	__asm__ volatile("isb" ::: "memory");
}

int llext_domain_port_open(void)
{
	uintptr_t start = (uintptr_t)__llext_user_start, end = (uintptr_t)__llext_user_end;
	int rc;

	if (SYSTEM_READ(currentel) != 1 << 2 || SYSTEM_READ(spsel) != 1)
		return -ENOTSUP;
	if (start != end && ((start | end) & (PAGE - 1)) != 0)
		return -EINVAL;
	rc = llext_aarch64_enable();
	/* Tables that are in use cannot be made anew. */
	llext_mcu_domain_slots = (unsigned)-1;
	if (rc == 0 && start != end)
		rc = llext_mpu_set(0, start, end - start,
				   LLEXT_MPU_READ | LLEXT_MPU_EXECUTE | LLEXT_MPU_USER);
	if (rc == 0)
		close_processor();
	return rc;
}

/* ---- slots ---- */

void llext_domain_port_slot(uint8_t *mem, uintptr_t at, const struct llext_gate *gate)
{
	static const uint32_t code[4] = {0xd4000001}; /* svc #0 */

	(void)at;
	(void)gate;
	memcpy(mem, code, sizeof(code));
}

bool llext_domain_port_jump(uint8_t *mem, uintptr_t at, const void *function)
{
	/* ldr x16, [pc, #8]; br x16 */
	static const uint32_t code[2] = {0x58000050, 0xd61f0200};

	(void)at;
	memcpy(mem, code, sizeof(code));
	memcpy(mem + sizeof(code), &function, sizeof(function));
	return true;
}

/* ---- calls ---- */

void llext_domain_port_way(struct k_mem_domain *domain, uintptr_t gates, size_t gates_bytes)
{
	domain->way.slots[0] = gates;
	domain->way.slots[1] = gates_bytes;
}

/* A call that goes to another domain than the one before, or whose domain's parts have changed. */
void llext_aarch64_switch(const struct llext_domain_level *level)
{
	llext_aarch64_load(level->domain);
}

/* ---- faults (DDI 0487, section D19.2.37, ESR_EL1) ---- */

#define CLASS(syndrome) ((syndrome) >> 26 & 63)
#define WRITE           (1ull << 6)
#define NO_ADDRESS      (1ull << 10)

static enum llext_domain_cause cause_of(uint64_t syndrome)
{
	if (syndrome == 0) /* no exception: an interrupt has stopped it */
		return LLEXT_DOMAIN_OTHER;
	switch (CLASS(syndrome)) {
	case 0x00: /* unknown */
	case 0x01: /* wfi, wfe */
	case 0x07: /* floating point that is off */
	case 0x0e: /* illegal state */
	case 0x18: /* system registers and instructions */
	case 0x3c: /* brk */
		return LLEXT_DOMAIN_INSTRUCTION;
	case 0x20: /* instruction abort */
	case 0x22: /* misaligned pc */
		return LLEXT_DOMAIN_EXECUTE;
	case 0x24: /* data abort */
		return syndrome & WRITE ? LLEXT_DOMAIN_WRITE : LLEXT_DOMAIN_READ;
	case 0x26: /* misaligned stack pointer */
		return LLEXT_DOMAIN_STACK;
	default:
		return LLEXT_DOMAIN_OTHER;
	}
}

static bool has_address(uint64_t syndrome)
{
	return CLASS(syndrome) == 0x22 ||
	       ((CLASS(syndrome) == 0x20 || CLASS(syndrome) == 0x24) && !(syndrome & NO_ADDRESS));
}

void llext_aarch64_contain(struct llext_domain_level *level, const uintptr_t *registers,
			   uint64_t syndrome)
{
	struct llext_domain_fault *fault = llext_domain_abandon(level, cause_of(syndrome));

	if (fault == NULL)
		return;
	fault->has_address = has_address(syndrome);
	if (fault->has_address)
		fault->address = SYSTEM_READ(far_el1);
	fault->status = syndrome;
	fault->pc = SYSTEM_READ(elr_el1);
	fault->lr = registers[4];
	fault->sp = level->way.sp;
	memcpy(fault->reg, registers, sizeof(fault->reg));
}

#endif
