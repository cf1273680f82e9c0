/* SPDX-License-Identifier: Apache-2.0 */
/* Differences: the first byte as it is, then what to add to the one before. */
#include <llext/symbol.h>
#include "codec.h"

static long decode(const uint8_t *in, size_t bytes, uint8_t *out, size_t room)
{
	uint8_t value = 0;

	if (bytes > room)
		return -1;
	for (size_t i = 0; i < bytes; i++) {
		value = (uint8_t)(value + in[i]);
		out[i] = value;
	}
	return (long)bytes;
}

static const struct codec codec = {CODEC_API_VERSION, "DLT1", "Bolt", decode};

static void __attribute__((constructor)) up(void)
{
	(void)codec_register(&codec); /* refused: the firmware says so */
}

static void __attribute__((destructor)) down(void)
{
	codec_unregister(&codec);
}
