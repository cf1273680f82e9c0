/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load in steps gives what a load at once gives, whatever is loaded and unloaded between two
 * steps; given up after any step, or failed at any read, it leaves the heap as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/steps.h>
#include "suite.h"

#define FIXTURE(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]
FIXTURE(provider);

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int failures, checks;
static const struct suite_form *form; /* of the extension "big" */

static void check(bool ok, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s:%d: FAILED: %s, %s\n", __FILE__, line, form->name, what);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

static size_t heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

/* ---- sources ---- */

/* One that is read, and may fail at the N-th read. */
struct source {
	struct llext_loader loader;
	size_t at, size, most;
	unsigned int fails_at, reads;
};

static int source_read(struct llext_loader *ldr, void *out, size_t bytes)
{
	struct source *source = (struct source *)(void *)ldr;

	if (++source->reads == source->fails_at || bytes > source->size - source->at)
		return -ENXIO;
	source->most = bytes > source->most ? bytes : source->most;
	memcpy(out, form->start + source->at, bytes);
	source->at += bytes;
	return 0;
}

static int source_seek(struct llext_loader *ldr, size_t at)
{
	struct source *source = (struct source *)(void *)ldr;

	source->at = at;
	return at <= source->size ? 0 : -EINVAL;
}

static size_t source_length(struct llext_loader *ldr)
{
	return ((struct source *)(void *)ldr)->size;
}

static size_t form_bytes(void)
{
	return (size_t)(form->end - form->start);
}

static struct source big_read(void)
{
	return (struct source){
		.loader = {.read = source_read, .seek = source_seek, .length = source_length},
		.size = form_bytes()};
}

static struct llext_buf_loader big_peeked(void)
{
	return (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(form->start, form_bytes());
}

static int load_provider(const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_provider, (size_t)(fixture_provider_end - fixture_provider));

	return llext_load(&loader.loader, name, ext, NULL);
}

static int call(const struct llext *ext, const char *name)
{
	const void *function = llext_find_sym(&ext->exp_tab, name);

	return function != NULL ? ((int (*)(void))(uintptr_t)function)() : -1;
}

/* ---- steps ---- */

static uint64_t stacks[LLEXT_LOAD_STEPS_MOST][1024];
static struct llext_load_steps steps;
static struct llext *provider;

static int begin(struct llext_loader *ldr, size_t quantum)
{
	return llext_load_begin(&steps, ldr, "big", NULL, stacks[0], sizeof(stacks[0]), quantum);
}

/* @return how many steps it took; after each, @between is called. */
static unsigned int run(struct llext_loader *ldr, size_t quantum, void (*between)(void))
{
	struct llext *ext = NULL;
	unsigned int count = 1;

	CHECK(begin(ldr, quantum) == 0);
	while (llext_load_step(&steps) == -EAGAIN) {
		count++;
		if (between != NULL)
			between();
	}
	CHECK(llext_load_finish(&steps, &ext) == 0 && ext != NULL);
	if (ext == NULL)
		return count;
	CHECK(call(ext, "check") == 0 && call(ext, "provided_now") == 42);
	CHECK(ext->use_count == 1 && ext->dependency[0] == provider);
	CHECK(llext_unload(&ext) == 0);
	return count;
}

static void test_as_at_once(void)
{
	struct llext_buf_loader peeked = big_peeked();
	struct source source = big_read();
	size_t used = heap_used();
	unsigned int few, many;

	many = run(&peeked.loader, 4, NULL);
	few = run(&peeked.loader, 200, NULL);
	CHECK(many > 100 && few < many / 3);
	many = run(&source.loader, 4, NULL);
	CHECK(source.most <= 64 && many > 100);
	CHECK(run(&source.loader, 1000000, NULL) < 30);
	CHECK(heap_used() == used);
}

/* ---- other loads in between ---- */

static struct llext *other;

static void load_others(void)
{
	if (other == NULL)
		CHECK(load_provider("other", &other) == 0);
	else
		CHECK(llext_unload(&other) == 0);
	CHECK(llext_by_name("big") == NULL);
}

static void test_others_between(void)
{
	struct llext_buf_loader peeked = big_peeked();
	struct source source = big_read();
	size_t used = heap_used();

	(void)run(&peeked.loader, 16, load_others);
	(void)run(&source.loader, 16, load_others);
	if (other != NULL)
		CHECK(llext_unload(&other) == 0);
	CHECK(heap_used() == used);
}

static unsigned int refused;

static void unload_provider(void)
{
	struct llext *ext = provider;

	if (llext_unload(&ext) == -EBUSY) {
		refused++;
	} else { /* nobody wants it yet */
		CHECK(refused == 0);
		CHECK(load_provider("provider", &provider) == 0);
	}
}

/* What the load has bound to cannot go; once the load is over, or given up, it can. */
static void test_what_is_wanted_stays(void)
{
	struct llext_buf_loader peeked = big_peeked();

	(void)run(&peeked.loader, 16, unload_provider);
	CHECK(refused > 10);
	CHECK(begin(&peeked.loader, 16) == 0);
	refused = 0;
	while (refused == 0 && llext_load_step(&steps) == -EAGAIN)
		unload_provider();
	CHECK(refused == 1);
	llext_load_cancel(&steps);
	refused = 0;
	unload_provider();
	CHECK(refused == 0);
}

/* Another load of the name, begun and ended between two steps, is the one that counts. */
static void test_same_name(void)
{
	struct llext_buf_loader peeked = big_peeked(), again = big_peeked();
	size_t used = heap_used();
	struct llext *first, *second;

	CHECK(begin(&peeked.loader, 16) == 0);
	for (int i = 0; i < 20; i++)
		CHECK(llext_load_step(&steps) == -EAGAIN);
	CHECK(llext_load(&again.loader, "big", &first, NULL) == 0);
	CHECK(llext_load_finish(&steps, &second) == 1 && second == first);
	CHECK(first->use_count == 2 && call(first, "check") == 0);
	/* And one that is there at the start is not loaded at all. */
	CHECK(begin(&peeked.loader, 16) == 0 && llext_load_step(&steps) == 2);
	CHECK(llext_load_finish(&steps, &second) == 2 && second == first);
	CHECK(llext_unload(&second) == 2 && llext_unload(&second) == 1);
	CHECK(llext_unload(&first) == 0 && heap_used() == used);
}

/* ---- giving up, and failing ---- */

static void test_cancel(void)
{
	struct llext_buf_loader peeked = big_peeked();
	struct source source = big_read();
	struct llext_loader *loaders[] = {&peeked.loader, &source.loader};
	size_t used = heap_used();

	for (int i = 0; i < 2; i++) {
		bool over = false;

		for (unsigned int at = 0; !over; at += form->large ? 31 : 1) {
			CHECK(begin(loaders[i], 24) == 0);
			for (unsigned int step = 0; step < at && !over; step++)
				over = llext_load_step(&steps) != -EAGAIN;
			if (over) {
				struct llext *ext;

				CHECK(llext_load_finish(&steps, &ext) == 0);
				CHECK(llext_unload(&ext) == 0);
			}
			llext_load_cancel(&steps);
			llext_load_cancel(&steps);
			CHECK(heap_used() == used && llext_by_name("big") == NULL);
		}
	}
	CHECK(llext_load_step(&steps) == -EINVAL);
}

static void test_failures(void)
{
	struct source source = big_read();
	size_t used = heap_used();
	unsigned int reads;
	struct llext *ext;

	(void)run(&source.loader, 16, NULL);
	reads = source.reads;
	for (unsigned int at = 1; at <= reads; at += 1 + reads / 60) {
		source = big_read();
		source.fails_at = at;
		CHECK(begin(&source.loader, 16) == 0);
		CHECK(llext_load_finish(&steps, &ext) == -ENXIO && ext == NULL);
		CHECK(heap_used() == used);
	}
	/* Files that end too early. */
	for (size_t size = 0; size < form_bytes();
	     size += 97 + (form->large ? form_bytes() / 100 : 0)) {
		source = big_read();
		source.size = size;
		CHECK(begin(&source.loader, 16) == 0);
		CHECK(llext_load_finish(&steps, &ext) < 0 && ext == NULL && heap_used() == used);
		source.size = form_bytes();
	}
}

static void test_many(void)
{
	static struct llext_load_steps many[LLEXT_LOAD_STEPS_MOST + 1];
	static char names[LLEXT_LOAD_STEPS_MOST][8];
	struct llext_buf_loader loaders[LLEXT_LOAD_STEPS_MOST];
	size_t used = heap_used();
	bool more = true;

	for (int i = 0; i < LLEXT_LOAD_STEPS_MOST; i++) {
		loaders[i] = big_peeked();
		(void)snprintf(names[i], sizeof(names[i]), "big%d", i);
		CHECK(llext_load_begin(&many[i], &loaders[i].loader, names[i], NULL, stacks[i],
				       sizeof(stacks[i]), 16) == 0);
	}
	CHECK(llext_load_begin(&many[LLEXT_LOAD_STEPS_MOST], &loaders[0].loader, "more", NULL,
			       stacks[0], sizeof(stacks[0]), 16) == -EBUSY);
	while (more) {
		more = false;
		for (int i = 0; i < LLEXT_LOAD_STEPS_MOST; i++)
			more = llext_load_step(&many[i]) == -EAGAIN || more;
	}
	for (int i = 0; i < LLEXT_LOAD_STEPS_MOST; i++) {
		struct llext *ext;
		int rc = llext_load_finish(&many[i], &ext);

		CHECK(rc == 0);
		if (rc != 0)
			continue;
		CHECK(call(ext, "check") == 0 && call(ext, "provided_now") == 42);
		CHECK(llext_unload(&ext) == 0);
	}
	CHECK(heap_used() == used);
}

static void test_arguments(void)
{
	struct llext_buf_loader peeked = big_peeked();
	struct llext *ext;

	CHECK(begin(NULL, 16) == -EINVAL && begin(&peeked.loader, 3) == -EINVAL);
	CHECK(llext_load_begin(&steps, &peeked.loader, "", NULL, stacks[0], 4096, 16) == -EINVAL);
	CHECK(llext_load_begin(&steps, &peeked.loader, "big", NULL, stacks[0], 100, 16) == -EINVAL);
	CHECK(llext_load_step(NULL) == -EINVAL && llext_load_finish(NULL, &ext) == -EINVAL);
}

/* ---- what a step takes ---- */

static void costs(void)
{
	static const size_t quanta[] = {6, 16, 32};

	for (size_t i = 0; i < sizeof(quanta) / sizeof(quanta[0]); i++) {
		struct source source = big_read();
		uint64_t longest = 0, all = 0, last = 0;
		unsigned int count = 0;
		struct llext *ext;
		int rc;

		CHECK(begin(&source.loader, quanta[i]) == 0);
		do {
			uint64_t before = suite_instructions(), took;

			rc = llext_load_step(&steps);
			took = suite_instructions() - before;
			all += took;
			count++;
			if (rc == -EAGAIN)
				longest = took > longest ? took : longest;
			else
				last = took;
		} while (rc == -EAGAIN);
		CHECK(llext_load_finish(&steps, &ext) == 0 && llext_unload(&ext) == 0);
		printf("quantum %u: %u steps, the longest %u instructions, the last %u, all %u\n",
		       (unsigned)quanta[i], count, (unsigned)longest, (unsigned)last,
		       (unsigned)all);
#if defined(__arm__)
		CHECK(quanta[i] != 6 || (longest <= 2000 && last <= 2000));
#endif
	}
	{
		struct source source = big_read();
		struct llext *ext;
		uint64_t before = suite_instructions();

		CHECK(llext_load(&source.loader, "big", &ext, NULL) == 0);
		printf("at once: %u\n", (unsigned)(suite_instructions() - before));
		CHECK(llext_unload(&ext) == 0);
	}
}

static void test_form(void)
{
	refused = 0;
	test_arguments();
	test_as_at_once();
	test_others_between();
	test_what_is_wanted_stays();
	test_same_name();
	test_cancel();
	test_failures();
	test_many();
	printf("%s: %d checks, %d failed so far\n", form->name, checks, failures);
}

int suite_run(void)
{
	form = suite_forms;
	CHECK(load_provider("provider", &provider) == 0);
	if (suite_instructions() != 0)
		costs();
	for (; form->name != NULL; form++)
		test_form();
	form = suite_forms;
	CHECK(llext_unload(&provider) == 0 && heap_used() == 0);
	printf("%d checks, %d failed\n", checks, failures);
	return failures;
}
