/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on RISC-V without its assembly: what the PMP is told, what slots consist of, and what
 * is recorded of a fault. src/sandbox is this test's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include "desk_domain_riscv.h"
#undef __asm__
#undef volatile
#include "../../ports/riscv_m/domain_riscv.h"
#include "domain_trap.h"
#include "desk_unit.h"

#define TOR    0x08
#define LOCKED 0x80

unsigned int desk_barriers;
struct desk_mpu desk_mpu;
struct desk_pmp desk_pmp;
struct desk_trap desk_trap;
unsigned llext_mcu_domain_slots;

__asm__(".data\n.balign 4096\n.globl __llext_user_start\n__llext_user_start: .zero 8192\n"
	".globl __llext_user_end\n__llext_user_end: .zero 8\n.text");

static int faults;
static uintptr_t address_bits = (uintptr_t)-1; /* that are there */
static struct llext_domain_fault fault;
static struct llext_domain_level level = {.domain = &domain, .user_state = 0x77, .way.sp = 0x5550};

void desk_written(const uintptr_t *address)
{
	(void)address;
}

/* While an address is written, its entry and the one above it are off. */
void desk_write(uintptr_t *csr, uintptr_t value)
{
	size_t entry = (size_t)(csr - &desk_pmp.pmpaddr0);

	if (entry < 16) {
		must(desk_cfg((unsigned int)entry) == 0 && desk_cfg((unsigned int)entry | 1) == 0);
		value &= address_bits;
	}
	*csr = value;
}

void llext_riscv_m_user_trap(void)
{
}

struct llext_domain_fault *llext_domain_abandon(struct llext_domain_level *of,
						enum llext_domain_cause cause)
{
	must(of == &level);
	fault = (struct llext_domain_fault){.cause = cause};
	faults++;
	return &fault;
}

const struct llext_gate *llext_domain_gate_at(const struct k_mem_domain *of, uintptr_t slot)
{
	(void)of;
	(void)slot;
	return NULL;
}

bool llext_domain_admit(struct llext_domain_level *of, const struct llext_gate *gate,
			uintptr_t *words, uintptr_t pc, uintptr_t sp)
{
	(void)of;
	(void)gate;
	(void)words;
	return pc == 0x77 && sp == 0x5550;
}

static bool has(unsigned int pair, uintptr_t start, uintptr_t end, uint8_t cfg)
{
	const uintptr_t *addresses = &desk_pmp.pmpaddr0;

	return addresses[2 * pair] == start >> 2 && addresses[2 * pair + 1] == end >> 2 &&
	       desk_cfg(2 * pair) == 0 && desk_cfg(2 * pair + 1) == cfg;
}

static bool is_off(unsigned int pair)
{
	return desk_cfg(2 * pair) == 0 && desk_cfg(2 * pair + 1) == 0;
}

