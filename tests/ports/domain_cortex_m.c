/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on Cortex-M without its assembly: what is in the MPU's regions, the frames of gates,
 * and what is recorded of a fault. src/sandbox is this test's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include "desk_domain_m.h"
#undef __asm__
#undef volatile
#include "../../ports/cortex_m/domain_cortex_m.h"
#include "desk_unit.h"

#define FOUR_GIB(pointer) ((uint32_t)(uintptr_t)(pointer))

unsigned int desk_barriers;
struct desk_mpu desk_mpu;
unsigned llext_mcu_domain_slots;
LLEXT_DOMAIN_THREAD struct llext_domain_level *volatile llext_domain_running;

__asm__(".data\n.balign 8192\n.globl __llext_user_start\n__llext_user_start: .zero 8192\n"
	".globl __llext_user_end\n__llext_user_end: .zero 8\n.text");

static unsigned int heap_slots;
static bool in_heap;
static int faults, admitted;
static struct llext_domain_fault fault;
static struct llext_gate some_gate;
static const struct llext_gate *gate_there;
static bool end_there, has_stack, admits;

/* The domain's stack, and what is behind it. */
#define STACK_BYTES 256
static uint32_t stack[64 + 4] __attribute__((aligned(STACK_BYTES)));
/* The firmware's, with a level at its end. */
static struct {
	uint32_t words[32];
	struct llext_domain_level level;
} kernel;

unsigned llext_mcu_heap_slots(void)
{
	return heap_slots;
}

bool llext_mcu_in_heap(uintptr_t start, size_t bytes)
{
	(void)start;
	(void)bytes;
	return in_heap;
}

struct llext_domain_fault *llext_domain_abandon(struct llext_domain_level *of,
						enum llext_domain_cause cause)
{
	must(of == &kernel.level);
	fault = (struct llext_domain_fault){.cause = cause};
	domain.stopped = -EFAULT;
	faults++;
	return &fault;
}

const struct llext_gate *llext_domain_gate_at(const struct k_mem_domain *of, uintptr_t slot)
{
	must(of == &domain && slot == 0x1230);
	return end_there ? LLEXT_DOMAIN_END : gate_there;
}

bool llext_domain_has(const struct k_mem_domain *of, uintptr_t start, size_t bytes,
		      enum llext_access access)
{
	must(of == &domain && bytes == 16 && access == LLEXT_ACCESS_RO);
	return has_stack && start >= (uintptr_t)stack;
}

bool llext_domain_admit(struct llext_domain_level *of, const struct llext_gate *gate,
			uintptr_t *words, uintptr_t pc, uintptr_t sp)
{
	must(of == &kernel.level && gate == &some_gate && words != NULL && pc == 0x1230);
	must(sp == (uintptr_t)(stack + 8));
	admitted++;
	return admits;
}

/* Functions of their own: a compiler may make one of those that are the same. */
void llext_cortex_m_tail_nothing(void)
{
	must(held == 0);
}

void llext_cortex_m_tail(void)
{
	must(held == 2);
}

void llext_cortex_m_tail_two(void)
{
	must(held == 3);
}

void llext_cortex_m_tail_d0(void)
{
	must(held == 4);
}

const char llext_cortex_m_start_fp[1] = {1}, llext_cortex_m_left[1] = {2},
	   llext_cortex_m_left_fp[1] = {3}, llext_cortex_m_failed[1] = {4};

void llext_cortex_m_read_tp(void)
{
	must(held == 1);
}

/* ---- the unit ---- */

static void check_open(void)
{
	desk_mpu.type = 3 << 8;
	must(llext_domain_port_open() == -ENOTSUP && desk_mpu.shcsr == 0 && desk_mpu.ctrl == 0);
	desk_mpu.type = 8 << 8;
	desk_mpu.shcsr = 0x80;
	desk_mpu.mair1 = 0x11223344;
	desk_mpu.ctrl = 2; /* off, but on in faults */
	must(llext_domain_port_open() == 0 && desk_mpu.ctrl == 5 && desk_barriers != 0);
#ifdef __ARM_FP
	must(desk_mpu.fpccr == 3u << 30);
#endif
#if __ARM_ARCH >= 8
	must(desk_mpu.shcsr == (0x80 | 0xf << 16) && desk_mpu.mair1 == 0xff223344);
#else
	must(desk_mpu.shcsr == (0x80 | 7 << 16) && desk_mpu.mair1 == 0x11223344);
#endif
	desk_mpu.ctrl = 7; /* as the firmware has it */
	must(llext_domain_port_open() == 0 && desk_mpu.ctrl == 7);
	desk_mpu.type = 4 << 8;
	must(llext_domain_port_open() == 0);
	desk_mpu.type = 8 << 8;
}

