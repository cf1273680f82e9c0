/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads that a timer switches between, each with a domain of its own, through the hooks for
 * FreeRTOS. In one domain honest work is done, whose results must be right; the other attacks: the
 * firmware, and by that the first. Then they change places, as on Cortex-M one thread has the main
 * stack and the other one the process stack.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/domain_port.h>
#include "board.h"
#include "llext_freertos_switch.h"
#include "llext_mcu.h"
#include "sandbox.h"
#include "suite.h"
#include "threads/threads.h"

#define DOMAIN_BYTES SANDBOX_DOMAIN_BYTES
#define SWITCHES     3000
#define SLICE_LEAST  12 /* ticks: a switch takes some of them */
#define SLICE_MOST   59

extern const uint8_t fixture_attack[], fixture_attack_end[];
extern const uint8_t fixture_local[], fixture_local_end[];

struct side {
	const char *name;
	struct k_mem_domain domain;
	struct llext_domain_fault fault;
	struct llext_domain_config config;
	struct llext_domain_more more;
	struct llext_buf_loader loader;
	struct llext *ext;
	const uint8_t *file, *file_end;
	volatile uint32_t rounds, wrong;
};

static char memory[2][DOMAIN_BYTES] __attribute__((aligned(16384)));
char sandbox_heap[SANDBOX_HEAP] __attribute__((aligned(SANDBOX_HEAP)));
int suite_secret = 0x5ec2e7;

static struct side worker = {
	.name = "worker", .file = fixture_probe, .file_end = fixture_probe_end};
static struct side attacker = {
	.name = "attacker", .file = fixture_attack, .file_end = fixture_attack_end};

/* What the unit can share, between what is the firmware's. */
#ifdef __aarch64__
#define SHARED_BYTES 4096
#else
#define SHARED_BYTES 256
#endif
static struct {
	uint32_t before[64];
	char bytes[SHARED_BYTES] __attribute__((aligned(SHARED_BYTES)));
	uint32_t after[64];
} shared;

static int failures;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

/* ---- the kernel, as far as FreeRTOS's hooks know it: thread 0 is main(), and runs first ---- */

typedef struct {
	void *pvThreadLocalStoragePointers[LLEXT_FREERTOS_DOMAIN_INDEX + 1];
} TCB_t;

static TCB_t tasks[2];
static TCB_t *volatile pxCurrentTCB = tasks;

static __attribute__((noinline)) void switch_context(unsigned int to)
{
	traceTASK_SWITCHED_OUT();
	pxCurrentTCB = &tasks[to];
	traceTASK_SWITCHED_IN();
}

static uint32_t slice = SLICE_LEAST;

/* Then a tick, for whom it has come to, and another slice. */
static void switched(unsigned int from)
{
	switch_context(!from);
	llext_domain_tick();
	slice = slice < SLICE_MOST ? slice + 1 : SLICE_LEAST;
	board_threads_go_on(slice);
}

/* ---- what the threads do ---- */

static struct llext_loader *source(const struct llext *ext, void *user_data)
{
	struct side *side = user_data;

	(void)ext;
	side->loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		side->file, (size_t)(side->file_end - side->file));
	return &side->loader.loader;
}

static int call(struct side *side, const char *name, uintptr_t a, uint32_t ticks, uintptr_t *value)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&side->domain, llext_find_sym(&side->ext->exp_tab, name), &args,
				   &result, ticks);

	*value = result.word[0];
	return rc;
}

static struct llext *local; /* in the worker's domain, too */

/* Its thread-local variables, which are the domain's. */
static bool counts(void)
{
	struct llext_domain_result result = {0};
	static uint32_t calls;

	calls++;
	return llext_domain_call(&worker.domain, llext_find_sym(&local->exp_tab, "next"), NULL,
				 &result, 0) == 0 &&
	       (uint32_t)result.word[0] == 101 * calls + 4;
}

static void work(void)
{
	static const struct {
		const char *name;
		uintptr_t argument, result;
	} calls[] = {{"use_gates", 0, 0},
		     {"use_callback", 5, 16},
		     {"nest", 3, 2},
		     {"call_nothing", 0, 7}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uintptr_t value;

		worker.wrong += call(&worker, calls[i].name, calls[i].argument, 0, &value) != 0 ||
				value != calls[i].result;
	}
	worker.wrong += !counts();
	leave_registers();
	worker.rounds++;
}

/* It ends with an error, or comes back, as the attack may; and the next call after a reset works.
 */
