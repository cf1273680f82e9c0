/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions are skipped while a bad envelope is verified: at each address that is executed,
 * once, two, four and six bytes. No such fault may make a loader give out a byte that was not
 * signed.
 *
 * Arguments: the scenario, a file of 32-bit addresses of instructions, the index of the first one,
 * the step from one to the next. Before each address its index is printed, so that what starts this
 * again after a fault that nothing could recover from knows where to go on.
 *
 *   signature  the signature is bad, and r is the order of the group, so that it is found at once
 *   block      the signature is good and was verified before, a block is bad
 *   control    the signature is bad in the first way, and there is a check of the signature such as
 * one writes without faults in mind: there it must be possible
 *   crypto     the signature is bad by a bit, so that the crypto library does all its work
 *   once       the same signature, and the check without faults in mind
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/signed_loader.h>
#include "board.h"

extern const uint8_t fixture_envelope[], fixture_envelope_end[];
extern const uint8_t fixture_payload[];
extern const struct llext_key llext_ring[];

#define MOST 20000

/* UDF #0, as long as what it takes the place of: in an IT block it may be passed over. */
#define UNDEFINED        0xde00
#define UNDEFINED_WIDE_1 0xf7f0
#define UNDEFINED_WIDE_2 0xa000
#define NOT_REACHED      6  /* the status then */
#define SHOWN            64 /* bytes of the payload that tell whether it was given out */

/* Ticks of 40 instructions, far more than an attempt takes: without and with a signature to verify.
 */
#define TIME_LIMIT        25000
#define TIME_LIMIT_CRYPTO 1500000

static uint32_t addresses[MOST];
static uint8_t covered[MOST];
static uint8_t envelope[8192];
static size_t envelope_bytes, header_bytes;

/* What an attempt writes to is at the end of memory, where a copy that goes too far faults at once.
 */
static uint8_t *const volatile memory_end = (uint8_t *)board_heap_end;
#define STACK_BYTES  16384
#define BUFFER_BYTES 8192
#define OUT          (memory_end - SHOWN)
#define BUFFER       (OUT - BUFFER_BYTES)
#define STACK        (BUFFER - STACK_BYTES)

static struct llext_trust trust;

static struct llext_buf_loader source;
static struct llext_signed_loader loader;

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
				  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
				  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* ---- the scenarios: what is done with a bad envelope ---- */

static void open_loader(void)
{
	source = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(envelope, envelope_bytes);
	source.loader.peek = NULL;
	loader = (struct llext_signed_loader)LLEXT_SIGNED_LOADER(&source.loader, &trust, BUFFER,
								 BUFFER_BYTES);
}

/* As a caller does that looks at no answer: what the loader gives out is what counts. */
static __attribute__((noinline)) void attempt_signature(void)
{
	struct llext_loader *ldr = &loader.loader;

	(void)ldr->prepare(ldr);
	(void)ldr->read(ldr, OUT, SHOWN);
}

static __attribute__((noinline)) void attempt_block(void)
{
	struct llext_loader *ldr = &loader.loader;

	(void)ldr->read(ldr, OUT, SHOWN);
}

static __attribute__((noinline)) void attempt_control(void)
{
	const uint8_t *signature = envelope + header_bytes - 64;

	if (llext_verify(LLEXT_ALGORITHM_ES256, trust.keys->public_key, envelope, 300, signature) !=
	    LLEXT_VERIFIED)
		return;
	memcpy(OUT, fixture_payload, SHOWN);
}

static void (*attempt)(void);
static struct llext_signed_loader verified;

static uint8_t bad[sizeof(envelope)];

static void start_signature(void)
{
	memcpy(envelope, bad, sizeof(envelope));
	open_loader();
}

static void start_block(void)
{
	start_signature();
	loader = verified;
	source.pos = loader.source_position;
}

static void (*start)(void);
static uint32_t time_limit = TIME_LIMIT;

static bool set_scenario(const char *name)
{
	struct llext_loader *ldr = &loader.loader;

	envelope_bytes = (size_t)(fixture_envelope_end - fixture_envelope);
	if (envelope_bytes > sizeof(envelope))
		return false;
	memcpy(envelope, fixture_envelope, envelope_bytes);
	trust = (struct llext_trust){.keys = llext_ring, .key_count = 1};
	start = start_signature;
	attempt = attempt_signature;
	open_loader();
	/* First of all: it is good. */
	if (ldr->prepare(ldr) != 0 || ldr->read(ldr, OUT, SHOWN) != 0 ||
	    memcmp(OUT, fixture_payload, SHOWN) != 0)
		return false;
	header_bytes = loader.header_bytes;
	if (strcmp(name, "block") == 0) {
		open_loader();
		if (ldr->prepare(ldr) != 0)
			return false;
		verified = loader;
		start = start_block;
		attempt = attempt_block;
		/* The bytes that are asked for stay, another one of the block is changed. */
		envelope[loader.header_bytes + 32 * loader.block_count + 500] ^= 1;
		return true;
	}
	if (strcmp(name, "control") == 0 || strcmp(name, "once") == 0)
		attempt = attempt_control;
	if (strcmp(name, "crypto") == 0 || strcmp(name, "once") == 0) {
		envelope[header_bytes - 1] ^= 1;
		time_limit = TIME_LIMIT_CRYPTO;
		return true;
	}
	memcpy(envelope + header_bytes - 64, order, sizeof(order));
	return attempt == attempt_control || strcmp(name, "signature") == 0;
}

