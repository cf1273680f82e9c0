/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that liblz4 makes of any content, and frames that are not as they should be. */
#include <lz4frame.h>
#include "common.h"
#include "xxh32.h"

/* The same numbers on every run. */
static uint32_t next_random(void)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* ---- checksums ---- */

static void checksums(void **state)
{
	static const char *const texts[] = {"", "a", "abc",
					    "Nobody inspects the spammish repetition"};
	static const uint32_t sums[] = {0x02cc5d05, 0x550d7456, 0x32d153ff, 0xe2293b2f};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(llext_xxh32((const uint8_t *)texts[i], strlen(texts[i])), sums[i]);
}

/* ---- whole frames ---- */

enum kind { NOISE, TEXT, ZEROES, MIXED, KINDS };

/* What compresses badly, well, extremely well, and a bit of each. */
static void fill(uint8_t *content, size_t count, enum kind kind)
{
	for (size_t at = 0; at < count;) {
		size_t run = 1 + next_random() % 700, place = next_random() % (at + 1);
		enum kind now = kind == MIXED ? (enum kind)(next_random() % MIXED) : kind;

		for (; run > 0 && at < count; run--, at++, place++)
			content[at] = now == NOISE  ? (uint8_t)next_random()
				      : now == TEXT ? content[place] ^ (place == at)
						    : 0;
	}
}

struct shape {
	size_t block; /* content; 0: as liblz4 likes */
	bool block_checksums, content_checksum, size;
};

static struct bytes compress(const uint8_t *content, size_t count, const struct shape *shape)
{
	LZ4F_preferences_t wish = {
		.frameInfo = {.blockMode = LZ4F_blockIndependent,
			      .contentSize = shape->size ? count : 0,
			      .blockChecksumFlag = shape->block_checksums,
			      .contentChecksumFlag = shape->content_checksum},
		.autoFlush = 1,
	};
	size_t block = shape->block != 0 ? shape->block : 65536;
	size_t room = LZ4F_compressBound(block, &wish) + LZ4F_HEADER_SIZE_MAX;
	uint8_t *out = malloc(room * (count / block + 3));
	LZ4F_cctx *context;
	struct bytes frame;
	size_t used;

	assert_non_null(out);
	assert_int_equal(LZ4F_createCompressionContext(&context, LZ4F_VERSION), 0);
	used = LZ4F_compressBegin(context, out, room, &wish);
	for (size_t at = 0; at < count; at += block) {
		size_t piece = count - at < block ? count - at : block;

		used += LZ4F_compressUpdate(context, out + used, room, content + at, piece, NULL);
	}
	used += LZ4F_compressEnd(context, out + used, room, NULL);
	assert_int_equal(LZ4F_freeCompressionContext(context), 0);
	frame = copy_of(out, out + used);
	free(out);
	return frame;
}

static void check_content(struct bytes frame, const uint8_t *content, size_t count, size_t block,
			  size_t piece)
{
	struct decompressor it;
	uint8_t *out = malloc(count + 1);

	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(block));
	for (int i = 0; i < 2; i++) { /* a loader can be used again */
		memset(out, 0x5a, count + 1);
		it.source.buffer.pos = 0;
		assert_int_equal(read_all(&it, out, count, piece), 0);
		assert_memory_equal(out, content, count);
		assert_int_equal(out[count], 0x5a);
	}
	free(out);
	decompressor_free(&it);
}

static void contents(void **state)
{
	static const size_t blocks[] = {64, 100, 256, 257, 4096, 5000, 16384, 65536, 0};
	static uint8_t content[MOST_CONTENT];
	unsigned int round = 0;

	(void)state;
	for (enum kind kind = NOISE; kind < KINDS; kind++) {
		for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++, round++) {
			struct shape shape = {blocks[i], round & 1, round & 2, round % 3 != 0};
			size_t most = shape.block != 0 ? shape.block : 65536;
			size_t count = 1 + next_random() % (most < 1000 ? 20000 : MOST_CONTENT);
			struct bytes frame;

			fill(content, count, kind);
			frame = compress(content, count, &shape);
			/* In small reads, just below and above a block, and at once. */
			check_content(frame, content, count, most, 1 + next_random() % 60);
			check_content(frame, content, count, most, most - 1);
			check_content(frame, content, count, most, most + 1);
			check_content(frame, content, count, most, count);
			free(frame.at);
		}
	}
}

