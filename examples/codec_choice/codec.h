/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware and codec vendors agree on. */
#ifndef CODEC_H_
#define CODEC_H_

#include <stddef.h>
#include <stdint.h>

#define CODEC_API_VERSION 1

struct codec {
	uint32_t api_version;
	const char *format; /* four letters, as at the start of a stream */
	const char *vendor;
	/* The number of bytes decoded to @out, or -1 where @in is malformed or @room is too small.
	 */
	long (*decode)(const uint8_t *in, size_t bytes, uint8_t *out, size_t room);
};

/* The firmware's, called by a codec's constructor. 0; -1 where there is no room or no such API. */
int codec_register(const struct codec *codec);

/* The firmware's, called by a codec's destructor. */
void codec_unregister(const struct codec *codec);

#endif /* CODEC_H_ */
