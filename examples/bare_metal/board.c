// SPDX-License-Identifier: Apache-2.0
// The board: a UART for printf(), and the way to end the emulator. On yours these are its drivers.
#include <stdint.h>
#include <stdio.h>

#define UART_DATA    (*(volatile uint32_t *)0x40004000)
#define UART_CONTROL (*(volatile uint32_t *)0x40004008)
#define UART_SEND    1u

static int put(char c, FILE *file)
{
	(void)file;
	UART_CONTROL = UART_SEND;
	UART_DATA = (uint8_t)c;
	return (unsigned char)c;
}

// As picolibc has it; newlib calls _write() instead.
static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart;

// Semihosting: SYS_EXIT_EXTENDED, for an exit status.
_Noreturn void board_exit(int status)
{
	const uint32_t block[2] = {0x20026, (uint32_t)status};
	register uint32_t operation __asm__("r0") = 0x20;
	register const void *argument __asm__("r1") = block;

	for (;;)
		__asm__ volatile("bkpt 0xab" ::"r"(operation), "r"(argument) : "memory");
}
