/* SPDX-License-Identifier: Apache-2.0 */
/* Which codec is loaded depends on the stream that arrives. */
#include <stdio.h>
#include <string.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "registry.h"

#define HEAP_BYTES (256 * 1024)

/* Format, payload. */
struct stream {
	const char *format;
	const char *bytes;
	size_t count;
};

static const struct stream streams[] = {
	{"RLE1",
	 "\x03"
	 "a\x01"
	 "b\x04"
	 "c",
	 6},
	{"DLT1", "h\xfd\x07\x00\x03", 5},
	{"RLE1", "\x02!\x01", 3},
	{"OGG9", "", 0},
};

/* On a device this would be a table in its settings. */
static const struct {
	const char *format;
	const char *path;
} known[] = {
	{"RLE1", CODEC_FOLDER "/acme_rle.llext"},
	{"DLT1", CODEC_FOLDER "/bolt_delta.llext"},
};

static int load_codec(const char *format, struct llext **ext)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct llext_fs_loader loader = LLEXT_FS_LOADER(known[i].path);
		char line[256];

		if (strcmp(known[i].format, format) != 0)
			continue;
		if (llext_load(&loader.loader, format, ext, NULL) == 0 && llext_bringup(*ext) == 0)
			return 0;
		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fprintf(stderr, "%s: %s\n", known[i].path, line);
		return -1;
	}
	return -1;
}

static void play(const struct stream *stream)
{
	const struct codec *codec;
	struct llext *ext = NULL;
	uint8_t out[32];
	long bytes;

	if (load_codec(stream->format, &ext) != 0) {
		printf("%s: no codec\n", stream->format);
		return;
	}
	codec = registry_find(stream->format);
	bytes = codec == NULL ? -1
			      : codec->decode((const uint8_t *)stream->bytes, stream->count, out,
					      sizeof(out));
	if (bytes < 0)
		printf("%s: malformed\n", stream->format);
	else
		printf("%s: %.*s\n", stream->format, (int)bytes, (const char *)out);
	if (llext_teardown(ext) != 0 || llext_unload(&ext) != 0)
		printf("%s: not unloaded\n", stream->format);
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_heap_stats stats;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		play(&streams[i]);
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	printf("%zu bytes held\n", stats.used);
	return registry_find("RLE1") == NULL && stats.used == 0 ? 0 : 1;
}
