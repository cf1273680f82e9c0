/* SPDX-License-Identifier: Apache-2.0 */
/* The page tables of ports/aarch64, the firmware's and domains', read as the processor would. */
#include <stdio.h>
#include <stdlib.h>
#include "../common/must.h"
#include "desk_aarch64.h"
#include "domain_aarch64.h"
#include "llext_mcu.h"
#include "mpu.h"
#include "slots.h"
#include "tables.h"

#define CODE    0x40000000u
#define DATA    0x401ff000u /* pages of two tables, and of the second GiB's first one */
#define FAR     0x7fe00000u
#define DEVICES 0x3fe00000u
#define END     0x80000000u
#define MIB2    0x200000u
#define RW      (LLEXT_MPU_READ | LLEXT_MPU_WRITE)
#define RX      (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE)

struct desk_registers desk_registers;
unsigned int desk_barriers, desk_writes;
static uint64_t forgotten_space;
static unsigned int forgotten_pages;
static uint64_t first_page, last_page;

void system_forget_space(uint64_t asid)
{
	forgotten_space = asid;
}

void system_forget_page(uint64_t number)
{
	if (forgotten_pages++ == 0)
		first_page = number;
	last_page = number;
}

#define RANGE(first, last, what)                                                                   \
	{                                                                                          \
		(const char *)(uintptr_t)(first), (const char *)(uintptr_t)(last),                 \
			LLEXT_MCU_##what                                                           \
	}

static struct llext_mcu_range ranges[60];

/* The port has it for a constant. */
extern struct llext_mcu_range llext_mcu_memory_[60] __asm("llext_mcu_memory");
struct llext_mcu_range llext_mcu_memory_[60];

static const struct llext_mcu_range usual[] = {
	RANGE(CODE + 8, CODE + 0x2001, CODE), /* three pages */
	RANGE(DATA, DATA + 0x5000, DATA),     RANGE(FAR, END, DATA),
	RANGE(DEVICES, CODE, DEVICES),        RANGE(0, 0, END),
};

static void describe(const struct llext_mcu_range *what, size_t count)
{
	memcpy(llext_mcu_memory_, what, count * sizeof(*what));
}

/* What a processor finds for an address: 0 where nothing is mapped. A block's entry has bit 1 off.
 */
static uint64_t entry_in(const uint64_t *level1, uintptr_t at)
{
	const uint64_t *table;
	uint64_t entry;

	if (at >= END)
		return 0;
	entry = level1[at >> 30];
	must((entry & TABLE) == TABLE);
	table = (const uint64_t *)(uintptr_t)(entry & ADDRESS);
	entry = table[at >> 21 & 511];
	if ((entry & TABLE) != TABLE)
		return entry & 1 ? entry : 0;
	table = (const uint64_t *)(uintptr_t)(entry & ADDRESS);
	return table[at >> 12 & 511];
}

static uint64_t entry_of(uintptr_t at)
{
	return entry_in(llext_aarch64_level1, at);
}

/* A page of normal memory with these rights, and at its own address. */
static bool is_page(uintptr_t at, uint64_t rights)
{
	return entry_of(at) == ((at & ~(uintptr_t)0xfff) | 0xf03 | rights);
}

#define RIGHTS_CODE (1ull << 7 | 1ull << 54)  /* read-only; EL0 does not execute it */
#define RIGHTS_DATA (1ull << 53 | 1ull << 54) /* nobody executes it */
#define RIGHTS_RO   (1ull << 7 | 1ull << 53 | 1ull << 54)
#define RIGHTS_ANY  (1ull << 54) /* the firmware writes and executes it */

/* ---- the firmware's ---- */

static void check_memory(uint64_t data)
{
	must(entry_of(CODE - 1) == (DEVICES | 0xc05 | 1ull << 53 | 1ull << 54));
	must(entry_of(DEVICES) == entry_of(CODE - 1) && entry_of(DEVICES - 1) == 0);
	for (uintptr_t at = CODE; at < CODE + 0x3000; at += 0x1000)
		must(is_page(at, RIGHTS_CODE));
	must(entry_of(CODE + 0x3000) == 0 && entry_of(DATA - 1) == 0);
	for (uintptr_t at = DATA; at < DATA + 0x5000; at += 0x1000)
		must(is_page(at, data));
	must(entry_of(DATA + 0x5000) == 0 && entry_of(FAR - 1) == 0);
	must(is_page(FAR, data) && is_page(END - 0x1000, data) && entry_of(0) == 0);
}

