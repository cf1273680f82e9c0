/* SPDX-License-Identifier: Apache-2.0 */
/* Zephyr's threads and what they wait for, over another kernel's threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>
#ifdef TEST_FREERTOS
#include "FreeRTOS.h"
#include "task.h"
#endif

#define ROUNDS 2000

K_THREAD_STACK_DEFINE(stack_a, 4096);
K_THREAD_STACK_DEFINE(stack_b, 4096);
static struct k_thread thread_a, thread_b;

K_SEM_DEFINE(there, 0, 1);
K_SEM_DEFINE(back, 0, 1);
K_MUTEX_DEFINE(mutex);
K_EVENT_DEFINE(event);
K_HEAP_DEFINE(heap, 4096);
static int counter;

static void start(struct k_thread *thread, k_thread_stack_t *stack, k_thread_entry_t entry,
		  uintptr_t argument)
{
	assert_ptr_equal(thread, k_thread_create(thread, stack, 4096, entry, (void *)argument, NULL,
						 NULL, K_PRIO_PREEMPT(1), 0, K_NO_WAIT));
}

/* ---- threads ---- */

static void note(void *p1, void *p2, void *p3)
{
	*(struct k_thread **)p1 = k_current_get();
	counter += p2 == &counter && p3 == NULL;
}

static void threads(void **state)
{
	struct k_thread *seen = NULL;

	(void)state;
	counter = 0;
	assert_null(k_current_get());
	(void)k_thread_create(&thread_a, stack_a, K_THREAD_STACK_SIZEOF(stack_a), note, &seen,
			      &counter, NULL, 1, K_USER | K_INHERIT_PERMS, K_FOREVER);
	assert_int_equal(k_thread_join(&thread_a, K_NO_WAIT), -EBUSY);
	assert_int_equal(k_thread_join(&thread_a, K_MSEC(1)), -EAGAIN);
	assert_int_equal(counter, 0);
	k_thread_start(&thread_a);
	k_thread_start(&thread_a); /* once is enough */
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(k_thread_join(&thread_a, K_NO_WAIT), 0);
	assert_int_equal(counter, 1);
	assert_ptr_equal(seen, &thread_a);
	/* The same structure again, later. */
	(void)k_thread_create(&thread_a, stack_a, sizeof(stack_a), note, &seen, &counter, NULL, 1,
			      0, K_MSEC(2));
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(counter, 2);
}

static void join_self(void *p1, void *p2, void *p3)
{
	(void)p2;
	(void)p3;
	*(int *)p1 = k_thread_join(k_current_get(), K_FOREVER);
}

static void joining_oneself(void **state)
{
	int rc = 0;

	(void)state;
	start(&thread_a, stack_a, join_self, (uintptr_t)&rc);
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(rc, -EDEADLK);
}

static void sleeping(void **state)
{
	int64_t before = k_uptime_get();

	(void)state;
	assert_int_equal(k_sleep(K_MSEC(3)), 0);
	assert_int_equal(k_msleep(2), 0);
	k_yield();
	assert_true(k_uptime_get() >= before + 4);
}

/* ---- semaphores ---- */

static void ping(void *p1, void *p2, void *p3)
{
	(void)p2;
	(void)p3;
	for (uintptr_t i = 0; i < (uintptr_t)p1; i++) {
		(void)k_sem_take(&there, K_FOREVER);
		counter++;
		k_sem_give(&back);
	}
}

static void semaphores(void **state)
{
	struct k_sem sem;

	(void)state;
	assert_int_equal(k_sem_init(&sem, 2, 1), -EINVAL);
	assert_int_equal(k_sem_init(&sem, 0, 0), -EINVAL);
	assert_int_equal(k_sem_init(&sem, 1, 2), 0);
	k_sem_give(&sem);
	k_sem_give(&sem); /* the limit holds */
	assert_int_equal(k_sem_count_get(&sem), 2);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), 0);
	assert_int_equal(k_sem_take(&sem, K_FOREVER), 0);
	assert_int_equal(k_sem_take(&sem, K_NO_WAIT), -EBUSY);
	assert_int_equal(k_sem_take(&sem, K_MSEC(1)), -EAGAIN);
	k_sem_give(&sem);
	k_sem_reset(&sem);
	assert_int_equal(k_sem_count_get(&sem), 0);

	counter = 0;
	start(&thread_a, stack_a, ping, ROUNDS);
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(counter, i);
		k_sem_give(&there);
		assert_int_equal(k_sem_take(&back, K_FOREVER), 0);
	}
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(counter, ROUNDS);
}

