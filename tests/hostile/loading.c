/* SPDX-License-Identifier: Apache-2.0 */
/* Loading and unloading in unusual orders, by unusual names, by many threads. */
#include <pthread.h>
#include <stdio.h>
#include "check.h"

#define THREADS 8

static void *load_the_same(void *arg)
{
	const struct image *image = arg;

	for (int i = 0; i < 50; i++) {
		struct source source;
		struct llext *ext;

		source_init(&source, image->bytes, image->size, 0);
		if (llext_load(&source.loader, "same", &ext, NULL) < 0 || ext == NULL ||
		    llext_by_name("same") != ext || llext_unload(&ext) < 0)
			return arg;
	}
	return NULL;
}

static void L08_threads_load_one_name(void **state)
{
	struct image image = image_read("everything.o");
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, load_the_same, &image), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_null(llext_by_name("same"));
	assert_null(world_changed());
	image_free(&image);
}

static void L09_unload_what_others_use(void **state)
{
	struct image image = image_read("everything.o");
	struct llext *user = keep(&image, "user"), *resident = world_resident();

	(void)state;
	assert_ptr_equal(user->dependency[0], resident);
	assert_null(user->dependency[1]);
	assert_int_equal(llext_unload(&resident), -EBUSY);
	assert_ptr_equal(resident, world_resident());
	assert_int_equal(llext_last_diag()->error, -EBUSY);
	assert_string_equal(llext_last_diag()->symbol, "resident");
	assert_int_equal(llext_unload(&user), 0);
	assert_null(world_changed());
	image_free(&image);
}

static void L10_more_than_eight_dependencies(void **state)
{
	struct image image = image_read("plain.o"), user_image = image_read("ten.o");
	char *name = strstr((char *)image_bytes(&image, ".strtab") + SYMBOL("greeting")->st_name,
			    "greeting");
	struct llext *providers[10], *user;
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		char own[32];

		(void)snprintf(own, sizeof(own), "provider%d", i);
		memcpy(name, "export_", 7);
		name[7] = (char)('0' + i);
		providers[i] = keep(&image, own);
	}
	user = keep(&user_image, "user");
	while (user->dependency[count] != NULL)
		assert_ptr_equal(user->dependency[count], providers[count]), count++;
	assert_int_equal(count, 10);
	for (int i = 0; i < 10; i++) {
		struct llext *provider = providers[i];

		assert_int_equal(llext_unload(&provider), -EBUSY);
	}
	assert_int_equal(llext_unload(&user), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(llext_unload(&providers[i]), 0);
	assert_null(world_changed());
	image_free(&image);
	image_free(&user_image);
}

/* What is imported must be loaded before: two that need each other are both refused. */
static void L11_no_cycles(void **state)
{
	(void)state;
	REFUSED("ten.o", (void)image, -ENODATA, SYMBOLS, "imports are missing");
	assert_int_equal(refusal.missing_count, 10);
	/* Not even from itself, under another symbol. */
	REFUSED("plain.o", SYMBOL("firmware_add")->st_name = SYMBOL("greeting")->st_name, -ENODATA,
		SYMBOLS, "imports are missing");
}

static void L12_names(void **state)
{
	struct image image = image_read("plain.o");
	struct source source;
	struct llext *ext = world_resident();
	char *name = malloc(5000);

	(void)state;
	assert_non_null(name);
	source_init(&source, image.bytes, image.size, 0);
	assert_int_equal(llext_load(&source.loader, "", &ext, NULL), -EINVAL);
	assert_null(ext);
	assert_int_equal(llext_load(&source.loader, NULL, &ext, NULL), -EINVAL);
	assert_int_equal(source.prepared, 0);
	for (size_t length = 1; length < 5000; length = length * 3 + 2) {
		memset(name, 'n', length);
		name[length] = '\0';
		ext = keep(&image, name);
		assert_string_equal(ext->name, name);
		assert_ptr_not_equal(ext->name, name);
		assert_ptr_equal(llext_by_name(name), ext);
		assert_int_equal(llext_unload(&ext), 0);
	}
	assert_null(world_changed());
	free(name);
	image_free(&image);
}

/* The last unload is the one that frees: before it every user can go on. */
static void loaded_twice_unloaded_once(void **state)
{
	struct image image = image_read("plain.o");
	struct llext *one = keep(&image, "shared"), *two = NULL;
	const void *next;
	struct source source;

	(void)state;
	source_init(&source, image.bytes, image.size, 0);
	assert_int_equal(llext_load(&source.loader, "shared", &two, NULL), 1);
	assert_ptr_equal(one, two);
	assert_int_equal(source.calls, 0);
	assert_int_equal(llext_unload(&two), 1);
	assert_ptr_equal(two, one);
	next = llext_find_sym(&one->exp_tab, "next");
	assert_non_null(next);
#if LLEXT_TARGET_X86_64 /* which can run here */
	assert_int_equal(((int (*)(void))(uintptr_t)next)(), 1);
	assert_int_equal(llext_call_fn(one, "next"), 0);
#endif
	assert_int_equal(llext_unload(&one), 0);
	assert_null(one);
	assert_int_equal(llext_unload(&two), -EINVAL); /* a handle that is stale */
	assert_null(world_changed());
	image_free(&image);
}

static void a_failed_load_does_not_spoil_the_next(void **state)
{
	struct image bad = image_read("everything.o"), image = image_read("everything.o");

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct trial trial = {.source = 0};

		image_relocation_to(&bad, REL(".text"), "firmware_add")->r_offset = 1 << 20;
		assert_null(world_try(bad.bytes, bad.size, &trial));
		assert_int_equal(trial.rc, -ENOEXEC);
		assert_null(world_try(image.bytes, image.size, &trial));
		assert_int_equal(trial.rc, 0);
	}
	image_free(&bad);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(L08_threads_load_one_name),
		cmocka_unit_test(L09_unload_what_others_use),
		cmocka_unit_test(L10_more_than_eight_dependencies),
		cmocka_unit_test(L11_no_cycles),
		cmocka_unit_test(L12_names),
		cmocka_unit_test(loaded_twice_unloaded_once),
		cmocka_unit_test(a_failed_load_does_not_spoil_the_next),
	};

	return cmocka_run_group_tests_name("hostile-loading", tests, hostile_setup,
					   hostile_teardown);
}
