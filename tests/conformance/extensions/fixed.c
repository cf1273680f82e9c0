/* SPDX-License-Identifier: Apache-2.0 */
/* Linked for an address: each kind of segment, initialisers, and no imports. */
#include <llext/symbol.h>

int fixed_counter = 40;
int fixed_zero[8];
const int fixed_table[3] = {1, 2, 3};
const int *fixed_pointer = &fixed_table[1];

__attribute__((constructor)) static void up(void)
{
	fixed_counter++;
}

__attribute__((destructor)) static void down(void)
{
	fixed_counter = -1;
}

int fixed_run(void)
{
	return fixed_counter + *fixed_pointer + fixed_zero[5]++;
}

LL_EXTENSION_SYMBOL(fixed_counter);
LL_EXTENSION_SYMBOL(fixed_table);
LL_EXTENSION_SYMBOL(fixed_run);
