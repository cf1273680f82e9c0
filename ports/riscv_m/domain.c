/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on RISC-V with physical memory protection (privileged specification, section 3.7), and
 * what of calls and faults needs no assembly.
 *
 * There is nothing to be put into a vector table: while a domain runs, mtvec leads here, and
 * interrupts go on to where it led before. The firmware's periodic interrupt calls
 * llext_domain_tick() where budgets are wanted.
 *
 * The unit's first entries are the domains': pairs of bottom and top, which machine mode does not
 * obey. What else guards memory with them, such as llext_mcu_protect_heap(), excludes domains.
 */
#include <errno.h>
#include <string.h>
#include <llext/domain_port.h>

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__riscv)

#include "../mcu/domain_unit.h"
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "csr.h"
#include "domain_riscv.h"

#define ENTRIES    16
#define CFG_TOR    0x08u
#define CFG_LOCKED 0x80u

#define MSTATUS_MPIE  0x0080u
#define MSTATUS_MODES 0x1888u /* MPP, MPIE, MIE */

const struct llext_domain_port llext_domain_port = {
	.unit = "PMP",
	.parts = CONFIG_LLEXT_DOMAIN_PARTS < ENTRIES / 2 - 1 ? CONFIG_LLEXT_DOMAIN_PARTS
							     : ENTRIES / 2 - 1,
	.red_zone = 0, /* traps save on the caller's stack */
	.slot_bytes = 2 * sizeof(uintptr_t),
	.slot_align = 2 * sizeof(uintptr_t),
	.frame_bytes = 16,
};

/* Bytes that the unit tells apart: a power of two. */
static uintptr_t granule;

/* ---- entries ---- */

#define PAIR(n, low, high)                                                                         \
	case n:                                                                                    \
		CSR_WRITE(low, start >> 2);                                                        \
		CSR_WRITE(high, end >> 2);                                                         \
		break

static void write_pair(unsigned int pair, uintptr_t start, uintptr_t end)
{
	switch (pair) {
		PAIR(0, pmpaddr0, pmpaddr1);
		PAIR(1, pmpaddr2, pmpaddr3);
		PAIR(2, pmpaddr4, pmpaddr5);
		PAIR(3, pmpaddr6, pmpaddr7);
		PAIR(4, pmpaddr8, pmpaddr9);
		PAIR(5, pmpaddr10, pmpaddr11);
		PAIR(6, pmpaddr12, pmpaddr13);
		PAIR(7, pmpaddr14, pmpaddr15);
	}
}

/* The configuration bytes of all entries, those of a pair's bottom being 0: off. */
static void write_configuration(const uint8_t *cfg)
{
	uintptr_t words[ENTRIES / sizeof(uintptr_t)];

	memcpy(words, cfg, sizeof(words));
#if __riscv_xlen == 64
	CSR_WRITE(pmpcfg0, words[0]);
	CSR_WRITE(pmpcfg2, words[1]);
#else
	CSR_WRITE(pmpcfg0, words[0]);
	CSR_WRITE(pmpcfg1, words[1]);
	CSR_WRITE(pmpcfg2, words[2]);
	CSR_WRITE(pmpcfg3, words[3]);
#endif
	__asm__ volatile("sfence.vma" ::: "memory");
}

static uint8_t rights(enum llext_access access)
{
	static const uint8_t bits[] = {
		[LLEXT_ACCESS_RW] = 3, [LLEXT_ACCESS_RO] = 1, [LLEXT_ACCESS_RX] = 5};

	return bits[access] | CFG_TOR;
}

/* A locked entry stays as it is, and may give user mode what no domain has. */
static bool is_any_locked(void)
{
	uintptr_t all = CSR_READ(pmpcfg0) | CSR_READ(pmpcfg2);

#if __riscv_xlen == 32
	all |= CSR_READ(pmpcfg1) | CSR_READ(pmpcfg3);
#endif
	return (all & (uintptr_t)-1 / 0xff * CFG_LOCKED) != 0;
}

/* The bits of an address that are there; its entry is off, as the bottom of a pair is. */
static uintptr_t address_bits(void)
{
	uintptr_t masked = llext_mpu_hold(), before = CSR_READ(pmpaddr0), bits;

	CSR_WRITE(pmpcfg0, CSR_READ(pmpcfg0) & ~(uintptr_t)0xff);
	CSR_WRITE(pmpaddr0, (uintptr_t)-1);
	bits = CSR_READ(pmpaddr0);
	CSR_WRITE(pmpaddr0, before);
	llext_mpu_go_on(masked);
	return bits;
}

int llext_domain_port_open(void)
{
	uintptr_t user = (uintptr_t)__llext_user_start, bits;
	size_t bytes = (uintptr_t)__llext_user_end - user;

	if (is_any_locked())
		return -ENOTSUP;
	bits = address_bits();
	if (bits == 0)
		return -ENOTSUP;
	granule = (bits & -bits) << 2;
	if (bytes != 0 && llext_domain_port_check(user, bytes, LLEXT_ACCESS_RX) != 0)
		return -EINVAL;
	/* Locked entries would give the heap to user mode, too. */
	llext_mcu_domain_slots = ENTRIES;
	return 0;
}

