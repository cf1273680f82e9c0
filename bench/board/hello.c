/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest useful module: it prints, it keeps a count, it is called. */
#include <stdio.h>
#include <string.h>
#include <llext/symbol.h>

static int calls;

int bench_check(void)
{
	char text[24];

	snprintf(text, sizeof(text), "hello, %d", ++calls);
	return strcmp(text, "hello, 1") == 0 && strlen(text) == 8 ? 0 : 1;
}
LL_EXTENSION_SYMBOL(bench_check);