static void attack_with(const char *name, uintptr_t argument, bool ends)
{
	uintptr_t value;
	int rc = call(&attacker, name, argument, 4, &value);

	attacker.wrong += ends && rc != -EFAULT && rc != -ETIMEDOUT;
	attacker.wrong += rc != 0 && llext_domain_reset(&attacker.domain) != 0;
	attacker.wrong += call(&attacker, "slot_of_nothing", 0, 0, &value) != 0;
}

static void attack_with_sp(uintptr_t sp)
{
	attack_with("gate_with_sp", sp, false);
	attack_with("wait_with_sp", sp, true);
}

/* What this thread has in floating-point registers, over gates and switches to one that has other
 * numbers there. */
static void keep_floats(void)
{
	static uint32_t seed;
	uintptr_t value = 0;

	if (SANDBOX_KEEPS_FLOATS)
		attacker.wrong +=
			call(&attacker, "floats_stay", ++seed << 8, 0, &value) != 0 || value != 0;
}

/* Floating-point registers are to be saved in the worker's stack, by whoever uses such next. */
static void save_elsewhere(void)
{
#if defined(__arm__) && __ARM_ARCH >= 8 && SANDBOX_FP
	uintptr_t place = worker.domain.way.stack;

	attack_with("save_later_and_gate", place, true);
	attack_with("save_later_and_wait", place, true);
	attacker.wrong += *(const uintptr_t *)place == place;
#endif
}

static void attack(void)
{
	static const char *const names[] = {"break_point", "undefined", "own_svc",
					    SANDBOX_PRIVILEGED};
	static const uint8_t offsets[] = {0, 24, 32, 40, 104, 200};
	uintptr_t here = (uintptr_t)&worker & ~(uintptr_t)15;

	for (int i = 0; i < 10; i++)
		keep_floats();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		attack_with(names[i], (uintptr_t)-1, true);
	attack_with_sp(0);
	attack_with_sp(here);
	attack_with_sp(worker.domain.way.stack + 512);
	/* What a switch saves goes below: that must be nobody's. */
	for (unsigned int i = 0; i < attacker.domain.part_count; i++) {
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++)
			attack_with_sp(llext_domain_part(&attacker.domain, i)->start + offsets[j]);
	}
	save_elsewhere();
	attack_with("call_forged", (uintptr_t)&suite_secret, true);
	attack_with("spoil", 0, false);
#ifdef SANDBOX_THREAD_POINTER
	attack_with("wait_with_tp", here, true);
#endif
	attack_with("gate_with_lr", 0xfffffff9u, true);
	attack_with("gate_with_lr", here, true);
	attacker.rounds++;
}

/* Who does what; the second thread says when it has seen it. */
enum role { REST, WORK, ATTACK, REVIVE, SINK };
static volatile enum role wanted, taken;

static void revive(void);
static void sink(void);

static void run_second(void *unused)
{
	(void)unused;
	for (;;) {
		taken = wanted;
		if (taken == WORK)
			work();
		else if (taken == ATTACK)
			attack();
		else if (taken == REVIVE)
			revive();
		else if (taken == SINK)
			sink();
	}
}

static void run(enum role second, const char *what)
{
	uint32_t start = board_threads_switches();
	unsigned int spoilt = 0;
	char text[80];

	worker.rounds = worker.wrong = attacker.rounds = attacker.wrong = 0;
	wanted = second;
	while (board_threads_switches() - start < SWITCHES || worker.rounds < 20 ||
	       attacker.rounds < 2) {
		if (second == WORK)
			attack();
		else
			work();
	}
	wanted = REST;
	while (taken != REST)
		;
	snprintf(text, sizeof(text), "%s: %u rounds of work are right", what,
		 (unsigned int)worker.rounds);
	check(text, worker.wrong == 0);
	snprintf(text, sizeof(text), "%s: %u rounds of attacks are contained", what,
		 (unsigned int)attacker.rounds);
	check(text, attacker.wrong == 0);
	for (size_t i = 0; i < 64; i++)
		spoilt += shared.before[i] != 0 || shared.after[i] != 0;
	check("the firmware's data", suite_secret == 0x5ec2e7 && spoilt == 0);
}

/* ---- a call of a stopped domain that another thread resets and calls meanwhile ---- */

/* Ticks, of about 40 instructions on Cortex-M: more than a switch takes, and more than a reset. */
#define SHORT  20
#define LONG   100000u
#define PHASES 200 /* instructions: more than the way in takes */
#define MOST   (SHORT * 40 + 100)

