/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads at once: loads under the same name and under different ones, calls while others
 * load, unloads that race, failures that each thread sees for itself. Also built for the thread
 * sanitizer, which sees what luck hides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext_posix.h>

#define THREADS    8
#define ROUNDS     40
#define HEAP_BYTES ((size_t)4 << 20)

extern const uint8_t fixture_provider[], fixture_provider_end[];
extern const uint8_t fixture_user[], fixture_user_end[];
extern const uint8_t fixture_stressed[], fixture_stressed_end[];

static _Thread_local void (*add_hook)(void);

int firmware_add(int a, int b)
{
	void (*hook)(void) = add_hook;

	add_hook = NULL;
	if (hook != NULL)
		hook();
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static pthread_barrier_t barrier;
static atomic_int failures;

/* Not cmocka's: those may be used in the main thread only. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
			atomic_fetch_add(&failures, 1);                                            \
		}                                                                                  \
	} while (0)

static int load(const uint8_t *start, const uint8_t *end, const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(start, (size_t)(end - start));

	return llext_load(&loader.loader, name, ext, NULL);
}

#define LOAD(fixture, name, ext) load(fixture, fixture##_end, name, ext)

static int call(const struct llext *ext, const char *name, int argument)
{
	const void *function = llext_find_sym(&ext->exp_tab, name);

	return function != NULL ? ((int (*)(int))(uintptr_t)function)(argument) : -1;
}

static void run(void *(*body)(void *))
{
	pthread_t threads[THREADS];
	struct llext_heap_stats stats;
	int numbers[THREADS];

	atomic_store(&failures, 0);
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, body, &numbers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	(void)pthread_barrier_destroy(&barrier);
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	assert_int_equal(stats.used, 0);
	assert_int_equal(stats.blocks, 0);
}

/* ---- one name ---- */

static atomic_uint first_loads;

static void *same_name(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct llext *ext;
		int rc;

		pthread_barrier_wait(&barrier);
		rc = LOAD(fixture_provider, "same", &ext);
		EXPECT(rc >= 0 && rc < THREADS && ext != NULL);
		if (rc == 0)
			atomic_fetch_add(&first_loads, 1);
		EXPECT(call(ext, "twice", 5) == 7);
		EXPECT(llext_by_name("same") == ext);
		pthread_barrier_wait(&barrier); /* all have it: there is one */
		EXPECT(atomic_load(&first_loads) == (unsigned int)i + 1);
		rc = llext_unload(&ext);
		EXPECT(rc >= 0 && rc < THREADS);
		EXPECT((rc == 0) == (ext == NULL));
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void one_name(void **state)
{
	(void)state;
	atomic_store(&first_loads, 0);
	run(same_name);
}

/* ---- a name for each thread ---- */

static void *own_name(void *arg)
{
	char name[] = "own 0";

	name[4] = (char)('0' + *(int *)arg);
	for (int i = 0; i < ROUNDS; i++) {
		struct llext *ext;

		EXPECT(LOAD(fixture_provider, name, &ext) == 0);
		EXPECT(call(ext, "next", 0) == 1);
		EXPECT(call(ext, "next", 0) == 2);
		EXPECT(llext_by_name(name) == ext);
		EXPECT(llext_bringup(ext) == 0 && llext_teardown(ext) == 0);
		EXPECT(llext_unload(&ext) == 0 && ext == NULL);
	}
	return NULL;
}

static void own_names(void **state)
{
	(void)state;
	run(own_name);
}

/* ---- calls while others load and unload ---- */

static atomic_int still_loading;

static void *call_or_load(void *arg)
{
	int number = *(int *)arg;
	char name[] = "user 0";
	struct llext *provider, *ext;

	EXPECT(LOAD(fixture_provider, "provider", &provider) >= 0);
	if (number == 0)
		atomic_store(&still_loading, THREADS / 2);
	pthread_barrier_wait(&barrier);
	if (number < THREADS / 2) {
		name[5] = (char)('0' + number);
		for (int i = 0; i < ROUNDS; i++) {
			EXPECT(LOAD(fixture_user, name, &ext) == 0);
			EXPECT(call(ext, "twice", i) == i + 2);
			EXPECT(ext->dependency[0] == provider);
			EXPECT(llext_unload(&ext) == 0);
		}
		atomic_fetch_sub(&still_loading, 1);
	} else {
		do {
			EXPECT(call(provider, "twice", 1) == 3);
			EXPECT(llext_find_sym(NULL, "firmware_add") != NULL);
		} while (atomic_load(&still_loading) > 0);
	}
	pthread_barrier_wait(&barrier);
	EXPECT(llext_unload(&provider) >= 0);
	return NULL;
}

static void calls_while_loading(void **state)
{
	(void)state;
	run(call_or_load);
}

/* ---- unloads that race with users ---- */

static void *race(void *arg)
{
	int number = *(int *)arg;
	char name[] = "race 0";

	name[5] = (char)('0' + number);
	for (int i = 0; i < ROUNDS; i++) {
		struct llext *provider = NULL, *user = NULL;
		int rc;

		if (number % 2 == 0) {
			EXPECT(LOAD(fixture_provider, "provider", &provider) >= 0);
			rc = llext_unload(&provider);
			while (rc == -EBUSY) /* a user came in between */
				rc = llext_unload(&provider);
			EXPECT(rc >= 0);
			continue;
		}
		rc = LOAD(fixture_user, name, &user);
		EXPECT(rc == 0 || rc == -ENODATA); /* there, or just gone */
		EXPECT((rc == 0) == (user != NULL));
		EXPECT(llext_last_diag()->error == rc);
		if (rc != 0)
			continue;
		EXPECT(call(user, "twice", 40) == 42); /* what it uses stays */
		EXPECT(llext_unload(&user) == 0);
	}
	return NULL;
}

static void racing_unloads(void **state)
{
	(void)state;
	run(race);
}

/* ---- failures, dry runs, lists ---- */

static int count_one(struct llext *ext, void *arg)
{
	*(int *)arg += ext->name[0] != '\0';
	return 0;
}

static void *mixed(void *arg)
{
	int number = *(int *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		size_t bytes = (size_t)(fixture_user_end - fixture_user);
		struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture_user, bytes);
		struct llext_buf_loader cut = LLEXT_TEMPORARY_BUF_LOADER(fixture_user, 20);
		struct llext_plan plan;
		struct llext *ext;
		int loaded = 0;

		if (number % 2 == 0) {
			EXPECT(llext_load(&cut.loader, "cut", &ext, NULL) == -ENOEXEC);
			EXPECT(llext_last_diag()->error == -ENOEXEC);
			EXPECT(llext_last_diag()->missing_count == 0);
		} else {
			EXPECT(llext_plan(&loader.loader, NULL, &plan) == -ENODATA);
			EXPECT(plan.imports_missing == 1);
			EXPECT(llext_last_diag()->missing_count == 1);
			EXPECT(strcmp(llext_last_diag()->missing, "provided") == 0);
		}
		EXPECT(llext_iterate(count_one, &loaded) == 0 && loaded == 0);
	}
	return NULL;
}

static void mixed_failures(void **state)
{
	(void)state;
	run(mixed);
}

/* ---- what another thread may do in the middle of a load, and of a bring-up ---- */

/* It must come back: who waits for it holds up the load. */
static void in_another_thread(void *(*body)(void *))
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, body, NULL) == 0);
	EXPECT(pthread_join(thread, NULL) == 0);
}