void llext_domain_port_fit(size_t *bytes, size_t *align)
{
	size_t unit = granule > 16 ? granule : 16;

	*bytes = (*bytes + unit - 1) & ~(unit - 1);
	if (*align < unit)
		*align = unit;
}

int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access)
{
	(void)access;
	return ((start | bytes) & (granule - 1)) == 0 && start + bytes > start ? 0 : -EINVAL;
}

int llext_domain_port_parts(const struct k_mem_domain *domain)
{
	return domain->part_count < ENTRIES / 2 ? 0 : -ENOSPC;
}

void llext_domain_unit_write(const struct k_mem_domain *domain)
{
	uint8_t cfg[ENTRIES] = {0};
	unsigned int pair = 0;

	write_configuration(cfg);
	if (domain == NULL)
		return;
	for (; pair < domain->part_count; pair++) {
		const struct llext_domain_part *part = llext_domain_part(domain, pair);

		write_pair(pair, part->start, part->start + part->bytes);
		cfg[2 * pair + 1] = rights(part->access);
	}
	if ((uintptr_t)__llext_user_end != (uintptr_t)__llext_user_start) {
		write_pair(pair, (uintptr_t)__llext_user_start, (uintptr_t)__llext_user_end);
		cfg[2 * pair + 1] = rights(LLEXT_ACCESS_RX);
	}
	write_configuration(cfg);
}

void llext_domain_port_slot(uint8_t *mem, uintptr_t at, const struct llext_gate *gate)
{
	static const uint32_t ecall = 0x00000073;

	(void)at;
	(void)gate;
	memset(mem, 0, 2 * sizeof(uintptr_t));
	memcpy(mem, &ecall, sizeof(ecall));
}

/* auipc t1, high; jalr zero, low(t1) */
bool llext_domain_port_jump(uint8_t *mem, uintptr_t at, const void *function)
{
	intptr_t offset = (intptr_t)((uintptr_t)function - at);
	uint32_t low = (uint32_t)offset & 0xfff, high = ((uint32_t)offset + 0x800) & 0xfffff000;
	const uint32_t code[2] = {high | 6u << 7 | 0x17, low << 20 | 6u << 15 | 0x67};

	memset(mem, 0, 2 * sizeof(uintptr_t));
	memcpy(mem, code, sizeof(code));
	/* What the two add up to, sign-extended where registers are wider. */
	return (intptr_t)(int32_t)high + ((intptr_t)(int32_t)(low << 20) >> 20) == offset;
}

/* ---- calls ---- */

/* The first slot, and how far it is from the last one back to there, as a negative number. */
void llext_domain_port_way(struct k_mem_domain *domain, uintptr_t gates, size_t gates_bytes)
{
	domain->way.slots[0] = gates;
	domain->way.slots[1] = ~(gates_bytes - llext_domain_port.slot_bytes);
	domain->port[PORT_STATUS] = (CSR_READ(mstatus) & ~(uintptr_t)MSTATUS_MODES) | MSTATUS_MPIE;
	domain->port[PORT_VECTOR] = (uintptr_t)&llext_riscv_m_user_trap;
}

/* ---- faults ---- */

void llext_riscv_m_fault(struct llext_domain_level *level, const uintptr_t *registers)
{
	static const uint8_t causes[] = {
		[0] = LLEXT_DOMAIN_EXECUTE,     [1] = LLEXT_DOMAIN_EXECUTE,
		[2] = LLEXT_DOMAIN_INSTRUCTION, [3] = LLEXT_DOMAIN_INSTRUCTION,
		[4] = LLEXT_DOMAIN_READ,        [5] = LLEXT_DOMAIN_READ,
		[6] = LLEXT_DOMAIN_WRITE,       [7] = LLEXT_DOMAIN_WRITE,
		[12] = LLEXT_DOMAIN_EXECUTE,    [13] = LLEXT_DOMAIN_READ,
		[15] = LLEXT_DOMAIN_WRITE,
	};
	uintptr_t status = CSR_READ(mcause);
	uint8_t cause = status < sizeof(causes) ? causes[status] : 0;
	struct llext_domain_fault *fault = llext_domain_abandon(
		level, cause != 0 ? (enum llext_domain_cause)cause : LLEXT_DOMAIN_OTHER);

	if (fault == NULL)
		return;
	fault->has_address = status < sizeof(causes) && status >= 4;
	if (fault->has_address)
		fault->address = CSR_READ(mtval);
	fault->status = status;
	fault->pc = CSR_READ(mepc);
	fault->lr = registers[8];
	fault->sp = level->way.sp;
	memcpy(fault->reg, registers, sizeof(fault->reg));
}

#endif
