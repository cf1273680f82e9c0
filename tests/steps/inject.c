/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a load in steps the N-th allocation or change of protection fails, for all N; and the load is
 * given up where it would have to undo that itself. Between its steps other extensions go, and come
 * back at the end of the list. The heap is as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/heap.h>
#include <llext/steps.h>
#include <llext_posix.h>
#include "../common/failing.h"

#define HEAP_BYTES ((size_t)16 << 20)
#define QUANTUM    8
#define OTHERS     12

#define FIXTURE(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]
FIXTURE(big);
FIXTURE(large);
FIXTURE(tls);
FIXTURE(provider);
FIXTURE(alone);
FIXTURE(globals);
FIXTURE(fixed);
#define SOURCE(name)                                                                               \
	LLEXT_TEMPORARY_BUF_LOADER(fixture_##name, (size_t)(fixture_##name##_end - fixture_##name))

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int failures, checks;

static void check(bool ok, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s:%d: FAILED: %s\n", __FILE__, line, what);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

void llext_heap_free(enum llext_heap heap, void *mem);

static void fail_at(enum operation operation, unsigned int at)
{
	failing = operation;
	countdown = at;
	fired = false;
}

static size_t heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

/* ---- loads ---- */

static uint64_t stacks[2][1024];
static struct llext_load_steps steps;
static struct llext *provider;

static bool is_sound(const struct llext *ext)
{
	const void *function = llext_find_sym(&ext->exp_tab, "check");

	return function != NULL && ((int (*)(void))(uintptr_t)function)() == 0;
}

static void end(int expected)
{
	struct llext *ext;
	int rc = llext_load_finish(&steps, &ext);

	CHECK(expected < 0 ? rc < 0 : rc == 0);
	if (rc == 0) {
		CHECK(is_sound(ext));
		CHECK(llext_unload(&ext) == 0);
	}
}

static bool begin(struct llext_buf_loader *loader)
{
	return llext_load_begin(&steps, &loader->loader, "big", NULL, stacks[0], sizeof(stacks[0]),
				QUANTUM) == 0;
}

/* @return whether there is an @at-th operation. */
static bool fail_once(const struct llext_buf_loader *file, enum operation operation,
		      unsigned int at, bool cancel)
{
	struct llext_buf_loader loader = *file;
	size_t used = heap_used();
	int rc = -EAGAIN;

	CHECK(begin(&loader));
	fail_at(operation, at);
	while (rc == -EAGAIN && !(cancel && fired))
		rc = llext_load_step(&steps);
	failing = NOTHING;
	if (cancel) /* also where it is over, and nothing has failed */
		llext_load_cancel(&steps);
	else /* a load may do without memory that it did not get */
		end(fired && operation == PROTECT ? -1 : rc);
	CHECK(heap_used() == used && llext_by_name("big") == NULL);
	CHECK(provider->use_count == 1);
	return fired;
}

static void test_failures(const struct llext_buf_loader *file)
{
	static const enum operation operations[] = {ALLOCATE, PROTECT};

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int count = 0;

		while (fail_once(file, operations[i / 2], count + 1, i % 2 != 0))
			count++;
		CHECK(count >= 2);
	}
}

/* Given up after any step: also between the table of exports and the memory that they are in. */
static void test_given_up(const struct llext_buf_loader *file)
{
	size_t used = heap_used();
	int rc = -EAGAIN;

	for (unsigned int at = 0; rc == -EAGAIN; at += 3) {
		struct llext_buf_loader loader = *file;

		CHECK(begin(&loader));
		rc = -EAGAIN;
		for (unsigned int i = 0; i < at && rc == -EAGAIN; i++)
			rc = llext_load_step(&steps);
		llext_load_cancel(&steps);
		CHECK(heap_used() == used);
	}
	CHECK(rc == 0);
}

/* ---- others ---- */

static struct llext *others[OTHERS];

static void load_other(unsigned int index)
{
	struct llext_buf_loader loader = SOURCE(alone);
	char name[16];

	(void)snprintf(name, sizeof(name), "other%u", index);
	CHECK(llext_load(&loader.loader, name, &others[index], NULL) == 0);
}

/* The provider is the last of all, so that the others are searched before it. */
static void load_provider(void)
{
	struct llext_buf_loader loader = SOURCE(provider);

	CHECK(llext_load(&loader.loader, "provider", &provider, NULL) == 0);
}

/* What is free in front of the heap's last block is filled: nobody may look at it any more. */
static void spoil_holes(void)
{
	static const size_t sizes[] = {4096, 1024, 256, 64, 16};
	static void *blocks[5 * 16];
	size_t count = 0;

	for (size_t i = 0; i < 5 * 16; i++) {
		void *block = __real_llext_heap_alloc(LLEXT_HEAP_DATA, sizes[i / 16], 16);

		if (block != NULL)
			blocks[count++] = memset(block, 0xa5, sizes[i / 16]);
	}
	while (count > 0)
		llext_heap_free(LLEXT_HEAP_DATA, blocks[--count]);
}

static void test_others_go(const struct llext_buf_loader *file)
{
	size_t used = heap_used();
	unsigned int random = 1;

	CHECK(llext_unload(&provider) == 0);
	for (unsigned int i = 0; i < OTHERS; i++)
		load_other(i);
	load_provider();
	for (unsigned int round = 0; round < 100; round++) {
		struct llext_buf_loader loader = *file;

		bool more = true;

		CHECK(llext_unload(&provider) == 0);
		load_provider(); /* behind them again */
		CHECK(begin(&loader));
		while (more && llext_load_step(&steps) == -EAGAIN) {
			unsigned int one;

			random = random * 1103515245 + 12345;
			one = (random >> 16) % OTHERS;
			CHECK(llext_unload(&others[one]) == 0);
			spoil_holes();
			if (random >> 30 & 1) /* it is gone for a while */
				more = llext_load_step(&steps) == -EAGAIN;
			load_other(one); /* behind the provider from now on */
		}
		end(0);
	}
	for (unsigned int i = 0; i < OTHERS; i++)
		CHECK(llext_unload(&others[i]) == 0);
	CHECK(heap_used() == used);
}

/* ---- executables, of which one can be at a place ---- */

static void test_executables(void)
{
	struct llext_buf_loader first = SOURCE(fixed), second = SOURCE(fixed);
	struct llext_load_steps one, two;
	struct llext *ext = NULL, *other;
	size_t used = heap_used();
	unsigned int count = 0;
	int rc_one = -EAGAIN, rc_two = -EAGAIN;

	CHECK(llext_load_begin(&one, &first.loader, "one", NULL, stacks[0], sizeof(stacks[0]), 4) ==
	      0);
	CHECK(llext_load_begin(&two, &second.loader, "two", NULL, stacks[1], sizeof(stacks[1]),
			       4) == 0);
	for (; rc_one == -EAGAIN || rc_two == -EAGAIN; count++) {
		rc_one = llext_load_step(&one);
		rc_two = llext_load_step(&two);
		CHECK(rc_two != -EBUSY || strcmp(llext_last_diag()->symbol, "one") == 0);
	}
	CHECK(count > 50 && rc_one == 0 && rc_two == -EBUSY);
	CHECK(llext_load_finish(&two, &other) == -EBUSY);
	CHECK(llext_load_finish(&one, &ext) == 0);
	if (ext != NULL) {
		const void *function = llext_find_sym(&ext->exp_tab, "fixed");

		CHECK(function != NULL && ((int (*)(void))(uintptr_t)function)() == 7);
		CHECK(llext_unload(&ext) == 0);
	}
	/* Given up after any step, its place is free again. */
	for (unsigned int at = 0; at < count / 2; at++) {
		CHECK(llext_load_begin(&one, &first.loader, "one", NULL, stacks[0],
				       sizeof(stacks[0]), 4) == 0);
		for (unsigned int i = 0; i < at; i++)
			CHECK(llext_load_step(&one) == -EAGAIN);
		llext_load_cancel(&one);
		CHECK(heap_used() == used);
	}
	CHECK(llext_load(&first.loader, "one", &ext, NULL) == 0 && llext_unload(&ext) == 0);
}

int main(void)
{
	const struct llext_buf_loader files[] = {SOURCE(big), SOURCE(large), SOURCE(tls),
						 SOURCE(globals)};
	void *heap = llext_posix_map(HEAP_BYTES);

	llext_posix_log_level = 0;
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	load_provider();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		test_failures(&files[i]);
	test_given_up(&files[3]);
	test_others_go(&files[0]);
	test_executables();
	CHECK(llext_unload(&provider) == 0 && heap_used() == 0);
	printf("%d checks, %d failed\n", checks, failures);
	return failures != 0;
}
