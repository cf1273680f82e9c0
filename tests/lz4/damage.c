/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packed, compressed extension: loaded whole, then truncated at every length and with every byte
 * changed to every other value. Sanitizers see what is read or written out of bounds; what is on
 * the heap afterwards is counted here.
 */
#include <stdio.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "common.h"

#define HEAP_BYTES 65536
#define BLOCK      256

int firmware_number(int number)
{
	return number * 2;
}
EXPORT_SYMBOL(firmware_number);

static uint8_t content[MOST_CONTENT], out[MOST_CONTENT];
static size_t length;

/* What the frame holds. */
static void read_content(struct bytes frame)
{
	struct decompressor it;

	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(BLOCK));
	assert_int_equal(read_all(&it, content, 1, 1), 0);
	length = it.lz4.loader.length(&it.lz4.loader);
	assert_true(length > 1000 && length < MOST_CONTENT);
	it.source.buffer.pos = 0;
	assert_int_equal(read_all(&it, content, length, 100), 0);
	assert_memory_equal(content, "\177ELF", 4);
	decompressor_free(&it);
}

/* ---- the loader by itself ---- */

/* 1: as the content was, 0: other content, negative: an error with a reason. */
static int read_damaged(struct bytes frame, size_t piece)
{
	struct decompressor it;
	int rc;

	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(BLOCK));
	rc = read_all(&it, out, length, piece);
	if (rc != 0) {
		assert_true(rc == -EBADMSG || rc == -ENOTSUP || rc == -ENOSPC || rc == -EFBIG);
		assert_string_not_equal(why(&it).what, "the loader failed");
	} else {
		rc = memcmp(content, out, length) == 0;
	}
	decompressor_free(&it);
	return rc;
}

#define HEADER 15 /* its bytes, with a checksum of 8 bits: 1 change of 255 goes through */

struct counts {
	size_t tried, refused, same, other;
	size_t header; /* of those that are the same */
};

static void count(struct counts *counts, size_t place, int rc)
{
	counts->tried++;
	counts->refused += rc < 0;
	counts->same += rc == 1;
	counts->header += rc == 1 && place < HEADER;
	counts->other += rc == 0;
}

static struct counts damage(struct bytes frame)
{
	struct counts counts = {0};

	read_content(frame);
	for (size_t i = 0; i < frame.count; i++) {
		struct bytes cut = copy_of(frame.at, frame.at + i);
		int rc = read_damaged(cut, 100);

		/* Behind the last block there is only the end mark, which nobody reads. */
		assert_true(i + 4 >= frame.count ? rc == 1 : rc < 0);
		free(cut.at);
	}
	for (size_t i = 0; i < frame.count; i++) {
		uint8_t before = frame.at[i];

		for (unsigned int change = 1; change < 256; change++) {
			frame.at[i] = before ^ (uint8_t)change;
			count(&counts, i, read_damaged(frame, change % 2 == 0 ? 100 : length));
		}
		frame.at[i] = before;
	}
	printf("%zu tried: %zu refused, %zu the same, %zu other content\n", counts.tried,
	       counts.refused, counts.same, counts.other);
	return counts;
}

/* Without checksums some changes make other content, which the library then has to check. */
static void without_checksums(void **state)
{
	struct bytes frame = FRAME(plain);
	struct counts counts = damage(frame);

	(void)state;
	assert_true(counts.other > 0 && counts.refused > counts.tried / 20);
	free(frame.at);
}

/* With them no change of a block goes through: only the end mark may be anything. */
static void with_checksums(void **state)
{
	struct bytes frame = FRAME(checked);
	struct counts counts = damage(frame);

	(void)state;
	assert_int_equal(counts.other, 0);
	assert_int_equal(counts.same - counts.header, 4 * 255);
	assert_true(counts.header < HEADER * 2);
	free(frame.at);
}

/* ---- loads ---- */

static size_t held(void)
{
	struct llext_heap_stats stats;

	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	return stats.used;
}

static int load(struct bytes frame)
{
	struct llext *ext = NULL;
	struct decompressor it;
	int rc;

	decompressor_init(&it, frame, LLEXT_LZ4_BUFFER_BYTES(BLOCK));
	rc = llext_load(&it.lz4.loader, "small", &ext, NULL);
	if (rc == 0)
		assert_int_equal(llext_unload(&ext), 0);
	else
		assert_int_equal(llext_last_diag()->error, rc);
	assert_int_equal(it.source.prepared, it.source.finalized);
	assert_int_equal(held(), 0);
	decompressor_free(&it);
	return rc;
}

static void load_damaged(void **state)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff, 0x10};
	struct bytes frame = FRAME(plain);
	size_t good = 0, tried = 0;

	(void)state;
	assert_int_equal(load(frame), 0);
	for (size_t i = 0; i < frame.count; i++) {
		struct bytes cut = copy_of(frame.at, frame.at + i);

		if (i < 100)
			assert_int_not_equal(load(cut), 0);
		else
			(void)load(cut);
		free(cut.at);
		for (size_t k = 0; k < sizeof(changes); k++, tried++) {
			frame.at[i] ^= changes[k];
			good += load(frame) == 0;
			frame.at[i] ^= changes[k];
		}
	}
	printf("%zu of %zu loaded\n", good, tried);
	assert_true(good > 0 && good < tried / 2);
	free(frame.at);
}

/* What the loader says is what the record says. */
static void record(void **state)
{
	struct bytes frame = FRAME(checked);
	const struct llext_diag *diag = llext_last_diag();
	char text[200];

	(void)state;
	frame.at[40] ^= 1;
	assert_int_equal(load(frame), -EBADMSG);
	assert_int_equal(diag->stage, LLEXT_STAGE_ELF); /* which read the headers when it came up */
	assert_string_equal(diag->what, "wrong checksum of an LZ4 block");
	assert_true(diag->has_values && diag->has_offset && diag->expected != diag->found);
	(void)llext_diag_format(diag, text, sizeof(text));
	assert_non_null(strstr(text, "elf: wrong checksum of an LZ4 block, offset 0x"));
	free(frame.at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_checksums),
		cmocka_unit_test(with_checksums),
		cmocka_unit_test(load_damaged),
		cmocka_unit_test(record),
	};
	static uint8_t *memory;

	memory = llext_posix_map(HEAP_BYTES);
	llext_posix_log_level = 0;
	if (memory == NULL || llext_heap_init(memory, HEAP_BYTES) != 0)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
