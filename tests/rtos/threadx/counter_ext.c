/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>

static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed++;
}

void count_entry(void *count)
{
	*(int *)count += constructed;
}
LL_EXTENSION_SYMBOL(count_entry);