static int check(uintptr_t start, size_t bytes)
{
	return llext_domain_port_check(start, bytes, LLEXT_ACCESS_RW);
}

static bool fits(size_t bytes, size_t size, size_t align)
{
	size_t least = 1, most = 0x10000, again = bytes;

	llext_domain_port_fit(&bytes, &least);
	llext_domain_port_fit(&again, &most);
	return bytes == size && again == size && least == align && most == 0x10000 &&
	       check(align, size) == 0;
}

#if __ARM_ARCH >= 8
static void check_pieces(void)
{
	must(fits(1, 32, 32) && fits(32, 32, 32) && fits(33, 64, 32) && fits(1000, 1024, 32));
	must(check(0x20000020, 0x60) == 0);
	for (unsigned int bit = 1; bit < 32; bit <<= 1) {
		must(check(0x20000020 + bit, 0x60) == -EINVAL);
		must(check(0x20000020, 0x60 + bit) == -EINVAL);
	}
	must(check(0x20000020, 0) == -EINVAL && check((uintptr_t)-32, 32) == -EINVAL);
	in_heap = true; /* two regions must not overlap */
	must(check(0x20000020, 0x60) == -EINVAL);
	in_heap = false;
}

static uint32_t base_of(uint32_t start, enum llext_access access)
{
	return start | (access == LLEXT_ACCESS_RX ? 6 : access == LLEXT_ACCESS_RO ? 7 : 3);
}

/* On Armv8.1-M what only a domain has never runs privileged. */
static uint32_t other_of(uint32_t start, uint32_t bytes, enum llext_access access)
{
	uint32_t last = (start + bytes - 32) | 7 << 1 | 1;

	(void)access;
#ifdef __ARM_ARCH_8_1M_MAIN__
	last |= start != FOUR_GIB(__llext_user_start) ? 1 << 4 : 0;
#endif
	return last;
}
#else
static void check_pieces(void)
{
	must(fits(1, 32, 32) && fits(32, 32, 32) && fits(33, 64, 64) && fits(65, 128, 128));
	must(fits(128, 128, 128) && fits(129, 160, 256) && fits(160, 160, 256));
	must(fits(161, 192, 256) && fits(256, 256, 256) && fits(257, 320, 512));
	must(fits(896, 896, 1024) && fits(897, 1024, 1024));
	must(check(0x20000100, 160) == 0 && check(0x20000080, 160) == -EINVAL);
	must(check(0x20000100, 136) == -EINVAL && check(0x20000100, 0) == -EINVAL);
	must(check(0x80000000, (size_t)1 << 31) == 0);
	must(check(0, ((size_t)1 << 31) + 32) == -EINVAL && check(0, (size_t)5 << 29) == -EINVAL);
	in_heap = true; /* two regions may overlap */
	must(check(0x20000100, 160) == 0);
	in_heap = false;
}

static uint32_t base_of(uint32_t start, enum llext_access access)
{
	(void)access;
	return start;
}

/* Sizes here are powers of two, or five eighths of one. */
static uint32_t other_of(uint32_t start, uint32_t bytes, enum llext_access access)
{
	uint32_t log2 = 5, rights = access == LLEXT_ACCESS_RW ? 3u << 24 : 2u << 24;

	(void)start;
	while (1u << log2 < bytes)
		log2++;
	return (access == LLEXT_ACCESS_RX ? 0 : 1u << 28) | rights | 0xbu << 16 |
	       (bytes == 1u << log2 ? 0 : 0xe0u << 8) | (log2 - 1) << 1 | 1;
}
#endif

static bool has(unsigned int region, uint32_t start, uint32_t bytes, enum llext_access access)
{
	return desk_mpu.base[region] == base_of(start, access) &&
	       desk_mpu.other[region] == other_of(start, bytes, access);
}

