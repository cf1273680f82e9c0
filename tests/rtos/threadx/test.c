/* SPDX-License-Identifier: Apache-2.0 */
/* ports/threadx, over a stand-in: lock, messages, entry. */
#include "../../common/must.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/unload.h>
#include "llext_threadx.h"

#define HEAP_BYTES (1024 * 1024)
#define THREADS    4
#define LOADS      200

static const uint8_t counter[] __attribute__((aligned(8))) = {
#include "counter.inc"
};

/* ---- the stand-in ---- */

static __thread TX_THREAD *self;

UINT tx_mutex_create(TX_MUTEX *mutex, CHAR *name, UINT inherit)
{
	pthread_mutexattr_t how;

	must(name != NULL && inherit == TX_INHERIT && !mutex->made);
	pthread_mutexattr_init(&how);
	pthread_mutexattr_settype(&how, PTHREAD_MUTEX_RECURSIVE);
	mutex->made = 1;
	return pthread_mutex_init(&mutex->mutex, &how) == 0 ? TX_SUCCESS : TX_MUTEX_ERROR;
}

UINT tx_mutex_get(TX_MUTEX *mutex, ULONG wait)
{
	must(mutex->made && wait == TX_WAIT_FOREVER && self != NULL);
	return pthread_mutex_lock(&mutex->mutex) == 0 ? TX_SUCCESS : TX_MUTEX_ERROR;
}

UINT tx_mutex_put(TX_MUTEX *mutex)
{
	must(mutex->made && self != NULL);
	return pthread_mutex_unlock(&mutex->mutex) == 0 ? TX_SUCCESS : TX_NOT_OWNED;
}

TX_THREAD *tx_thread_identify(VOID)
{
	return self;
}

UINT tx_thread_sleep(ULONG ticks)
{
	must(self != NULL);
	return usleep((useconds_t)ticks * 1000) == 0 ? TX_SUCCESS : TX_MUTEX_ERROR;
}

static ULONG now;

ULONG tx_time_get(VOID)
{
	return ++now;
}

static UINT posture;

UINT tx_interrupt_control(UINT new_posture)
{
	UINT before = posture;

	posture = new_posture;
	return before;
}

static void *run(void *thread)
{
	self = thread;
	self->entry(self->input);
	return NULL;
}

static void run_threads(TX_THREAD *threads, int count)
{
	for (int i = 0; i < count; i++)
		must(pthread_create(&threads[i].thread, NULL, run, &threads[i]) == 0);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i].thread, NULL);
}

/* ---- the test ---- */

static _Atomic int failures, messages;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

static void count_messages(int level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	messages++;
}

static int load(size_t size, const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(counter, size);

	return llext_load(&loader.loader, name, ext, NULL);
}

static VOID load_often(ULONG number)
{
	char name[8] = "thread0";

	name[6] = (char)('0' + number);
	for (int i = 0; i < LOADS; i++) {
		struct llext *ext = NULL;

		CHECK(load(40, name, &ext) < 0);
		CHECK(load(sizeof(counter), name, &ext) == 0);
		CHECK(llext_unload(&ext) == 0);
	}
}

static struct llext_thread_stack seen[4];
static int seen_count, stops_at;

static int note_stack(const struct llext_thread_stack *stack, void *arg)
{
	CHECK(arg == seen && posture == TX_INT_DISABLE);
	if (seen_count < 4)
		seen[seen_count] = *stack;
	return ++seen_count == stops_at ? 77 : 0;
}

/* What is told of each thread: of the one that asks, where it is now. */
static void tell_stacks(const TX_THREAD *other)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	seen_count = stops_at = 0;
	CHECK(llext_threadx_swap.threads(note_stack, seen) == 0 && seen_count == 2);
	CHECK(seen[0].current && seen[0].start < here && here - seen[0].start < 4096);
	CHECK(!seen[1].current && strcmp(seen[1].name, "other") == 0);
	CHECK(seen[1].start == (uintptr_t)other->tx_thread_stack_ptr);
	CHECK(seen[1].end == (uintptr_t)other->tx_thread_stack_end + 1);
	seen_count = 0;
	stops_at = 1; /* who is told enough is told no more */
	CHECK(llext_threadx_swap.threads(note_stack, seen) == 77 && seen_count == 1);
	CHECK(posture == 0);
}

/* Another thread has an address in the extension on its stack, at each place of it. */
static VOID scan_stacks(ULONG unused)
{
	static ULONG stack[6];
	TX_THREAD other = {.tx_thread_stack_ptr = &stack[1],
			   .tx_thread_stack_end = (CHAR *)&stack[5] + sizeof(ULONG) - 1,
			   .tx_thread_name = (CHAR *)"other",
			   .tx_thread_created_next = self};
	struct llext_reference reference;
	struct llext_unload_report report = {.references = &reference, .room = 1};
	struct llext *ext;

	(void)unused;
	self->tx_thread_created_next = &other;
	self->tx_thread_stack_end = NULL; /* nothing of this one is looked at */
	tell_stacks(&other);
	CHECK(load(sizeof(counter), "scanned", &ext) == 0);
	llext_swap_use(&llext_threadx_swap);
	stack[0] = (ULONG)ext->mem[LLEXT_MEM_TEXT]; /* not used any more */
	for (int i = 1; i < 6; i++) {
		stack[i] = (ULONG)ext->mem[LLEXT_MEM_TEXT] + 4;
		CHECK(llext_unload_checked(&ext, &report) == -EBUSY && report.count == 1);
		CHECK(reference.kind == LLEXT_REFERENCE_THREAD && posture == 0 &&
		      strcmp(reference.name, "other") == 0);
		stack[i] = 0;
	}
	CHECK(llext_unload_checked(&ext, &report) == 0 && ext == NULL && posture == 0);
	llext_swap_use(NULL);
}

int main(void)
{
	static TX_THREAD threads[THREADS];
	static struct llext_threadx_thread what;
	int count = 5;
	void *heap = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	CHECK(heap != MAP_FAILED && llext_heap_init(heap, HEAP_BYTES) == 0);
	CHECK(llext_threadx_init() == TX_SUCCESS);
	llext_threadx_log = count_messages;
	for (int i = 0; i < THREADS; i++)
		threads[i] = (TX_THREAD){.entry = load_often, .input = (ULONG)i};
	run_threads(threads, THREADS);
	CHECK(messages >= THREADS * LOADS);

	CHECK(load(sizeof(counter), "counter", &what.ext) == 0);
	what.entry = (llext_entry_fn_t)(uintptr_t)llext_find_sym(&what.ext->exp_tab, "count_entry");
	what.user_data = &count;
	threads[0] = (TX_THREAD){.entry = llext_threadx_bootstrap, .input = (ULONG)&what};
	run_threads(threads, 1);
	CHECK(count == 6);
	what.entry = NULL; /* initialisers and finalisers only */
	run_threads(threads, 1);
	CHECK(count == 6);
	CHECK(llext_unload(&what.ext) == 0);
	threads[0] = (TX_THREAD){.entry = scan_stacks};
	run_threads(threads, 1);
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
