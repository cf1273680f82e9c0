/* SPDX-License-Identifier: Apache-2.0 */
/* The codecs that are there now. */
#include <stdio.h>
#include <string.h>
#include <llext/symbol.h>
#include "registry.h"

#define MOST 4

static const struct codec *codecs[MOST];

int codec_register(const struct codec *codec)
{
	if (codec->api_version != CODEC_API_VERSION) {
		printf("registry: refused a codec for API %u\n", codec->api_version);
		return -1;
	}
	for (size_t i = 0; i < MOST; i++) {
		if (codecs[i] == NULL) {
			codecs[i] = codec;
			printf("registry: %s by %s\n", codec->format, codec->vendor);
			return 0;
		}
	}
	printf("registry: no room for %s\n", codec->format);
	return -1;
}
EXPORT_SYMBOL(codec_register);

void codec_unregister(const struct codec *codec)
{
	for (size_t i = 0; i < MOST; i++) {
		if (codecs[i] == codec)
			codecs[i] = NULL;
	}
}
EXPORT_SYMBOL(codec_unregister);

const struct codec *registry_find(const char *format)
{
	for (size_t i = 0; i < MOST; i++) {
		if (codecs[i] != NULL && strncmp(codecs[i]->format, format, 4) == 0)
			return codecs[i];
	}
	return NULL;
}