static bool has_user(void)
{
	return has(7, FOUR_GIB(__llext_user_start), 8192, LLEXT_ACCESS_RX);
}

static bool is_off(unsigned int region)
{
	return (desk_mpu.other[region] & 1) == 0;
}

static const struct {
	size_t bytes;
	enum llext_access access;
} parts[] = {{0x280, LLEXT_ACCESS_RX},
	     {0x100, LLEXT_ACCESS_RW},
	     {0x20, LLEXT_ACCESS_RO},
	     {0xa0, LLEXT_ACCESS_RX},
	     {0x40, LLEXT_ACCESS_RW}};

static uint32_t start_of(uint32_t at, unsigned int index)
{
	return at + 0x1000 * index;
}

static void set_parts(struct k_mem_domain *which, unsigned int count, uint32_t at)
{
	which->part_count = (uint8_t)count;
	for (unsigned int i = 0; i < count; i++)
		*llext_domain_part(which, i) =
			(struct llext_domain_part){.start = start_of(at, i),
						   .bytes = parts[i].bytes,
						   .access = parts[i].access & 3};
}

static bool has_part(uint32_t at, unsigned int i)
{
	return has(6 - i, start_of(at, i), (uint32_t)parts[i].bytes, parts[i].access);
}

/* Parts from the last region but one down, the text for all in the last one. */
static void check_regions(void)
{
	memset(desk_mpu.other, 0x10, sizeof(desk_mpu.other));
	set_parts(&domain, 5, 0x20000000);
	llext_domain_port_resume(&domain);
	for (unsigned int i = 0; i < 5; i++)
		must(has_part(0x20000000, i));
	must(has_user() && desk_mpu.other[1] == 0x10101010 && desk_mpu.other[8] == 0x10101010);
	must(held == 0 && in_unit == 1);
	/* Again: nothing is written. */
	desk_mpu.base[6] = 1;
	llext_domain_port_resume(&domain);
	must(desk_mpu.base[6] == 1 && in_unit == 2);
	must(llext_domain_port_reload(&domain) == 0 && has_part(0x20000000, 0) && in_unit == 3);
	/* Its ticks are used up: it executes nothing more, but an interrupt can save its registers.
	 */
	llext_domain_port_revoke(&other);
	must(has_user() && has_part(0x20000000, 0));
	desk_barriers = 0;
	domain.stopped = -ETIMEDOUT;
	llext_domain_port_revoke(&domain);
	must(is_off(7) && is_off(6) && is_off(3) && desk_barriers != 0);
	must(has_part(0x20000000, 1) && has_part(0x20000000, 2) && has_part(0x20000000, 4));
	must(llext_domain_port_reload(&domain) == 0 && is_off(7) && is_off(6) && is_off(3));
	must(has_part(0x20000000, 1) && has_part(0x20000000, 4));
	domain.stopped = 0;
	must(llext_domain_port_reload(&domain) == 0 && has_user() && has_part(0x20000000, 3));
	/* Another one with fewer parts. */
	set_parts(&other, 2, 0x30000000);
	llext_domain_port_resume(&other);
	must(has_part(0x30000000, 0) && has_part(0x30000000, 1) && has_user());
	must(is_off(4) && is_off(3) && is_off(2) && desk_mpu.other[1] == 0x10101010);
	must(domain.text_bytes == 0 && other.text_bytes != 0);
	llext_domain_port_drop(&domain);
	must(has_part(0x30000000, 0));
	llext_domain_port_drop(&other);
	must(is_off(7) && is_off(6) && is_off(5) && other.text_bytes == 0);
	must(desk_mpu.other[1] == 0x10101010 && held == 0);
}

static void check_parts(void)
{
	heap_slots = 3;
	domain.part_count = 4;
	must(llext_domain_port_parts(&domain) == 0 && llext_mcu_domain_slots == 5);
	domain.part_count = 5;
	must(llext_domain_port_parts(&domain) == -ENOSPC && llext_mcu_domain_slots == 5);
	heap_slots = 0;
	domain.part_count = 6;
	must(llext_domain_port_parts(&domain) == 0 && llext_mcu_domain_slots == 7);
	domain.part_count = 7;
	must(llext_domain_port_parts(&domain) == -ENOSPC);
	domain.part_count = 2;
	must(llext_domain_port_parts(&domain) == 0 && llext_mcu_domain_slots == 7);
}

