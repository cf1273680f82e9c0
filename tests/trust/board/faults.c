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
 *   block      the signature is good and was verified before, so was the table, a block is bad
 *   table      as that, but the digest in the table fits the block, and the table is bad
 *   mapped     the signature is good, the last block is bad, and all of it is used where it lies;
 *              what is executed several times is skipped the last time
 *   mapped-table  as that, but the digest in the table fits the block
 *   stale      the signature is good, and a counter says that it is too old
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

/* All of it is verified before anything is given out, and here the first bytes are good. */
static __attribute__((noinline)) void attempt_mapped(void)
{
	struct llext_loader *ldr = &loader.loader;
	const uint8_t *from;

	(void)ldr->prepare(ldr);
	from = ldr->peek != NULL ? ldr->peek(ldr, 0) : NULL;
	if (from != NULL)
		memcpy(OUT, from, SHOWN);
}

static bool unchanging(const void *begin, size_t bytes)
{
	(void)begin;
	(void)bytes;
	return true;
}

static void (*attempt)(void);
static struct llext_signed_loader verified;
static uint8_t verified_buffer[2048]; /* the table, and no block */

/* Signatures are good where that is another scenario's affair: it would take all the time. */
static bool all_verify;

uint32_t __real_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature);

uint32_t __wrap_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature)
{
	return all_verify ? LLEXT_VERIFIED
			  : __real_llext_verify(algorithm, public_key, message, bytes, signature);
}

/* Each check of a digest begins so: with one of them the instruction is armed, if not at once. */
static unsigned int checks, armed_at_check;
static void arm_now(void);

int __real_llext_hash_init(struct llext_hash *hash);

int __wrap_llext_hash_init(struct llext_hash *hash)
{
	if (++checks == armed_at_check)
		arm_now();
	return __real_llext_hash_init(hash);
}

static int counter_read(const char *name, uint32_t *value)
{
	*value = name == NULL ? 0 : 8; /* the envelope has 7 */
	return 0;
}

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
	memcpy(BUFFER, verified_buffer, sizeof(verified_buffer));
	source.pos = loader.source_position;
}

static void start_mapped(void)
{
	start_signature();
	source.loader.peek = llext_buf_peek;
	source.loader.storage = LLEXT_STORAGE_PERSISTENT;
}

static void (*start)(void);
static uint32_t time_limit = TIME_LIMIT;

/* Of a block, into the table before the blocks. */
static void fit_digest(uint32_t block)
{
	uint8_t *table = envelope + loader.header_bytes;
	size_t begin = loader.header_bytes + 32 * loader.block_count +
		       (size_t)block * loader.claims.block_bytes;
	size_t left = envelope_bytes - begin;
	struct llext_hash hash;

	if (left > loader.claims.block_bytes)
		left = loader.claims.block_bytes;
	(void)llext_hash_init(&hash);
	(void)llext_hash_update(&hash, envelope + begin, left);
	(void)llext_hash_final(&hash, table + (size_t)block * 32);
}

static bool set_block_scenario(bool with_table)
{
	struct llext_loader *ldr = &loader.loader;

	open_loader();
	if (ldr->prepare(ldr) != 0 || (!with_table && ldr->read(ldr, OUT, SHOWN) != 0))
		return false;
	loader.block = UINT32_MAX; /* it is to be read again */
	loader.position = 0;
	verified = loader;
	memcpy(verified_buffer, BUFFER, (size_t)loader.block_count * 32);
	start = start_block;
	attempt = attempt_block;
	/* The bytes that are asked for stay, another one of the block is changed. */
	envelope[loader.header_bytes + 32 * loader.block_count + 500] ^= 1;
	if (with_table)
		fit_digest(0);
	return true;
}

static bool set_mapped_scenario(bool with_table)
{
	trust.unchanging = unchanging;
	start = start_mapped;
	attempt = attempt_mapped;
	all_verify = true;
	memcpy(bad, envelope, sizeof(bad));
	start();
	attempt();
	/* First of all: what is good is given out. */
	if (loader.mapped == NULL || loader.block_count < 2 ||
	    memcmp(OUT, fixture_payload, SHOWN) != 0)
		return false;
	envelope[envelope_bytes - 1] ^= 1;
	if (with_table)
		fit_digest(loader.block_count - 1);
	else
		armed_at_check = 1 + loader.block_count;
	return true;
}

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
	if (strcmp(name, "block") == 0 || strcmp(name, "table") == 0)
		return set_block_scenario(name[0] == 't');
	if (strcmp(name, "stale") == 0) {
		trust.counter_read = counter_read;
		all_verify = true;
		return true;
	}
	if (strncmp(name, "mapped", 6) == 0)
		return set_mapped_scenario(name[6] != '\0');
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

/* A fault may leave something in the registers that the function should have kept. */
static __attribute__((naked, noinline)) void
on_stack(void (*function)(void) __attribute__((unused)), void *top __attribute__((unused)))
{
	__asm__ volatile(".syntax unified\n"
			 "	push {r3-r11, lr}\n"
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
			 "	pop {r3-r11, pc}\n");
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
	checks = 0;
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

static volatile uint16_t *to_arm;

static void arm_now(void)
{
	if (to_arm == NULL)
		return;
	spoil(to_arm, original);
	barrier();
	armed = to_arm;
	to_arm = NULL;
}

/* At once, or with the check that is to be disturbed. */
static void arm(uint32_t address, uint32_t bytes)
{
	skipped = bytes;
	to_arm = (volatile uint16_t *)(uintptr_t)address;
	if (armed_at_check == 0)
		arm_now();
}

/* Not reached: as before. Which is no wonder behind the last check. */
static bool disarm(void)
{
	bool reached = armed == NULL || armed_at_check != 0;

	to_arm = NULL;
	if (armed != NULL) {
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
	sum = sum_of(sum, verified_buffer, sizeof(verified_buffer));
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