/* Each time that this thread comes, and then the other one goes on. */
static void revive(void)
{
	uint32_t here;
	uintptr_t value;

	(void)llext_domain_reset(&attacker.domain); /* which the call may have taken already */
	(void)call(&attacker, "slot_of_nothing", 0, 0, &value);
	here = board_threads_switches();
	board_threads_go_on(SHORT);
	while (board_threads_switches() == here)
		;
}

/* Whoever runs ends that. */
static void handed_over(unsigned int from)
{
	switch_context(!from);
	board_threads_go_on(LONG);
}

static void wait_for_second(uint32_t start)
{
	while (board_threads_switches() - start < 2)
		;
}

/* The call finds the domain stopped, or goes in and ends with a fault, which is the domain's. */
static void revive_at_phases(void)
{
	const void *undefined = llext_find_sym(&attacker.ext->exp_tab, "undefined");
	unsigned int wrong = 0;
	uint32_t start;

	wanted = REVIVE;
	while (taken != REVIVE)
		;
	board_threads_hook = handed_over;
	start = board_threads_switches();
	board_threads_go_on(SHORT);
	wait_for_second(start);
	for (unsigned int phase = 0; phase < PHASES; phase++) {
		wrong += llext_domain_call(&attacker.domain, undefined, NULL, NULL, 0) != -EFAULT;
		start = board_threads_switches();
		board_threads_go_on(SHORT);
		sandbox_pass(MOST - phase);
		wrong += llext_domain_call(&attacker.domain, undefined, NULL, NULL, 0) != -EFAULT;
		wait_for_second(start);
	}
	check("a domain that is reset while a call is on its way in", wrong == 0);
	wanted = REST;
	board_threads_hook = switched;
	board_threads_go_on(slice);
	while (taken != REST)
		;
	check("it works again", llext_domain_reset(&attacker.domain) == 0);
}

#if defined(__arm__)
/* ---- a switch on the way back from a gate that was called at the lower end of the stack ---- */

#define RED_ZONE 128

static unsigned int sunk, left_there;

/* Whoever comes, the second thread goes on. */
static void handed_back(unsigned int from)
{
	switch_context(!from);
	board_threads_go_on(from == 1 ? SHORT : LONG);
}

/* Words of what leave_registers() leaves, in the domain's stack. */
static unsigned int words_left(void)
{
	const uint32_t *at = (const uint32_t *)attacker.domain.way.stack;
	unsigned int words = 0;

	for (; at < (const uint32_t *)attacker.domain.way.sp; at++)
		words += *at == UINT32_MAX;
	return words;
}

/* In the second thread, whose stack pointer is the domain's then. */
static void sink_at_phases(const char *name)
{
	const void *function = llext_find_sym(&attacker.ext->exp_tab, name);
	uintptr_t stack = attacker.domain.way.stack;
	const struct llext_domain_args args = {.word = {stack + 32}};
	uint8_t before[64], *below = (uint8_t *)stack - RED_ZONE - sizeof(before);

	memcpy(before, below, sizeof(before));
	for (unsigned int instructions = 0; instructions < SHORT * 40; instructions++) {
		board_threads_go_on(SHORT);
		sandbox_pass(instructions);
		leave_registers();
		if (llext_domain_call(&attacker.domain, function, &args, NULL, 0) != 0)
			(void)llext_domain_reset(&attacker.domain);
		sunk += memcmp(before, below, sizeof(before)) != 0;
		left_there += words_left();
	}
}

static void sink(void)
{
	sink_at_phases("float_with_sp");
	sink_at_phases("scale_with_sp");
	wanted = REST;
}

static void switch_at_low_stack(void)
{
	wanted = SINK;
	while (taken != SINK)
		;
	board_threads_hook = handed_back;
	while (taken != REST)
		;
	board_threads_hook = switched;
	board_threads_go_on(slice);
	check("what a switch saves below the stack", sunk == 0);
	check("what it saves in the stack", left_there == 0);
}
#else
static void sink(void)
{
}

static void switch_at_low_stack(void)
{
}
#endif

/* The attacker again: trusted at first, with its data on the heap. */
static void rejoin(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.domain_later = true;
	check("it joins",
	      llext_unload(&attacker.ext) == 0 &&
		      llext_load(source(NULL, &attacker), "attacker", &attacker.ext, &param) == 0 &&
		      llext_add_domain(attacker.ext, &attacker.domain) == 0);
}

