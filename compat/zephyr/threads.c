/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zephyr's threads, semaphores, mutexes, events, over a monitor and the threads of the kernel
 * below (threads.h). Compile this into the firmware itself, not through an archive, so that the
 * exports stay.
 */
#include <llext/llext.h>
#include <llext/symbol.h>
#include "threads.h"

/* struct k_thread's state */
enum { THREAD_MADE, THREAD_RUNS, THREAD_ENDED };

static int64_t deadline_of(k_timeout_t timeout)
{
	return timeout.ticks < 0 ? -1 : k_uptime_get() + timeout.ticks;
}

/*
 * In the monitor: wait for something to become true. @return 0; -EBUSY where it is not and the
 * caller does not wait; -EAGAIN after the time.
 */
static int wait_for(bool (*is_true)(void *object), void *object, k_timeout_t timeout)
{
	int64_t deadline = deadline_of(timeout);
	bool in_time = true;

	if (is_true(object))
		return 0;
	if (timeout.ticks == 0)
		return -EBUSY;
	while (in_time) {
		in_time = z_monitor_wait(deadline);
		if (is_true(object))
			return 0;
	}
	return -EAGAIN;
}

/* ---- threads ---- */

#ifdef CONFIG_USERSPACE
/*
 * Where the thread's function runs; NULL: it is the firmware's to call. llext_bootstrap() goes into
 * an extension's domain by itself. A function of an extension in a domain never runs with the
 * firmware's rights, whatever its creator has forgotten.
 */
static struct k_mem_domain *domain_of(const struct k_thread *thread)
{
	struct k_mem_domain *domain = NULL;
	struct llext_address place;
	unsigned int pin;

	if (thread->entry == (k_thread_entry_t)(void (*)(void))llext_bootstrap)
		return NULL;
	if ((thread->options & K_USER) && thread->domain != NULL)
		return thread->domain;
	pin = llext_pin();
	if (llext_by_address((const void *)(uintptr_t)thread->entry, &place) == 0)
		domain = llext_domain_of(place.ext);
	llext_unpin(pin);
	return domain;
}

static void run_in(struct k_mem_domain *domain, struct k_thread *thread)
{
	struct llext_domain_args args = {0};
	int rc;

	for (int i = 0; i < 3; i++)
		args.word[i] = (uintptr_t)thread->args[i];
	rc = llext_domain_call(domain, (const void *)(uintptr_t)thread->entry, &args, NULL, 0);
	if (rc != 0)
		printk("k_thread: a user thread ended with %d\n", rc);
}

bool k_is_user_context(void)
{
	return llext_domain_current() != NULL;
}
#else
static void run_in(struct k_mem_domain *domain, struct k_thread *thread)
{
	(void)domain;
	(void)thread;
}

/* As in Zephyr without user mode, K_USER has no effect. */
static struct k_mem_domain *domain_of(const struct k_thread *thread)
{
	(void)thread;
	return NULL;
}

bool k_is_user_context(void)
{
	return false;
}
#endif
EXPORT_SYMBOL(k_is_user_context);

void z_thread_main(struct k_thread *thread)
{
	struct k_mem_domain *domain;

	if (thread->delay > 0)
		z_thread_sleep(thread->delay);
	domain = domain_of(thread);
	if (domain != NULL)
		run_in(domain, thread);
	else
		thread->entry(thread->args[0], thread->args[1], thread->args[2]);
	z_monitor_enter();
	z_thread_gone(thread);
	thread->state = THREAD_ENDED; /* and from then on it may be gone */
	z_monitor_notify();
	z_monitor_leave();
}

static bool begin(struct k_thread *thread, k_thread_stack_t *stack)
{
	thread->state = THREAD_RUNS;
	if (z_thread_begin(thread, stack) == 0)
		return true;
	thread->state = THREAD_ENDED;
	printk("k_thread: no room for a thread\n");
	return false;
}

k_tid_t k_thread_create(struct k_thread *thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay)
{
	memset(thread, 0, sizeof(*thread));
	thread->entry = entry;
	thread->args[0] = p1;
	thread->args[1] = p2;
	thread->args[2] = p3;
	thread->prio = prio;
	thread->options = options;
	thread->stack_bytes = stack_size;
	if (delay.ticks < 0) {
		thread->backend[0] = (uintptr_t)stack;
		return thread;
	}
	thread->delay = delay.ticks;
	return begin(thread, stack) ? thread : NULL;
}
EXPORT_SYMBOL(k_thread_create);

void k_thread_start(k_tid_t thread)
{
	bool starts;

	z_monitor_enter();
	starts = thread->state == THREAD_MADE;
	if (starts)
		thread->state = THREAD_RUNS;
	z_monitor_leave();
	if (starts)
		(void)begin(thread, (k_thread_stack_t *)thread->backend[0]);
}
EXPORT_SYMBOL(k_thread_start);

static bool has_ended(void *thread)
{
	return ((struct k_thread *)thread)->state == THREAD_ENDED;
}

int k_thread_join(struct k_thread *thread, k_timeout_t timeout)
{
	int rc;

	if (thread == k_current_get())
		return -EDEADLK;
	z_monitor_enter();
	rc = wait_for(has_ended, thread, timeout);
	z_monitor_leave();
	return rc;
}
EXPORT_SYMBOL(k_thread_join);

