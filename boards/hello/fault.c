/* SPDX-License-Identifier: Apache-2.0 */
/* A fault that nobody expects: it is printed, and the board exits with BOARD_EXIT_FAULT. */
#include <stdio.h>
#include "board.h"

int main(void)
{
	printf("the next load faults");
	return (int)*(volatile uint32_t *)0xe8000000u;
}
