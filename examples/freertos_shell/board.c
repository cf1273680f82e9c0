/* SPDX-License-Identifier: Apache-2.0 */
/* The board: start-up, vectors, and a console with an interrupt (CMSDK APB UART, as in AN386). On
 * yours these are its start-up code and its driver; nothing here is Tenon's or FreeRTOS's. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "FreeRTOSConfig.h"
#include "board.h"

#define UART       ((volatile uint32_t *)0x40004000)
#define DATA       UART[0]
#define STATE      UART[1] /* 1: it cannot take a character; 2: it has one */
#define CONTROL    UART[2] /* 1: send; 2: receive; 8: interrupt when one has come */
#define INTERRUPT  UART[3]
#define BAUD       UART[4]
#define RECEIVE    0 /* its interrupt */
#define NVIC_ON    (*(volatile uint32_t *)0xe000e100)
#define NVIC_LEVEL ((volatile uint8_t *)0xe000e400)
#define CPACR      (*(volatile uint32_t *)0xe000ed88)

extern char stack_top[], data_start[], data_end[], data_source[], bss_start[], bss_end[];

int main(void);
void reset(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);

/* What came and was not taken yet: the interrupt writes at head, the task reads at tail. */
static volatile char ring[256];
static volatile uint8_t head, tail;
static void (*on_character)(void);

static void console_interrupt(void)
{
	INTERRUPT = 2; /* seen */
	while (STATE & 2) {
		char c = (char)DATA;

		if ((uint8_t)(head + 1) == tail)
			continue; /* lost: the other side sends the line again */
		ring[head] = c;
		head++;
	}
	on_character();
}

void console_start(void (*received)(void))
{
	on_character = received;
	BAUD = configCPU_CLOCK_HZ / 115200;
	CONTROL = 1 | 2 | 8;
	NVIC_LEVEL[RECEIVE] = configMAX_SYSCALL_INTERRUPT_PRIORITY;
	NVIC_ON = 1u << RECEIVE;
}

bool console_get(char *c)
{
	if (head == tail)
		return false;
	*c = ring[tail];
	tail++;
	return true;
}

void console_put(const char *text, size_t bytes)
{
	while (bytes-- > 0) {
		while (STATE & 1)
			continue;
		DATA = (uint8_t)*text++;
	}
}

/* printf(), as picolibc has it; newlib calls _write() instead. */
static int put(char c, FILE *file)
{
	(void)file;
	console_put(&c, 1);
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;

/* ---- from reset to main() ---- */

void reset(void)
{
	CPACR |= 0xfu << 20; /* floating point */
	__asm__ volatile("dsb\n	isb" ::: "memory");
	memcpy(data_start, data_source, (size_t)(data_end - data_start));
	memset(bss_start, 0, (size_t)(bss_end - bss_start));
	(void)main();
	for (;;)
		continue;
}

static void fault(void)
{
	static const char text[] = "\nfault\n";

	console_put(text, sizeof(text) - 1);
	for (;;)
		continue;
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16 + 1] = {
	(vector)stack_top,
	reset,
	fault,
	fault,
	fault,
	fault,
	fault,
	0,
	0,
	0,
	0,
	SVC_Handler,
	0,
	0,
	PendSV_Handler,
	SysTick_Handler,
	console_interrupt,
};
