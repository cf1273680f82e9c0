/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS with Tenon: a task is the shell on the console, another one shows that it goes on. */
#include <llext/shell.h>
#include <llext_freertos.h>
#include <llext_mcu.h>
#include "board.h"

/* Aligned as PMSAv7 wants it; named so that `tenon check` finds it. */
static uint8_t llext_heap_memory[64 * 1024] __attribute__((aligned(64 * 1024)));
static uint8_t upload[32 * 1024];

static TaskHandle_t shell_task;
static volatile unsigned int beats;

/* ---- what extensions may call ---- */

void lamp(int on)
{
	static const char text[2][10] = {"lamp off\n", "lamp on\n"};

	console_put(text[on != 0], on != 0 ? 8 : 9);
}
EXPORT_SYMBOL(lamp);

/* How often the other task has run. */
unsigned int heartbeat(void)
{
	return beats;
}
EXPORT_SYMBOL(heartbeat);

/* ports/freertos/exports.c has all of FreeRTOS's. */
EXPORT_SYMBOL(vTaskDelay);

/* ---- the tasks ---- */

static void character_came(void)
{
	BaseType_t woken = pdFALSE;

	vTaskNotifyGiveFromISR(shell_task, &woken);
	portYIELD_FROM_ISR(woken);
}

static void put(void *user, const char *text, size_t bytes)
{
	(void)user;
	console_put(text, bytes);
}

static void run_shell(void *unused)
{
	static const struct llext_shell_config config = {
		.put = put,
		.more = &llext_shell_more,
		.uploads = &llext_shell_uploads,
		.upload = upload,
		.upload_bytes = sizeof(upload),
		.prompt = "> ",
	};
	static struct llext_shell shell;
	static struct llext_diag diag; /* what other tasks do does not change what `ext why` says */
	char c;

	(void)unused;
	llext_freertos_set_diag(&diag);
	console_start(character_came);
	llext_shell_init(&shell, &config);
	for (;;) {
		while (console_get(&c))
			llext_shell_char(&shell, c);
		(void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
	}
}

static void beat(void *unused)
{
	(void)unused;
	for (;;) {
		beats++;
		vTaskDelay(pdMS_TO_TICKS(10));
	}
}

/* A load takes about 1.6 KB of the stack of the task that loads, and extensions run on it. */
static StackType_t shell_stack[1024], beat_stack[128], idle_stack[configMINIMAL_STACK_SIZE];
static StaticTask_t shell_memory, beat_memory, idle_memory;

/* FreeRTOS asks for it where it allocates nothing. */
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *words)
{
	*task = &idle_memory;
	*stack = idle_stack;
	*words = configMINIMAL_STACK_SIZE;
}

int main(void)
{
	llext_freertos_log = NULL; /* the shell says why */
	if (llext_mcu_protect_heap((uintptr_t)llext_heap_memory, sizeof(llext_heap_memory)) != 0 ||
	    llext_heap_init(llext_heap_memory, sizeof(llext_heap_memory)) != 0)
		return 1;
	shell_task =
		xTaskCreateStatic(run_shell, "shell", 1024, NULL, 1, shell_stack, &shell_memory);
	(void)xTaskCreateStatic(beat, "beat", 128, NULL, 2, beat_stack, &beat_memory);
	vTaskStartScheduler();
	return 1;
}