/* The length is what the frame says; the end of the content is an error and not a read past it. */
static void lengths(void **state)
{
	static uint8_t content[1000], out[1001];
	struct decompressor it;

	(void)state;
	fill(content, sizeof(content), TEXT);
	for (int known = 0; known < 2; known++) {
		struct shape shape = {256, false, false, known};
		struct bytes frame = compress(content, sizeof(content), &shape);

		decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(256));
		assert_int_equal(read_all(&it, out, 1000, 1000), 0);
		assert_int_equal(it.lz4.loader.length(&it.lz4.loader), known ? 1000 : SIZE_MAX);
		it.source.buffer.pos = 0;
		assert_int_equal(read_all(&it, out, 1001, 1001), -EBADMSG);
		assert_string_equal(why(&it).what, "the LZ4 frame ends before its content");
		decompressor_free(&it);
		free(frame.at);
	}
}

/* A block that does not fit: the buffer is exactly enough, or one byte short. */
static void small_buffers(void **state)
{
	static uint8_t content[4096], out[4096];
	static const struct shape shape = {1024, true, false, true};

	(void)state;
	for (enum kind kind = NOISE; kind <= ZEROES; kind++) {
		struct decompressor it;
		struct bytes frame;
		int rc;

		fill(content, sizeof(content), kind);
		frame = compress(content, sizeof(content), &shape);
		check_content(frame, content, sizeof(content), 1024, 100);
		decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(1024) - 1);
		rc = read_all(&it, out, sizeof(out), 100);
		if (kind == NOISE) { /* it is stored, so its size is in the frame */
			assert_int_equal(rc, -ENOSPC);
			assert_string_equal(why(&it).what,
					    "the buffer is too small for an LZ4 block");
			assert_int_equal(why(&it).found, 1024);
		} else {
			assert_int_equal(rc, -EBADMSG);
			assert_string_equal(why(&it).what,
					    "malformed LZ4 block, or one too large for the buffer");
		}
		assert_int_equal(why(&it).expected, 1023);
		decompressor_free(&it);
		free(frame.at);
	}
}

/* How much content a buffer is enough for is exactly LLEXT_LZ4_BUFFER_BYTES() the other way. */
static void buffer_sizes(void **state)
{
	struct bytes frame = FRAME(plain);
	struct decompressor it;

	(void)state;
	decompressor_init(&it, frame, 40);
	for (size_t block = 2; block <= 65536; block++) {
		for (size_t less = 0; less < 2; less++) {
			it.source.buffer.pos = 0;
			it.lz4.buffer_bytes = LLEXT_LZ4_BUFFER_BYTES(block) - less;
			assert_int_equal(read_all(&it, NULL, 0, 1), 0);
			assert_int_equal(it.lz4.most, block - less);
		}
	}
	decompressor_free(&it);
	free(frame.at);
}

/* ---- frames that are refused ---- */

#define FLAGS    4
#define BLOCK    5
#define SIZE     6
#define CHECKSUM 14
#define DATA     15

static struct bytes changed(size_t at, uint8_t value)
{
	struct bytes frame = FRAME(plain);

	assert_true(frame.count > at && frame.at[at] != value);
	frame.at[at] = value;
	if (at >= FLAGS && at < CHECKSUM)
		frame.at[CHECKSUM] = (uint8_t)(llext_xxh32(frame.at + FLAGS, 10) >> 8);
	return frame;
}

static void refuse(struct bytes frame, int error, const char *what, size_t offset)
{
	static uint8_t out[MOST_CONTENT];
	struct decompressor it;
	struct llext_diag diag;

	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(256));
	assert_int_equal(read_all(&it, out, sizeof(out), sizeof(out)), error);
	diag = why(&it);
	assert_string_equal(diag.what, what);
	assert_int_equal(diag.offset, offset);
	decompressor_free(&it);
	free(frame.at);
}

