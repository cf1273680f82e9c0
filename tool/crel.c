/* SPDX-License-Identifier: Apache-2.0 */
/* Compact relocations: see crel.h. */
#include <stdlib.h>
#include "crel.h"

#define HEADER_ADDEND 4 /* in the header; the bits below it are the shift */
#define ENTRY_SYMBOL  1
#define ENTRY_TYPE    2
#define ENTRY_ADDEND  4 /* only where there are addends */
#define ENTRY_MORE    0x80
#define MOST_SHIFT    3

/* Bits of the flags in an entry's first byte; those up to ENTRY_MORE are the offset's. */
static unsigned int flag_bits(bool has_addends)
{
	return has_addends ? 3 : 2;
}

/* ---- writing ---- */

struct writer {
	uint8_t *bytes;
	size_t length, room;
};

static void put(struct writer *writer, uint8_t byte)
{
	writer->bytes = need_room(writer->bytes, writer->length, &writer->room, 1);
	writer->bytes[writer->length++] = byte;
}

static void put_unsigned(struct writer *writer, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put(writer, (uint8_t)(value | 0x80));
	put(writer, (uint8_t)value);
}

static void put_signed(struct writer *writer, int64_t value)
{
	for (; value < -64 || value > 63; value >>= 7)
		put(writer, (uint8_t)((value & 0x7f) | 0x80));
	put(writer, value & 0x7f);
}

/* As large as the alignment of all offsets allows. */
static unsigned int shift_of(const struct crel *crel)
{
	uint64_t bits = (uint64_t)1 << MOST_SHIFT;
	unsigned int shift = 0;

	for (size_t i = 0; i < crel->count; i++)
		bits |= crel->list[i].offset;
	while (!(bits >> shift & 1))
		shift++;
	return shift;
}

/* A difference in the class's arithmetic, which wraps around. */
static int64_t difference(unsigned char class, int64_t after, int64_t before)
{
	uint64_t delta = (uint64_t)after - (uint64_t)before;

	return class == 1 ? (int32_t)(uint32_t)delta : (int64_t)delta;
}

static void put_entry(struct writer *writer, const struct crel *crel, size_t index,
		      unsigned char class, unsigned int shift)
{
	static const struct relocation first;
	const struct relocation *before = index > 0 ? &crel->list[index - 1] : &first;
	const struct relocation *entry = &crel->list[index];
	unsigned int flags = 0, bits = flag_bits(crel->has_addends);
	uint64_t delta = (entry->offset >> shift) - (before->offset >> shift);
	int32_t symbol = (int32_t)(entry->symbol - before->symbol);
	int32_t type = (int32_t)(entry->type - before->type);
	int64_t addend = crel->has_addends ? difference(class, entry->addend, before->addend) : 0;

	if (class == 1)
		delta = (uint32_t)delta;
	flags |= symbol != 0 ? ENTRY_SYMBOL : 0;
	flags |= type != 0 ? ENTRY_TYPE : 0;
	flags |= addend != 0 ? ENTRY_ADDEND : 0;
	if (delta < (uint64_t)ENTRY_MORE >> bits) {
		put(writer, (uint8_t)(delta << bits | flags));
	} else {
		put(writer, (uint8_t)((delta << bits & 0x7f) | flags | ENTRY_MORE));
		put_unsigned(writer, delta >> (7 - bits));
	}
	if (symbol != 0)
		put_signed(writer, symbol);
	if (type != 0)
		put_signed(writer, type);
	if (addend != 0)
		put_signed(writer, addend);
}

uint8_t *crel_encode(const struct crel *crel, unsigned char class, size_t *length)
{
	struct writer writer = {0};
	unsigned int shift = shift_of(crel);

	put_unsigned(&writer,
		     (uint64_t)crel->count * 8 + (crel->has_addends ? HEADER_ADDEND : 0) + shift);
	for (size_t i = 0; i < crel->count; i++)
		put_entry(&writer, crel, i, class, shift);
	*length = writer.length;
	return writer.bytes;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *at, *end;
	bool bad;
};

static uint8_t get(struct reader *reader)
{
	if (reader->at == reader->end) {
		reader->bad = true;
		return 0;
	}
	return *reader->at++;
}

/* A number of up to 64 bits; what has more is malformed. */
static uint64_t get_number(struct reader *reader, bool is_signed)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = get(reader);
		/* Of a tenth byte, only the lowest bit belongs to the number. */
		if (shift > 63 || (shift == 63 && byte > 1 && !(is_signed && byte == 0x7f)) ||
		    (shift == 63 && byte == 1 && is_signed))
			reader->bad = true;
		if (reader->bad)
			return 0;
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && (byte & 0x40) && shift < 64)
		value |= UINT64_MAX << shift;
	return value;
}

/* Change a 32-bit number by a signed difference; what leaves its range is malformed. */
static void change(struct reader *reader, uint32_t *number)
{
	int64_t delta = (int64_t)get_number(reader, true);

	if (delta < INT32_MIN || delta > INT32_MAX)
		reader->bad = true;
	else
		*number += (uint32_t)delta;
}

/* @entry is the one before, its offset shifted; it becomes the next one. */
static void get_entry(struct reader *reader, bool has_addends, struct relocation *entry)
{
	unsigned int bits = flag_bits(has_addends);
	uint8_t head = get(reader);

	entry->offset += (head & 0x7f) >> bits;
	if (head & ENTRY_MORE)
		entry->offset += get_number(reader, false) << (7 - bits);
	if (head & ENTRY_SYMBOL)
		change(reader, &entry->symbol);
	if (head & ENTRY_TYPE)
		change(reader, &entry->type);
	if (has_addends && (head & ENTRY_ADDEND))
		entry->addend = (int64_t)((uint64_t)entry->addend + get_number(reader, true));
}

bool crel_decode(const uint8_t *bytes, size_t length, unsigned char class, struct crel *crel)
{
	struct reader reader = {bytes, bytes + length, false};
	uint64_t header = get_number(&reader, false), count = header >> 3;
	struct relocation entry = {0};

	*crel = (struct crel){.has_addends = (header & HEADER_ADDEND) != 0};
	/* An entry has at least a byte. */
	if (reader.bad || count > (uint64_t)(reader.end - reader.at))
		return false;
	crel->list = need((size_t)count, sizeof(*crel->list));
	while (!reader.bad && crel->count < count) {
		struct relocation *out = &crel->list[crel->count++];

		get_entry(&reader, crel->has_addends, &entry);
		*out = entry;
		out->offset <<= header & MOST_SHIFT;
		if (class == 1) {
			out->offset = (uint32_t)out->offset;
			out->addend = (int32_t)(uint32_t)out->addend;
		}
	}
	if (!reader.bad && reader.at == reader.end)
		return true;
	free(crel->list);
	*crel = (struct crel){0};
	return false;
}