static int load_at_once(const char *name, struct llext **ext)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_stressed, (size_t)(fixture_stressed_end - fixture_stressed));

	param.no_wait = true;
	return llext_load(&loader.loader, name, ext, &param);
}

static struct llext *resident;
static unsigned int reads;

static void *beside_a_load(void *unused)
{
	const void *function = llext_find_sym(&resident->exp_tab, "twice");
	struct llext_address place;
	struct llext *ext;

	(void)unused;
	EXPECT(llext_by_name("resident") == resident);
	EXPECT(llext_by_name("slow") == NULL);
	EXPECT(function != NULL && call(resident, "twice", 1) == 3);
	EXPECT(llext_by_address(function, &place) == 0 && place.ext == resident);
	EXPECT(load_at_once("slow", &ext) == -EALREADY && ext == NULL);
	return NULL;
}

static int read_slowly(struct llext_loader *loader, void *out, size_t bytes)
{
	reads++;
	in_another_thread(beside_a_load);
	return llext_buf_read(loader, out, bytes);
}

static void during_a_load(void **state)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_stressed, (size_t)(fixture_stressed_end - fixture_stressed));
	struct llext *ext;

	(void)state;
	atomic_store(&failures, 0);
	loader.loader.read = read_slowly;
	loader.loader.peek = NULL;
	assert_int_equal(LOAD(fixture_provider, "resident", &resident), 0);
	assert_int_equal(llext_load(&loader.loader, "slow", &ext, NULL), 0);
	assert_true(reads > 0);
	assert_int_equal(load_at_once("slow", &ext), 1); /* is loaded: that is no waiting */
	assert_int_equal(llext_unload(&ext), 1);
	assert_int_equal(llext_unload(&ext), 0);
	assert_int_equal(llext_unload(&resident), 0);
	assert_int_equal(atomic_load(&failures), 0);
}

static struct llext *rising;

static void *beside_a_bringup(void *unused)
{
	struct llext *ext = rising;

	(void)unused;
	EXPECT(llext_unload(&ext) == -EBUSY && ext == rising);
	EXPECT(llext_by_name("rising") == rising);
	EXPECT(LOAD(fixture_provider, "resident", &resident) == 0); /* no lock is held */
	EXPECT(llext_unload(&resident) == 0);
	return NULL;
}

static void interrupt_bringup(void)
{
	in_another_thread(beside_a_bringup);
}

static void during_a_bringup(void **state)
{
	(void)state;
	atomic_store(&failures, 0);
	assert_int_equal(LOAD(fixture_stressed, "rising", &rising), 0);
	add_hook = interrupt_bringup;
	assert_int_equal(llext_bringup(rising), 0);
	assert_null(add_hook);
	assert_int_equal(call(rising, "state", 0), 11);
	add_hook = interrupt_bringup;
	assert_int_equal(llext_teardown(rising), 0);
	assert_null(add_hook);
	assert_int_equal(llext_unload(&rising), 0);
	assert_int_equal(atomic_load(&failures), 0);
}

static int set_up(void **state)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	(void)state;
	llext_posix_log_level = LLEXT_LOG_NONE;
	return heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_name),
		cmocka_unit_test(own_names),
		cmocka_unit_test(calls_while_loading),
		cmocka_unit_test(racing_unloads),
		cmocka_unit_test(mixed_failures),
		cmocka_unit_test(during_a_load),
		cmocka_unit_test(during_a_bringup),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