static void check_open(void)
{
	for (unsigned int entry = 0; entry < 16; entry++) {
		uintptr_t *cfg = entry < 8 ? &desk_pmp.pmpcfg0 : &desk_pmp.pmpcfg2;

		*cfg = (uintptr_t)LOCKED << entry % 8 * 8;
		must(llext_domain_port_open() == -ENOTSUP && llext_mcu_domain_slots == 0);
		*cfg = 0;
	}
	address_bits = 0;
	must(llext_domain_port_open() == -ENOTSUP && llext_mcu_domain_slots == 0);
	/* The text for all domains is of two pages. */
	address_bits = ~(uintptr_t)0xfff;
	must(llext_domain_port_open() == -EINVAL && llext_mcu_domain_slots == 0);
	/* It tells 64 bytes apart. */
	address_bits = ~(uintptr_t)15;
	must(llext_domain_port_open() == 0);
	must(llext_domain_port_check(0x1040, 64, LLEXT_ACCESS_RW) == 0);
	must(llext_domain_port_check(0x1020, 64, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(0x1040, 32, LLEXT_ACCESS_RW) == -EINVAL);
	{
		size_t size = 65, align = 4;

		llext_domain_port_fit(&size, &align);
		must(size == 128 && align == 64);
	}
	address_bits = (uintptr_t)-1;
	/* An entry in another mode, whose address would tell nothing. */
	desk_pmp.pmpcfg0 = 0x1f;
	desk_pmp.pmpaddr0 = 0x5678;
	must(llext_domain_port_open() == 0 && desk_pmp.pmpaddr0 == 0x5678);
	must(desk_pmp.pmpcfg0 == 0);
	must(llext_mcu_domain_slots == 16);
}

static void check_pieces(void)
{
	static const size_t bytes[][3] = {{1, 4, 16}, {16, 16, 16}, {17, 32, 32}, {0, 1, 16}};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		size_t size = bytes[i][0], align = bytes[i][1];

		llext_domain_port_fit(&size, &align);
		must(size == (bytes[i][0] + 15) / 16 * 16 && align == bytes[i][2]);
	}
	must(llext_domain_port_check(0x1000, 4, LLEXT_ACCESS_RW) == 0);
	must(llext_domain_port_check(0x1002, 4, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(0x1001, 4, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(0x1000, 6, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(0x1000, 0, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check((uintptr_t)-4, 4, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check((uintptr_t)-8, 4, LLEXT_ACCESS_RW) == 0);
	must(llext_domain_port.parts ==
	     (CONFIG_LLEXT_DOMAIN_PARTS < 7 ? CONFIG_LLEXT_DOMAIN_PARTS : 7));
	/* One pair is the text for all. */
	domain.part_count = 7;
	must(llext_domain_port_parts(&domain) == 0);
	domain.part_count = 8;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
}

static void set_parts(struct k_mem_domain *which, unsigned int count, uintptr_t start)
{
	static const unsigned int rights[] = {LLEXT_ACCESS_RX, LLEXT_ACCESS_RO, LLEXT_ACCESS_RW};

	which->part_count = (uint8_t)count;
	for (unsigned int i = 0; i < count; i++)
		*llext_domain_part(which, i) = (struct llext_domain_part){
			.start = start + 0x1000 * i,
			.bytes = 0x100 + 16 * i,
			.access = rights[i < 2 ? i : 2] & 3,
		};
}

/* The parts one behind the other, then the text for all; nothing of the domain before. */
static void check_unit(void)
{
	static const uint8_t cfg[] = {TOR | 5, TOR | 1, TOR | 3, TOR | 3, TOR | 3};
	uintptr_t user = (uintptr_t)__llext_user_start;

	set_parts(&domain, 5, 0x10000);
	llext_domain_port_resume(&domain);
	for (unsigned int i = 0; i < 5; i++)
		must(has(i, 0x10000 + 0x1000 * i, 0x10100 + 0x1010 * i, cfg[i]));
	must(has(5, user, user + 8192, TOR | 5) && is_off(6) && is_off(7));
	must(held == 0 && in_unit == 1 && domain.text_bytes != 0);
	/* Again: nothing is written. */
	desk_pmp.pmpaddr0 = 1;
	domain.text_bytes = 0;
	llext_domain_port_resume(&domain);
	must(desk_pmp.pmpaddr0 == 1 && in_unit == 2 && domain.text_bytes != 0);
	/* Unless its parts have changed. */
	must(llext_domain_port_reload(&domain) == 0 && has(0, 0x10000, 0x10100, TOR | 5));
	must(in_unit == 3 && domain.text_bytes != 0);
	set_parts(&other, 2, 0x50000);
	llext_domain_port_resume(&other);
	must(has(0, 0x50000, 0x50100, TOR | 5) && has(1, 0x51000, 0x51110, TOR | 1));
	must(has(2, user, user + 8192, TOR | 5));
	for (unsigned int i = 3; i < 8; i++)
		must(is_off(i));
	must(domain.text_bytes == 0 && other.text_bytes != 0);
	/* One that is not there is dropped already. */
	llext_domain_port_drop(&domain);
	must(!is_off(0) && other.text_bytes != 0);
	llext_domain_port_drop(&other);
	for (unsigned int i = 0; i < 8; i++)
		must(is_off(i));
	must(other.text_bytes == 0 && held == 0);
	llext_domain_port_resume(&other);
	must(has(0, 0x50000, 0x50100, TOR | 5));
	llext_domain_port_revoke(&other);
	must(has(0, 0x50000, 0x50100, TOR | 5));
}

/* Where AUIPC and JALR lead that were written for this address. */
static uintptr_t leads_to(const uint8_t *mem, uintptr_t at)
{
	uint32_t code[2];

	memcpy(code, mem, sizeof(code));
	must((code[0] & 0xfff) == (6 << 7 | 0x17));    /* auipc t1 */
	must((code[1] & 0xfffff) == (6 << 15 | 0x67)); /* jr t1 */
	return at + (uintptr_t)(intptr_t)(int32_t)(code[0] & 0xfffff000) +
	       (uintptr_t)(intptr_t)((int32_t)code[1] >> 20);
}

static void check_slots(void)
{
	static const intptr_t near[] = {0,           4,          -4,           0x7fe,
					0x800,       -0x800,     -0x802,       0x12345678,
					-0x12345678, 0x7ffff7fe, -0x80000000L, -0x80000800L};
	static const intptr_t far[] = {0x7ffff800, 0x7ffffffe, -0x80000802L, 0x100000000,
				       -0x100000000};
	const uintptr_t at = 0x8000000000;
	uint8_t mem[24];

	memset(mem, 1, sizeof(mem));
	llext_domain_port_slot(mem, at, NULL);
	must(mem[0] == 0x73 && mem[16] == 1);
	for (int i = 1; i < 16; i++)
		must(mem[i] == 0);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		memset(mem, 1, sizeof(mem));
		must(llext_domain_port_jump(mem, at, (const void *)(at + (uintptr_t)near[i])));
		must(leads_to(mem, at) == at + (uintptr_t)near[i] && mem[16] == 1);
		for (int j = 8; j < 16; j++)
			must(mem[j] == 0);
	}
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		must(!llext_domain_port_jump(mem, at, (const void *)(at + (uintptr_t)far[i])));
}

/* The first slot, how far back to it the last one is, and user mode with interrupts on after MRET.
 */
static void check_way(void)
{
	desk_trap.mstatus = 0x6000 | 0x1888;
	llext_domain_port_way(&domain, 0x9000, 4 * 16);
	must(domain.way.slots[0] == 0x9000 && domain.way.slots[1] == ~(uintptr_t)(3 * 16));
	must(domain.port[PORT_STATUS] == (0x6000 | 0x80));
	must(domain.port[PORT_VECTOR] == (uintptr_t)&llext_riscv_m_user_trap);
}

static void check_faults(void)
{
	static const enum llext_domain_cause causes[20] = {
		LLEXT_DOMAIN_EXECUTE,     LLEXT_DOMAIN_EXECUTE, LLEXT_DOMAIN_INSTRUCTION,
		LLEXT_DOMAIN_INSTRUCTION, LLEXT_DOMAIN_READ,    LLEXT_DOMAIN_READ,
		LLEXT_DOMAIN_WRITE,       LLEXT_DOMAIN_WRITE,   LLEXT_DOMAIN_OTHER,
		LLEXT_DOMAIN_OTHER,       LLEXT_DOMAIN_OTHER,   LLEXT_DOMAIN_OTHER,
		LLEXT_DOMAIN_EXECUTE,     LLEXT_DOMAIN_READ,    LLEXT_DOMAIN_OTHER,
		LLEXT_DOMAIN_WRITE,       LLEXT_DOMAIN_OTHER,   LLEXT_DOMAIN_OTHER,
		LLEXT_DOMAIN_OTHER,       LLEXT_DOMAIN_OTHER,
	};
	const uintptr_t registers[9] = {21, 22, 23, 24, 25, 26, 27, 28, 29};
	uintptr_t words[8] = {11, 12, 13, 14};
	static const struct llext_gate_check far[] = {{.kind = LLEXT_GATE_STRING},
						      {.kind = LLEXT_GATE_END}};
	const struct llext_gate gate = {.checks = far};

	desk_trap.mepc = 0x123;
	desk_trap.mtval = 0x456;
	for (uintptr_t cause = 0; cause < 20; cause++) {
		bool address = cause >= 4 && cause < 16;

		desk_trap.mcause = cause;
		llext_riscv_m_fault(&level, registers);
		must(fault.cause == causes[cause] && fault.status == cause && fault.pc == 0x123);
		must(fault.has_address == address && fault.address == (address ? 0x456 : 0));
		must(fault.lr == 29 && fault.sp == 0x5550);
		for (uintptr_t i = 0; i < 4; i++)
			must(fault.reg[i] == 21 + i);
	}
	must(faults == 20);
	must(llext_mcu_gate_at(&level, 0x1230, words, 8) == NULL && faults == 21);
	must(fault.cause == LLEXT_DOMAIN_GATE && fault.pc == 0x1230 && fault.lr == 0x77);
	must(fault.sp == 0x5550 && fault.status == 8);
	for (uintptr_t i = 0; i < 4; i++)
		must(fault.reg[i] == 11 + i);
	must(llext_mcu_gate(&level, &gate, words));
}

int main(void)
{
	check_open();
	check_pieces();
	check_unit();
	check_slots();
	check_way();
	check_faults();
	puts("all is well");
	return 0;
}