static void headers(void **state)
{
	static const char reserved[] = "reserved bits in the header of the LZ4 frame";
	struct bytes frame;

	(void)state;
	frame = FRAME(plain);
	assert_int_equal(frame.at[FLAGS], 0x68); /* version 1, independent, content size */
	free(frame.at);
	refuse(changed(0, 0x05), -EBADMSG, "not an LZ4 frame", 6);
	frame = changed(0, 0x5f);
	memcpy(frame.at + 1, "\x2a\x4d\x18", 3);
	refuse(frame, -ENOTSUP, "a skippable frame comes before the LZ4 frame", 6);
	refuse(changed(FLAGS, 0x28), -ENOTSUP, "unknown version of the LZ4 frame format", 6);
	refuse(changed(FLAGS, 0xa8), -ENOTSUP, "unknown version of the LZ4 frame format", 6);
	refuse(changed(FLAGS, 0x6a), -EBADMSG, reserved, 6);
	refuse(changed(FLAGS, 0x69), -ENOTSUP, "the LZ4 frame needs a dictionary", 6);
	refuse(changed(FLAGS, 0x48), -ENOTSUP, "the blocks of the LZ4 frame depend on each other",
	       6);
	refuse(changed(BLOCK, 0xc0), -EBADMSG, reserved, 6);
	refuse(changed(BLOCK, 0x41), -EBADMSG, reserved, 6);
	refuse(changed(BLOCK, 0x30), -EBADMSG, reserved, 6);
	refuse(changed(CHECKSUM, (uint8_t)(frame.count ^ 0xff)), -EBADMSG,
	       "wrong checksum of the header of the LZ4 frame", DATA);
	frame = changed(SIZE + 7, 0xff);
	memset(frame.at + SIZE, 0xff, 8);
	frame.at[CHECKSUM] = (uint8_t)(llext_xxh32(frame.at + FLAGS, 10) >> 8);
	refuse(frame, -EFBIG, "more content than the address space has", DATA);
}

static void sizes(void **state)
{
	struct bytes frame = FRAME(plain);
	size_t first = frame.at[DATA] | (size_t)frame.at[DATA + 1] << 8;
	size_t length = frame.at[SIZE] | (size_t)frame.at[SIZE + 1] << 8;

	(void)state;
	free(frame.at);
	assert_true(first < 256 && length > 512); /* the first block is compressed */
	refuse(changed(DATA + 2, 0xff), -EBADMSG, "malformed size of an LZ4 block", DATA + 4);
	refuse(changed(DATA + 1, 0x01), -ENOSPC, "the buffer is too small for an LZ4 block",
	       DATA + 4);
	frame = changed(DATA, 0);
	refuse(frame, -EBADMSG, "the LZ4 frame ends before its content", DATA + 4);
	frame = changed(DATA, 0);
	frame.at[DATA + 3] = 0x80; /* stored, and nothing of it */
	refuse(frame, -EBADMSG, "malformed size of an LZ4 block", DATA + 4);
	frame = changed(SIZE + 1, 0);
	refuse(frame, -EBADMSG, "the LZ4 frame has more content than it says",
	       DATA + 4 + (length % 256 < 256 ? first : 0));
	frame = FRAME(plain);
	frame.count = DATA + 4 + first - 1;
	refuse(copy_of(frame.at, frame.at + frame.count), -EBADMSG,
	       "the compressed file ends too early", DATA + 4);
	free(frame.at);
}

static void no_arguments(void **state)
{
	struct bytes frame = FRAME(plain);
	struct decompressor it, bad;

	(void)state;
	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(256));
	for (int i = 0; i < 4; i++) {
		bad = it;
		if (i == 0)
			bad.lz4.source = NULL;
		else if (i == 1)
			bad.lz4.decode = NULL;
		else if (i == 2)
			bad.lz4.buffer = NULL;
		else
			bad.lz4.buffer_bytes = 32;
		assert_int_equal(read_all(&bad, NULL, 0, 1), -EINVAL);
		assert_string_equal(why(&bad).what,
				    "an LZ4 loader without source, decoder or buffer");
	}
	decompressor_free(&it);
	free(frame.at);
}

/* Every call of the source fails once, with a negative and with a positive number. */
static void sources(void **state)
{
	static uint8_t out[MOST_CONTENT];
	struct bytes frame = FRAME(checked);
	struct decompressor it;
	size_t length;
	int reads;

	(void)state;
	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(256));
	assert_int_equal(read_all(&it, out, 1, 1), 0);
	length = it.lz4.loader.length(&it.lz4.loader);
	it.source.buffer.pos = 0;
	it.source.reads = 0;
	assert_int_equal(read_all(&it, out, length, 64), 0);
	reads = it.source.reads;
	assert_true(reads > 8);
	for (int i = 0; i <= reads; i++) {
		for (int result = -EACCES; result <= 7; result += EACCES + 7) {
			source_init(&it.source, frame);
			it.source.fail_at = i;
			it.source.result = result;
			assert_int_equal(read_all(&it, out, length, 64),
					 result < 0 ? result : -EIO);
			assert_string_equal(why(&it).what,
					    "the source of the compressed bytes failed");
		}
	}
	decompressor_free(&it);
	free(frame.at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums),    cmocka_unit_test(contents),
		cmocka_unit_test(lengths),      cmocka_unit_test(small_buffers),
		cmocka_unit_test(buffer_sizes), cmocka_unit_test(headers),
		cmocka_unit_test(sizes),        cmocka_unit_test(no_arguments),
		cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
