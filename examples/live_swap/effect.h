/* SPDX-License-Identifier: Apache-2.0 */
/* What a processing step of the stream is, to the firmware and to extensions. */
#ifndef EFFECT_H_
#define EFFECT_H_

#include <llext/interface.h>

#define FRAMES 48 /* of a block: 1 ms at 48 kHz */

LLEXT_INTERFACE(effect, 1, 0)
{
	/* A block of stereo samples, left and right in turn. In the stream's interrupt. */
	void (*process)(int16_t * samples, size_t frames);
	/* Which one it is: EFFECT_MUSIC or EFFECT_CALL. */
	int (*kind)(void);
};
LLEXT_INTERFACE_FUNCTIONS(effect, LLEXT_FUNCTION(effect, process, void, int16_t *, size_t),
			  LLEXT_FUNCTION(effect, kind, int, void));

enum { EFFECT_NONE, EFFECT_MUSIC, EFFECT_CALL };

/* What all versions hand over: the filters' memory. */
#define EFFECT_STATE_VERSION 1

struct effect_state {
	int32_t level[2];
	uint32_t blocks;
};

#endif /* EFFECT_H_ */
