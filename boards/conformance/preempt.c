/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While extensions are loaded and unloaded, a timer interrupt runs another extension at changing
 * moments, reads its constants, writes its data, and looks into the protection unit: what each
 * piece of memory may be used for is as it should be at every such moment. Then the same with a
 * thread.
 */
#include <stdio.h>
#include "board.h"
#include "conformance.h"
#include "llext_mcu.h"
#include "mpu.h"
#include "threads/threads.h"

#define HEAP_BYTES ((size_t)64 * 1024)
#define LOADS      200
#define TICKS_MOST 61

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int failures;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

/* ---- what the hardware has ---- */

#define NONE 0xffffu /* no rule, or two at a time */
#define RW   (LLEXT_MPU_READ | LLEXT_MPU_WRITE)
#define RX   (LLEXT_MPU_READ | LLEXT_MPU_EXECUTE)

#if defined(__arm__)
#include "../../ports/cortex_m/registers.h"

static unsigned rights_of(uint32_t base, uint32_t rasr)
{
#if __ARM_ARCH >= 8
	(void)rasr;
	return LLEXT_MPU_READ | (base & 4 ? 0 : LLEXT_MPU_WRITE) |
	       (base & 1 ? 0 : LLEXT_MPU_EXECUTE);
#else
	(void)base;
	return LLEXT_MPU_READ | ((rasr >> 24 & 7) == 5 ? 0 : LLEXT_MPU_WRITE) |
	       (rasr >> 28 & 1 ? 0 : LLEXT_MPU_EXECUTE);
#endif
}

static bool region_has(uint32_t base, uint32_t attributes, uintptr_t address)
{
#if __ARM_ARCH >= 8
	return address >= (base & ~31u) && address <= (attributes | 31u);
#else
	uint32_t size = (uint32_t)2 << (attributes >> 1 & 31), offset = address - (base & ~31u);

	return offset < size && !(attributes >> 8 >> offset / (size / 8) & 1);
#endif
}

static unsigned rights(const void *memory)
{
	uint32_t before = MPU_RNR;
	unsigned found = NONE, hits = 0;

	for (unsigned i = 0; i < llext_mpu()->slots; i++) {
		uint32_t base, attributes;

		MPU_RNR = i;
		base = MPU_RBAR;
		attributes = MPU_RASR;
		if (!(attributes & 1) || !region_has(base, attributes, (uintptr_t)memory))
			continue;
		found = rights_of(base, attributes); /* the highest wins */
		hits++;
	}
	MPU_RNR = before;
	return __ARM_ARCH >= 8 && hits > 1 ? NONE : found;
}
#else
#include "../../ports/riscv_m/csr.h"

static uintptr_t addresses[16];
static uint8_t configurations[16];

#define READ_ADDRESS(n) addresses[n] = CSR_READ(pmpaddr##n) << 2

static void read_unit(void)
{
	uintptr_t words[4] = {CSR_READ(pmpcfg0), 0, CSR_READ(pmpcfg2), 0};

#if __riscv_xlen == 32
	words[1] = CSR_READ(pmpcfg1);
	words[3] = CSR_READ(pmpcfg3);
#endif
	for (unsigned i = 0; i < 16; i++)
		configurations[i] =
			(uint8_t)(words[i / sizeof(words[0]) * (sizeof(words[0]) / 4)] >>
				  i % sizeof(words[0]) * 8);
	READ_ADDRESS(0), READ_ADDRESS(1), READ_ADDRESS(2), READ_ADDRESS(3);
	READ_ADDRESS(4), READ_ADDRESS(5), READ_ADDRESS(6), READ_ADDRESS(7);
	READ_ADDRESS(8), READ_ADDRESS(9), READ_ADDRESS(10), READ_ADDRESS(11);
	READ_ADDRESS(12), READ_ADDRESS(13), READ_ADDRESS(14), READ_ADDRESS(15);
}

static unsigned rights(const void *memory)
{
	uintptr_t address = (uintptr_t)memory;

	read_unit();
	for (unsigned i = 0; i < 16; i++) {
		if ((configurations[i] & 0x18) == 0x08 && address < addresses[i] &&
		    address >= (i == 0 ? 0 : addresses[i - 1]))
			return configurations[i] & 7u;
	}
	return NONE;
}
#endif

