/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For all N, the N-th allocation, read, seek, peek, protection ... fails while a file is loaded,
 * until a load succeeds in which nothing was left to fail. After each: a clean error, everything
 * given back, the source finished with once.
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>
#include "faults.h"
#include "port.h"
#include "world.h"

static const char *const fixtures[] = {
	"everything.o",      "objects.o",
	"clang.o",           "plain.o",
	"pages.so",          "relr_pages.so",
	"packed_pointers.o", "fixed_pages.elf",
	"packed.o",          "packed_everything_bound.o",
#if LLEXT_TARGET_X86_64
	"assembled.o",
#else
	"many.o",
#endif
};

/* What a source that cannot seek can give. */
static const char *const packed[] = {"packed.o",       "packed_bound.o",   "packed_everything.o",
				     "packed_plain.o", "packed_objects.o", "packed_pointers.o"};

static const char *const operations[] = {"allocation", "prepare", "read",   "seek",
					 "peek",       "protect", "unwind", "claim"};

struct file {
	const char *name;
	uint8_t *bytes;
	size_t size;
};

static void explain(const struct file *file, enum operation operation, unsigned long at,
		    const struct trial *trial, const char *wrong)
{
	fail_msg("%s: %s %lu fails (kind %d, source %u): %s", file->name, operations[operation], at,
		 faults.kind, trial->source, wrong);
}

/* What a load may answer when this operation fails once. */
static int expected(enum operation operation, enum fault_kind kind, int rc)
{
	switch (operation) {
	case OPERATION_ALLOC:
		return rc == -ENOMEM;
	case OPERATION_PEEK:
		return rc == 0 || rc == -EACCES; /* the library reads instead */
	case OPERATION_READ:
		if (kind == FAULT_BYTES)
			return rc <= 0; /* whatever the bytes say */
		break;
	default:
		break;
	}
	return kind == FAULT_NEGATIVE ? rc == -EREMOTEIO : rc == -EIO;
}

/*
 * A small file is read whole; if then there is not enough memory, part by part. Arm and RISC-V do
 * without counting first, and count if then there is not enough.
 */
static bool can_do_without(const struct file *file, const struct trial *trial)
{
	if (!LLEXT_TARGET_X86_64 && !trial->count_first)
		return true;
	return file->size <= CONFIG_LLEXT_WHOLE_BYTES && (trial->source & SOURCE_NO_PEEK);
}

static void every(const struct file *file, enum operation operation, enum fault_kind kind,
		  struct trial trial)
{
	unsigned long at;

	for (at = 1;; at++) {
		const char *wrong;

		assert_true(at < 100000);
		faults_arm(operation, at, kind);
		wrong = world_try(file->bytes, file->size, &trial);
		if (wrong != NULL)
			explain(file, operation, at, &trial, wrong);
		if (!faults.fired)
			break;
		/* One that fires while what was loaded is used or unloaded is not the load's. */
		if (trial.rc != 0 && !expected(operation, kind, trial.rc))
			explain(file, operation, at, &trial, "another error than the fault's");
		if (trial.rc == 0 && operation != OPERATION_PEEK && kind != FAULT_BYTES &&
		    !(operation == OPERATION_ALLOC && can_do_without(file, &trial)))
			explain(file, operation, at, &trial, "the load ignores it");
	}
	faults_clear();
	assert_int_equal(trial.rc, 0);
	/* Something was there to fail, or the test would show nothing. */
	if (operation == OPERATION_ALLOC || operation == OPERATION_PROTECT ||
	    operation == OPERATION_CLAIM)
		assert_true(at > (trial.only_plan ? 1 : 2));
}

static void every_of(const char *const *names, size_t count, enum operation operation,
		     unsigned int kinds, struct trial trial)
{
	for (size_t i = 0; i < count; i++) {
		struct file file = {.name = names[i]};

		file.bytes = fixture_read(file.name, &file.size);
		for (unsigned int kind = 0; kind < FAULT_KINDS; kind++) {
			if (kinds & (1u << kind))
				every(&file, operation, (enum fault_kind)kind, trial);
		}
		free(file.bytes);
	}
}

