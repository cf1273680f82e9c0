// SPDX-License-Identifier: Apache-2.0
// From reset to main(): a stack, the vectors, .data and .bss. Nothing here is Tenon's.
#include <stdint.h>
#include <string.h>

extern char stack_top[], data_start[], data_end[], data_source[], bss_start[], bss_end[];
int main(void);
_Noreturn void board_exit(int status);

void reset(void);

void reset(void)
{
	memcpy(data_start, data_source, (size_t)(data_end - data_start));
	memset(bss_start, 0, (size_t)(bss_end - bss_start));
	board_exit(main());
}

static void fault(void)
{
	board_exit(3);
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
	(vector)stack_top, reset, fault, fault, fault, fault, fault,
};
