/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of unwind tables, by tables written by hand: each is a copy of its exact size, so that
 * a sanitizer sees what is read behind it. llext_code_room() and the unwinder are this test's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/llext.h>
#include "../common/must.h"
#include "eh_frame.h"

#define CODE  ((uintptr_t)0x5000000)
#define BYTES 0x1000u

static const void *registered;

void __register_frame(void *begin);
void __deregister_frame(void *begin);

void __register_frame(void *begin)
{
	must(registered == NULL);
	registered = begin;
}

void __deregister_frame(void *begin)
{
	must(registered == begin);
	registered = NULL;
}

size_t llext_code_room(const struct llext *ext, uintptr_t address)
{
	(void)ext;
	return address - CODE < BYTES ? BYTES - (address - CODE) : 0;
}

/* ---- a table ---- */

static struct {
	uint8_t bytes[512];
	size_t length, record; /* where the last record begins */
} table;

static void put(uint64_t value, size_t bytes)
{
	memcpy(table.bytes + table.length, &value, bytes);
	table.length += bytes;
}

static void put_text(const char *text)
{
	memcpy(table.bytes + table.length, text, strlen(text) + 1);
	table.length += strlen(text) + 1;
}

static void begin_record(void)
{
	table.record = table.length;
	put(0, 4);
}

static void end_record(void)
{
	uint32_t length = (uint32_t)(table.length - table.record - 4);

	memcpy(table.bytes + table.record, &length, 4);
}

/* A CIE without what its letters mean. */
static void begin_cie(uint8_t version, const char *letters)
{
	begin_record();
	put(0, 4);
	put(version, 1);
	put_text(letters);
	put(1, 1); /* factors: of code, of data */
	put(0x78, 1);
	put(16, 1); /* the return address's register */
}

static void cie(const char *letters, const uint8_t *data, size_t bytes)
{
	table.length = 0;
	begin_cie(1, letters);
	put(bytes, 1);
	for (size_t i = 0; i < bytes; i++)
		put(data[i], 1);
	end_record();
}

#define CIE(letters, ...)                                                                          \
	cie(letters, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* An FDE of the CIE at the table's beginning. */
static void fde(uint64_t start, uint64_t range, size_t bytes)
{
	begin_record();
	put(table.length, 4);
	put(start, bytes);
	put(range, bytes);
	end_record();
}

/* What is said of the table as it is, and of every beginning of it: none is read behind its end. */
static int check_table(void)
{
	int rc = 1;

	for (size_t length = 0; length <= table.length; length++) {
		uint8_t *copy = malloc(length + 1);
		uint8_t *begin = copy + 1; /* aligned to nothing; its end is the allocation's */

		memcpy(begin, table.bytes, length);
		rc = llext_eh_frame_add(NULL, begin, length);
		must(rc == 0 || rc == -ENOEXEC);
		must((rc == 0) == (registered == begin));
		if (rc == 0)
			llext_eh_frame_remove(NULL, begin, length);
		must(registered == NULL);
		free(copy);
	}
	return rc;
}

static bool good(void)
{
	return check_table() == 0;
}

/* ---- encodings ---- */

static void check_encodings(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		unsigned int format = i & 15, application = i & 0x70;
		bool sound = (application == 0 || application == 0x10) &&
			     (format == 0 || (format >= 2 && format <= 4) ||
			      (format >= 10 && format <= 12));

		CIE("zR", (uint8_t)i);
		must(good() == (sound && i < 0x80));
		/* A pointer to a personality may be elsewhere. Its size is what is skipped. */
		for (unsigned int bytes = 0; bytes <= 8; bytes++) {
			static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8};
			uint8_t data[9] = {(uint8_t)i};

			cie("zP", data, 1 + bytes);
			must(good() == (sound && bytes >= sizes[format]));
		}
		CIE("zL", (uint8_t)i);
		must(good() == (sound || i == 0xff));
	}
}

