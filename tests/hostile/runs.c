/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of relocations (SHT_LLEXT_RUNS), byte by byte: those of .data in a packed file. */
#include "check.h"

#define WORD      sizeof(elf_addr)
#define WORDS     1
#define LOWER     2
#define PAIRS     3
#define PC        0x40
#define CALLS     4
#define JUMPS     5
#define SYMBOLS   0x80
#define SKIP      255
#define DATA_SIZE 64 /* of .data, so that places are the same for every machine */

/* What ends the runs, and no compact relocation. */
#define END  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define REST 4 /* it would have addends */

#define RUN(kind, symbol, place, count)                                                            \
	(kind), 0, (symbol), 0, (place)&0xff, (place) >> 8, 0, 0, (count), 0, 0, 0

static const char malformed[] = "malformed run of relocations";

static void replace(struct image *image, const uint8_t *bytes, size_t size)
{
	image_set_bytes(image, ".runs.data", bytes, size);
	image_section(image, ".data")->sh_size = DATA_SIZE;
}

static void bad(const char *what, const uint8_t *bytes, size_t size)
{
	PACKED_REFUSED("packed_runs.o", replace(&image, bytes, size), -ENOEXEC, PLACE, what);
	assert_string_equal(refusal.section, ".runs.data");
}

static void good(const uint8_t *bytes, size_t size)
{
	PACKED_LOADS("packed_runs.o", replace(&image, bytes, size));
}

#define BYTES(...)     (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define BAD(what, ...) bad(what, BYTES(__VA_ARGS__))
#define GOOD(...)      good(BYTES(__VA_ARGS__))

/* The entries are sound, but what they are for is no branch: the general code says so. */
#define NO_BRANCH(...)                                                                             \
	PACKED_REFUSED("packed_runs.o", replace(&image, BYTES(__VA_ARGS__)), -ENOEXEC, PLACE,      \
		       "not the instruction that the relocation is for")