/* ---- slots ---- */

static uint32_t operand(uint8_t flags)
{
	const struct llext_gate gate = {.flags = flags};
	uint16_t code[2];

	llext_domain_port_slot((uint8_t *)code, 0, &gate);
	must(code[1] == 0xbf00);
	return code[0];
}

static void check_slots(void)
{
	const void *function = (const void *)(uintptr_t)0x12345679;
	uint16_t code[8];

	for (uint8_t words = 0; words <= 2; words++) {
		must(operand(LLEXT_GATE_PLAIN | words) == 0xdf00);
		must(operand(LLEXT_GATE_ELEMENTS | words) == 0xdf02);
		must(operand(words) == 0xdf03);
	}
	must(operand(LLEXT_GATE_PLAIN | LLEXT_GATE_RETURNS_FP) == 0xdf03);
	must(operand(LLEXT_GATE_ELEMENTS | LLEXT_GATE_RETURNS_FP) == 0xdf03);
	llext_domain_port_slot((uint8_t *)code, 0, NULL);
	must(code[0] == 0xdf01 && code[1] == 0xbf00);
	must(llext_domain_port_jump((uint8_t *)code, 0, function));
	must(code[0] == 0xf8df && code[1] == 0xf000 && memcmp(code + 2, &function, 4) == 0);
	llext_domain_port_way(&domain, 0x9000, 0x40);
	must(domain.way.slots[0] == 0x9002 && domain.way.slots[1] == 8);
}

/* ---- gates ---- */

enum { R0, R1, R2, R3, R12, LR, PC, XPSR };
#define BASIC    0xfffffffdu
#define EXTENDED 0xffffffedu

static uint32_t *frame = stack + 8;

/* Where the frame is made from which a thread goes on. */
static uint32_t *const made = kernel.words + 32 - 8;

/* Where that is, as code. */
static uint32_t trap(uint32_t exc_return)
{
	return FOUR_GIB(llext_cortex_m_trap(&kernel.level, frame, exc_return));
}

static bool gives_up(uint32_t exc_return)
{
	return trap(exc_return) == 0;
}

static bool starts(uint32_t exc_return)
{
#ifdef __ARM_FP
	if (exc_return == EXTENDED)
		return trap(exc_return) == FOUR_GIB(llext_cortex_m_start_fp);
#endif
	return trap(exc_return) == 0x4321;
}

/* The end of a call: its result goes back with whoever made it, who looks into the frame for d0. */
static void check_end(void)
{
	end_there = true;
	kernel.level.way.sp = 0;
	must(trap(BASIC) == FOUR_GIB(llext_cortex_m_left));
	must(made[0] == 0x100 && made[1] == 0x101);
#ifdef __ARM_FP
	must(trap(EXTENDED) == FOUR_GIB(llext_cortex_m_left_fp));
	must(made[0] == 0x100 && kernel.level.way.sp == (uintptr_t)frame);
#endif
	end_there = false;
	must(faults == 0);
}

/* A slot of the first extension's: its last word. */
static void check_slot(void)
{
	static struct {
		uint32_t code[2];
		const struct llext_gate *gate;
	} slot;

	kernel.level.way.slots[0] = FOUR_GIB(&slot) + 6 - 8; /* it is the second one */
	kernel.level.way.slots[1] = 2;
	frame[PC] = FOUR_GIB(&slot) + 6;
	must(trap(BASIC) == FOUR_GIB(llext_cortex_m_left));
	slot.gate = &some_gate;
	must(starts(BASIC) && kernel.level.gate == &some_gate && faults == 0);
	frame[PC] = 0x1232;
	must(gives_up(BASIC) && faults == 1); /* and others are asked for */
	kernel.level.way.slots[1] = 0;
	faults = 0;
}

static void check_gate_at(void)
{
	kernel.level.way.stack = (uintptr_t)frame;
	kernel.level.way.stack_limit = 0;
	check_end();
	check_slot();
	must(gives_up(BASIC) && faults == 1);
	must(fault.cause == LLEXT_DOMAIN_GATE && fault.pc == 0x1230 && fault.lr == 0x105);
	must(fault.sp == (uintptr_t)frame && fault.status == 0);
	for (uint32_t i = 0; i < 4; i++)
		must(fault.reg[i] == 0x100 + i);
	gate_there = &some_gate;
	must(starts(BASIC) && faults == 1);
}

