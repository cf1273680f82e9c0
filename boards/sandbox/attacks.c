/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attacker does who writes instructions by hand: stack pointers, return addresses and
 * special registers of his choice, traps that are no gates. After each the firmware is as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/domain_port.h>
#include "board.h"
#include "llext_mcu.h"
#include "hostile.h"
#include "sandbox.h"
#include "attack.h"
#ifdef __riscv
#include "../../ports/riscv_m/csr.h"
#endif

/* It ends with this error, and the next call after a reset works. */
static bool ends(int error, const char *name, uintptr_t a, uint32_t ticks)
{
	uintptr_t value;
	int rc = call(name, a, ticks, &value);
	char line[200];
	bool ok = rc == error;

	if (!ok) {
		(void)llext_domain_fault_format(&fault, line, sizeof(line));
		printf("%s(%lx): %d, %s\n", name, (unsigned long)a, rc, line);
	}
	ok = llext_domain_reset(&domain) == 0 && ok;
	return call("slot_of_nothing", 0, 0, &value) == 0 && ok;
}

/* ---- registers ---- */

/* What the firmware has in registers, over a call that ends so. */
static bool survive(const char *name, int stopped)
{
	return registers_survive(&domain, symbol(name)) && domain.stopped == stopped;
}

static void test_registers(void)
{
	uintptr_t value;

	CHECK(call("entry_registers", 0, 0, &value) == 0 && value == 0);
	CHECK(call("gate_registers", 0, 0, &value) == 0 && (uint32_t)value == 0);
#if defined(__arm__)
	CHECK(call("gate_core_registers", 0, 0, &value) == 0 && (uint32_t)value == 0);
	CHECK(call("two_words_registers", 0, 0, &value) == 0 && (uint32_t)value == 0);
#endif
#ifndef __riscv /* whose floats fill a register */
	CHECK(call("beside_a_float", 0, 0, &value) == 0 && (uint32_t)value == 0);
#endif
	/* With patterns in what a function must preserve. */
	CHECK(survive("clean_or_fault", 0));
	CHECK(survive("spoil", 0));
	CHECK(survive("spoil_and_fault", -EFAULT) && llext_domain_reset(&domain) == 0);
}

/* Modes of floating point: 0 from the start on. */
static uintptr_t modes(void)
{
	uintptr_t found = 0;

#if defined(__riscv_flen)
	__asm__ volatile("frcsr %0" : "=r"(found));
#elif defined(__aarch64__)
	__asm__ volatile("mrs %0, fpcr" : "=r"(found));
#elif defined(__arm__) && defined(__ARM_FP)
	__asm__ volatile("vmrs %0, fpscr" : "=r"(found));
	found &= 0x07c00000; /* without what comparisons leave */
#endif
	return found;
}

static uintptr_t modes_in_hook;
static unsigned int hooks;

static enum llext_domain_policy look_at_modes(struct k_mem_domain *which,
					      const struct llext_domain_fault *record, void *data)
{
	(void)record;
	(void)data;
	hooks++;
	modes_in_hook |= modes();
	return which->config->policy;
}

/* Whoever deals with a fault has the firmware's, which the domain could make invalid. */
static void test_modes_in_hooks(void)
{
	uintptr_t value;

	config.on_fault = look_at_modes;
	hooks = 0;
	CHECK(modes() == 0 && call("spoil_and_fault", 0, 0, &value) == -EFAULT && hooks == 1);
	CHECK(modes_in_hook == 0 && modes() == 0);
	CHECK(llext_domain_reset(&domain) == 0);
	config.on_fault = NULL;
}

#if defined(__riscv)
/* What is in gp is no address, and not the firmware's. */
static void test_global_pointer(void)
{
	static const char *const names[] = {"global_pointer", "global_pointer_after_gate"};
	uintptr_t own, value;

	__asm__("mv %0, gp" : "=r"(own));
	for (size_t i = 0; i < 2; i++)
		CHECK(call(names[i], 0, 0, &value) == 0 && value != own && value < 0x8000);
}
#else
static void test_global_pointer(void)
{
}
#endif

/* ---- stack pointers ---- */