static void check_refused(size_t count, const struct llext_mcu_range *what)
{
	describe(what, count);
	must(llext_mpu_enable() == -EINVAL);
}

#define REFUSED(...)                                                                               \
	check_refused(sizeof((const struct llext_mcu_range[]){__VA_ARGS__}) / sizeof(ranges[0]),   \
		      (const struct llext_mcu_range[]){__VA_ARGS__})

/* Before anything is switched on: what cannot be mapped. */
static void check_what_cannot_be(void)
{
	must(llext_mpu_set(0, CODE, 0x1000, LLEXT_MPU_READ) == -EINVAL);
	REFUSED(RANGE(DEVICES + 0x1000, CODE, DEVICES), RANGE(0, 0, END));
	REFUSED(RANGE(DEVICES, CODE - 0x1000, DEVICES), RANGE(0, 0, END));
	REFUSED(RANGE(END - MIB2, END + MIB2, DEVICES), RANGE(0, 0, END));
	REFUSED(RANGE(END - 0x1000, END + 0x1000, DATA), RANGE(0, 0, END));
	REFUSED({NULL, NULL, (enum llext_mcu_kind)77}, RANGE(0, 0, END));
	/* One range more than there are tables for. */
	for (uint32_t i = 0; i < 48; i++)
		ranges[i] =
			(struct llext_mcu_range)RANGE(CODE + i * MIB2, CODE + i * MIB2 + 1, DATA);
	ranges[48] = (struct llext_mcu_range)RANGE(CODE + 48 * MIB2, CODE + 48 * MIB2 + 1, DATA);
	ranges[49] = (struct llext_mcu_range)RANGE(0, 0, END);
	check_refused(50, ranges);
	must(desk_registers.ttbr0_el1 == 0 && (desk_registers.sctlr_el1 & 1) == 0);
}

static void check_firmware(void)
{
	check_what_cannot_be();
	describe(usual, 5);
	desk_registers.sctlr_el1 = 1ull << 9;
	must(llext_aarch64_enable() == 0);
	check_memory(RIGHTS_ANY);
	must(desk_registers.ttbr0_el1 == (uintptr_t)llext_aarch64_level1);
	must(desk_registers.sctlr_el1 == (1ull << 9 | 1ull << 0 | 1ull << 2 | 1ull << 12));
	must(desk_registers.mair_el1 == 0xff && (desk_registers.tcr_el1 & 63) == 64 - 31);
	/* It is on: nothing is made anew; with protection, data is not executable any more. */
	must(llext_mpu_set(0, DATA, 0x1000, LLEXT_MPU_READ) == 0 && is_page(DATA, RIGHTS_RO));
	must(llext_aarch64_enable() == 0 && is_page(DATA, RIGHTS_RO));
	must(llext_mpu_enable() == 0);
	check_memory(RIGHTS_DATA);
	/* Up to the end of what can be mapped. */
	describe(
		(const struct llext_mcu_range[]){RANGE(END - MIB2, END, DEVICES), RANGE(0, 0, END)},
		2);
	must(llext_mpu_enable() == 0 && (entry_of(END - 1) & 7) == 5);
	/* As many tables as there are. */
	ranges[48] = (struct llext_mcu_range)RANGE(0, 0, END);
	describe(ranges, 49);
	must(llext_mpu_enable() == 0 && is_page(CODE + 47 * MIB2, RIGHTS_DATA));
	must(llext_mpu_set(0, CODE + 48 * MIB2, 0x1000, LLEXT_MPU_READ) == -EINVAL);
	describe(usual, 5);
	must(llext_mpu_enable() == 0);
	check_memory(RIGHTS_DATA);
}

static void check_fit(void (*fit)(size_t *bytes, size_t *align))
{
	static const size_t sizes[][2] = {{1, 0x1000},      {2, 0x1000},      {0xfff, 0x1000},
					  {0x1000, 0x1000}, {0x1001, 0x2000}, {0x1002, 0x2000}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t bytes = sizes[i][0], align = 8;

		fit(&bytes, &align);
		must(bytes == sizes[i][1] && align == 0x1000);
		align = 0x4000;
		fit(&bytes, &align);
		must(bytes == sizes[i][1] && align == 0x4000);
	}
}