/* A frame lies in the stack, all of it. */
static void check_stack_pointer(void)
{
	uint32_t *good = frame;

	kernel.level.way.stack_limit = 72;
	must(starts(EXTENDED) && faults == 1);
	frame = good + 1;
	desk_mpu.fpccr |= 1;
	must(gives_up(EXTENDED) && faults == 2 && fault.cause == LLEXT_DOMAIN_STACK);
	must(fault.has_address && fault.address == (uintptr_t)frame && fault.sp == fault.address);
#ifdef __ARM_FP
	must((desk_mpu.fpccr & 1) == 0);
#endif
	frame = good - 1;
	must(gives_up(BASIC) && faults == 3);
	frame = good;
}

/* What an interrupt saves with d0 has room in the stack. */
static void check_d0(void)
{
#ifdef __ARM_FP
	some_gate.flags = LLEXT_GATE_PLAIN | LLEXT_GATE_RETURNS_FP;
	kernel.level.way.stack -= 68;
	must(gives_up(BASIC) && faults == 4 && fault.cause == LLEXT_DOMAIN_STACK);
	kernel.level.way.stack -= 4;
	must(starts(BASIC));
	kernel.level.way.stack += 72;
#endif
}

/* The frame of a function, and where that goes back to. */
static void check_frames(void)
{
	static const struct llext_gate_check none[] = {{.kind = LLEXT_GATE_END}};

	for (uint32_t i = 0; i < 56; i++)
		frame[i] = 0x100 + i;
	frame[PC] = 0x1232;
	some_gate = (struct llext_gate){.checks = none,
					.function = (const void *)(uintptr_t)0x4321,
					.way = (const void *)(uintptr_t)0x8765,
					.words = 4,
					.flags = LLEXT_GATE_PLAIN | 1};
	check_gate_at();
	check_stack_pointer();
	must(starts(BASIC) && made[R12] == FOUR_GIB(frame));
	for (uint32_t i = 0; i < 4; i++)
		must(made[i] == 0x100 + i);
	must(kernel.level.gate == &some_gate && kernel.level.way.sp == (uintptr_t)frame);
	must(made[LR] == 0x8765);
	check_d0();
	some_gate.flags = LLEXT_GATE_PLAIN | 1;
	/* What the domain has in such registers is saved, and interrupts wait. */
	desk_barriers = 0;
	must(starts(EXTENDED) && made[R12] == FOUR_GIB(frame) && admitted == 0);
#ifdef __ARM_FP
	must(desk_barriers == 2);
#endif
}

/* Words behind the core's frame, which may be four bytes longer. */
static void check_stack_words(void)
{
	static const struct {
		uint32_t exc_return, xpsr, at;
	} cases[] = {{BASIC, 0, 8}, {BASIC, 1 << 9, 9}, {EXTENDED, 0, 26}, {EXTENDED, 1 << 9, 27}};

	some_gate.flags = 1;
	some_gate.words = 5;
	has_stack = admits = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame[XPSR] = cases[i].xpsr;
		must(starts(cases[i].exc_return));
		for (uint32_t j = 0; j < 4; j++)
			must(made[j] == 0x100 + j &&
			     kernel.level.words[j] == 0x100 + cases[i].at + j);
	}
	must(admitted == 4);
	has_stack = false;
	faults = 0;
	desk_barriers = 0;
	must(gives_up(EXTENDED) && faults == 1 && fault.cause == LLEXT_DOMAIN_STACK);
	must(fault.address == (uintptr_t)(frame + 27) && admitted == 4);
#ifdef __ARM_FP
	must(desk_barriers == 1); /* interrupts do not wait */
#endif
	some_gate.words = 4;
	must(starts(EXTENDED) && admitted == 5);
	admits = false;
	must(gives_up(BASIC) && admitted == 6);
}

/* ---- faults ---- */