static void leave(void)
{
	struct llext_heap_stats stats;

	check("it leaves", llext_unload(&attacker.ext) == 0 && llext_unload(&local) == 0 &&
				   llext_unload(&worker.ext) == 0);
	check("the heap", llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 && stats.used == 0 &&
				  stats.largest_free > 0 && llext_heap_uninit() == 0);
}

static bool prepare(struct side *side, void *mem)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	side->config = (struct llext_domain_config){.name = side->name,
						    .more = &side->more,
						    .mem = mem,
						    .bytes = DOMAIN_BYTES,
						    .stack_bytes = 2048,
						    .source = source,
						    .user_data = side,
						    .fault = &side->fault};
	param.domain = &side->domain;
	return llext_domain_init(&side->domain, &side->config) == 0 &&
	       llext_load(source(NULL, side), side->name, &side->ext, &param) == 0;
}

static __attribute__((noinline)) void switch_without_hooks(unsigned int to)
{
	pxCurrentTCB = &tasks[to];
}

static unsigned int cost(void (*function)(unsigned int to))
{
	uint64_t start = board_instructions();

	for (int i = 0; i < 100; i++)
		function(0);
	return (unsigned int)((board_instructions() - start) / 100);
}

/* What the hooks take of a switch: where no thread is in a domain, and where the unit changes. */
static void measure(void)
{
	struct llext_domain_level level = {.domain = &worker.domain};
	uint64_t start;

	printf("context_switch %u\n", cost(switch_context) - cost(switch_without_hooks));
	llext_domain_port_drop(&worker.domain);
	tasks[1].pvThreadLocalStoragePointers[LLEXT_FREERTOS_DOMAIN_INDEX] = &level;
	start = board_instructions();
	switch_context(1);
	printf("to_another_domain %u\n", (unsigned int)(board_instructions() - start));
	switch_context(0);
	/* And where it has had it before, as a unit with tables may remember. */
	llext_domain_port_resume(&attacker.domain);
	start = board_instructions();
	switch_context(1);
	printf("to_it_again %u\n", (unsigned int)(board_instructions() - start));
	switch_context(0);
	tasks[1].pvThreadLocalStoragePointers[LLEXT_FREERTOS_DOMAIN_INDEX] = NULL;
}

static void prepare_local(void)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_local, (size_t)(fixture_local_end - fixture_local));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.domain = &worker.domain;
	check("more extensions in a domain",
	      llext_load(&loader.loader, "local", &local, &param) == 0);
}

#ifdef SANDBOX_PROTECTS_FIRST
static bool protect(void)
{
	return llext_mcu_protect_heap((uintptr_t)sandbox_heap, sizeof(sandbox_heap)) == 0;
}

static void jump(void *function)
{
	((void (*)(void))(uintptr_t)function)();
}

/* By mistake. */
static void call_directly(void)
{
	struct board_fault caught;
	uintptr_t value;
	const void *nothing = llext_find_sym(&worker.ext->exp_tab, "call_nothing");

	check("the firmware cannot run a domain's code",
	      call(&worker, "call_nothing", 0, 0, &value) == 0 &&
		      board_fault_caught(jump, (void *)(uintptr_t)nothing, &caught) &&
		      caught.kind == BOARD_FAULT_EXECUTE);
}
#else
static bool protect(void)
{
	return true;
}

static void call_directly(void)
{
}
#endif

int main(void)
{
	static uint64_t stack[1024];

	sandbox_start();
	if (!protect() || llext_heap_init(sandbox_heap, sizeof(sandbox_heap)) != 0 ||
	    !prepare(&worker, memory[0]) || !prepare(&attacker, memory[1]) ||
	    llext_domain_share(&attacker.domain, shared.bytes, sizeof(shared.bytes),
			       LLEXT_ACCESS_RW) != 0) {
		puts("FAILED: preparation");
		return 1;
	}
	measure();
	prepare_local();
	call_directly();
	board_threads_hook = switched;
	board_threads_start(run_second, NULL, stack, sizeof(stack), slice);
	run(WORK, "attack in the first thread");
	run(ATTACK, "attack in the second thread");
	revive_at_phases();
	switch_at_low_stack();
	rejoin();
	run(ATTACK, "attack in the second thread, from the heap");
	board_threads_stop();
	leave();
	printf("%u switches\n", (unsigned int)board_threads_switches());
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
