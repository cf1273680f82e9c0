/* SPDX-License-Identifier: Apache-2.0 */
/* Tentative definitions: compiled with -fcommon, symbols in no section. */
#include <llext/symbol.h>

int common_small;
long long common_large[16] __attribute__((aligned(128)));
char common_byte;

int common_sum(void)
{
	common_small++;
	common_large[15] += 10;
	common_byte++;
	return common_small + (int)common_large[15] + common_byte;
}
EXPORT_SYMBOL(common_sum);
EXPORT_SYMBOL(common_large);