static const struct {
	uint32_t status;
	enum llext_domain_cause cause;
} statuses[] = {
	{1 << 0, LLEXT_DOMAIN_EXECUTE},        {1 << 1, LLEXT_DOMAIN_WRITE},
	{1 << 3, LLEXT_DOMAIN_OTHER},          {1 << 4, LLEXT_DOMAIN_STACK},
	{1 << 5, LLEXT_DOMAIN_STACK},          {1 << 8, LLEXT_DOMAIN_EXECUTE},
	{1 << 9, LLEXT_DOMAIN_WRITE},          {1 << 10, LLEXT_DOMAIN_OTHER},
	{1 << 12, LLEXT_DOMAIN_STACK},         {1 << 13, LLEXT_DOMAIN_STACK},
	{1 << 16, LLEXT_DOMAIN_INSTRUCTION},   {1 << 17, LLEXT_DOMAIN_INSTRUCTION},
	{1 << 18, LLEXT_DOMAIN_INSTRUCTION},   {1 << 19, LLEXT_DOMAIN_INSTRUCTION},
	{1 << 20, LLEXT_DOMAIN_STACK},         {1 << 24, LLEXT_DOMAIN_OTHER},
	{1 << 25, LLEXT_DOMAIN_OTHER},         {0, LLEXT_DOMAIN_OTHER},
	{1 << 4 | 1 << 1, LLEXT_DOMAIN_STACK},
};

static struct llext_domain_level *abandoned(uint32_t exc_return, uint32_t status)
{
	desk_mpu.cfsr = status;
	desk_mpu.hfsr = 1u << 30;
	desk_mpu.shcsr = ~0u;
	desk_mpu.mmfar = 0x111;
	desk_mpu.bfar = 0x222;
	fault = (struct llext_domain_fault){0};
	return llext_cortex_m_abandon(exc_return);
}

/* Whoever called the domain goes on. */
static bool failed(uint32_t exc_return, uint32_t status)
{
	return abandoned(exc_return, status) == &kernel.level;
}

/* What the core has pushed is read where it lies in the stack, all of it. */
static void check_records(void)
{
	const uintptr_t low = (uintptr_t)stack, last = low + STACK_BYTES - 32;
	const uintptr_t bad[] = {low - 4, low - 32, last + 4, last + 1, low + 2, low + 1, 0};
	const uintptr_t good[] = {low, low + 4, last};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		desk_mpu.psp = (uint32_t)good[i];
		must(failed(BASIC, 2) && fault.sp == good[i] + 32);
		for (uintptr_t j = 0; j < 4; j++)
			must(fault.reg[j] == ((uint32_t *)good[i])[j]);
		must(fault.pc == ((uint32_t *)good[i])[PC] &&
		     fault.lr == ((uint32_t *)good[i])[LR]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		desk_mpu.psp = (uint32_t)bad[i];
		must(failed(BASIC, 2) && fault.sp == bad[i]);
		must(fault.pc == 0 && fault.lr == 0 && fault.reg[0] == 0);
	}
	desk_mpu.psp = (uint32_t)low;
	must(failed(BASIC, 1 << 4) && fault.pc == 0 && fault.sp == low);
	/* BXNS has led away: its frame is elsewhere. */
	must(failed(0xffffffbdu, 2) && fault.pc == 0 && fault.sp == 0);
	must(failed(0xffffffbcu, 2) && fault.pc == stack[PC]);
}

/* ---- threads ---- */

void llext_cortex_m_leave_stack(struct llext_domain_level *level, uintptr_t sp);
void llext_cortex_m_next_pendsv(void);

static void check_switch(void)
{
	int before;

	domain.stopped = 0;
	must(llext_domain_port_reload(&domain) == 0);
	before = in_unit;
	llext_domain_running = &kernel.level;
	desk_mpu.control = 2;
	must(llext_domain_switch_out() == (uintptr_t)&kernel.level);
	desk_mpu.control = 3;
	must(llext_domain_switch_out() == ((uintptr_t)&kernel.level | 1));
	llext_domain_switch_in(0);
	must(llext_domain_running == NULL && in_unit == before);
	llext_domain_switch_in((uintptr_t)&kernel.level | 1);
	must(llext_domain_running == &kernel.level && in_unit == before + 1 && has_user());
}