static void test_stack_pointers(void)
{
	uintptr_t low = domain.way.stack, high = low + llext_domain_stack_bytes(&domain), value;
	char here[256];
	const uintptr_t bad[] = {FORGED(low, high),
				 (uintptr_t)&suite_secret & ~(uintptr_t)7,
				 (uintptr_t)here + 128,
				 low - 64,
				 high + 64,
				 low,
				 low + 8,
				 low + 24,
				 low + 40,
				 low + 72,
				 low + 104,
				 0xe000ed00u};

	memset(here, 0x11, sizeof(here));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* For the frame that the core pushes there. */
		bool room = bad[i] - 32 - low <= llext_domain_stack_bytes(&domain) - 32;
		int rc;

		CHECK(ends(SANDBOX_TRAPS_ON_USER_STACK && !room ? -EFAULT : 0, "gate_with_sp",
			   bad[i], 0));
		CHECK(ends(-EFAULT, "fault_with_sp", bad[i], 0));
		suite_ticks(true);
		/* Where the first interrupt finds no room, it is over sooner. */
		rc = call("wait_with_sp", bad[i], 3, &value);
		suite_ticks(false);
		CHECK(rc == -ETIMEDOUT || (SANDBOX_TRAPS_ON_USER_STACK && rc == -EFAULT));
		CHECK(llext_domain_reset(&domain) == 0);
	}
#if SANDBOX_TRAPS_ON_USER_STACK
	for (uintptr_t at = low + 8; at <= low + 128; at += 8) {
		int rc = call("gate_with_sp", at, 0, &value);

		/* The domain's part starts at low: a frame of 32 bytes, with floating point 104. */
		CHECK(rc == (at < low + 32 ? -EFAULT : 0));
		if (rc != 0)
			CHECK(llext_domain_reset(&domain) == 0);
		rc = call("gate_with_sp_and_fp", at, 0, &value);
		CHECK(rc == (at < low + (SANDBOX_FP ? 104 : 32) ? -EFAULT : 0));
		if (rc != 0)
			CHECK(llext_domain_reset(&domain) == 0);
	}
	/* At the upper end it is what the core saves later that finds no room. */
	for (uintptr_t at = high - 16; at <= high + 112; at += 8) {
		int rc = call("gate_with_sp_and_fp", at, 0, &value);

		CHECK(rc == (at > high ? -EFAULT : 0));
		if (rc != 0)
			CHECK(llext_domain_reset(&domain) == 0);
	}
#endif
	(void)value;
	for (size_t i = 0; i < sizeof(here); i++)
		CHECK(here[i] == 0x11);
	CHECK(suite_secret == 0x5ec2e7);
}

/* ---- thread pointers ---- */

#ifdef SANDBOX_THREAD_POINTER
extern _Thread_local int fw_own_count;

/* A domain's thread pointer is neither the firmware's in a gate or an interrupt, nor afterwards. */
#ifdef __riscv_flen
/* Rounding modes that are none, while interrupts come. */
static void test_modes(void)
{
	suite_fast_ticks(true);
	for (uintptr_t modes = 0; modes <= 0xff; modes += 0x1f) {
		const struct llext_domain_args args = {.word = {modes, 3000}};
		struct llext_domain_result result = {0};

		CHECK(llext_domain_call(&domain, symbol("wait_with_modes"), &args, &result, 0) ==
			      0 &&
		      (uint32_t)result.word[0] == 0);
	}
	suite_fast_ticks(false);
}
#else
static void test_modes(void)
{
}
#endif

static void test_thread_pointers(void)
{
	uintptr_t own = (uintptr_t)__builtin_thread_pointer(), value;
	uintptr_t there = llext_domain_thread_pointer(&domain);
	const uintptr_t bad[] = {
		/* With it, what the gate counts up would be the secret. */
		(uintptr_t)&suite_secret - ((uintptr_t)&fw_own_count - own),
		own,
		(uintptr_t)&test_thread_pointers,
		(uintptr_t)-1,
		0,
	};
	const int count = sizeof(bad) / sizeof(bad[0]);

	CHECK(call("thread_pointer", 0, 0, &value) == 0 && value == there);
	errno = ERANGE;
	fw_own_count = 0;
	for (int i = 0; i < count; i++) {
		CHECK(call("gate_with_tp", bad[i], 0, &value) == 0 && value == there);
		CHECK(ends(-EFAULT, "fault_with_tp", bad[i], 0));
		suite_ticks(true);
		CHECK(ends(-ETIMEDOUT, "wait_with_tp", bad[i], 3));
		suite_ticks(false);
		CHECK((uintptr_t)__builtin_thread_pointer() == own);
	}
	CHECK(fw_own_count == 3 * count && errno == ERANGE && suite_secret == 0x5ec2e7);
	test_modes();
	CHECK(sandbox_interrupt_state == 0);
	errno = 0;
}
#else
static void test_thread_pointers(void)
{
}
#endif