int32_t k_sleep(k_timeout_t timeout)
{
	z_thread_sleep(timeout.ticks);
	return 0;
}
EXPORT_SYMBOL(k_sleep);

int k_thread_name_set(k_tid_t thread, const char *name)
{
	thread->name = name;
	return 0;
}
EXPORT_SYMBOL(k_thread_name_set);

const char *k_thread_name_get(k_tid_t thread)
{
	return thread->name;
}
EXPORT_SYMBOL(k_thread_name_get);

void k_thread_heap_assign(struct k_thread *thread, struct k_heap *heap)
{
	thread->heap = heap;
}
EXPORT_SYMBOL(k_thread_heap_assign);

EXPORT_SYMBOL(k_current_get);
EXPORT_SYMBOL(k_yield);
EXPORT_SYMBOL(k_uptime_get);

/* ---- semaphores ---- */

int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit)
{
	if (limit == 0 || initial > limit)
		return -EINVAL;
	*sem = (struct k_sem){initial, limit};
	return 0;
}
EXPORT_SYMBOL(k_sem_init);

static bool has_count(void *sem)
{
	return ((struct k_sem *)sem)->count > 0;
}

int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	int rc;

	z_monitor_enter();
	rc = wait_for(has_count, sem, timeout);
	if (rc == 0)
		sem->count--;
	z_monitor_leave();
	return rc;
}
EXPORT_SYMBOL(k_sem_take);

void k_sem_give(struct k_sem *sem)
{
	z_monitor_enter();
	if (sem->count < sem->limit)
		sem->count++;
	z_monitor_notify();
	z_monitor_leave();
}
EXPORT_SYMBOL(k_sem_give);

void k_sem_reset(struct k_sem *sem)
{
	z_monitor_enter();
	sem->count = 0;
	z_monitor_leave();
}
EXPORT_SYMBOL(k_sem_reset);

unsigned int k_sem_count_get(struct k_sem *sem)
{
	unsigned int count;

	z_monitor_enter();
	count = sem->count;
	z_monitor_leave();
	return count;
}
EXPORT_SYMBOL(k_sem_count_get);

/* ---- mutexes ---- */

int k_mutex_init(struct k_mutex *mutex)
{
	*mutex = (struct k_mutex){0, 0};
	return 0;
}
EXPORT_SYMBOL(k_mutex_init);

static bool is_mine_or_free(void *opaque)
{
	const struct k_mutex *mutex = opaque;

	return mutex->lock_count == 0 || mutex->owner == z_thread_identity();
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	int rc;

	z_monitor_enter();
	rc = wait_for(is_mine_or_free, mutex, timeout);
	if (rc == 0) {
		mutex->owner = z_thread_identity();
		mutex->lock_count++;
	}
	z_monitor_leave();
	return rc;
}
EXPORT_SYMBOL(k_mutex_lock);

int k_mutex_unlock(struct k_mutex *mutex)
{
	int rc = 0;

	z_monitor_enter();
	if (mutex->lock_count == 0)
		rc = -EINVAL;
	else if (mutex->owner != z_thread_identity())
		rc = -EPERM;
	else if (--mutex->lock_count == 0)
		z_monitor_notify();
	z_monitor_leave();
	return rc;
}
EXPORT_SYMBOL(k_mutex_unlock);

/* ---- events ---- */

static uint32_t change(struct k_event *event, uint32_t keep, uint32_t add)
{
	uint32_t before;

	z_monitor_enter();
	before = event->events;
	event->events = (before & keep) | add;
	z_monitor_notify();
	z_monitor_leave();
	return before;
}

void k_event_init(struct k_event *event)
{
	event->events = 0;
}
EXPORT_SYMBOL(k_event_init);

uint32_t k_event_post(struct k_event *event, uint32_t events)
{
	return change(event, UINT32_MAX, events) & events;
}
EXPORT_SYMBOL(k_event_post);

uint32_t k_event_set(struct k_event *event, uint32_t events)
{
	return change(event, 0, events);
}
EXPORT_SYMBOL(k_event_set);

uint32_t k_event_clear(struct k_event *event, uint32_t events)
{
	return change(event, ~events, 0) & events;
}
EXPORT_SYMBOL(k_event_clear);

struct event_wait {
	struct k_event *event;
	uint32_t events;
	bool all;
};

static bool has_events(void *opaque)
{
	const struct event_wait *wait = opaque;
	uint32_t found = wait->event->events & wait->events;

	return wait->all ? found == wait->events : found != 0;
}

static uint32_t wait_event(struct event_wait wait, bool reset, k_timeout_t timeout)
{
	uint32_t found = 0;

	z_monitor_enter();
	if (reset)
		wait.event->events = 0;
	if (wait_for(has_events, &wait, timeout) == 0)
		found = wait.event->events & wait.events;
	z_monitor_leave();
	return found;
}

uint32_t k_event_wait(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout)
{
	return wait_event((struct event_wait){event, events, false}, reset, timeout);
}
EXPORT_SYMBOL(k_event_wait);

uint32_t k_event_wait_all(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout)
{
	return wait_event((struct event_wait){event, events, true}, reset, timeout);
}
EXPORT_SYMBOL(k_event_wait_all);