static void every_file(enum operation operation, unsigned int kinds, struct trial trial)
{
	every_of(fixtures, sizeof(fixtures) / sizeof(fixtures[0]), operation, kinds, trial);
}

static void every_packed(enum operation operation, unsigned int kinds, struct trial trial)
{
	trial.source |= SOURCE_FORWARD;
	every_of(packed, sizeof(packed) / sizeof(packed[0]), operation, kinds, trial);
}

#define NEGATIVE    (1u << FAULT_NEGATIVE)
#define EITHER_SIGN (NEGATIVE | 1u << FAULT_POSITIVE)

static void allocations(void **state)
{
	(void)state;
	every_file(OPERATION_ALLOC, NEGATIVE, (struct trial){.source = 0});
	every_file(OPERATION_ALLOC, NEGATIVE,
		   (struct trial){.source = SOURCE_NO_PEEK, .keep_section_info = true});
	every_file(OPERATION_ALLOC, NEGATIVE, (struct trial){.detached = true});
	every_file(OPERATION_ALLOC, NEGATIVE, (struct trial){.count_first = true});
}

static void prepares(void **state)
{
	(void)state;
	every_file(OPERATION_PREPARE, EITHER_SIGN, (struct trial){.source = 0});
}

static void reads(void **state)
{
	(void)state;
	every_file(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT, (struct trial){.source = 0});
	every_file(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT,
		   (struct trial){.source = SOURCE_NO_PEEK});
	every_file(OPERATION_READ, EITHER_SIGN,
		   (struct trial){.source = SOURCE_NO_PEEK | SOURCE_NO_LENGTH});
}

/* A plan allocates and reads, too. */
static void plans(void **state)
{
	static const unsigned int sources[] = {0, SOURCE_NO_PEEK,
					       SOURCE_NO_PEEK | SOURCE_NO_LENGTH};

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct trial trial = {.source = sources[i], .only_plan = true, .count_first = true};

		every_file(OPERATION_ALLOC, NEGATIVE, trial);
		every_file(OPERATION_PREPARE, EITHER_SIGN, trial);
		every_file(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT, trial);
		every_file(OPERATION_SEEK, EITHER_SIGN, trial);
		every_file(OPERATION_READ, 1u << FAULT_BYTES, trial);
		every_packed(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT, trial);
	}
}

/* Sources that cannot seek: what fails is never asked for again. */
static void forward(void **state)
{
	(void)state;
	for (int option = 0; option < 3; option++) {
		struct trial trial = {.source = SOURCE_NO_PEEK,
				      .keep_section_info = option == 1,
				      .detached = option == 2};

		every_packed(OPERATION_ALLOC, NEGATIVE, trial);
		every_packed(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT, trial);
		trial.source |= SOURCE_NO_LENGTH;
		every_packed(OPERATION_READ, EITHER_SIGN | 1u << FAULT_SHORT, trial);
	}
	every_packed(OPERATION_PREPARE, EITHER_SIGN, (struct trial){.source = SOURCE_NO_PEEK});
	every_packed(OPERATION_READ, 1u << FAULT_BYTES, (struct trial){.source = SOURCE_NO_PEEK});
}

/* The bytes of the file differ from the N-th read on: what was checked is not what is used. */
static void other_bytes(void **state)
{
	(void)state;
	every_file(OPERATION_READ, 1u << FAULT_BYTES, (struct trial){.source = SOURCE_NO_PEEK});
	every_file(OPERATION_READ, 1u << FAULT_BYTES,
		   (struct trial){.source = SOURCE_NO_PEEK, .detached = true});
}

static void seeks(void **state)
{
	(void)state;
	every_file(OPERATION_SEEK, EITHER_SIGN, (struct trial){.source = SOURCE_NO_PEEK});
}

static void peeks(void **state)
{
	static const unsigned int sources[] = {LLEXT_STORAGE_TEMPORARY, LLEXT_STORAGE_PERSISTENT,
					       LLEXT_STORAGE_PERSISTENT | SOURCE_NO_LENGTH,
					       LLEXT_STORAGE_WRITABLE};

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		every_file(OPERATION_PEEK, NEGATIVE, (struct trial){.source = sources[i]});
}