/* ---- traps and returns ---- */

static int forbidden_calls;

static int forbidden(void)
{
	return ++forbidden_calls;
}

static void test_traps(void)
{
	static const char *const names[] = {"break_point", "undefined", "own_svc",
					    SANDBOX_PRIVILEGED};
	const uintptr_t returns[] = {0,           (uintptr_t)&fw_plain, (uintptr_t)&suite_secret,
				     0xfffffff1u, 0xfffffff9u,          0xfffffffdu,
				     0xffffffe1u, 0xffffffe9u,          0xffffffedu,
				     0xffffffb8u, 0xffffffbcu};
	uintptr_t slot, value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(ends(-EFAULT, names[i], (uintptr_t)-1, 0));
	forbidden_calls = 0;
	CHECK(ends(-EFAULT, "call_forged", (uintptr_t)&forbidden, 0));
	CHECK(forbidden_calls == 0);
	for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++)
		CHECK(ends(-EFAULT, "gate_with_lr", returns[i], 0));
	suite_ticks(true);
	CHECK(ends(SANDBOX_WAITS ? -ETIMEDOUT : -EFAULT, "wait_for_interrupt", 0, 3));
	suite_ticks(false);
	/* Between slots, and in the midst of them: whatever that does, it is contained. */
	CHECK(call("slot_of_nothing", 0, 0, &slot) == 0);
	slot &= ~(uintptr_t)1;
	for (uintptr_t at = slot - 32; at < slot + 64; at += 2) {
		int rc;

		suite_ticks(true);
		rc = call("gate_with_lr", at | SANDBOX_STATE, 3, &value);
		suite_ticks(false);
		CHECK(rc == 0 || rc == -EFAULT || rc == -ETIMEDOUT);
		CHECK(llext_domain_reset(&domain) == 0);
	}
	CHECK(suite_secret == 0x5ec2e7);
}

#if defined(__arm__)
/* An interrupt at each moment of gates that find arguments in floating-point registers. */
static void test_weights(void)
{
	uintptr_t value;
	int wrong = 0;

	for (unsigned int phase = 0; phase < 1200; phase++) {
		suite_phase(phase / 2);
		wrong += call("weigh", phase, 0, &value) != 0 || value != 64 + 2 * phase;
	}
	CHECK(wrong == 0);
}

/* Likewise of gates that find numbers of the domain's in all of them. */
static void test_floats(void)
{
	uintptr_t value;
	int wrong = 0;

	for (unsigned int phase = 0; SANDBOX_FP && phase < 1200; phase++) {
		suite_phase(phase / 2);
		wrong += call("floats_stay", 0x12340000 + phase, 0, &value) != 0 || value != 0;
	}
	CHECK(wrong == 0);
}

/* Places for floating-point registers to be saved at, by whoever uses such registers next. */
static void test_saved_later(void)
{
#if __ARM_ARCH >= 8 && defined(__ARM_FP)
	static uint32_t here[64] __attribute__((aligned(8)));
	const uintptr_t bad[] = {(uintptr_t)here, 0, (uintptr_t)symbol("undefined") & ~(uintptr_t)7,
				 0xe000ed00u};
	static const char *const names[] = {"save_later_and_gate", "save_later",
					    "save_later_and_wait", "save_later_and_gate_masked"};
	uintptr_t value;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			suite_ticks(j == 2);
			CHECK(call(names[j], bad[i], 3, &value) != -EPERM);
			suite_ticks(false);
			CHECK(llext_domain_reset(&domain) == 0);
		}
	}
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		CHECK(here[i] == 0);
#endif
}

