/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unwind tables: .eh_frame as the System V AMD64 psABI (4.2.4) and the LSB Core specification
 * ("Exception Frames") describe it. The unwinder trusts what it is given, so the records are
 * checked here first: their lengths, their references to each other, and the encodings.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <llext/port.h>
#include "eh_frame.h"

/* In libgcc; absent in a program that is linked without an unwinder. */
extern void __register_frame(void *begin) __attribute__((weak));
extern void __deregister_frame(void *begin) __attribute__((weak));

/* DW_EH_PE_*: how a pointer is written */
#define PE_OMIT     0xff
#define PE_INDIRECT 0x80
/* Relative to the place, of four bytes with a sign: what compilers write. */
#define PE_PCREL_SDATA4 0x1b

struct reader {
	const uint8_t *at, *end;
	bool bad;
};

static uint8_t byte(struct reader *reader)
{
	if (reader->at >= reader->end) {
		reader->bad = true;
		return 0;
	}
	return *reader->at++;
}

static uint64_t uleb128(struct reader *reader)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t one;

	do {
		one = byte(reader);
		if (shift < 64)
			value |= (uint64_t)(one & 0x7f) << shift;
		shift += 7;
		if (shift > 70)
			reader->bad = true; /* longer than any number: keeps the work linear */
	} while ((one & 0x80) && !reader->bad);
	return value;
}

static void skip(struct reader *reader, uint64_t bytes)
{
	if (bytes > (uint64_t)(reader->end - reader->at))
		reader->bad = true;
	else
		reader->at += bytes;
}

/* The size of a pointer of this encoding; 0 where there is no such encoding. */
static unsigned int encoded_bytes(uint8_t encoding)
{
	uint8_t application = encoding & 0x70;

	if (application != 0x00 && application != 0x10) /* absolute, relative to the place */
		return 0;
	switch (encoding & 0x0f) {
	case 0x00: /* absptr */
		return sizeof(void *);
	case 0x04: /* udata8 */
	case 0x0c: /* sdata8 */
		return 8;
	case 0x02: /* udata2 */
	case 0x0a: /* sdata2 */
		return 2;
	case 0x03: /* udata4 */
	case 0x0b: /* sdata4 */
		return 4;
	default:
		return 0;
	}
}

static bool check_augmentation(struct reader *reader, const char *letters, uint8_t *pointer)
{
	uint64_t bytes = uleb128(reader);
	struct reader data = {reader->at, reader->at, reader->bad};
	bool ended = false;
	uint8_t personality;

	skip(reader, bytes);
	data.end = reader->at;
	for (letters++; *letters != '\0' && !reader->bad && !data.bad; letters++) {
		switch (*letters) {
		case 'R':
			if (ended)
				return false;
			ended = true;
			*pointer = byte(&data);
			break;
		case 'P':
			personality = byte(&data);
			if (encoded_bytes(personality & (uint8_t)~PE_INDIRECT) == 0)
				return false;
			skip(&data, encoded_bytes(personality & (uint8_t)~PE_INDIRECT));
			break;
		case 'L':
			if (byte(&data) != PE_OMIT &&
			    encoded_bytes(data.at[-1] & (uint8_t)~PE_INDIRECT) == 0)
				return false;
			break;
		case 'S':
		case 'B': /* an unwinder may stop reading here: what it has seen must be all */
			ended = true;
			break;
		default:
			return false;
		}
	}
	return !reader->bad && !data.bad;
}