/* ---- one attempt, from which there is always a way back ---- */

static jmp_buf way_back;
static volatile uint16_t *armed; /* where an instruction waits to be skipped; NULL: nowhere */
static uint16_t original[2];
static uint32_t skipped; /* bytes; 0: it is only noted */
static bool on_own_stack;

static void leave(void)
{
	longjmp(way_back, 1);
}

static void barrier(void)
{
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* An instruction is one halfword or two, and its first says which. */
static bool is_wide(uint16_t first)
{
	return first >> 11 >= 0x1d;
}

static void spoil(volatile uint16_t *at, uint16_t saved[2])
{
	saved[0] = at[0];
	saved[1] = at[1];
	if (is_wide(saved[0])) {
		at[0] = UNDEFINED_WIDE_1;
		at[1] = UNDEFINED_WIDE_2;
	} else {
		at[0] = UNDEFINED;
	}
}

static void restore(volatile uint16_t *at, const uint16_t saved[2])
{
	at[0] = saved[0];
	if (is_wide(saved[0]))
		at[1] = saved[1];
	barrier();
}

static bool on_fault(struct board_fault *fault)
{
	if (armed != NULL && (fault->pc & ~1u) == (uintptr_t)armed) {
		restore(armed, original);
		fault->pc += skipped;
		armed = NULL;
		return true;
	}
	fault->pc = (uintptr_t)leave;
	return true;
}

/* It hangs. The frame of what was interrupted is on the stack of its own. */
static void on_time(void)
{
	uint32_t *frame;

	if (!on_own_stack)
		return;
	__asm__ volatile("mrs %0, psp" : "=r"(frame));
	frame[6] = (uint32_t)(uintptr_t)leave & ~1u;
	frame[7] = (frame[7] & ~0x0600fc00u) | 1u << 24;
}

static __attribute__((naked, noinline)) void
on_stack(void (*function)(void) __attribute__((unused)), void *top __attribute__((unused)))
{
	__asm__ volatile(".syntax unified\n"
			 "	push {r4, lr}\n"
			 "	msr psp, r1\n"
			 "	mrs r2, control\n"
			 "	orr r2, r2, #2\n"
			 "	msr control, r2\n"
			 "	isb\n"
			 "	blx r0\n"
			 "	mrs r2, control\n"
			 "	bic r2, r2, #2\n"
			 "	msr control, r2\n"
			 "	isb\n"
			 "	pop {r4, pc}\n");
}

/* longjmp() has set the stack pointer in use, which is not that of the exceptions. */
static __attribute__((naked, noinline)) void main_stack(void)
{
	__asm__ volatile(".syntax unified\n"
			 "	mov r1, sp\n"
			 "	mrs r2, control\n"
			 "	tst r2, #2\n"
			 "	beq 1f\n"
			 "	bic r2, r2, #2\n"
			 "	msr control, r2\n"
			 "	isb\n"
			 "	mov sp, r1\n"
			 "1:	bx lr\n");
}

static unsigned int lost;

static void run_once(void)
{
	start();
	memset(OUT, 0, SHOWN);
	if (setjmp(way_back) == 0) {
		on_own_stack = true;
		on_stack(attempt, STACK + STACK_BYTES);
	} else {
		main_stack();
		lost++;
	}
	on_own_stack = false;
}

static void arm(uint32_t address, uint32_t bytes)
{
	volatile uint16_t *at = (volatile uint16_t *)(uintptr_t)address;

	skipped = bytes;
	spoil(at, original);
	barrier();
	armed = at;
}

/* Not reached: as before. */
static bool disarm(void)
{
	bool reached = armed == NULL;

	if (!reached) {
		restore(armed, original);
		armed = NULL;
	}
	return reached;
}

/* ---- all of them ---- */

static uint16_t originals[MOST][2];
static size_t count;

static bool note_cover(struct board_fault *fault)
{
	for (size_t i = 0; i < count; i++) {
		if (addresses[i] == (fault->pc & ~1u) && !covered[i]) {
			covered[i] = 1;
			restore((volatile uint16_t *)(uintptr_t)addresses[i], originals[i]);
			return true;
		}
	}
	fault->pc = (uintptr_t)leave;
	return true;
}

/* Which are executed at all: every one of them traps, the first time. */
static void find_cover(void)
{
	board_fault_hook = note_cover;
	for (size_t i = 0; i < count; i++)
		spoil((volatile uint16_t *)(uintptr_t)addresses[i], originals[i]);
	barrier();
	run_once();
	for (size_t i = 0; i < count; i++)
		restore((volatile uint16_t *)(uintptr_t)addresses[i], originals[i]);
}

/*
 * A fault may write anywhere, also over code, which is in RAM here: whatever is not the attempt's
 * own is put back. Word by word, since memcpy() may be what was damaged.
 */
static uint32_t *code_copy;

static void keep_code(void)
{
	const uint32_t *from = (const uint32_t *)(const void *)board_rom_start;
	size_t words = (size_t)(board_rom_end - board_rom_start) / 4;

	code_copy = (uint32_t *)(void *)board_heap_start;
	for (size_t i = 0; i < words; i++)
		((volatile uint32_t *)code_copy)[i] = from[i];
}

static bool mend_code(void)
{
	volatile uint32_t *code = (volatile uint32_t *)(void *)board_rom_start;
	size_t words = (size_t)(board_rom_end - board_rom_start) / 4;
	bool mended = false;

	for (size_t i = 0; i < words; i++) {
		if (code[i] != code_copy[i]) {
			code[i] = code_copy[i];
			mended = true;
		}
	}
	barrier();
	return mended;
}

static uint32_t sum_of(uint32_t sum, const void *start, size_t bytes)
{
	const uint8_t *from = start;

	for (size_t i = 0; i < bytes; i++)
		sum = sum * 31 + from[i];
	return sum;
}

/* All that the attempts to come need. What a fault has changed of it cannot be put back. */
static uint32_t sum_of_state(void)
{
	uint32_t sum = sum_of(count, addresses, count * sizeof(addresses[0]));

	sum = sum_of(sum, covered, count);
	sum = sum_of(sum, bad, sizeof(bad));
	sum = sum_of(sum, &verified, sizeof(verified));
	sum = sum_of(sum, &trust, sizeof(trust));
	sum = sum_of(sum, &start, sizeof(start));
	return sum_of(sum, &attempt, sizeof(attempt));
}

static unsigned int tried, accepted, mended;

static void skip_at(size_t i, uint32_t state)
{
	for (uint32_t bytes = 2; bytes <= 6; bytes += 2) {
		arm(addresses[i], bytes);
		board_timer(time_limit, on_time);
		run_once();
		board_timer(0, NULL);
		if (!disarm()) {
			/* It was reached at first, so something is not as it was then. */
			printf("not reached\n");
			board_exit(NOT_REACHED);
		}
		tried++;
		if (memcmp(OUT, fixture_payload, SHOWN) == 0) {
			printf("accepted %08lx %lu\n", (unsigned long)addresses[i],
			       (unsigned long)bytes);
			accepted++;
		}
		mended += mend_code();
		if (sum_of_state() != state) {
			printf("what the attempts need was changed\n");
			board_exit(4);
		}
	}
}

int main(void)
{
	static char line[512];
	char *words[6] = {NULL};
	size_t bytes, word = 0, covers = 0, first, step;
	uint32_t state;

	(void)board_command_line(line, sizeof(line));
	for (char *next = strtok(line, " "); next != NULL && word < 6; next = strtok(NULL, " "))
		words[word++] = next;
	if (word == 5 && set_scenario(words[1])) {
		memcpy(bad, envelope, sizeof(bad));
	} else {
		printf("wrong arguments, or the envelope is not good\n");
		return 2;
	}
	bytes = board_read_file(words[2], addresses, sizeof(addresses));
	count = bytes / sizeof(addresses[0]);
	first = (size_t)strtoul(words[3], NULL, 10);
	step = (size_t)strtoul(words[4], NULL, 10);
	if (bytes == BOARD_NO_FILE || bytes > sizeof(addresses) || step == 0)
		return 2;
	keep_code();
	find_cover();
	board_fault_hook = on_fault;
	if (mend_code())
		return 5;
	for (size_t i = 0; i < count; i++)
		covers += covered[i];
	printf("cover %u\n", (unsigned)covers);
	lost = 0;
	state = sum_of_state();
	for (size_t i = first; i < count; i += step) {
		if (!covered[i])
			continue;
		printf("at %u\n", (unsigned)i);
		skip_at(i, state);
	}
	printf("tried %u lost %u mended %u accepted %u\n", tried, lost, mended, accepted);
	return 0;
}
