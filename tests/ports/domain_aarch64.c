/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on AArch64 without its assembly: what the processor is told, what is recorded of a
 * fault, and what slots consist of. src/sandbox and the tables are this test's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../common/must.h"
#include "desk_aarch64.h"
#include "domain_aarch64.h"
#include "domain_trap.h"
#include "mpu.h"

struct desk_registers desk_registers;
unsigned int desk_barriers, desk_writes;

__asm(".data\n.balign 4096\n.globl __llext_user_start\n__llext_user_start: .zero 8192\n"
      ".globl __llext_user_end\n__llext_user_end: .zero 8\n.text");
extern char __llext_user_start[], __llext_user_end[];

unsigned llext_mcu_domain_slots;
static int enable_rc, set_rc, sets;
static const struct k_mem_domain *loaded;
static struct llext_domain_fault fault;
static int faults, all_near, admitted;
static const struct llext_gate *gate_there;
static bool end_there;
static const struct llext_gate some_gate = {.flags = 1};
static struct k_mem_domain domain;
static struct llext_domain_level level = {.domain = &domain, .user_state = 0x77, .way.sp = 0x5550};

int llext_aarch64_enable(void)
{
	return enable_rc;
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	(void)slot;
	must(start == (uintptr_t)__llext_user_start && size == 8192);
	must(access == (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE | LLEXT_MPU_USER));
	sets++;
	return set_rc;
}

void llext_aarch64_load(const struct k_mem_domain *what)
{
	loaded = what;
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
	must(of == &domain && slot == 0x1230);
	return end_there ? LLEXT_DOMAIN_END : gate_there;
}

bool llext_domain_admit(struct llext_domain_level *of, const struct llext_gate *gate,
			uintptr_t *words, uintptr_t pc, uintptr_t sp)
{
	must(of == &level && gate->flags == 1 && words != NULL && pc == 0x77 && sp == 0x5550);
	admitted++;
	return all_near != 0;
}

static void check_open(void)
{
	const uint64_t open = 1ull << 9 | 1ull << 14 | 1ull << 15 | 1ull << 16 | 1ull << 18 |
			      1ull << 24 | 1ull << 26;

	/* EL1 with its own stack pointer, or not at all. */
	desk_registers = (struct desk_registers){.currentel = 2 << 2, .spsel = 1};
	must(llext_domain_port_open() == -ENOTSUP);
	desk_registers.currentel = 1 << 2;
	desk_registers.spsel = 0;
	must(llext_domain_port_open() == -ENOTSUP && llext_mcu_domain_slots == 0);
	desk_registers.spsel = 1;
	desk_registers.sctlr_el1 = ~0ull;
	desk_registers.cntkctl_el1 = ~0ull;
	desk_registers.pmuserenr_el0 = ~0ull;
	/* Where tables or text cannot be had, nothing of the processor is touched. */
	enable_rc = -EINVAL;
	must(llext_domain_port_open() == -EINVAL && sets == 0);
	enable_rc = 0;
	set_rc = -ENOSPC;
	must(llext_domain_port_open() == -ENOSPC && sets == 1);
	must(desk_registers.sctlr_el1 == ~0ull && desk_registers.cpacr_el1 == 0);
	set_rc = 0;
	must(llext_domain_port_open() == 0 && sets == 2);
	must(llext_mcu_domain_slots == (unsigned)-1);
	must(desk_registers.sctlr_el1 == ~open && desk_registers.cntkctl_el1 == ~0x303ull);
	must(desk_registers.pmuserenr_el0 == 0 && desk_registers.mdscr_el1 == 1ull << 12);
	must(desk_registers.cpacr_el1 == 3ull << 20);
	must(desk_barriers != 0);
}

static void check_slots(void)
{
	const void *function = (const void *)(uintptr_t)0x123456789abcdef0;
	uint8_t mem[24];
	uint32_t words[6];

	memset(mem, 1, sizeof(mem));
	llext_domain_port_slot(mem, 0, NULL);
	memcpy(words, mem, sizeof(words));
	must(words[0] == 0xd4000001 && words[1] == 0 && words[3] == 0 && mem[16] == 1);
	memset(mem, 1, sizeof(mem));
	must(llext_domain_port_jump(mem, 0, function));
	memcpy(words, mem, sizeof(words));
	must(words[0] == 0x58000050 && words[1] == 0xd61f0200);
	must(memcmp(mem + 8, &function, 8) == 0 && mem[16] == 1);
}

