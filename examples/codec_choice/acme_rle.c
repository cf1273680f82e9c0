/* SPDX-License-Identifier: Apache-2.0 */
/* Run lengths: pairs of a count and a byte. */
#include <llext/symbol.h>
#include "codec.h"

static long decode(const uint8_t *in, size_t bytes, uint8_t *out, size_t room)
{
	size_t done = 0;

	if (bytes % 2 != 0)
		return -1;
	for (size_t i = 0; i < bytes; i += 2) {
		if (in[i] > room - done)
			return -1;
		for (uint8_t n = 0; n < in[i]; n++)
			out[done++] = in[i + 1];
	}
	return (long)done;
}

static const struct codec codec = {CODEC_API_VERSION, "RLE1", "Acme", decode};

static void __attribute__((constructor)) up(void)
{
	(void)codec_register(&codec); /* refused: the firmware says so */
}

static void __attribute__((destructor)) down(void)
{
	codec_unregister(&codec);
}