/* ---- mutexes ---- */

static void count_up(void *p1, void *p2, void *p3)
{
	(void)p2;
	(void)p3;
	for (uintptr_t i = 0; i < (uintptr_t)p1; i++) {
		int value;

		(void)k_mutex_lock(&mutex, K_FOREVER);
		(void)k_mutex_lock(&mutex, K_NO_WAIT);
		value = counter;
		(void)k_mutex_unlock(&mutex);
		if (i % 16 == 0)
			k_yield();
		counter = value + 1;
		(void)k_mutex_unlock(&mutex);
	}
}

static void try_lock(void *p1, void *p2, void *p3)
{
	int *rc = p1;

	(void)p2;
	(void)p3;
	rc[0] = k_mutex_lock(&mutex, K_NO_WAIT);
	rc[1] = k_mutex_lock(&mutex, K_MSEC(1));
	rc[2] = k_mutex_unlock(&mutex);
}

static void mutexes(void **state)
{
	int rc[3];

	(void)state;
	assert_int_equal(k_mutex_unlock(&mutex), -EINVAL);
	assert_int_equal(k_mutex_lock(&mutex, K_NO_WAIT), 0);
	start(&thread_a, stack_a, try_lock, (uintptr_t)rc);
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(rc[0], -EBUSY);
	assert_int_equal(rc[1], -EAGAIN);
	assert_int_equal(rc[2], -EPERM);
	assert_int_equal(k_mutex_unlock(&mutex), 0);

	counter = 0;
	start(&thread_a, stack_a, count_up, ROUNDS);
	start(&thread_b, stack_b, count_up, ROUNDS);
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(k_thread_join(&thread_b, K_FOREVER), 0);
	assert_int_equal(counter, 2 * ROUNDS);
}

/* ---- events ---- */

static void post(void *p1, void *p2, void *p3)
{
	(void)p2;
	(void)p3;
	(void)k_event_post(&event, 1);
	(void)k_sem_take(&there, K_FOREVER);
	(void)k_event_post(&event, (uint32_t)(uintptr_t)p1);
}

static void events(void **state)
{
	(void)state;
	assert_int_equal(k_event_wait(&event, 7, false, K_NO_WAIT), 0);
	assert_int_equal(k_event_wait(&event, 7, false, K_MSEC(1)), 0);
	start(&thread_a, stack_a, post, 6);
	assert_int_equal(k_event_wait(&event, 3, false, K_FOREVER), 1);
	k_sem_give(&there);
	assert_int_equal(k_event_wait_all(&event, 7, false, K_FOREVER), 7);
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_int_equal(k_event_clear(&event, 3), 3);
	assert_int_equal(k_event_wait(&event, 7, false, K_NO_WAIT), 4);
	assert_int_equal(k_event_set(&event, 8), 4);
	assert_int_equal(k_event_wait_all(&event, 12, false, K_NO_WAIT), 0);
	assert_int_equal(k_event_wait(&event, 8, true, K_NO_WAIT), 0); /* reset first */
	k_event_init(&event);
}

/* ---- the heap ---- */

static void use_own_heap(void *p1, void *p2, void *p3)
{
	(void)p2;
	(void)p3;
	*(void **)p1 = k_malloc(8);
}