static void check_calls(void)
{
	uintptr_t words[8] = {11, 12, 13, 14};

	domain.way.stack = 0x4000;
	domain.way.stack_limit = 0x800 - LLEXT_DOMAIN_FRAME;
	llext_domain_port_way(&domain, 0x9000, 0x40);
	must(domain.way.slots[0] == 0x9000 && domain.way.slots[1] == 0x40);
	llext_aarch64_switch(&level);
	must(loaded == &domain);
	/* A slot that is one, the end, and what is none. */
	gate_there = &some_gate;
	must(llext_mcu_gate_at(&level, 0x1230, words, 0x56000000) == &some_gate && faults == 0);
	gate_there = NULL;
	end_there = true;
	must(llext_mcu_gate_at(&level, 0x1230, words, 0x56000000) == (const void *)1 &&
	     faults == 0);
	end_there = false;
	must(llext_mcu_gate_at(&level, 0x1230, words, 0x56000000) == NULL && faults == 1);
	must(fault.cause == LLEXT_DOMAIN_GATE && fault.pc == 0x1230 && fault.lr == 0x77);
	must(fault.sp == 0x5550 && fault.status == 0x56000000 && !fault.has_address);
	for (uintptr_t i = 0; i < 4; i++)
		must(fault.reg[i] == 11 + i);
}

static void check_arguments(void)
{
	static const struct llext_gate_check none[] = {{.kind = LLEXT_GATE_END}};
	static const struct llext_gate_check far[] = {{.kind = LLEXT_GATE_IN, .bytes = 1},
						      {.kind = LLEXT_GATE_END}};
	struct llext_gate gate = {.flags = 1, .checks = none};
	uintptr_t words[8] = {0x100000, 4};

	must(llext_mcu_gate(&level, &gate, words) && admitted == 0);
	gate.checks = far;
	must(!llext_mcu_gate(&level, &gate, words) && admitted == 1);
	all_near = 1;
	must(llext_mcu_gate(&level, &gate, words) && admitted == 2);
}

/* Every class of exception: its cause, and whether there is an address. */
static void check_faults(void)
{
	const uintptr_t registers[5] = {21, 22, 23, 24, 25};

	for (uint64_t class = 0; class < 64; class ++) {
		for (uint64_t more = 0; more < 4; more++) {
			uint64_t syndrome = class << 26 | (more & 1) << 6 | (more & 2) << 9;
			enum llext_domain_cause cause = LLEXT_DOMAIN_OTHER;
			bool address =
				class == 0x22 || ((class == 0x20 || class == 0x24) && more < 2);

			if (class == 0x00 || class == 0x01 || class == 0x07 || class == 0x0e ||
			    class == 0x18 || class == 0x3c)
				cause = LLEXT_DOMAIN_INSTRUCTION;
			else if (class == 0x20 || class == 0x22)
				cause = LLEXT_DOMAIN_EXECUTE;
			else if (class == 0x24)
				cause = more & 1 ? LLEXT_DOMAIN_WRITE : LLEXT_DOMAIN_READ;
			else if (class == 0x26)
				cause = LLEXT_DOMAIN_STACK;
			if (syndrome == 0) /* an interrupt has stopped it */
				cause = LLEXT_DOMAIN_OTHER;
			desk_registers.elr_el1 = 0x123;
			desk_registers.far_el1 = 0x456;
			llext_aarch64_contain(&level, registers, syndrome);
			must(fault.cause == cause && fault.has_address == address);
			must(fault.address == (address ? 0x456 : 0) && fault.pc == 0x123);
			must(fault.lr == 25 && fault.sp == 0x5550 && fault.status == syndrome);
			for (uintptr_t i = 0; i < 4; i++)
				must(fault.reg[i] == 21 + i);
		}
	}
	must(faults == 1 + 64 * 4);
}

int main(void)
{
	check_open();
	llext_domain_port_revoke(&domain);
	check_slots();
	check_calls();
	check_arguments();
	check_faults();
	puts("all is well");
	return 0;
}