static void check_letters(void)
{
	static const struct {
		const char *letters;
		bool good;
	} cases[] = {
		{"zR", true},     {"zRS", true},      {"zRB", true},  {"zS", true},
		{"zSR", false},   {"zBR", false},     {"zRR", false}, {"zRSB", true},
		{"z", true},      {"yR", false},      {"zQ", false},  {"zRQ", false},
		{"R", false},     {"zLR", true},      {"zLLR", true}, {"zLLLR", true},
		{"zLLLLR", true}, {"zLLLLLR", false}, {"eh", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CIE(cases[i].letters, 0, 0, 0, 0, 0, 0, 0);
		must(good() == cases[i].good);
	}
	/* Data that is announced and not there, and more than there are letters for. */
	CIE("zR", 0x1b);
	table.bytes[table.length - 2] = 2;
	must(!good());
	CIE("zR", 0x1b, 1, 2, 3);
	must(good());
	CIE("zLR", 0xff);
	must(!good());
	/* None at all: nothing follows. */
	table.length = 0;
	begin_cie(1, "");
	end_record();
	must(good());
}

/* Numbers of any length that a number may have. */
static void check_numbers(void)
{
	for (uint8_t version = 0; version < 6; version++) {
		for (unsigned int field = 0; field < 3; field++) {
			for (unsigned int bytes = 1; bytes < 13; bytes++) {
				bool byte = version == 1 && field == 2, sound;

				table.length = 0;
				begin_record();
				put(0, 4);
				put(version, 1);
				put_text("zR");
				for (unsigned int i = 0; i < 3; i++) {
					for (unsigned int j = 1; i == field && j < bytes; j++)
						put(0x80, 1);
					put(i == field ? 0 : 1, 1);
				}
				put(1, 1);
				put(0x1b, 1);
				end_record();
				/* In the first version the register is a byte, whatever it is:
				 * what follows is its neighbours' then. */
				sound = (version == 1 || version == 3) && bytes <= 10;
				if (byte && bytes > 1)
					continue;
				must(good() == sound);
			}
		}
	}
	/* A register of version 1 has the byte's highest bit, too. */
	CIE("zR", 0x1b);
	table.bytes[4 + 4 + 1 + 3 + 2] = 0x80;
	must(good());
	/* The count of the letters' data, too, may be long; and it may be beyond all memory. */
	table.length = 0;
	begin_cie(1, "zR");
	for (unsigned int i = 0; i < 9; i++)
		put(0xff, 1);
	put(1, 1);
	put(0x1b, 1);
	end_record();
	must(!good());
	table.length = 0;
	begin_cie(1, "zR");
	put(0x81, 1);
	put(0x00, 1);
	put(0x1b, 1);
	end_record();
	must(good());
	table.length = 0;
	begin_cie(1, "zR");
	put(0x80, 1);
	put(0x01, 1); /* 128 */
	for (unsigned int i = 0; i < 128; i++)
		put(i == 0 ? 0x1b : 0, 1);
	end_record();
	must(good());
	table.length--;
	end_record();
	must(!good());
}

/* ---- the code that a record is for ---- */

static bool covers(uint8_t encoding, uint64_t start, uint64_t range, size_t bytes)
{
	CIE("zR", encoding);
	fde(start, range, bytes);
	return good();
}

static void check_ranges(void)
{
	static const uint8_t encodings[][2] = {
		{0x00, 8}, {0x04, 8}, {0x0c, 8}, {0x03, 4}, {0x0b, 4}};

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		uint8_t encoding = encodings[i][0];
		size_t bytes = encodings[i][1];

		must(covers(encoding, CODE, BYTES, bytes));
		must(covers(encoding, CODE + BYTES - 1, 1, bytes));
		must(!covers(encoding, CODE, BYTES + 1, bytes));
		must(!covers(encoding, CODE - 1, 1, bytes));
		must(!covers(encoding, CODE + BYTES, 1, bytes));
		must(!covers(encoding, CODE + BYTES - 1, 2, bytes));
		/* Of code that a linker has dropped, or of none. */
		must(covers(encoding, 0, 77, bytes));
		must(covers(encoding, CODE + BYTES, 0, bytes));
		/* One byte is missing. */
		must(!covers(encoding, CODE, BYTES, bytes - 1));
	}
	must(!covers(0x02, 0x5000, 1, 2) && covers(0x02, 0, 1, 2) && covers(0x0a, 9, 0, 2));
	must(!covers(0x00, CODE + (1ull << 63), 1, 8));
	/* A range has no sign. */
	must(!covers(0x0b, CODE, 0xffffffff, 4) && !covers(0x0a, 1, 0xffff, 2));
}