static void check_pieces(void)
{
	unsigned int left = 0, before;

	/* Each page of the piece, of two tables, and no other. */
	before = desk_barriers;
	forgotten_pages = 0;
	must(llext_slots_add(DATA, 0x3000, RX) == 0);
	must(forgotten_pages == 3 && first_page == DATA >> 12 && last_page == (DATA >> 12) + 2);
	must(desk_barriers > before);
	must(is_page(DATA, RIGHTS_CODE) && is_page(DATA + 0x2000, RIGHTS_CODE));
	must(is_page(DATA + 0x3000, RIGHTS_DATA));
	must(llext_slots_add(DATA + 0x4000, 0x1000, LLEXT_MPU_READ) == 0);
	must(is_page(DATA + 0x4000, RIGHTS_RO) && is_page(DATA + 0x3000, RIGHTS_DATA));
	must(llext_slots_remove(DATA, 0x2000) == 0);
	must(is_page(DATA + 0x1000, RIGHTS_DATA) && is_page(DATA + 0x2000, RIGHTS_CODE));
	must(llext_mpu_clear(3, DATA + 0x2000, 0x3000) == 0);
	check_memory(RIGHTS_DATA);
	must(llext_mpu_set(0, DATA, 0x1000, RX | LLEXT_MPU_USER) == 0);
	must(is_page(DATA, 1ull << 6 | 1ull << 7));
	must(llext_mpu_set(0, DATA, 0x1000, 0) == 0 && entry_of(DATA) == 0);
	must(llext_slots_open(DATA, 0x5000) == 0);
	check_memory(RIGHTS_DATA);
	/* What no page can be. */
	must(llext_mpu_set(0, DATA + 1, 0x1000, RX) == -EINVAL);
	must(llext_mpu_set(0, DATA + 0x800, 0x1000, RX) == -EINVAL);
	must(llext_mpu_set(0, DATA, 0x1800, RX) == -EINVAL);
	must(llext_mpu_set(0, DATA, 0, RX) == -EINVAL);
	must(llext_mpu_set(0, DATA, 0x1000, LLEXT_MPU_WRITE) == -EINVAL);
	must(llext_mpu_set(0, DATA, 0x1000, LLEXT_MPU_EXECUTE) == -EINVAL);
	must(llext_mpu_set(0, -(uintptr_t)0x1000, 0x2000, RX) == -EINVAL);
	must(llext_mpu_set(0, END, 0x1000, RX) == -EINVAL);
	must(llext_mpu_set(0, 0x100000, 0x1000, RX) == -EINVAL); /* no table is there */
	check_memory(RIGHTS_DATA);
	check_fit(llext_slots_fit);
	must(llext_slots_needed(5, &left) == 0 && left == UINT_MAX && llext_slots_most() == 0);
	must(llext_mpu()->granule == 0x1000 && llext_mpu()->slots == UINT_MAX);
	must(llext_mpu()->read_only == 1 && llext_mpu()->overlap == 0);
	desk_registers.daif = 5;
	must(llext_mpu_hold() == 5);
	desk_registers.daif = 7;
	llext_mpu_go_on(5);
	must(desk_registers.daif == 5);
}

/* ---- domains' ---- */

static const struct llext_domain_config config = {.mem = (void *)(uintptr_t)DATA, .bytes = 0x5000};

/* The core's function: each domain of the test's has room for all of its pieces. */
struct llext_domain_part *llext_domain_part(const struct k_mem_domain *domain, unsigned int index)
{
	static struct {
		const struct k_mem_domain *domain;
		struct llext_domain_part parts[CONFIG_LLEXT_DOMAIN_PARTS];
	} rooms[16];
	size_t i = 0;

	while (i < 15 && rooms[i].domain != NULL && rooms[i].domain != domain)
		i++;
	must(rooms[i].domain == NULL || rooms[i].domain == domain);
	must(index < CONFIG_LLEXT_DOMAIN_PARTS);
	rooms[i].domain = domain;
	return &rooms[i].parts[index];
}

static void add_part(struct k_mem_domain *domain, uintptr_t start, size_t bytes,
		     enum llext_access access)
{
	struct llext_domain_part *part = llext_domain_part(domain, domain->part_count++);

	part->start = start;
	part->bytes = bytes;
	part->access = access;
}

static const uint64_t *loaded(void)
{
	return (const uint64_t *)(uintptr_t)(llext_aarch64_ttbr & ((1ull << 48) - 1));
}