/* A common information entry. *@pointer becomes the encoding of its FDEs' addresses. */
static bool check_cie(struct reader reader, uint8_t *pointer)
{
	uint8_t version = byte(&reader);
	const char *letters = (const char *)reader.at;
	const uint8_t *nul = memchr(reader.at, '\0', (size_t)(reader.end - reader.at));

	*pointer = 0;
	/* Each letter stands once, and there are five: a longer string is nonsense. */
	if (nul == NULL || nul - reader.at > 6 || (version != 1 && version != 3))
		return false;
	reader.at = nul + 1;
	(void)uleb128(&reader); /* code alignment factor */
	(void)uleb128(&reader); /* data alignment factor: as long, signed or not */
	if (version == 1)
		(void)byte(&reader); /* return address register */
	else
		(void)uleb128(&reader);
	if (letters[0] == '\0')
		return !reader.bad;
	/* An address that lies elsewhere would be fetched from wherever the record says. */
	return letters[0] == 'z' && check_augmentation(&reader, letters, pointer) &&
	       (*pointer & PE_INDIRECT) == 0 && encoded_bytes(*pointer) != 0;
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The record at @at: what is behind its length word. False where it does not fit. */
static bool record(const uint8_t *at, const uint8_t *end, struct reader *reader)
{
	uint32_t length;

	if (end - at < 8)
		return false;
	length = word(at);
	if (length < 4 || length > (size_t)(end - at) - 4)
		return false; /* 0xffffffff, the 64-bit form, is among these */
	*reader = (struct reader){at + 4, at + 4 + length, false};
	return true;
}

/* A number of an FDE: of 2, 4 or 8 bytes, sign-extended where the encoding says so. */
static uint64_t number(const uint8_t *at, unsigned int bytes, bool is_signed)
{
	uint64_t value;

	if (bytes == 4) /* as compilers write them */
		return is_signed ? (uint64_t)(int32_t)word(at) : word(at);
	if (bytes == 2) {
		value = (uint64_t)at[0] | (uint64_t)at[1] << 8;
		return is_signed ? (uint64_t)(int16_t)value : value;
	}
	memcpy(&value, at, sizeof(value));
	return value;
}

/* A table, and what was found in it last, which most records share with the one before. */
struct table {
	const struct llext *ext;
	const uint8_t *start, *end;
	const uint8_t *cie;         /* a sound one; NULL: none was used */
	uint8_t pointer;            /* the encoding of its FDEs' addresses ... */
	unsigned int pointer_bytes; /* ... and their size */
	uintptr_t code;             /* an address in the extension's code ... */
	size_t room;                /* ... and the bytes from there to that code's end */
};

/* The bytes from an address to the end of the extension's code that it lies in; 0: in none. */
static size_t code_room(struct table *table, uintptr_t address)
{
	if (address - table->code >= table->room) {
		table->code = address;
		table->room = llext_code_room(table->ext, address);
	}
	return table->room - (address - table->code);
}

/*
 * The code that an FDE is for: it must be the extension's own, or the firmware's frames would be
 * unwound by the extension's rules. An address of 0 is for code that a linker has dropped.
 */
static bool check_range(struct table *table, const struct reader *fde)
{
	unsigned int bytes = table->pointer_bytes;
	const uint8_t *at = fde->at;
	uint64_t start, range;

	if ((size_t)(fde->end - at) < 2 * (size_t)bytes)
		return false;
	start = number(at, bytes, (table->pointer & 0x08) != 0);
	range = number(at + bytes, bytes, false);
	if (start == 0 || range == 0)
		return true;
	if ((table->pointer & 0x70) == 0x10)
		start += (uintptr_t)at;
	return range <= code_room(table, (uintptr_t)start);
}

/* Is there a record of a sound CIE at @cie? Records before the one at hand were checked. */
static bool find_cie(struct table *table, const uint8_t *cie, const struct reader *fde)
{
	struct reader reader;

	if (cie == table->cie)
		return true;
	table->cie = NULL;
	if (!record(cie, fde->end, &reader) || word(reader.at) != 0)
		return false;
	reader.at += 4;
	if (!check_cie(reader, &table->pointer))
		return false;
	table->cie = cie;
	table->pointer_bytes = encoded_bytes(table->pointer);
	return true;
}

/* The record at @at. @return where the next one is; NULL: it is malformed. */
static const uint8_t *check_record(struct table *table, const uint8_t *at)
{
	struct reader reader;
	uint8_t pointer;
	uint32_t id;

	if (!record(at, table->end, &reader))
		return NULL;
	id = word(reader.at);
	if (id == 0) {
		struct reader body = {reader.at + 4, reader.end, false};

		return check_cie(body, &pointer) ? reader.end : NULL;
	}
	if (id > (size_t)(reader.at - table->start) || !find_cie(table, reader.at - id, &reader))
		return NULL;
	reader.at += 4;
	return check_range(table, &reader) ? reader.end : NULL;
}

/*
 * Pass over records as compilers write most of them: FDEs of the CIE that was used last, for code
 * that lies where that of the one before does. @return the first other or malformed one.
 */
static const uint8_t *skip_plain(const struct table *table, const uint8_t *at)
{
	const uintptr_t code = table->code;
	const size_t room = table->room;

	if (table->cie == NULL || table->pointer != PE_PCREL_SDATA4)
		return at;
	while (table->end - at >= 16) {
		uint32_t length = word(at), range = word(at + 12);
		intptr_t offset = (int32_t)word(at + 8);
		uintptr_t before = (uintptr_t)at + 8 + (uintptr_t)offset - code;

		if (word(at + 4) != (size_t)(at + 4 - table->cie) || length < 12 ||
		    length > (size_t)(table->end - at) - 4 || before >= room ||
		    range > room - before)
			break;
		at += 4 + (size_t)length;
	}
	return at;
}

/* @return 1 and, in *@next, where the record behind this one is; 0: there is none; -ENOEXEC */
static int check_next(struct table *table, const uint8_t **next)
{
	const uint8_t *at = *next;

	if (table->end - at >= 4 && word(at) != 0) {
		*next = check_record(table, at);
		return *next != NULL ? 1 : -ENOEXEC;
	}
	return at == table->end || table->end - at >= 4 ? 0 : -ENOEXEC;
}

static struct table table_at(const struct llext *ext, const void *start, size_t bytes)
{
	return (struct table){.ext = ext, .start = start, .end = (const uint8_t *)start + bytes};
}

/* Records up to the end, where a zero word follows, or up to a zero word before it. */
int llext_eh_frame_add_part(struct llext *ext, const void *start, size_t bytes, size_t *at)
{
	struct table table = table_at(ext, start, bytes);
	const uint8_t *next = table.start + *at;
	int rc = check_next(&table, &next);

	if (rc > 0)
		*at = (size_t)(next - table.start);
	else if (rc == 0 && __register_frame != NULL)
		__register_frame((void *)(uintptr_t)start);
	return rc;
}

int llext_eh_frame_add(struct llext *ext, const void *start, size_t bytes)
{
	struct table table = table_at(ext, start, bytes);
	const uint8_t *next = table.start;
	int rc;

	do {
		next = skip_plain(&table, next);
		rc = check_next(&table, &next);
	} while (rc > 0);
	if (rc == 0 && __register_frame != NULL)
		__register_frame((void *)(uintptr_t)start);
	return rc;
}

void llext_eh_frame_remove(struct llext *ext, const void *table, size_t bytes)
{
	(void)ext;
	(void)bytes;
	if (__deregister_frame != NULL)
		__deregister_frame((void *)(uintptr_t)table);
}
