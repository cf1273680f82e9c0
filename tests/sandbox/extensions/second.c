/* SPDX-License-Identifier: Apache-2.0 */
/* It uses what the other extension of its domain exports, and gates of its own. */
#include <llext/symbol.h>
#include "../api.h"

int add(int a, int b);
extern char buffer[64];

static const int own = 5; /* constants only: it takes one region */

int second_sum(int x)
{
	return add(x, own) + fw_twice(x);
}

/* The other one's memory is the same domain's. */
int second_writes(void)
{
	buffer[1] = 'U';
	return buffer[0];
}

int second_reads(const volatile uint8_t *address)
{
	return *address;
}

EXPORT_SYMBOL(second_sum);
EXPORT_SYMBOL(second_writes);
EXPORT_SYMBOL(second_reads);
