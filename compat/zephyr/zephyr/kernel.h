/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The functions of Zephyr's kernel that extensions use, and firmware that runs them: memory pools
 * and printk, which need no scheduler (compat/zephyr/kernel.c); threads, semaphores, mutexes,
 * events and the heap of k_malloc(), over another kernel's threads (compat/zephyr/threads.c with
 * threads_posix.c or threads_freertos.c). What a firmware does not compile is not there to link.
 *
 * Differences from Zephyr: objects may be used from threads only, not from interrupts; which of
 * several waiting threads goes on first is not defined; a tick is a millisecond; a thread's own
 * stack is not used where the kernel below brings one.
 */
#ifndef ZEPHYR_KERNEL_H_
#define ZEPHYR_KERNEL_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <llext/heap.h>
#include <zephyr/app_memory/mem_domain.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/toolchain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How long a caller is ready to wait: in ticks, which are milliseconds. */
typedef int64_t k_ticks_t;
typedef struct {
	k_ticks_t ticks;
} k_timeout_t;

#ifdef __cplusplus
#define K_TICKS(t) (k_timeout_t{(k_ticks_t)(t)})
#else
#define K_TICKS(t) ((k_timeout_t){(k_ticks_t)(t)})
#endif
#define K_NO_WAIT          K_TICKS(0)
#define K_FOREVER          K_TICKS(-1)
#define K_MSEC(ms)         K_TICKS((ms) > 0 ? (ms) : 0)
#define K_USEC(us)         K_MSEC(((us) + 999) / 1000)
#define K_SECONDS(s)       K_MSEC((s)*1000LL)
#define K_MINUTES(m)       K_SECONDS((m)*60)
#define K_TIMEOUT_EQ(a, b) ((a).ticks == (b).ticks)

/** A memory pool. All fields are private. */
struct k_heap {
	struct llext_arena arena;
	void *mem;
	size_t bytes;
};

/**
 * Make @p heap an empty pool of @p bytes bytes at @p mem. Where that is too small for even one
 * block, every allocation gives NULL.
 */
void k_heap_init(struct k_heap *heap, void *mem, size_t bytes);

/**
 * Allocate. Takes the port's lock and does not wait for memory, whatever the timeout says: there is
 * no scheduler to wait with.
 * @return the memory, uninitialised and aligned for any type; NULL where no free piece is large
 * enough.
 */
void *k_heap_alloc(struct k_heap *heap, size_t bytes, k_timeout_t timeout);

/** As k_heap_alloc(), aligned to @p align, a power of two. */
void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t bytes, k_timeout_t timeout);

/** As k_heap_alloc(), for @p num elements of @p size bytes, zeroed. */
void *k_heap_calloc(struct k_heap *heap, size_t num, size_t size, k_timeout_t timeout);

/**
 * Give memory back; NULL is allowed. A pointer that is not an allocation of this pool is ignored
 * with a message.
 */
void k_heap_free(struct k_heap *heap, void *mem);

/** @cond private: what the allocator itself takes of a pool that holds one allocation. */
#define K_HEAP_OVERHEAD_ (4 * sizeof(size_t))
#ifdef __cplusplus
#define K_HEAP_NO_ARENA_                                                                           \
	{                                                                                          \
	}
#else
#define K_HEAP_NO_ARENA_                                                                           \
	{                                                                                          \
		0                                                                                  \
	}
#endif
/** @endcond */

/**
 * Define a pool from which one allocation of @p bytes_ bytes would succeed. Its memory is in a
 * NOBITS section of its own: it takes no room in the file. Works inside an extension, too: the pool
 * is made ready when it is first used.
 */