/* Relative to the place: the table lies so that it, and no other, reaches the code. */
static bool reaches(uint8_t encoding, int64_t more, size_t bytes)
{
	uint8_t copy[512];
	int64_t start;
	int rc;

	CIE("zR", encoding);
	fde(1, 16, bytes);
	start = (int64_t)(CODE - (uintptr_t)(copy + table.record + 8)) + more;
	memcpy(table.bytes + table.record + 8, &start, bytes);
	memcpy(copy, table.bytes, table.length);
	rc = llext_eh_frame_add(NULL, copy, table.length);
	if (rc == 0)
		llext_eh_frame_remove(NULL, copy, table.length);
	return rc == 0;
}

static void check_relative(void)
{
	must(reaches(0x14, 0, 8) && reaches(0x1c, 0, 8) && reaches(0x10, 0, 8));
	must(reaches(0x1c, BYTES - 16, 8) && !reaches(0x1c, BYTES - 15, 8));
	must(!reaches(0x1c, -1, 8));
}

/* ---- records ---- */

static void check_records(void)
{
	uint32_t lengths[] = {1, 3, 0x7fffffff, 0xfffffffc, 0xffffffff};

	/* Nothing, and the end alone. */
	table.length = 0;
	must(good());
	put(0, 4);
	must(good());
	/* What follows the end is nobody's. */
	put(0x12345678, 4);
	must(good());
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		CIE("zR", 0x1b);
		memcpy(table.bytes, &lengths[i], 4);
		must(!good());
	}
	/* The record ends where the table does; and it may not end later. */
	CIE("zR", 0x1b);
	must(good());
	table.bytes[0]++;
	must(!good());
	/* Bytes that are no record: fewer than a length. */
	CIE("zR", 0x1b);
	put(0, 3);
	must(!good());
	/* Just a length and an identifier: it has no version. */
	table.length = 0;
	put(4, 4);
	put(0, 4);
	must(!good());
	/* A string that does not end in its record. */
	table.length = 0;
	begin_record();
	put(0, 4);
	put(1, 1);
	put('z', 1);
	put('R', 1);
	end_record();
	put(0, 4);
	must(!good());
}

/* An FDE belongs to a CIE before it. */
static void check_references(void)
{
	uint32_t back;

	CIE("zR", 0x03);
	fde(CODE, 4, 4);
	fde(CODE + 4, 4, 4);
	put(0, 4);
	must(good());
	/* To the FDE, into the CIE, before the table, to itself and behind it. */
	for (back = 0; back < 100; back++) {
		uint32_t place = (uint32_t)table.record + 4;

		memcpy(table.bytes + place, &back, 4);
		/* 0 makes a CIE of it, which it is not. */
		must(good() == (back == place));
	}
	back = 0xfffffff0;
	memcpy(table.bytes + table.record + 4, &back, 4);
	must(!good());
	/* A reference that is right, to a CIE that is not the first. */
	CIE("zR", 0x03);
	table.length = (table.length + 3) / 4 * 4;
	table.record = 0;
	end_record();
	back = (uint32_t)table.length;
	begin_cie(1, "zR");
	put(1, 1);
	put(0x04, 1);
	end_record();
	begin_record();
	put(table.length - back, 4);
	put(CODE, 8);
	put(BYTES, 8);
	end_record();
	must(good());
}

/* In parts, of a record each. */
static void check_parts(void)
{
	size_t at = 0, first;
	int calls = 0, rc;

	CIE("zR", 0x03);
	first = table.length;
	fde(CODE, 4, 4);
	put(0, 4);
	do {
		rc = llext_eh_frame_add_part(NULL, table.bytes, table.length, &at);
		calls++;
		must(calls != 1 || (rc == 1 && at == first));
		must((registered != NULL) == (rc == 0));
	} while (rc > 0);
	must(rc == 0 && calls == 3 && at == table.length - 4);
	llext_eh_frame_remove(NULL, table.bytes, table.length);
}