/* All that the tables say: the parts are EL0's, the rest is as the firmware has it. */
static void check_domain(const struct k_mem_domain *domain)
{
	must(llext_aarch64_loaded == domain && llext_aarch64_ttbr >> 48 != 0);
	for (uintptr_t at = DEVICES - 0x1000; at < END; at += 0x1000) {
		uint64_t wanted = entry_of(at);

		for (unsigned int i = 0; i < domain->part_count; i++) {
			const struct llext_domain_part *part = llext_domain_part(domain, i);

			if (at - part->start >= part->bytes)
				continue;
			/* EL0's, and never the firmware's code. */
			wanted = at | 0xf03 | 1ull << 6 | 1ull << 53;
			wanted |= part->access != LLEXT_ACCESS_RW ? 1ull << 7 : 0;
			wanted |= part->access != LLEXT_ACCESS_RX ? 1ull << 54 : 0;
		}
		must(entry_in(loaded(), at) == wanted);
	}
}

static void check_domains(void)
{
	struct k_mem_domain domains[6] = {0};
	uint64_t seen[6];

	for (unsigned int i = 0; i < 6; i++) {
		domains[i].config = &config;
		add_part(&domains[i], DATA, 0x2000, LLEXT_ACCESS_RX); /* of two tables */
		add_part(&domains[i], DATA + 0x2000, 0x1000, LLEXT_ACCESS_RO);
		add_part(&domains[i], DATA + 0x3000 + 0x1000 * (i & 1), 0x1000, LLEXT_ACCESS_RW);
		add_part(&domains[i], FAR + 0x10000 * i, 0x8000, LLEXT_ACCESS_RW);
		must(llext_domain_port_parts(&domains[i]) == 0);
	}
	/* Four have tables at a time, each under a number of its own. */
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int before = desk_barriers, writes = desk_writes;

		desk_registers.daif = 0x40;
		forgotten_space = 99;
		llext_aarch64_load(&domains[i]);
		/* Under a mask of interrupts that is as it was afterwards. */
		must(desk_registers.daif == 0x40 && desk_barriers > before && desk_writes > writes);
		must(forgotten_space == llext_aarch64_ttbr >> 48);
		check_domain(&domains[i]);
		seen[i] = llext_aarch64_ttbr;
		for (unsigned int j = 0; j < i; j++)
			must(seen[j] >> 48 != seen[i] >> 48 && seen[j] != seen[i]);
	}
	check_memory(RIGHTS_DATA); /* the firmware's own are what they were */
	for (unsigned int i = 0; i < 4; i++) {
		llext_aarch64_load(&domains[i]);
		must(llext_aarch64_ttbr == seen[i]);
		check_domain(&domains[i]);
	}
	/* The others take the places of the first. */
	for (unsigned int i = 4; i < 6; i++) {
		llext_aarch64_load(&domains[i]);
		must(llext_aarch64_ttbr == seen[i - 4]);
		check_domain(&domains[i]);
	}
	llext_domain_port_resume(&domains[0]);
	must(llext_aarch64_ttbr == seen[2]);
	check_domain(&domains[0]);
	llext_domain_port_resume(&domains[0]);
	must(llext_aarch64_ttbr == seen[2]);
	llext_domain_port_resume(&domains[3]);
	must(llext_aarch64_ttbr == seen[3]);
	/* Other parts: only tables that are made anew have them. */
	llext_domain_part(&domains[3], 2)->start = DATA + 0x3000;
	must(llext_domain_port_reload(&domains[3]) == 0);
	check_domain(&domains[3]);
	llext_domain_port_drop(&domains[3]);
	must(llext_aarch64_loaded == NULL);
	llext_aarch64_load(&domains[0]);
	llext_domain_port_drop(&domains[4]); /* not the one that is loaded */
	must(llext_aarch64_loaded == &domains[0]);
	domains[4].part_count = 1;
	llext_aarch64_load(&domains[4]);
	check_domain(&domains[4]);
	for (unsigned int i = 0; i < 6; i++) {
		unsigned int writes = desk_writes;

		llext_domain_port_drop(&domains[i]);
		must(desk_writes > writes);
	}
	/* As many tables as a domain may have: each of four of them, one behind the other. */
	ranges[48] = (struct llext_mcu_range)RANGE(0, 0, END);
	describe(ranges, 49);
	must(llext_mpu_enable() == 0);
	for (unsigned int i = 0; i < 4; i++) {
		domains[i].part_count = 0;
		for (unsigned int j = 0; j < 5; j++)
			add_part(&domains[i], CODE + (5 * i + j) * MIB2, 0x1000, LLEXT_ACCESS_RW);
		llext_aarch64_load(&domains[i]);
		check_domain(&domains[i]);
	}
	for (unsigned int i = 0; i < 4; i++) {
		llext_aarch64_load(&domains[i]);
		check_domain(&domains[i]);
	}
	describe(usual, 5);
	must(llext_mpu_enable() == 0);
}