#define K_HEAP_DEFINE(name_, bytes_)                                                               \
	static uint8_t __attribute__((__section__(".bss.k_heap." #name_),                          \
				      __aligned__(2 * sizeof(void *))))                            \
	k_heap_buf_##name_[((bytes_) + 2 * sizeof(size_t) - 1) / (2 * sizeof(size_t)) *            \
				   (2 * sizeof(size_t)) +                                          \
			   K_HEAP_OVERHEAD_];                                                      \
	struct k_heap name_ = {K_HEAP_NO_ARENA_, k_heap_buf_##name_, sizeof(k_heap_buf_##name_)}

/* ---- threads ---- */

/** Memory of a stack. */
typedef uint8_t k_thread_stack_t;

/** An array that is a stack of @p size bytes. */
#define K_THREAD_STACK_DEFINE(name, size)                                                          \
	k_thread_stack_t name[((size) + 15) / 16 * 16] __attribute__((__aligned__(16)))
#define K_KERNEL_STACK_DEFINE(name, size) K_THREAD_STACK_DEFINE(name, size)
#define K_THREAD_STACK_SIZEOF(name)       sizeof(name)
#define K_KERNEL_STACK_SIZEOF(name)       sizeof(name)

/** A thread's function. */
typedef void (*k_thread_entry_t)(void *p1, void *p2, void *p3);

/** A thread. All fields are private. It must stay until the thread has ended and was joined. */
struct k_thread {
	k_thread_entry_t entry;
	void *args[3];
	struct k_mem_domain *domain;
	struct k_heap *heap;
	const char *name;
	k_ticks_t delay;
	size_t stack_bytes;
	uint32_t options;
	int prio;
	uint8_t state;
	uintptr_t backend[2];
};
typedef struct k_thread *k_tid_t;

/* Options of k_thread_create(). */
#define K_ESSENTIAL     0x01u /**< accepted, without effect */
#define K_FP_REGS       0x02u /**< likewise */
#define K_USER          0x04u /**< run it unprivileged, see llext_add_domain() */
#define K_INHERIT_PERMS 0x08u /**< accepted, without effect */

#define K_PRIO_COOP(x)    (-16 + (x))
#define K_PRIO_PREEMPT(x) (x)

/**
 * Make a thread. @p stack is used where the kernel below takes one.
 * @param delay  K_NO_WAIT: it runs at once; K_FOREVER: when k_thread_start() says so; else after
 *               that time
 * @return @p thread; NULL where the kernel below has no room for it, which is printed.
 */
k_tid_t k_thread_create(struct k_thread *thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay);

/** Let a thread run that was made with K_FOREVER; without effect on others. */
void k_thread_start(k_tid_t thread);

/**
 * Wait for a thread's end. @return 0; -EBUSY where it goes on and @p timeout is K_NO_WAIT; -EAGAIN
 * after the time; -EDEADLK where it is the caller.
 */
int k_thread_join(struct k_thread *thread, k_timeout_t timeout);

/** The calling thread; NULL where k_thread_create() has not made it. */
k_tid_t k_current_get(void);

/** Wait. @return 0. K_FOREVER never returns. */
int32_t k_sleep(k_timeout_t timeout);
static inline int32_t k_msleep(int32_t ms)
{
	return k_sleep(K_MSEC(ms));
}
/** Let others run. */
void k_yield(void);

/** Milliseconds since some time before. */
int64_t k_uptime_get(void);
static inline uint32_t k_uptime_get_32(void)
{
	return (uint32_t)k_uptime_get();
}

/** @p name must stay. @return 0. */
int k_thread_name_set(k_tid_t thread, const char *name);
const char *k_thread_name_get(k_tid_t thread);

/** Where k_malloc() of this thread allocates. */
void k_thread_heap_assign(struct k_thread *thread, struct k_heap *heap);

/** Does the caller run unprivileged? */
bool k_is_user_context(void);

/* Rights to objects are not kept: every thread may use every object that it can reach. */
#define k_object_access_grant(object, thread) ((void)(object), (void)(thread))
#define k_thread_access_grant(thread, ...)    ((void)(thread))

/* ---- semaphores ---- */

#define K_SEM_MAX_LIMIT 0xffffffffu

/** A counting semaphore. All fields are private. */
struct k_sem {
	unsigned int count, limit;
};
#define Z_SEM_INITIALIZER(initial, most)                                                           \
	{                                                                                          \
		(initial), (most)                                                                  \
	}
#define K_SEM_DEFINE(name, initial, most) struct k_sem name = Z_SEM_INITIALIZER(initial, most)

/** @return 0; -EINVAL where @p limit is 0 or less than @p initial. */
int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit);
/** @return 0; -EBUSY where it is 0 and @p timeout is K_NO_WAIT; -EAGAIN after the time. */
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);
void k_sem_give(struct k_sem *sem);
/** Set it to 0. (In Zephyr that also ends waits.) */
void k_sem_reset(struct k_sem *sem);
unsigned int k_sem_count_get(struct k_sem *sem);

/* ---- mutexes ---- */

/** A mutex, which its owner may lock more than once. All fields are private. */
struct k_mutex {
	uintptr_t owner;
	unsigned int lock_count;
};
#define Z_MUTEX_INITIALIZER                                                                        \
	{                                                                                          \
		0, 0                                                                               \
	}
#define K_MUTEX_DEFINE(name) struct k_mutex name = Z_MUTEX_INITIALIZER

/** @return 0. */
int k_mutex_init(struct k_mutex *mutex);
/** @return 0; -EBUSY where it is taken and @p timeout is K_NO_WAIT; -EAGAIN after the time. */
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
/** @return 0; -EPERM where the caller is not the owner; -EINVAL where there is none. */
int k_mutex_unlock(struct k_mutex *mutex);

/* ---- events ---- */

/** Flags that threads wait for. All fields are private. */
struct k_event {
	uint32_t events;
};
#define K_EVENT_DEFINE(name) struct k_event name = {0}

void k_event_init(struct k_event *event);
/** Add flags. @return those that were set before. */
uint32_t k_event_post(struct k_event *event, uint32_t events);
/** Let the flags be these. @return those that were set before. */
uint32_t k_event_set(struct k_event *event, uint32_t events);
/** Take flags away. @return those that were set before. */
uint32_t k_event_clear(struct k_event *event, uint32_t events);
/**
 * Wait for any of the flags, or all of them. @param reset take all flags away first.
 * @return those of them that are set; 0 after the time.
 */
uint32_t k_event_wait(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout);
uint32_t k_event_wait_all(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout);

/* ---- the heap, and objects on it ---- */

/**
 * Allocate from the calling thread's heap (k_thread_heap_assign()), or from the one that
 * k_malloc_heap names; without either there is nothing to allocate.
 */
extern struct k_heap *k_malloc_heap;
void *k_malloc(size_t bytes);
void *k_calloc(size_t count, size_t bytes);
void *k_aligned_alloc(size_t align, size_t bytes);
/** NULL is allowed. Any thread may free what any other has allocated. */
void k_free(void *mem);

/** Kinds of objects for k_object_alloc(). */
enum k_objects { K_OBJ_ANY, K_OBJ_SEM, K_OBJ_MUTEX, K_OBJ_EVENT, K_OBJ_THREAD };

/** An object from the heap, zeroed; NULL where there is no room, or no such kind. */
void *k_object_alloc(enum k_objects kind);
void k_object_free(void *object);
/** A stack from the heap; NULL where there is no room. */
k_thread_stack_t *k_thread_stack_alloc(size_t bytes, int options);
/** @return 0. */
int k_thread_stack_free(k_thread_stack_t *stack);

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_H_ */
