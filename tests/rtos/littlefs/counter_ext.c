/* SPDX-License-Identifier: Apache-2.0 */
/* Larger than what the library reads in one piece anyhow, and of several sections. */
#include <llext/symbol.h>

const unsigned char constants[4096] = {1, [4095] = 2};
static int constructed, others[8];

__attribute__((constructor)) static void construct(void)
{
	constructed++;
}

void first(void)
{
	others[0]++;
}

void second(void)
{
	first();
	others[1] += constants[constructed];
}

void count_entry(void *count)
{
	second();
	*(int *)count += constructed;
}
LL_EXTENSION_SYMBOL(count_entry);
LL_EXTENSION_SYMBOL(constants);