static void test_special(void)
{
	uintptr_t value;
	uint32_t masks, one;

	test_weights();
	test_saved_later();
	test_floats();
	forbidden_calls = 0;
	CHECK(ends(-EFAULT, "call_forged_with_fp", (uintptr_t)&forbidden, 0));
	CHECK(forbidden_calls == 0);
	/* To what is not in the domain's data: its text, and the firmware's. */
	CHECK(call("take_one_with_fp", (uintptr_t)symbol("undefined") & ~(uintptr_t)3, 0, &value) ==
	      0);
	CHECK(ends(-EFAULT, "take_one_with_fp", (uintptr_t)&suite_secret, 0));
	CHECK(ends(-EFAULT, "take_one_with_fp", domain.way.stack - 1, 0));
	for (uintptr_t bits = 0; bits < 8; bits++) {
		CHECK(call("write_special", bits, 0, &value) == 0 && (value & 3) == 3);
		__asm__ volatile("mrs %0, primask" : "=r"(masks));
		__asm__ volatile("mrs %0, basepri" : "=r"(one));
		masks |= one;
		__asm__ volatile("mrs %0, faultmask" : "=r"(one));
		CHECK((masks | one) == 0);
	}
	CHECK(ends(-EFAULT, "clear_thumb", (uintptr_t)symbol("undefined"), 0));
	for (uintptr_t exc_return = 0xffffff80u; exc_return != 0; exc_return++)
		CHECK(ends(-EFAULT, "branch_to", exc_return, 0));
	CHECK(ends(-EFAULT, "branch_to", 0xfefffffeu, 0)); /* FNC_RETURN */
	CHECK(ends(-EFAULT, "branch_to", 0xfeffffffu, 0));
#if __ARM_ARCH >= 8
	const uintptr_t places[] = {(uintptr_t)&fw_plain, (uintptr_t)symbol("undefined"),
				    (uintptr_t)&suite_secret, 0, 0xe000ed00u};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		CHECK(ends(-EFAULT, "branch_nonsecure", places[i], 0));
		CHECK(ends(-EFAULT, "call_nonsecure", places[i], 0));
	}
#endif
	__asm__ volatile("cpsid i");
	CHECK(call("write_special", 0, 0, &value) == -EPERM);
	__asm__ volatile("cpsie i");
}
#elif defined(__aarch64__)
extern int sandbox_page[1024];
extern char __llext_user_start[];

#define PAGE  ((size_t)4096)
#define TABLE ((size_t)2 << 20) /* what a table of the last level maps */

static int share(const void *start, size_t bytes, enum llext_access access)
{
	return llext_domain_share(&domain, (void *)(uintptr_t)start, bytes, access);
}