/* ---- the extension that runs meanwhile ---- */

static struct llext *resident;
static int (*resident_call)(void);
static int *resident_data, *resident_zero;
static const int *resident_constants;
static const char *heap_end; /* data that no load comes near */

static volatile unsigned calls, wrong_results, wrong_rights, next_ticks;

/* In one piece: the unit is read through registers that the thread which loads writes as well. */
static unsigned rights_now(const void *memory)
{
	uintptr_t state = llext_mpu_hold();
	unsigned found = rights(memory);

	llext_mpu_go_on(state);
	return found;
}

static void use_resident(void)
{
	int zero = *resident_zero;

	calls++;
	if (resident_call() != resident_data[0] + zero + 1 + resident_constants[0])
		wrong_results++;
	/* As the processor has it: RISC-V tells execution from reading, and Arm does not. */
	if ((rights_now((const void *)((uintptr_t)resident_call & ~(uintptr_t)1)) |
	     LLEXT_MPU_READ) != RX ||
	    rights_now(resident_constants) != LLEXT_MPU_READ || rights_now(resident_data) != RW ||
	    rights_now(heap_end) != RW)
		wrong_rights++;
}

static void tick(void)
{
	use_resident();
	next_ticks = next_ticks % TICKS_MOST + 1;
	board_timer(next_ticks + 4, tick);
}

static void run_resident(void *unused)
{
	(void)unused;
	for (;;)
		use_resident();
}

static const void *address_of(const struct llext *ext, const char *name)
{
	return llext_find_sym(&ext->exp_tab, name);
}

static bool load(const char *name, struct llext **ext)
{
	const struct fixture fixture = FIXTURE(guarded);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	int rc = llext_load(&loader.loader, name, ext, NULL);

	if (rc != 0)
		printf("load of %s: %d\n", name, rc);
	return rc == 0;
}

/* Loads and unloads in an order that moves the pieces about. */
static bool load_and_unload(unsigned times)
{
	static const char *const names[] = {"one", "two"};
	struct llext *loaded[2] = {NULL, NULL};

	for (unsigned i = 0; i < times; i++) {
		unsigned which = (i ^ i >> 2) & 1;

		if (loaded[which] != NULL) {
			if (llext_unload(&loaded[which]) != 0)
				return false;
		} else if (!load(names[which], &loaded[which])) {
			return false;
		} else if (llext_call_fn(loaded[which], "guarded_call") != 0) {
			return false;
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		if (loaded[i] != NULL && llext_unload(&loaded[i]) != 0)
			return false;
	}
	return true;
}

static void report(const char *how, bool loaded)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: %u loads and unloads", how, LOADS);
	check(text, loaded);
	snprintf(text, sizeof(text), "%s: the other extension ran often", how);
	check(text, calls > LOADS);
	snprintf(text, sizeof(text), "%s: it did what it should", how);
	check(text, wrong_results == 0);
	snprintf(text, sizeof(text), "%s: its memory and the heap were never open or closed", how);
	check(text, wrong_rights == 0);
	calls = wrong_results = wrong_rights = 0;
}

int main(void)
{
	static uint64_t stack[512];
	bool ok;

	check("protection", llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES) == 0);
	check("heap", llext_heap_init(board_heap_start, HEAP_BYTES) == 0);
	heap_end = board_heap_start + HEAP_BYTES - 64;
	if (!load("resident", &resident))
		return 1;
	resident_call = (int (*)(void))(uintptr_t)address_of(resident, "guarded_call");
	resident_data = (int *)(uintptr_t)address_of(resident, "guarded_data");
	resident_zero = (int *)(uintptr_t)address_of(resident, "guarded_zero");
	resident_constants = address_of(resident, "guarded_constants");

	board_timer(5, tick);
	ok = load_and_unload(LOADS);
	board_timer(0, NULL);
	report("interrupts", ok);

	board_threads_start(run_resident, NULL, stack, sizeof(stack), 7);
	ok = load_and_unload(LOADS);
	board_threads_stop();
	report("threads", ok && board_threads_switches() > LOADS);
	printf("%u switches\n", (unsigned)board_threads_switches());
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
