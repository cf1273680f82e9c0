/* SPDX-License-Identifier: Apache-2.0 */
/* ports/freertos, over the stand-in: lock, records, messages, entry. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/unload.h>
#include "llext_freertos.h"

#define HEAP_BYTES (1024 * 1024)
#define TASKS      4
#define LOADS      200

static const uint8_t worker[] __attribute__((aligned(8))) = {
#include "worker.inc"
};

static int failures;
static _Atomic int messages, done;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

static void count_messages(int level, const char *format, va_list args)
{
	char text[200];

	(void)level;
	vsnprintf(text, sizeof(text), format, args);
	messages += strstr(text, "no such") != NULL || text[0] != '\0';
}

static int load(const void *bytes, size_t size, const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);

	return llext_load(&loader.loader, name, ext, NULL);
}

/* Loads and unloads beside the other tasks, fails now and then, and finds its own failure. */
static void load_often(void *number)
{
	struct llext_diag own;
	size_t cut = 40 + *(int *)number;
	char name[8] = "task0";

	llext_freertos_set_diag(&own);
	name[4] = (char)('0' + *(int *)number);
	for (int i = 0; i < LOADS; i++) {
		struct llext *ext = NULL;

		CHECK(load(worker, cut, name, &ext) < 0);
		vTaskDelay(0);
		CHECK(llext_last_diag() == &own && own.error < 0);
		CHECK(load(worker, sizeof(worker), name, &ext) == 0);
		CHECK(llext_by_name(name) == ext);
		CHECK(llext_unload(&ext) == 0);
	}
	llext_freertos_set_diag(NULL);
	done++;
	vTaskDelete(NULL);
}

static int count = 5;
static struct llext_freertos_task task;

static void start_extension(void *unused)
{
	struct llext *ext;

	(void)unused;
	CHECK(load(worker, sizeof(worker), "worker", &ext) == 0);
	task.ext = ext;
	task.entry = (llext_entry_fn_t)(uintptr_t)llext_find_sym(&ext->exp_tab, "worker_entry");
	task.user_data = &count;
	CHECK(xTaskCreate(llext_freertos_bootstrap, "worker", 512, &task, 1, NULL) == pdPASS);
	vTaskDelete(NULL);
}

static struct llext_thread_stack seen[4];
static int seen_count, stops_at;

static int note_stack(const struct llext_thread_stack *stack, void *arg)
{
	CHECK(arg == seen);
	if (seen_count < 4)
		seen[seen_count] = *stack;
	return ++seen_count == stops_at ? 77 : 0;
}

/* What is told of each task: of the one that asks, where it is now. */
static void tell_stacks(void)
{
	static StackType_t stack[6];
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	stand_in_tasks[0] = (TaskStatus_t){(TaskHandle_t)&stack[1], "other", &stack[1], &stack[5]};
	stand_in_tasks[1] =
		(TaskStatus_t){xTaskGetCurrentTaskHandle(), "own", &stack[2], &stack[4]};
	stand_in_task_count = 2;
	seen_count = stops_at = 0;
	CHECK(llext_freertos_swap.threads(note_stack, seen) == 0 && seen_count == 2);
	CHECK(!seen[0].current && strcmp(seen[0].name, "other") == 0);
	CHECK(seen[0].start == (uintptr_t)&stack[1] && seen[0].end == (uintptr_t)&stack[6]);
	CHECK(seen[1].current && seen[1].start < here && here - seen[1].start < 4096);
	CHECK(seen[1].end == (uintptr_t)&stack[5]);
	seen_count = 0;
	stops_at = 1; /* who is told enough is told no more */
	CHECK(llext_freertos_swap.threads(note_stack, seen) == 77 && seen_count == 1);
	stand_in_task_count = LLEXT_FREERTOS_TASKS + 1;
	CHECK(llext_freertos_swap.threads(note_stack, seen) == -ENOSPC && seen_count == 1);
}

/* A task that has an address in the extension on its stack, at each place of it. */
static void scan_stacks(void)
{
	static StackType_t stack[6];
	struct llext_reference reference;
	struct llext_unload_report report = {.references = &reference, .room = 1};
	struct llext *ext;

	CHECK(load(worker, sizeof(worker), "scanned", &ext) == 0);
	stand_in_tasks[1] = (TaskStatus_t){(TaskHandle_t)&stack[1], "other", &stack[1], &stack[5]};
	stand_in_tasks[0] = (TaskStatus_t){(TaskHandle_t)stack, "first", &stack[5], &stack[4]};
	stand_in_task_count = 2;
	llext_swap_use(&llext_freertos_swap);
	stack[0] = (StackType_t)ext->mem[LLEXT_MEM_TEXT]; /* not used any more */
	for (int i = 1; i < 6; i++) {
		stack[i] = (StackType_t)ext->mem[LLEXT_MEM_TEXT] + 4;
		CHECK(llext_unload_checked(&ext, &report) == -EBUSY && report.count == 1);
		CHECK(reference.kind == LLEXT_REFERENCE_THREAD &&
		      strcmp(reference.name, "other") == 0);
		stack[i] = 0;
	}
	stand_in_task_count = LLEXT_FREERTOS_TASKS + 1;
	CHECK(llext_unload_checked(&ext, &report) == -ENOSPC && ext != NULL);
	stand_in_task_count = 2;
	CHECK(llext_unload_checked(&ext, &report) == 0 && ext == NULL);
	llext_swap_use(NULL);
}

int main(void)
{
	static int numbers[TASKS];
	void *heap = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct llext *ext;

	/* Before the scheduler: no lock, no task. */
	CHECK(heap != MAP_FAILED && llext_heap_init(heap, HEAP_BYTES) == 0);
	llext_freertos_log = count_messages;
	CHECK(load(worker, 30, "cut", &ext) < 0 && llext_last_diag()->error < 0);
	CHECK(messages > 0);
	for (int i = 0; i < TASKS; i++) {
		numbers[i] = i;
		CHECK(xTaskCreate(load_often, "load", 512, &numbers[i], 1, NULL) == pdPASS);
	}
	vTaskStartScheduler();
	CHECK(done == TASKS);
	CHECK(messages > TASKS * LOADS);
	llext_freertos_log = NULL;
	CHECK(load(worker, 30, "cut", &ext) < 0);

	/* A task of its own: constructor, entry, and it ends as a task must. */
	CHECK(xTaskCreate(start_extension, "start", 512, NULL, 1, NULL) == pdPASS);
	vTaskStartScheduler();
	CHECK(count == 6);
	ext = llext_by_name("worker");
	CHECK(ext != NULL && llext_unload(&ext) == 0);
	tell_stacks();
	scan_stacks();
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