/* As llext_eh_frame_add(), record by record: each is looked at by itself. */
static int add_in_parts(const void *start, size_t length)
{
	size_t at = 0;
	int rc;

	do
		rc = llext_eh_frame_add_part(NULL, start, length, &at);
	while (rc > 0);
	return rc;
}

static int both_say(void *start, size_t length)
{
	int rc = llext_eh_frame_add(NULL, start, length);

	if (rc == 0)
		llext_eh_frame_remove(NULL, start, length);
	must(add_in_parts(start, length) == rc);
	if (rc == 0)
		llext_eh_frame_remove(NULL, start, length);
	return rc;
}

/* Put the FDE's code at @code, once it is known where the table is. */
static void point_to(uint8_t *start, size_t record, uintptr_t code, uint32_t range)
{
	int32_t offset = (int32_t)(code - (uintptr_t)(start + record + 8));

	memcpy(start + record + 8, &offset, 4);
	memcpy(start + record + 12, &range, 4);
}

/*
 * What compilers write, of which all records after the first FDE are looked at in a loop of its
 * own. The table lies near the code, at the end of memory that can be read.
 */
static void check_plain(void)
{
	static const uint8_t values[] = {0, 1, 4, 8, 11, 12, 13, 16, 0x7f, 0x80, 0xff};
	const size_t page = 4096;
	uint8_t *mem = mmap((void *)(CODE + 4 * page), 2 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	size_t records[4], good = 0;
	uint8_t sound[sizeof(table.bytes)], *start;

	must(mem == (uint8_t *)(CODE + 4 * page));
	must(mprotect(mem + page, page, PROT_NONE) == 0);
	CIE("zR", 0x1b);
	for (size_t i = 0; i < 4; i++) {
		fde(1, 1, 4);
		records[i] = table.record;
	}
	put(0, 4);
	start = mem + page - table.length;
	memcpy(start, table.bytes, table.length);
	for (size_t i = 0; i < 4; i++)
		point_to(start, records[i], CODE + 16 * (i ^ (i >> 1)), 16); /* 0, 1, 3, 2 */
	must(both_say(start, table.length) == 0);
	memcpy(sound, start, table.length);
	for (size_t i = 0; i < 4; i++) {
		uint8_t before[16];

		memcpy(before, start + records[i], sizeof(before));
		point_to(start, records[i], CODE + BYTES - 16, 16);
		must(both_say(start, table.length) == 0);
		point_to(start, records[i], CODE + BYTES - 16, 17);
		must(both_say(start, table.length) == -ENOEXEC);
		point_to(start, records[i], CODE + BYTES, 1);
		must(both_say(start, table.length) == -ENOEXEC);
		point_to(start, records[i], CODE - 1, 1);
		must(both_say(start, table.length) == -ENOEXEC);
		point_to(start, records[i], CODE + BYTES, 0);
		must(both_say(start, table.length) == 0);
		memcpy(start + records[i], before, sizeof(before));
	}
	for (size_t i = 0; i < table.length; i++) {
		uint8_t before = start[i];

		for (size_t j = 0; j < sizeof(values); j++) {
			start[i] = values[j];
			good += both_say(start, table.length) == 0;
		}
		start[i] = before;
	}
	must(good > 0 && good < table.length * sizeof(values));
	for (size_t cut = 1; cut < table.length; cut++) { /* at the end of what can be read */
		memmove(start + cut, start, table.length - cut);
		(void)both_say(start + cut, table.length - cut);
		memcpy(start, sound, table.length);
	}
	/* The last one is a byte shorter than its numbers, and the table's end follows at once. */
	start[records[3]] = 11;
	must(both_say(start, table.length) == -ENOEXEC);
	must(munmap(mem, 2 * page) == 0);
}

int main(void)
{
	check_plain();
	check_encodings();
	check_letters();
	check_numbers();
	check_ranges();
	check_relative();
	check_records();
	check_references();
	check_parts();
	puts("all is well");
	return 0;
}