/* What tables can express, and what the domain must not get. */
static void test_shares(void)
{
	char *heap = (char *)(((uintptr_t)board_heap_start + TABLE - 1) & ~(TABLE - 1));
	uintptr_t value;

	CHECK(share(sandbox_page, PAGE, LLEXT_ACCESS_RO) == 0);
	CHECK(call("watch", (uintptr_t)sandbox_page, 0, &value) == 0 && (int)value == 1);
	CHECK(ends(-EFAULT, "write_word", (uintptr_t)sandbox_page, 0));
	CHECK(share(sandbox_page, PAGE, LLEXT_ACCESS_RW) == 0);
	CHECK(ends(0, "write_word", (uintptr_t)sandbox_page, 0) && sandbox_page[0] == 0);
	CHECK(share(sandbox_page, 0, LLEXT_ACCESS_RW) == 0);
	CHECK(ends(-EFAULT, "read_word", (uintptr_t)sandbox_page, 0));
	CHECK(share(heap + 4, PAGE, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(share(heap, PAGE - 4, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(share((const void *)0x09000000, PAGE, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(share((const void *)0x7f000000, PAGE, LLEXT_ACCESS_RO) == -EINVAL);
	CHECK(share((const void *)0x80000000, PAGE, LLEXT_ACCESS_RO) == -EINVAL);
	CHECK(share((const void *)-PAGE, PAGE, LLEXT_ACCESS_RO) == -EINVAL);
	CHECK(share(board_rom_start, PAGE, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(share(__llext_user_start, PAGE, LLEXT_ACCESS_RO) == -EINVAL);
	/* One table for the GiB, one for the domain's memory, and for these four and no more. */
	CHECK(share(heap, 4 * TABLE + PAGE, LLEXT_ACCESS_RW) == -ENOSPC);
	CHECK(share(heap, 4 * TABLE, LLEXT_ACCESS_RW) == 0);
	CHECK(call("read_word", (uintptr_t)heap + 4 * TABLE - 4, 0, &value) == 0);
	CHECK(ends(-EFAULT, "read_word", (uintptr_t)heap + 4 * TABLE, 0));
	CHECK(share(heap, 0, LLEXT_ACCESS_RW) == 0);
}

/* More domains in turn than there are tables for: each has its own memory, and no other. */
static void test_many_domains(void)
{
	enum { DOMAINS = 6, BYTES = 32 * 1024 };
	static struct k_mem_domain others[DOMAINS];
	static struct llext_domain_config configs[DOMAINS];
	static const char *const names[DOMAINS] = {"a", "b", "c", "d", "e", "f"};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *exts[DOMAINS];
	char *heap = (char *)(((uintptr_t)board_heap_start + TABLE - 1) & ~(TABLE - 1));
	struct llext_domain_result result;

	for (int i = 0; i < DOMAINS; i++) {
		configs[i] = config;
		configs[i].more = NULL;
		configs[i].mem = heap + (size_t)i * BYTES;
		configs[i].bytes = BYTES;
		param.domain = &others[i];
		CHECK(llext_domain_init(&others[i], &configs[i]) == 0);
		CHECK(llext_load(source(NULL, NULL), names[i], &exts[i], &param) == 0);
	}
	for (int i = 0; i < 40; i++) {
		int one = i * 5 % DOMAINS, other = (one + 1 + i % (DOMAINS - 1)) % DOMAINS;
		const void *read = llext_find_sym(&exts[one]->exp_tab, "read_word");
		struct llext_domain_args args = {.word = {others[one].way.stack}};

		CHECK(llext_domain_call(&others[one], read, &args, &result, 0) == 0);
		args.word[0] = others[other].way.stack;
		CHECK(llext_domain_call(&others[one], read, &args, &result, 0) == -EFAULT);
		CHECK(llext_domain_reset(&others[one]) == 0);
	}
	for (int i = 0; i < DOMAINS; i++) {
		CHECK(llext_unload(&exts[i]) == 0);
		CHECK(llext_domain_fini(&others[i]) == 0);
	}
}

static void test_special(void)
{
	uintptr_t value;

	test_shares();
	test_many_domains();

	CHECK(call("quick_gate_registers", 0, 0, &value) == 0 && (uint32_t)value == 0);
	/* The firmware rounds as it likes to, and the domain finds its own modes again. */
	CHECK(call("gate_float_modes", 0, 0, &value) == 0 && value == 0);
	CHECK(survive("gate_float_modes", 0));
	suite_ticks(true);
	CHECK(ends(-ETIMEDOUT, "wait_with_modes", 0, 3));
	CHECK(ends(-ETIMEDOUT, "gate_storm", 0, 3));
	suite_ticks(false);
	CHECK(ends(-EFAULT, "svc_storm", 0, 3));
	CHECK(sandbox_interrupt_state == 0);
	/* Addresses whose upper half says that they are the other table's. */
	CHECK(ends(-EFAULT, "branch_to", (uintptr_t)symbol("undefined") | (uintptr_t)1 << 55, 0));
	CHECK(ends(-EFAULT, "branch_to", (uintptr_t)symbol("slot_of_nothing") | (uintptr_t)1 << 31,
		   0));
	__asm__ volatile("msr daifset, #2");
	CHECK(call("slot_of_nothing", 0, 0, &value) == -EPERM);
	__asm__ volatile("msr daifclr, #2");
	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
}
#else
/* With interrupts masked there is no call, unless none is enabled. */
static void test_special(void)
{
	uintptr_t value, enabled;

	__asm__ volatile(CSR_ASM("csrci mstatus, 8"));
	enabled = CSR_READ(mie);
	CSR_WRITE(mie, 0x80); /* the timer's */
	CHECK(call("slot_of_nothing", 0, 0, &value) == -EPERM);
	CSR_WRITE(mie, 0);
	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
	CSR_WRITE(mie, enabled);
	__asm__ volatile(CSR_ASM("csrsi mstatus, 8"));
}
#endif

static volatile int rc_in_interrupt;

static void call_in_interrupt(void)
{
	uintptr_t value;

	rc_in_interrupt = call("slot_of_nothing", 0, 0, &value);
}

static void test_in_interrupt(void)
{
	rc_in_interrupt = 1;
	suite_interrupt = call_in_interrupt;
	suite_phase(0);
	for (volatile int wait = 0; wait < 100000 && rc_in_interrupt == 1; wait++)
		;
	suite_interrupt = NULL;
	CHECK(rc_in_interrupt == -EPERM);
}

static void jump(void *function)
{
	((void (*)(void))(uintptr_t)function)();
}

/* Where the unit can tell, code of a domain does not run with the firmware's rights, if that calls
 * it. */
static void test_called_directly(void)
{
	void *function = (void *)(uintptr_t)symbol("slot_of_nothing");
	struct board_fault caught;
	uintptr_t value;

	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
#ifdef __ARM_ARCH_8_1M_MAIN__
	CHECK(board_fault_caught(jump, function, &caught) && caught.kind == BOARD_FAULT_EXECUTE);
#else
	(void)function;
	(void)caught;
	(void)jump;
#endif
}

#if defined(__arm__)
/* A trusted extension, in the protected heap; the domain has two buffers and room for two parts. */
static void test_added_of_protected(char buffers[2][256])
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const char *text;

	param.domain_later = true;
	CHECK(llext_load(source(NULL, NULL), "attack", &ext, &param) == 0);
	text = symbol("slot_of_nothing");
#if __ARM_ARCH >= 8
	/* Two regions must not overlap. */
	CHECK(llext_add_domain(ext, &domain) == -EINVAL);
	CHECK(llext_domain_share(&domain, (void *)((uintptr_t)text & ~(uintptr_t)31), 32,
				 LLEXT_ACCESS_RO) == -EINVAL);
#else
	CHECK(llext_add_domain(ext, &domain) == -ENOSPC);
	CHECK(domain.part_count == 2 && domain.stack_owner == NULL && domain.extensions == 0);
#endif
	for (int i = 0; i < 2; i++)
		CHECK(llext_domain_share(&domain, buffers[i], 0, LLEXT_ACCESS_RW) == 0);
#if __ARM_ARCH < 8
	struct board_fault caught;
	uintptr_t value;

	CHECK(llext_add_domain(ext, &domain) == 0);
	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
	/* To the firmware it is data now. */
	llext_domain_port_drop(&domain);
	CHECK(board_fault_caught(jump, (void *)(uintptr_t)text, &caught) &&
	      caught.kind == BOARD_FAULT_EXECUTE);
#endif
	CHECK(llext_unload(&ext) == 0);
}
#endif

/* The heap's protection and domains share the unit: neither takes what the other has. */
static void test_protected_heap(struct llext_load_param *param)
{
	uintptr_t heap = (uintptr_t)sandbox_heap;

	llext_mcu_kept_slots = 0;
	CHECK(llext_mcu_protect_heap(heap, SANDBOX_HEAP) == -EBUSY);
#if defined(__arm__)
	static char buffers[3][256] __attribute__((aligned(256)));
	uintptr_t value;

	/* Two parts, the text for all, and two buffers. */
	llext_mcu_kept_slots = 5;
	CHECK(llext_mcu_protect_heap(heap, SANDBOX_HEAP) == 0);
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_load(source(NULL, NULL), "attack", &ext, param) == 0);
	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
	CHECK(llext_domain_share(&domain, buffers[0], 256, LLEXT_ACCESS_RW) == 0);
	CHECK(llext_domain_share(&domain, buffers[1], 256, LLEXT_ACCESS_RW) == 0);
	CHECK(llext_domain_share(&domain, buffers[2], 256, LLEXT_ACCESS_RW) == -ENOSPC);
	CHECK(domain.part_count == 4);
	CHECK(call("slot_of_nothing", 0, 0, &value) == 0);
	CHECK(llext_unload(&ext) == 0);
	test_added_of_protected(buffers);
	CHECK(llext_domain_fini(&domain) == 0);
#else
	(void)param;
#endif
}

void suite_attacks(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes;
	param.domain = &domain;
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_load(source(NULL, NULL), "attack", &ext, &param) == 0);
	if (ext == NULL)
		return;
	test_registers();
	test_modes_in_hooks();
	test_global_pointer();
	test_stack_pointers();
	test_thread_pointers();
	test_traps();
	test_special();
	test_in_interrupt();
	test_called_directly();
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_domain_fini(&domain) == 0);
	test_protected_heap(&param);
}