static void allocations(void **state)
{
	struct k_sem *sem;
	void *other = NULL;
	uint8_t *mem;

	(void)state;
	assert_null(k_malloc(1)); /* from nowhere */
	(void)k_thread_create(&thread_a, stack_a, sizeof(stack_a), use_own_heap, &other, NULL, NULL,
			      1, 0, K_FOREVER);
	k_thread_heap_assign(&thread_a, &heap);
	k_thread_start(&thread_a);
	assert_int_equal(k_thread_join(&thread_a, K_FOREVER), 0);
	assert_non_null(other);
	k_free(other); /* not by the thread that had it */

	k_malloc_heap = &heap;
	mem = k_aligned_alloc(64, 100);
	assert_non_null(mem);
	assert_int_equal((uintptr_t)mem % 64, 0);
	memset(mem, 0xff, 100);
	k_free(mem);
	mem = k_calloc(10, 10);
	for (int i = 0; i < 100; i++)
		assert_int_equal(mem[i], 0);
	k_free(mem);
	k_free(NULL);
	assert_null(k_calloc(SIZE_MAX / 2, 3));
	assert_null(k_malloc(SIZE_MAX));
	assert_null(k_aligned_alloc(24, 1));
	assert_null(k_malloc(5000));

	sem = k_object_alloc(K_OBJ_SEM);
	assert_non_null(sem);
	assert_int_equal(sem->limit, 0);
	k_object_free(sem);
	assert_null(k_object_alloc(K_OBJ_ANY));
	mem = k_thread_stack_alloc(512, K_USER);
	assert_int_equal((uintptr_t)mem % 16, 0);
	assert_int_equal(k_thread_stack_free(mem), 0);
	mem = k_malloc(3500); /* all of that is back */
	assert_non_null(mem);
	k_free(mem);
	k_malloc_heap = NULL;
}

/* ---- files ---- */

static void files(void **state)
{
	struct fs_mount_t mount = {.type = FS_LITTLEFS, .mnt_point = "."};
	const char *path = "zephyr_threads_file.tmp";
	struct fs_file_t file;
	char text[16] = {0};

	(void)state;
	assert_int_equal(fs_mount(&mount), 0);
	(void)fs_unlink(path);
	fs_file_t_init(&file);
	assert_int_equal(fs_open(&file, path, FS_O_RDWR), -ENOENT);
	assert_int_equal(fs_open(&file, path, FS_O_CREATE), -EINVAL);
	assert_int_equal(fs_read(&file, text, 1), -EBADF);
	assert_int_equal(fs_open(&file, path, FS_O_CREATE | FS_O_TRUNC | FS_O_WRITE), 0);
	assert_int_equal(fs_open(&file, path, FS_O_READ), -EBUSY);
	assert_int_equal(fs_write(&file, "extension", 9), 9);
	assert_int_equal(fs_read(&file, text, 1), -EBADF);
	assert_int_equal(fs_sync(&file), 0);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_open(&file, path, FS_O_RDWR), 0);
	assert_int_equal(fs_seek(&file, -3, FS_SEEK_END), 0);
	assert_int_equal(fs_tell(&file), 6);
	assert_int_equal(fs_read(&file, text, 15), 3);
	assert_string_equal(text, "ion");
	assert_int_equal(fs_seek(&file, 0, 9), -EINVAL);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_open(&file, path, FS_O_WRITE | FS_O_APPEND), 0);
	assert_int_equal(fs_write(&file, "s", 1), 1);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_open(&file, path, FS_O_READ), 0);
	assert_int_equal(fs_read(&file, text, 15), 10);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_unlink(path), 0);
	assert_int_equal(fs_unlink(path), -ENOENT);
	assert_int_equal(fs_unmount(&mount), 0);
}

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),     cmocka_unit_test(joining_oneself),
		cmocka_unit_test(sleeping),    cmocka_unit_test(semaphores),
		cmocka_unit_test(mutexes),     cmocka_unit_test(events),
		cmocka_unit_test(allocations), cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#ifdef TEST_FREERTOS
/* The same, where the threads are tasks: in one, until it ends. */
static int result = 1;

static void test_task(void *parameter)
{
	(void)parameter;
	result = all_tests();
	vTaskDelete(NULL);
}

int main(void)
{
	if (xTaskCreate(test_task, "test", 1024, NULL, 1, NULL) != pdPASS)
		return 1;
	vTaskStartScheduler();
	return result;
}
#else
int main(void)
{
	return all_tests();
}
#endif
