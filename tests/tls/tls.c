/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread-local variables of extensions, as code sees them that runs in several threads: values, the
 * room that they take, and who may use whose.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext/tls.h>
#include <llext_posix.h>

#define HEAP_BYTES ((size_t)1 << 20)

static _Thread_local int firmware_errno;
EXPORT_TLS_SYMBOL(firmware_errno);

static int notes[32];
static size_t note_count;
static pthread_mutex_t note_lock = PTHREAD_MUTEX_INITIALIZER;

static void note(int value)
{
	(void)pthread_mutex_lock(&note_lock);
	notes[note_count++ % 32] = value;
	(void)pthread_mutex_unlock(&note_lock);
}
EXPORT_SYMBOL(note);

static struct llext *load(const char *file, const char *name)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext *ext;
	char text[300];

	if (llext_load(&loader.loader, name, &ext, NULL) < 0) {
		(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
		fail_msg("%s: %s", file, text);
	}
	assert_int_equal(llext_bringup(ext), 0);
	return ext;
}

static int refuse(const char *file)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	struct llext *ext;
	int rc = llext_load(&loader.loader, "refused", &ext, NULL);

	assert_null(ext);
	return rc;
}

static void unload(struct llext *ext)
{
	assert_int_equal(llext_teardown(ext), 0);
	assert_int_equal(llext_unload(&ext), 0);
	assert_null(ext);
}

static void *find(const struct llext *ext, const char *name)
{
	void *found = (void *)(uintptr_t)llext_find_sym(&ext->exp_tab, name);

	assert_non_null(found);
	return found;
}

static int call(const struct llext *ext, const char *name, int argument)
{
	return ((int (*)(int))(uintptr_t)find(ext, name))(argument);
}

static int setup(void **state)
{
	static void *heap;

	(void)state;
	note_count = 0;
	heap = heap != NULL ? heap : llext_posix_map(HEAP_BYTES);
	return llext_heap_init(heap, HEAP_BYTES);
}

static int teardown(void **state)
{
	struct llext_heap_stats stats;

	(void)state;
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	assert_int_equal(stats.used, 0);
	return llext_heap_uninit();
}

/* ---- each model ---- */

static const char *const models[] = {MODELS};

/* A variable at the very beginning has offset 0 on some machines, and an export at 0 is none. */
static void the_room_is_not_the_first_thing(void **state)
{
	extern _Thread_local char llext_tls_block[];
	struct llext_tls_room room;

	(void)state;
	llext_tls_threads.room(&room);
	assert_true(room.offset >
		    (intptr_t)((uintptr_t)llext_tls_block - (uintptr_t)__builtin_thread_pointer()));
}

static void each_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct llext *ext = load(models[i], "model");

		assert_true(call(ext, "fresh", 0));
		assert_int_equal(call(ext, "count", 3), 10);
		assert_int_equal(call(ext, "count", 3), 13);
		call(ext, "soil", 0);
		assert_false(call(ext, "fresh", 0));
		firmware_errno = 17;
		assert_int_equal(call(ext, "set_firmware_errno", 18), 17);
		assert_int_equal(firmware_errno, 18);
		assert_ptr_equal(((int *(*)(void))(uintptr_t)find(ext, "address_of_counter"))(),
				 llext_find_tls(&ext->exp_tab, "counter"));
		assert_null(llext_find_tls(&ext->exp_tab, "zeros"));
		assert_null(llext_find_sym(&ext->exp_tab, "counter"));
		unload(ext);
	}
	assert_ptr_equal(llext_find_tls(NULL, "firmware_errno"), &firmware_errno);
	assert_null(llext_find_sym(NULL, "firmware_errno"));
}

/* ---- threads ---- */

struct thread {
	pthread_t id;
	pthread_barrier_t barrier;
	struct llext *ext;
	int first, last;
	bool fresh;
};

static void *before_and_after_the_load(void *argument)
{
	struct thread *thread = argument;

	llext_thread_start();
	pthread_barrier_wait(&thread->barrier); /* the extension is loaded ... */
	pthread_barrier_wait(&thread->barrier); /* ... now */
	thread->fresh = call(thread->ext, "fresh", 0);
	thread->first = call(thread->ext, "count", 100);
	pthread_barrier_wait(&thread->barrier);
	pthread_barrier_wait(&thread->barrier);
	thread->last = call(thread->ext, "count", 0);
	llext_thread_end();
	return NULL;
}

static void a_thread_that_was_there(void **state)
{
	struct thread thread = {.first = 0};

	(void)state;
	assert_int_equal(pthread_barrier_init(&thread.barrier, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread.id, NULL, before_and_after_the_load, &thread), 0);
	pthread_barrier_wait(&thread.barrier);
	thread.ext = load(models[0], "model");
	assert_int_equal(call(thread.ext, "count", 1), 8);
	pthread_barrier_wait(&thread.barrier);
	pthread_barrier_wait(&thread.barrier);
	assert_int_equal(call(thread.ext, "count", 1), 9);
	pthread_barrier_wait(&thread.barrier);
	assert_int_equal(pthread_join(thread.id, NULL), 0);
	assert_true(thread.fresh);
	assert_int_equal(thread.first, 107);
	assert_int_equal(thread.last, 107);
	unload(thread.ext);
}

