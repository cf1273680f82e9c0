/* SPDX-License-Identifier: Apache-2.0 */
/* threads.h over pthreads. A thread has the system's own stack. */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "threads.h"

static pthread_mutex_t monitor = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread struct k_thread *current;
static __thread char identity;

/* Deadlines are of the clock that nobody sets. */
static void make_condition(void)
{
	pthread_condattr_t attributes;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

void z_monitor_enter(void)
{
	(void)pthread_once(&once, make_condition);
	(void)pthread_mutex_lock(&monitor);
}

void z_monitor_leave(void)
{
	(void)pthread_mutex_unlock(&monitor);
}

static struct timespec time_of(int64_t ms)
{
	struct timespec time = {.tv_sec = (time_t)(ms / 1000),
				.tv_nsec = (long)(ms % 1000) * 1000000};

	return time;
}

bool z_monitor_wait(int64_t deadline)
{
	struct timespec time = time_of(deadline);

	if (deadline < 0)
		return pthread_cond_wait(&changed, &monitor) == 0;
	return pthread_cond_timedwait(&changed, &monitor, &time) == 0;
}

void z_monitor_notify(void)
{
	(void)pthread_cond_broadcast(&changed);
}

static void *run(void *thread)
{
	current = thread;
	z_thread_main(thread);
	return NULL;
}

int z_thread_begin(struct k_thread *thread, k_thread_stack_t *stack)
{
	pthread_attr_t attributes;
	pthread_t handle;
	int rc;

	ARG_UNUSED(stack);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&handle, &attributes, run, thread);
	(void)pthread_attr_destroy(&attributes);
	return rc == 0 ? 0 : -ENOMEM;
}

void z_thread_gone(struct k_thread *thread)
{
	ARG_UNUSED(thread);
	current = NULL;
}

k_tid_t k_current_get(void)
{
	return current;
}

uintptr_t z_thread_identity(void)
{
	return (uintptr_t)&identity;
}

int64_t k_uptime_get(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void z_thread_sleep(int64_t ms)
{
	struct timespec left = time_of(ms < 0 ? INT_MAX : ms);

	do {
		while (nanosleep(&left, &left) != 0)
			;
		left = time_of(INT_MAX);
	} while (ms < 0);
}

void k_yield(void)
{
	(void)sched_yield();
}
