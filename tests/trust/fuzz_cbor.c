/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: what the device's reader of CBOR takes, libcbor takes as well, as long as it
 * is; and what libcbor takes and writes back byte by byte as it was, the device's reader takes.
 * Beyond what the reader refuses on purpose: numbers of 64 bits, floating-point numbers, simple
 * values.
 */
#include <cbor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/trust/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does an item have something in it that the reader refuses though it is deterministic? */
static bool is_beyond(const cbor_item_t *item, int depth)
{
	if (depth > 200)
		return true;
	switch (cbor_typeof(item)) {
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
		return cbor_int_get_width(item) == CBOR_INT_64;
	case CBOR_TYPE_FLOAT_CTRL:
		return cbor_float_get_width(item) != CBOR_FLOAT_0 ||
		       (!cbor_is_bool(item) && !cbor_is_null(item));
	case CBOR_TYPE_TAG:
		return cbor_tag_value(item) > UINT32_MAX ||
		       is_beyond(cbor_move(cbor_tag_item(item)), depth + 1);
	case CBOR_TYPE_ARRAY:
		for (size_t i = 0; i < cbor_array_size(item); i++) {
			if (is_beyond(cbor_array_handle(item)[i], depth + 1))
				return true;
		}
		return false;
	case CBOR_TYPE_MAP:
		for (size_t i = 0; i < cbor_map_size(item); i++) {
			if (is_beyond(cbor_map_handle(item)[i].key, depth + 1) ||
			    is_beyond(cbor_map_handle(item)[i].value, depth + 1))
				return true;
		}
		return false;
	default:
		return false;
	}
}

/* libcbor keeps the width of numbers: is each as short as it can be, and each length definite? */
static bool is_written_as_read(cbor_item_t *item, const uint8_t *data, size_t bytes)
{
	unsigned char *out = NULL;
	size_t room = 0, count = cbor_serialize_alloc(item, &out, &room);
	bool same = count == bytes && memcmp(out, data, bytes) == 0;

	free(out);
	return same;
}

static bool is_shortest(const cbor_item_t *item)
{
	uint64_t value;

	switch (cbor_typeof(item)) {
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
		value = cbor_get_int(item);
		return value >= (cbor_int_get_width(item) == CBOR_INT_8    ? 0
				 : cbor_int_get_width(item) == CBOR_INT_16 ? 0x100
				 : cbor_int_get_width(item) == CBOR_INT_32 ? 0x10000
									   : 0x100000000);
	case CBOR_TYPE_BYTESTRING:
		return cbor_bytestring_is_definite(item);
	case CBOR_TYPE_STRING:
		return cbor_string_is_definite(item);
	case CBOR_TYPE_ARRAY:
		if (!cbor_array_is_definite(item))
			return false;
		for (size_t i = 0; i < cbor_array_size(item); i++) {
			if (!is_shortest(cbor_array_handle(item)[i]))
				return false;
		}
		return true;
	case CBOR_TYPE_MAP:
		if (!cbor_map_is_definite(item))
			return false;
		for (size_t i = 0; i < cbor_map_size(item); i++) {
			if (!is_shortest(cbor_map_handle(item)[i].key) ||
			    !is_shortest(cbor_map_handle(item)[i].value))
				return false;
		}
		return true;
	case CBOR_TYPE_TAG:
		return is_shortest(cbor_move(cbor_tag_item(item)));
	default:
		return true;
	}
}

/* libcbor 0.8 takes no tags from 6 to 20, which were not assigned when it was written. */
static bool has_unassigned_tag(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] >= 0xc6 && data[i] <= 0xd4)
			return true;
	}
	return false;
}

/* Nor does it take text that is no UTF-8; in a manifest names are ASCII, and no other text is used.
 */
static bool has_other_text(const uint8_t *data, size_t bytes)
{
	bool text = false, other = false;

	for (size_t i = 0; i < bytes; i++) {
		text = text || (data[i] >= 0x60 && data[i] <= 0x7b);
		other = other || data[i] >= 0x80;
	}
	return text && other;
}

/* libcbor allocates what a count asks for, whether or not there are bytes for it. */
static bool may_ask_for_much(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		unsigned int type = data[i] >> 5, low = data[i] & 31;

		if (type >= 2 && type <= 5 && (low == 26 || low == 27))
			return true;
	}
	return false;
}

static void wrong(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size != 0 ? size : 1); /* so that a look behind it is seen */
	struct cbor reader;
	struct cbor_load_result result;
	cbor_item_t *item;
	size_t taken;

	memcpy(exact, data, size);
	reader = (struct cbor){exact, exact + size, false};
	llext_cbor_skip(&reader);
	taken = (size_t)(reader.next - exact);
	if (reader.wrong && may_ask_for_much(exact, size)) {
		free(exact);
		return 0;
	}
	item = size != 0 ? cbor_load(exact, size, &result) : NULL;
	if (!reader.wrong && item != NULL && result.read != taken)
		wrong("the two read another number of bytes");
	if (!reader.wrong && item == NULL && size != 0 && result.error.code != CBOR_ERR_MEMERROR &&
	    !has_unassigned_tag(exact, taken) && !has_other_text(exact, taken))
		wrong("the reader takes what libcbor refuses");
	if (!reader.wrong && item != NULL && !is_shortest(item))
		wrong("the reader takes what is not in the deterministic encoding");
	if (reader.wrong && item != NULL && is_shortest(item) && !is_beyond(item, 0) &&
	    is_written_as_read(item, exact, result.read))
		wrong("the reader refuses what is in the deterministic encoding");
	if (item != NULL)
		cbor_decref(&item);
	free(exact);
	return 0;
}
