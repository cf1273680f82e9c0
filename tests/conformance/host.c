/* SPDX-License-Identifier: Apache-2.0 */
/* The suite as cmocka tests, and cases that need a process: files, mappings, threads. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <llext_posix.h>
#include "conformance.h"

extern const struct conformance_case host_cases[];

uint8_t *conformance_memory, *conformance_code_memory;
uintptr_t conformance_code_bias;
unsigned int conformance_most_loaded = UINT_MAX;

_Noreturn void conformance_fail(const char *file, int line, const char *what, long long expected,
				long long found)
{
	char text[400];

	(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
	print_error("%s: expected %lld, found %lld\n(diagnostic record: %s)\n", what, expected,
		    found, text);
	_fail(file, line);
	abort();
}

_Noreturn void conformance_skip(const char *why)
{
	print_message("skipped: %s\n", why);
	_skip(__FILE__, __LINE__);
	abort();
}

static int begin(void **state)
{
	(void)state;
	conformance_begin();
	return 0;
}

static int end(void **state)
{
	(void)state;
	conformance_clean(); /* does nothing after a case that succeeded */
	return 0;
}

static void run(void **state)
{
	const struct conformance_case *one = *state;

	one->run();
	conformance_end();
}

static size_t add(struct CMUnitTest *tests, size_t count, const struct conformance_case *table)
{
	for (; table->name != NULL; table++)
		tests[count++] =
			(struct CMUnitTest){table->name, run, begin, end, (void *)(uintptr_t)table};
	return count;
}

/* What is passed to a test as its state must survive a set-up that leaves the state alone. */
int main(int argc, char **argv)
{
	static struct CMUnitTest tests[200];
	size_t count = 0;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	llext_posix_log_level = LLEXT_LOG_NONE;
	conformance_memory = llext_posix_map(CONFORMANCE_HEAP_BYTES);
	if (conformance_memory == NULL) {
		perror("mmap");
		return 1;
	}
	for (size_t i = 0; conformance_tables[i] != NULL; i++)
		count = add(tests, count, conformance_tables[i]);
	count = add(tests, count, host_cases);
	return _cmocka_run_group_tests("conformance", tests, count, NULL, NULL);
}
