/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stereo stream in an interrupt, a block each millisecond, while the main program swaps music and
 * call processing. Each sample that comes out is compared with what the firmware computes itself.
 */
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/swap.h>
#include "board.h"
#include "effect.h"
#include "llext_mcu.h"
#include "mpu.h"

#define SWAPS       1000
#define BLOCK_TICKS 625 /* of 40 instructions: 1 ms at 25 MHz */
#define HEAP_BYTES  ((size_t)32 * 1024)

extern const uint8_t fixture_music[], fixture_music_end[], fixture_call[], fixture_call_end[];

static void pass_through(int16_t *samples, size_t frames)
{
	(void)samples;
	(void)frames;
}

static int no_kind(void)
{
	return EFFECT_NONE;
}

LLEXT_SLOT(effects, effect, .process = pass_through, .kind = no_kind);

/* ---- what must come out ---- */

static struct effect_state expected;
static uint32_t wrong, taken[EFFECT_CALL + 1];
static volatile uint32_t blocks;
static int16_t block[2 * FRAMES], copy[2 * FRAMES];

static void expect(int kind)
{
	int32_t slowness = kind == EFFECT_CALL ? 32 : 2;

	for (size_t i = 0; i < FRAMES; i++) {
		int16_t out[2];

		for (int channel = 0; channel < 2; channel++) {
			expected.level[channel] +=
				((int32_t)copy[2 * i + channel] * 16 - expected.level[channel]) /
				slowness;
			out[channel] = (int16_t)(expected.level[channel] / 16);
		}
		if (kind == EFFECT_CALL)
			out[0] = out[1] = (int16_t)((out[0] + out[1]) / 2);
		wrong += block[2 * i] != out[0] || block[2 * i + 1] != out[1];
	}
	expected.blocks++;
}

/* ---- the stream ---- */

static void one_block(void)
{
	static uint32_t noise = 1;
	struct llext_caller caller;
	const struct effect *functions;
	int kind;

	board_timer(BLOCK_TICKS, one_block);
	for (size_t i = 0; i < 2 * FRAMES; i++) {
		noise = noise * 1664525u + 1013904223u;
		block[i] = copy[i] = (int16_t)(noise >> 16);
	}
	functions = LLEXT_ENTER(effects, &caller);
	functions->process(block, FRAMES);
	kind = functions->kind();
	LLEXT_LEAVE(&caller);
	taken[kind]++;
	blocks++;
	expect(kind);
}

/* ---- the swaps ---- */

static uint64_t held_since;
static uint32_t longest;
static bool measuring;

static uintptr_t hold(void)
{
	uintptr_t state = llext_mpu_hold();

	if (measuring)
		held_since = board_instructions();
	return state;
}

static void go_on(uintptr_t state)
{
	if (measuring) {
		uint32_t took = (uint32_t)(board_instructions() - held_since);

		longest = took > longest ? took : longest;
	}
	llext_mpu_go_on(state);
}

static const struct llext_swap_port port = {.hold = hold, .go_on = go_on};

static int swap_to(unsigned int turn)
{
	struct llext_buf_loader loaders[] = {
		LLEXT_TEMPORARY_BUF_LOADER(fixture_music,
					   (size_t)(fixture_music_end - fixture_music)),
		LLEXT_TEMPORARY_BUF_LOADER(fixture_call,
					   (size_t)(fixture_call_end - fixture_call))};
	static const char *const names[] = {"music", "call"};
	static struct effect_state blob;
	const struct llext_swap_param param = {
		.timeout = LLEXT_SWAP_FOREVER, .state = &blob, .state_bytes = sizeof(blob)};
	int rc = llext_swap(LLEXT_SLOT_OF(effects), &loaders[turn % 2].loader, names[turn % 2],
			    &param);

	if (rc != 0)
		printf("swap %u: %d\n", turn, rc);
	return rc;
}

int main(void)
{
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES);

	if (rc == 0)
		rc = llext_heap_init(board_heap_start, HEAP_BYTES);
	llext_swap_use(&port);
	/* Before the stream, when instructions can be counted: how long is a block held up? */
	measuring = true;
	for (unsigned int turn = 0; rc == 0 && turn < 11; turn++)
		rc = swap_to(turn);
	measuring = false;
	memset(&expected, 0, sizeof(expected));
	board_timer(BLOCK_TICKS, one_block);
	for (unsigned int turn = 1; rc == 0 && turn <= SWAPS; turn++) {
		rc = swap_to(turn);
		while (blocks <= turn) /* at least one for each */
			;
	}
	board_timer(0, NULL);
	if (rc != 0)
		return 1;
	printf("%d swaps, a block or more for each: %s\n", SWAPS, blocks > SWAPS ? "yes" : "no");
	printf("music and call processing both had blocks: %s\n",
	       taken[EFFECT_MUSIC] > 100 && taken[EFFECT_CALL] > 100 ? "yes" : "no");
	printf("samples lost: %u, wrong: %u\n",
	       (unsigned)(2 * FRAMES * (blocks - expected.blocks) + taken[EFFECT_NONE]),
	       (unsigned)wrong);
	printf("a block is held up for %u instructions at most, and counts its way in and out\n",
	       (unsigned)longest);
	return blocks > SWAPS && wrong == 0 && taken[EFFECT_NONE] == 0 && expected.blocks == blocks
		       ? 0
		       : 1;
}
