/* SPDX-License-Identifier: Apache-2.0 */
/* The board: start-up, vectors, console. On yours these are its start-up code and its drivers; the
 * vectors are what domains need. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <domain_m.h>
#include "FreeRTOSConfig.h"
#include "board.h"

#define UART_DATA    (*(volatile uint32_t *)0x40004000)
#define UART_CONTROL (*(volatile uint32_t *)0x40004008)
#define CPACR        (*(volatile uint32_t *)0xe000ed88)
#define SHPR1        (*(volatile uint32_t *)0xe000ed18)

extern char stack_top[], data_start[], data_end[], data_source[], bss_start[], bss_end[];

int main(void);
void reset(void);
void SysTick_Handler(void);

/* printf(), as picolibc has it; newlib calls _write() instead. */
static int put(char c, FILE *file)
{
	(void)file;
	UART_CONTROL = 1;
	UART_DATA = (uint8_t)c;
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;

/* Semihosting: SYS_EXIT_EXTENDED, for an exit status. */
_Noreturn void board_exit(int status)
{
	const uint32_t block[2] = {0x20026, (uint32_t)status};
	register uint32_t operation __asm__("r0") = 0x20;
	register const void *argument __asm__("r1") = block;

	for (;;)
		__asm__ volatile("bkpt 0xab" ::"r"(operation), "r"(argument) : "memory");
}

void reset(void)
{
	CPACR |= 0xfu << 20; /* floating point */
	__asm__ volatile("dsb\n	isb" ::: "memory");
	memcpy(data_start, data_source, (size_t)(data_end - data_start));
	memset(bss_start, 0, (size_t)(bss_end - bss_start));
	SHPR1 = 0; /* faults are the most urgent */
	board_exit(main());
}

/* A fault that is no domain's. */
void llext_cortex_m_next_fault(void)
{
	board_exit(3);
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
	(vector)stack_top,
	reset,
	0,
	llext_cortex_m_fault, /* HardFault, MemManage, BusFault, UsageFault */
	llext_cortex_m_fault,
	llext_cortex_m_fault,
	llext_cortex_m_fault,
	0,
	0,
	0,
	0,
	llext_cortex_m_svc, /* goes on to FreeRTOS's: see FreeRTOSConfig.h */
	0,
	0,
	llext_cortex_m_pendsv, /* likewise */
	SysTick_Handler,
};