/* How much can be fenced in, and what of it. */
static void check_fences(void)
{
	struct k_mem_domain domain = {.config = &config};
	struct llext_domain_config other = config;

	check_fit(llext_domain_port_fit);
	must(llext_domain_port_check(DATA, 0x5000, LLEXT_ACCESS_RW) == 0);
	must(llext_domain_port_check(FAR, MIB2, LLEXT_ACCESS_RW) == 0);
	must(llext_domain_port_check(DATA, 0x6000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(DATA - 0x1000, 0x2000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(DATA, 0, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(DATA + 8, 0x1000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(DATA, 0x808, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(FAR, MIB2 + 0x1000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(FAR, -(size_t)FAR, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(-(uintptr_t)0x1000, 0x1000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(-(uintptr_t)0x1000, 0x2000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(DEVICES, 0x1000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_domain_port_check(0x100000, 0x1000, LLEXT_ACCESS_RW) == -EINVAL);
	/* Code may be read or executed, not written; what EL0 has already is nobody's. */
	must(llext_domain_port_check(CODE, 0x3000, LLEXT_ACCESS_RX) == 0);
	must(llext_domain_port_check(CODE, 0x3000, LLEXT_ACCESS_RO) == 0);
	must(llext_domain_port_check(CODE, 0x3000, LLEXT_ACCESS_RW) == -EINVAL);
	must(llext_mpu_set(0, DATA + 0x4000, 0x1000, RX | LLEXT_MPU_USER) == 0);
	must(llext_domain_port_check(DATA, 0x5000, LLEXT_ACCESS_RX) == -EINVAL);
	must(llext_domain_port_check(DATA, 0x4000, LLEXT_ACCESS_RX) == 0);
	must(llext_mpu_set(0, DATA + 0x4000, 0x1000, RW) == 0);

	/* The whole pages of a domain's memory. */
	must(llext_domain_port_parts(&domain) == 0);
	domain.config = &other;
	other.mem = (void *)(uintptr_t)(DATA + 1);
	other.bytes = 0x1ffe;
	must(llext_domain_port_parts(&domain) == -EINVAL);
	other.bytes = 0x1fff;
	must(llext_domain_port_parts(&domain) == 0);
	other.mem = (void *)(uintptr_t)(DATA - 0xfff);
	other.bytes = 0x1fff;
	must(llext_domain_port_parts(&domain) == 0);
	other.bytes = 0x6fff;
	must(llext_domain_port_parts(&domain) == -EINVAL);
	other.bytes = 0x6ffe - 0x1000;
	must(llext_domain_port_parts(&domain) == 0);
	other.mem = (void *)(uintptr_t)DATA;
	other.bytes = 0;
	must(llext_domain_port_parts(&domain) == -EINVAL);

	/* Six tables: of five pieces of 2 MiB in one GiB, or of four in two. */
	domain = (struct k_mem_domain){.config = &config};
	add_part(&domain, CODE - 0x1000, 0x1000, LLEXT_ACCESS_RW);
	for (unsigned int i = 0; i < 4; i++)
		add_part(&domain, CODE - (2 + i) * MIB2, 0x1000, LLEXT_ACCESS_RW);
	must(llext_domain_port_parts(&domain) == 0);
	add_part(&domain, CODE - 0x2000, 0x1000, LLEXT_ACCESS_RW);
	must(llext_domain_port_parts(&domain) == 0);
	llext_domain_part(&domain, 5)->bytes = 0x2001; /* one byte of another, and of another GiB */
	must(llext_domain_port_parts(&domain) == -ENOSPC);
	llext_domain_part(&domain, 5)->bytes = 0x2000;
	must(llext_domain_port_parts(&domain) == 0);
	llext_domain_part(&domain, 5)->start = CODE - 7 * MIB2;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
	domain.part_count = 4;
	llext_domain_part(&domain, 3)->start = CODE;
	must(llext_domain_port_parts(&domain) == 0);
	llext_domain_part(&domain, 3)->bytes = MIB2 + 1;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
	/* One part of many tables. */
	domain.part_count = 1;
	llext_domain_part(&domain, 0)->start = CODE;
	llext_domain_part(&domain, 0)->bytes = 5 * MIB2;
	must(llext_domain_port_parts(&domain) == 0);
	llext_domain_part(&domain, 0)->bytes = 5 * MIB2 + 1;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
	llext_domain_part(&domain, 0)->bytes = 400 * MIB2;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
}

int main(void)
{
	check_firmware();
	check_pieces();
	check_domains();
	check_fences();
	puts("all is well");
	return 0;
}
