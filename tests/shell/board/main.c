/* SPDX-License-Identifier: Apache-2.0 */
/* A shell on the second serial port of a Cortex-M4 board (CMSDK APB UART, as in AN386). */
#include <stdint.h>
#include <llext/shell.h>

#define UART       ((volatile uint32_t *)0x40005000)
#define UART_DATA  UART[0]
#define UART_STATE UART[1] /* 1: cannot take a character; 2: has one */
#define UART_CTRL  UART[2]
#define UART_BAUD  UART[4]

static uint8_t heap[64 * 1024] __attribute__((aligned(32)));
static uint8_t upload[32 * 1024];

static void put(void *user, const char *text, size_t bytes)
{
	(void)user;
	while (bytes-- > 0) {
		while (UART_STATE & 1)
			continue;
		UART_DATA = (uint8_t)*text++;
	}
}

void lamp(int on)
{
	const char *text = on ? "lamp on\n" : "lamp off\n";

	put(NULL, text, on ? 8 : 9);
}
EXPORT_SYMBOL(lamp);

static const struct llext_shell_config config = {
	.put = put,
	.more = &llext_shell_more,
	.uploads = &llext_shell_uploads,
	.upload = upload,
	.upload_bytes = sizeof(upload),
	.prompt = "> ",
};

int main(void)
{
	struct llext_shell shell;

	UART_BAUD = 16;
	UART_CTRL = 3;
	if (llext_heap_init(heap, sizeof(heap)) != 0)
		return 1;
	llext_shell_init(&shell, &config);
	for (;;) {
		if (UART_STATE & 2)
			llext_shell_char(&shell, (char)UART_DATA);
	}
}