static void *after_the_load(void *argument)
{
	struct thread *thread = argument;

	llext_thread_start();
	llext_thread_start(); /* changes nothing */
	thread->fresh = call(thread->ext, "fresh", 0);
	thread->first = call(thread->ext, "count", 5);
	llext_thread_start();
	thread->last = call(thread->ext, "count", 5);
	llext_thread_end();
	return NULL;
}

static void a_thread_that_comes_later(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct thread thread = {.ext = load(models[i], "model")};

		call(thread.ext, "soil", 0);
		assert_int_equal(call(thread.ext, "count", 50), 57);
		assert_int_equal(pthread_create(&thread.id, NULL, after_the_load, &thread), 0);
		assert_int_equal(pthread_join(thread.id, NULL), 0);
		assert_true(thread.fresh);
		assert_int_equal(thread.first, 12);
		assert_int_equal(thread.last, 17);
		assert_int_equal(call(thread.ext, "count", 0), 57);
		unload(thread.ext);
	}
}

/* ---- destructors ---- */

static void *use_objects(void *argument)
{
	struct thread *thread = argument;

	llext_thread_start();
	thread->first = call(thread->ext, "use", 0);
	llext_thread_end();
	return NULL;
}

static void destructors(void **state)
{
	static const int expected[] = {9, 1, 2, /* thread */ 1, 2, -2, -1, /* here */ -2, -1, -9};
	struct thread thread = {.ext = load(OBJECTS, "objects")};

	(void)state;
	assert_int_equal(call(thread.ext, "use", 0), 3);
	assert_int_equal(pthread_create(&thread.id, NULL, use_objects, &thread), 0);
	assert_int_equal(pthread_join(thread.id, NULL), 0);
	unload(thread.ext);
	assert_int_equal(note_count, sizeof(expected) / sizeof(expected[0]));
	assert_memory_equal(notes, expected, sizeof(expected));
}

/* ---- from one extension to another ---- */

static void imports(void **state)
{
	static const char *const users[] = {USERS};

	(void)state;
	assert_int_equal(refuse(users[0]), -ENODATA);
	assert_string_equal(llext_last_diag()->missing, "counter");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		for (size_t k = 0; k < sizeof(models) / sizeof(models[0]); k++) {
			struct llext *provider = load(models[k], "provider");
			struct llext *user = load(users[i], "user"), *handle = provider;

			assert_int_equal(call(provider, "count", 1), 8);
			assert_int_equal(call(user, "read_counter", 0), 8);
			assert_ptr_equal(user->dependency[0], provider);
			assert_int_equal(llext_unload(&handle), -EBUSY);
			unload(user);
			unload(provider);
		}
	}
}

/* ---- room ---- */

static void room(void **state)
{
	struct llext *a = load(LARGE, "a"), *b, *c;
	struct llext_fs_loader loader = LLEXT_FS_LOADER(LARGE);
	struct llext_plan plan;

	(void)state;
	assert_int_equal(llext_plan(&loader.loader, NULL, &plan), 0);
	assert_int_equal(plan.tls_bytes, LARGE_BYTES);
	b = load(LARGE, "b");
	assert_int_equal(refuse(LARGE), -ENOMEM); /* a third one has no room */
	assert_string_equal(llext_last_diag()->section, ".tdata");
	assert_int_equal(llext_last_diag()->expected, LARGE_BYTES);
	((char *)llext_find_tls(&b->exp_tab, "much"))[0] = 2;
	unload(a);
	c = load(LARGE, "c"); /* in place of the first */
	assert_int_equal(call(c, "first", 0), 1);
	assert_int_equal(call(b, "first", 0), 2);
	unload(b);
	unload(c);
	assert_int_equal(refuse(TOO_LARGE), -ENOMEM);
	assert_int_equal(refuse(TOO_ALIGNED), -ENOMEM);
	assert_string_equal(llext_last_diag()->section, ".tbss");
	assert_string_equal(llext_last_diag()->symbol, "page");
	assert_int_equal(llext_last_diag()->expected, 4096);
	assert_int_equal(llext_last_diag()->found, CONFIG_LLEXT_TLS_ALIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_room_is_not_the_first_thing),
		cmocka_unit_test_setup_teardown(each_model, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_that_was_there, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_that_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(destructors, setup, teardown),
		cmocka_unit_test_setup_teardown(imports, setup, teardown),
		cmocka_unit_test_setup_teardown(room, setup, teardown),
	};

	llext_posix_log_level = LLEXT_LOG_NONE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