static void none(void **state)
{
	(void)state;
	GOOD(END, REST);
	GOOD(RUN(WORDS, 1, 0, 0), END, REST);
	GOOD(RUN(WORDS, 1, 0, 0)); /* nothing needs to follow a run */
	BAD("malformed compact relocations: no header", END);
	BAD(malformed, 0);
	BAD(malformed, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	PACKED_REFUSED("packed_runs.o", SECTION(".runs.data")->sh_size = 0, -ENOEXEC, PLACE,
		       malformed);
}

static void kinds(void **state)
{
	static const bool riscv = LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64;
	uint8_t run[] = {RUN(0, 1, 0, 1), 0, 0, 0, END, REST};

	(void)state;
	for (unsigned int kind = 1; kind < 256; kind++) {
		unsigned int plain = kind & ~SYMBOLS & 0xff;
		bool pair = riscv && (plain & ~PC & 0xff) == PAIRS;
		bool branch = LLEXT_TARGET_ARM && (kind == CALLS || kind == JUMPS);
		bool known = plain == WORDS || pair || (riscv && kind == LOWER);
		/* Bytes of the entry that it has not are no header of a run. */
		size_t entry = branch ? 2 : 1 + (kind >> 7) + pair;

		memcpy(run, (const uint8_t[]){RUN(0, 1, 0, 1)}, 12);
		run[0] = (uint8_t)kind;
		memmove(run + 12 + entry, (const uint8_t[]){END, REST}, 13);
		if (branch)
			NO_BRANCH(RUN(kind, 1, 0, 1), 0, 0);
		else if (known)
			good(run, 12 + entry + 13);
		else
			bad(malformed, run, 12 + entry + 13);
	}
	BAD(malformed, WORDS, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, END, REST);
}

/* The general code says so. */
#define NO_SYMBOL(...)                                                                             \
	PACKED_REFUSED("packed_runs.o", replace(&image, BYTES(__VA_ARGS__)), -ENOEXEC, PLACE,      \
		       "relocation against no symbol")

static void symbols(void **state)
{
	(void)state;
	NO_SYMBOL(RUN(WORDS, 200, 0, 1), 0, END, REST);
	NO_SYMBOL(WORDS, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, END, REST);
	NO_SYMBOL(RUN(WORDS | SYMBOLS, 1, 0, 1), 0, 200, END, REST);
	GOOD(RUN(WORDS | SYMBOLS, 1, 0, 1), 0, 1, END, REST);
}

/* A firmware without an unwinder leaves .eh_frame out, say. It is no fault of the run. */
static void unloaded(const uint8_t *bytes, size_t size)
{
	PACKED_REFUSED("packed_runs.o",
		       (replace(&image, bytes, size),
			image_symbol_at(&image, 3)->st_shndx = image_index(&image, ".strtab")),
		       -ENOEXEC, PLACE, "relocation against a section that is not loaded");
	assert_string_equal(refusal.section, ".data");
	assert_int_equal(refusal.offset, 8);
}

static void unloaded_symbols(void **state)
{
	(void)state;
	unloaded(BYTES(RUN(WORDS, 3, 8, 1), 0, END, REST));
	unloaded(BYTES(RUN(WORDS | SYMBOLS, 1, 0, 1), 8 / WORD, 2, END, REST));
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
	unloaded(BYTES(RUN(PAIRS | SYMBOLS, 1, 0, 1), 4, 0, 2, END, REST));
#endif
}

static void places(void **state)
{
	(void)state;
	GOOD(RUN(WORDS, 1, DATA_SIZE - WORD, 1), 0, END, REST);
	BAD(malformed, RUN(WORDS, 1, DATA_SIZE, 1), 0, END, REST);
	BAD(malformed, RUN(WORDS, 1, DATA_SIZE - WORD, 1), 1, END, REST);
	BAD(malformed, RUN(WORDS | SYMBOLS, 1, DATA_SIZE - WORD, 1), 1, 0, END, REST);
	BAD(malformed, RUN(WORDS, 1, 0, 2), SKIP, 0, END, REST);
	/* To move the place out of the section is no fault until something is there. */
	GOOD(RUN(WORDS, 1, 0, 2), 0, SKIP, END, REST);
	/* Places wrap around. */
	GOOD(WORDS, 0, 1, 0, 0xf8, 0xff, 0xff, 0xff, 1, 0, 0, 0, 8 / WORD, END, REST);
	BAD(malformed, WORDS, 0, 1, 0, 0xf8, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, END, REST);
	for (unsigned int odd = 1; odd < WORD; odd++)
		BAD(malformed, RUN(WORDS, 1, odd, 1), 0, END, REST);
	PACKED_REFUSED("packed_runs.o", SECTION(".data")->sh_size = WORD - 1, -ENOEXEC, PLACE,
		       malformed);
}

static void counts(void **state)
{
	static const uint8_t entries[] = {RUN(WORDS, 1, 0, 3), 0, 1, 1, END, REST};

	(void)state;
	good(entries, sizeof(entries));
	for (size_t size = 1; size + 1 < sizeof(entries); size++) {
		if (size == 15) /* all entries, and no more */
			good(entries, size);
		else
			bad(malformed, entries, size);
	}
	/* It takes what follows for its entries. */
	BAD(malformed, WORDS, 0, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, END, REST);
}

/* Upper and lower halves lie in the section, both of them. */
static void halves(void **state)
{
	(void)state;
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
	GOOD(RUN(PAIRS, 1, DATA_SIZE - 8, 1), 0, 0, END, REST);
	BAD(malformed, RUN(PAIRS, 1, DATA_SIZE - 8, 1), 0, 1, END, REST);
	BAD(malformed, RUN(PAIRS, 1, DATA_SIZE - 6, 1), 0, 0, END, REST);
	BAD(malformed, RUN(PAIRS, 1, 0, 1), 0, 255, END, REST);
	BAD(malformed, RUN(PAIRS, 1, 1, 1), 0, 0, END, REST);
	GOOD(RUN(PAIRS | PC | SYMBOLS, 1, 2, 2), 0, 0, 0, 2, 3, 0, END, REST);
	NO_SYMBOL(RUN(PAIRS | PC | SYMBOLS, 1, 2, 1), 0, 0, 200, END, REST);
	GOOD(RUN(LOWER, 1, DATA_SIZE - 4, 1), 0, END, REST);
	BAD(malformed, RUN(LOWER, 1, DATA_SIZE - 4, 1), 1, END, REST);
#endif
}

/* An entry is a place, as far as the section goes, or the symbol of those behind it. */
static void branches(void **state)
{
	(void)state;
#if LLEXT_TARGET_ARM
	for (unsigned int kind = CALLS; kind <= JUMPS; kind++) {
		NO_BRANCH(RUN(kind, 1, 0, 1), (DATA_SIZE - 4) / 2, 0);
		BAD(malformed, RUN(kind, 1, 0, 1), (DATA_SIZE - 2) / 2, 0);
		BAD(malformed, RUN(kind, 1, 0, 1), 0xff, 0xfe);
		NO_BRANCH(RUN(kind, 1, DATA_SIZE - 4, 1), 0, 0);
		BAD(malformed, RUN(kind, 1, DATA_SIZE - 4, 1), 1, 0);
		BAD(malformed, RUN(kind, 1, DATA_SIZE, 1), 0, 0);
		BAD(malformed, kind, 0, 1, 0, 0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1, 0);
		BAD(malformed, RUN(kind, 1, 1, 1), 0, 0);
		/* A symbol alone is no branch, whether or not there is one behind it. */
		GOOD(RUN(kind, 1, 0, 1), 1, 0xff);
		NO_BRANCH(RUN(kind, 1, 0, 2), 1, 0xff, 0, 0);
		BAD(malformed, RUN(kind, 1, 0, 2), 0xff, 0xff, 0, 0);
		NO_SYMBOL(RUN(kind, 200, 0, 1), 0, 0);
		/* The second byte of an entry is not there. */
		BAD(malformed, RUN(kind, 1, 0, 2), 0, 0xff, 0);
	}
#endif
}

/* Of a file that is not packed nothing says that its relocations need no room. */
static void without_its_note(void **state)
{
	(void)state;
	REFUSED("packed_runs.o", SECTION(".note.llext")->sh_name++, -ENOTSUP, RELOCATE,
		"compact relocations are not supported");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none),
		cmocka_unit_test(kinds),
		cmocka_unit_test(symbols),
		cmocka_unit_test(places),
		cmocka_unit_test(counts),
		cmocka_unit_test(halves),
		cmocka_unit_test(branches),
		cmocka_unit_test(unloaded_symbols),
		cmocka_unit_test(without_its_note),
	};

	return cmocka_run_group_tests_name("hostile-runs", tests, hostile_setup, hostile_teardown);
}
