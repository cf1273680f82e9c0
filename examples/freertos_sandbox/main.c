/* SPDX-License-Identifier: Apache-2.0 */
/* A task of FreeRTOS calls a third party's extension, which is fenced in. Another task goes on. */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/domain.h>
#include <llext_freertos.h>
#include "board.h"

#define DOMAIN_BYTES 8192
#define BUDGET       20 /* ticks of each call */

extern const char extension_partition[], extension_partition_size[];

/* Named so that `tenon check` finds it: the library's own tables. */
static uint8_t llext_heap_memory[16 * 1024] __attribute__((aligned(32)));
/* All that the extension can write to lies in here. */
static char domain_memory[DOMAIN_BYTES] __attribute__((aligned(DOMAIN_BYTES)));

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext_buf_loader flash;
static volatile unsigned int beats;

/* ---- what the extension may call: a gate checks each argument ---- */

int lamp_set(int on)
{
	printf("  lamp %s\n", on ? "on" : "off");
	return 0;
}
EXPORT_GATE(lamp_set, VALUE(int, on));

/* ---- the task that calls it ---- */

/* llext_domain_reset() reads the extension's data anew. */
static struct llext_loader *source(const struct llext *ext, void *user_data)
{
	(void)ext, (void)user_data;
	flash = (struct llext_buf_loader)LLEXT_PERSISTENT_BUF_LOADER(
		extension_partition, (size_t)extension_partition_size);
	return &flash.loader;
}

static void call(const struct llext *ext, const char *name, int argument)
{
	const struct llext_domain_args args = {.word = {(uintptr_t)argument}};
	struct llext_domain_result result = {0};
	unsigned int before = beats;
	char text[200];
	int rc = llext_domain_call(&domain, llext_find_sym(&ext->exp_tab, name), &args, &result,
				   BUDGET);

	if (rc == 0) {
		printf("%s(%d) = %d\n", name, argument, (int)result.word[0]);
		return;
	}
	printf("%s(%d): error %d\n", name, argument, rc);
	if (fault.cause != LLEXT_DOMAIN_OK) { /* now, and not at an earlier call */
		llext_domain_fault_format(&fault, text, sizeof(text));
		printf("  %s\n", text);
	}
	fault.cause = LLEXT_DOMAIN_OK;
	if (rc == -ETIMEDOUT && beats > before)
		puts("  the other task went on meanwhile");
}

static int run(void)
{
	static const struct llext_domain_config config = {
		.name = "effect",
		.mem = domain_memory,
		.bytes = DOMAIN_BYTES,
		.stack_bytes = 1024,
		.ticks = BUDGET,
		.source = source,
		.fault = &fault,
	};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;
	int rc = llext_domain_init(&domain, &config);

	param.domain = &domain;
	if (rc == 0)
		rc = llext_load(source(NULL, NULL), "effect", &ext, &param);
	if (rc == 0)
		rc = llext_bringup(ext);
	if (rc != 0)
		return rc;
	call(ext, "process", 101);
	call(ext, "wild", 0x20040000); /* RAM of the firmware's */
	call(ext, "process", 5);       /* refused: what is broken stays stopped */
	rc = llext_domain_reset(&domain);
	printf("reset: %d\n", rc);
	call(ext, "process", 5);
	call(ext, "spin", 0);
	(void)llext_unload(&ext);
	return llext_domain_fini(&domain);
}

static void run_extension(void *unused)
{
	(void)unused;
	board_exit(run() == 0 ? 0 : 1);
}

static void beat(void *unused)
{
	(void)unused;
	for (;;) {
		beats++;
		vTaskDelay(1);
	}
}

/* ---- FreeRTOS ---- */

static StackType_t run_stack[1024], beat_stack[256], idle_stack[configMINIMAL_STACK_SIZE];
static StaticTask_t run_memory, beat_memory, idle_memory;

void vApplicationTickHook(void)
{
	llext_domain_tick(); /* budgets */
}

/* FreeRTOS asks for it where it allocates nothing. */
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *words)
{
	*task = &idle_memory;
	*stack = idle_stack;
	*words = configMINIMAL_STACK_SIZE;
}

int main(void)
{
	if (llext_heap_init(llext_heap_memory, sizeof(llext_heap_memory)) != 0)
		return 1;
	(void)xTaskCreateStatic(run_extension, "effect", 1024, NULL, 1, run_stack, &run_memory);
	(void)xTaskCreateStatic(beat, "beat", 256, NULL, 2, beat_stack, &beat_memory);
	vTaskStartScheduler();
	return 1;
}