/* The thread goes on at address 0, from a frame at the top of the stack, aligned as frames are. */
static void check_leave(unsigned int rest)
{
	uint32_t *left = stack + 38;

	for (int i = 0; i < 68; i++)
		stack[i] = 0x100;
	kernel.level.way.stack = (uintptr_t)stack + rest;
	domain.way.stack_limit = STACK_BYTES - LLEXT_DOMAIN_FRAME;
	desk_mpu.psp = 0x5558;
	desk_mpu.fpccr |= 1;
	domain.stopped = 0;
	must(llext_domain_port_reload(&domain) == 0 && has_user());
	llext_cortex_m_leave_stack(&kernel.level, 0x5558);
	must(fault.cause == LLEXT_DOMAIN_STACK && fault.has_address && fault.address == 0x5558);
	must(fault.sp == 0x5558 && desk_mpu.psp == FOUR_GIB(left) && is_off(7));
	for (int i = 0; i < 68; i++)
		must(stack[i] == (i < 38 || i >= 64 ? 0x100u : i == 38 + XPSR ? 1u << 24 : 0));
#ifdef __ARM_FP
	must((desk_mpu.fpccr & 1) == 0);
#endif
	kernel.level.way.stack = (uintptr_t)stack;
}

#ifdef __ARM_FP
/* A handler saves the domain's registers to where its stack pointer was, and goes on. */
static void check_handlers(void)
{
	static const uint32_t lazy[] = {1 << 5, 1 << 13};
	const uint32_t handler = BASIC & ~8u;

	llext_domain_port_resume(&domain);
	for (size_t i = 0; i < 2; i++) {
		/* Nothing is to be saved any more, or what is not the domain's. */
		for (uint32_t state = 0; state < 3; state++) {
			domain.stopped = 0;
			desk_mpu.fpccr = state;
			must(abandoned(handler, lazy[i]) == LLEXT_CORTEX_M_GOES_ON &&
			     fault.cause == LLEXT_DOMAIN_STACK && desk_mpu.fpccr == state);
		}
		domain.stopped = 0;
		must(llext_domain_port_reload(&domain) == 0 && has_user());
		desk_mpu.fpccr = 3;
		must(abandoned(handler, lazy[i]) == LLEXT_CORTEX_M_GOES_ON &&
		     fault.cause == LLEXT_DOMAIN_STACK);
		must(fault.status == lazy[i] && is_off(7) && (desk_mpu.fpccr & 1) == 0);
		must((desk_mpu.shcsr & 0xf << 12) == 0);
	}
	desk_mpu.fpccr = 3;
	must(abandoned(handler, 2) == NULL && fault.status == 0);
	must(abandoned(BASIC, 2) != NULL && (desk_mpu.fpccr & 1) == 0);
}

#else
static void check_handlers(void)
{
}
#endif

static void check_faults(void)
{
	llext_domain_running = &kernel.level;
	kernel.level.gate = NULL;
	desk_mpu.control = 3;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		must(failed(BASIC, statuses[i].status));
		must(fault.cause == statuses[i].cause && fault.status == statuses[i].status);
		must(!fault.has_address && fault.address == 0);
		must(desk_mpu.cfsr == statuses[i].status && desk_mpu.hfsr == 1u << 30);
#if __ARM_ARCH >= 8
		must(desk_mpu.shcsr == ~(0xfu << 12 | 3u << 20));
#else
		must(desk_mpu.shcsr == ~(0xfu << 12));
#endif
	}
	must(abandoned(BASIC, 2 | 1 << 7) != NULL && fault.has_address && fault.address == 0x111);
	must(abandoned(BASIC, 1 << 9 | 1 << 15) != NULL && fault.has_address);
	must(fault.address == 0x222);
	check_records();
	check_handlers();
	/* The firmware's own. */
	must(abandoned(BASIC & ~8u, 2) == NULL && fault.status == 0);
	desk_mpu.control = 2;
	must(abandoned(BASIC, 2) == NULL);
	desk_mpu.control = 3;
	kernel.level.gate = &some_gate;
	must(abandoned(BASIC, 2) == NULL);
	kernel.level.gate = NULL;
	llext_domain_running = NULL;
	must(abandoned(BASIC, 2) == NULL && fault.status == 0);
}

int main(void)
{
	check_open();
	check_pieces();
	check_regions();
	check_parts();
	check_slots();
	kernel.level.domain = &domain;
	domain.way.stack = (uintptr_t)stack;
	domain.way.stack_limit = STACK_BYTES - LLEXT_DOMAIN_FRAME;
	check_frames();
	check_stack_words();
	check_faults();
	check_switch();
	check_leave(0);
	check_leave(4);
	puts("all is well");
	return 0;
}
