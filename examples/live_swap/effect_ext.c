/* SPDX-License-Identifier: Apache-2.0 */
/* Music: a gentle low pass. Call processing (CALL): a strong one, in mono. */
#include <errno.h>
#include "effect.h"

static struct effect_state state;

static int16_t filter(int channel, int16_t sample)
{
#ifdef CALL
	state.level[channel] += ((int32_t)sample * 16 - state.level[channel]) / 32;
#else
	state.level[channel] += ((int32_t)sample * 16 - state.level[channel]) / 2;
#endif
	return (int16_t)(state.level[channel] / 16);
}

static void process(int16_t *samples, size_t frames)
{
	for (size_t i = 0; i < frames; i++) {
		int16_t left = filter(0, samples[2 * i]), right = filter(1, samples[2 * i + 1]);

#ifdef CALL
		left = right = (int16_t)((left + right) / 2);
#endif
		samples[2 * i] = left;
		samples[2 * i + 1] = right;
	}
	state.blocks++;
}

static int kind(void)
{
#ifdef CALL
	return EFFECT_CALL;
#else
	return EFFECT_MUSIC;
#endif
}

static int save(void *blob, size_t room)
{
	if (room < sizeof(state))
		return -E2BIG;
	*(struct effect_state *)blob = state;
	return sizeof(state);
}

static int restore(const void *blob, size_t bytes, uint32_t version)
{
	if (version != EFFECT_STATE_VERSION || bytes != sizeof(state))
		return -ENOTSUP;
	state = *(const struct effect_state *)blob;
	return 0;
}

LLEXT_IMPLEMENT_STATE(effect, EFFECT_STATE_VERSION, save, restore, .process = process,
		      .kind = kind);