static void protections_fail(void **state)
{
	static const char *const wanted[] = {"everything.o", "pages.so", "relr_pages.so",
					     "objects.o", "fixed_pages.elf"};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct file file = {.name = wanted[i]};
		unsigned long during;
		struct trial trial = {.source = 0};

		file.bytes = fixture_read(file.name, &file.size);
		faults_arm(OPERATION_PROTECT, 0, FAULT_NEGATIVE);
		assert_null(world_try(file.bytes, file.size, &trial));
		/* Half of them are of the load; those of the unload are a test of their own. */
		during = faults.count[OPERATION_PROTECT] / 2;
		assert_true(during > 0);
		for (unsigned long at = 1; at <= during; at++) {
			for (int kind = FAULT_NEGATIVE; kind <= FAULT_POSITIVE; kind++) {
				const char *wrong;

				faults_arm(OPERATION_PROTECT, at, (enum fault_kind)kind);
				wrong = world_try(file.bytes, file.size, &trial);
				if (wrong != NULL ||
				    !expected(OPERATION_PROTECT, (enum fault_kind)kind, trial.rc))
					explain(&file, OPERATION_PROTECT, at, &trial,
						wrong != NULL ? wrong : "another error");
			}
		}
		free(file.bytes);
	}
	faults_clear();
}

/* Memory that cannot be made writable again is never used again: kept, and said so. */
static void unprotect_fails(void **state)
{
	struct file file = {.name = "everything.o"};
	struct llext_heap_stats before, after;
	struct source source;
	struct llext *ext;

	(void)state;
	file.bytes = fixture_read(file.name, &file.size);
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &before);
	source_init(&source, file.bytes, file.size, 0);
	assert_int_equal(llext_load(&source.loader, "kept", &ext, NULL), 0);
	faults_arm(OPERATION_PROTECT, 1, FAULT_NEGATIVE);
	assert_int_equal(llext_unload(&ext), -EREMOTEIO);
	assert_null(ext);
	assert_null(llext_by_name("kept"));
	faults_clear();
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &after);
	assert_true(after.used > before.used);
	world_accept();
	free(file.bytes);
}

static void unwinds(void **state)
{
	struct file file = {.name = "objects.o"};
	struct trial trial = {.source = 0};

	(void)state;
	file.bytes = fixture_read(file.name, &file.size);
	every(&file, OPERATION_UNWIND, FAULT_NEGATIVE, trial);
	every(&file, OPERATION_UNWIND, FAULT_POSITIVE, trial);
	free(file.bytes);
}

static void claims(void **state)
{
	struct file file = {.name = "fixed_pages.elf"};
	struct trial trial = {.source = 0};

	(void)state;
	file.bytes = fixture_read(file.name, &file.size);
	every(&file, OPERATION_CLAIM, FAULT_NEGATIVE, trial);
	every(&file, OPERATION_CLAIM, FAULT_POSITIVE, trial);
	free(file.bytes);
}

/* What cannot be made writable again is not given back either. */
static void unprotect_claimed_fails(void **state)
{
	struct file file = {.name = "fixed_pages.elf"};
	struct source source;
	struct llext *ext;
	size_t before = protections.claims;

	(void)state;
	file.bytes = fixture_read(file.name, &file.size);
	source_init(&source, file.bytes, file.size, 0);
	assert_int_equal(llext_load(&source.loader, "kept", &ext, NULL), 0);
	faults_arm(OPERATION_PROTECT, 1, FAULT_NEGATIVE);
	assert_int_equal(llext_unload(&ext), -EREMOTEIO);
	faults_clear();
	assert_true(protections.claims > before);
	world_accept();
	free(file.bytes);
}

static int setup(void **state)
{
	(void)state;
	world_open();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(allocations, setup),
		cmocka_unit_test(prepares),
		cmocka_unit_test(reads),
		cmocka_unit_test(plans),
		cmocka_unit_test(forward),
		cmocka_unit_test(other_bytes),
		cmocka_unit_test(seeks),
		cmocka_unit_test(peeks),
		cmocka_unit_test(protections_fail),
		cmocka_unit_test(unwinds),
		cmocka_unit_test(claims),
		cmocka_unit_test(unprotect_fails),         /* last: its memory stays taken */
		cmocka_unit_test(unprotect_claimed_fails), /* likewise */
	};

	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
