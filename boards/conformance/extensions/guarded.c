/* SPDX-License-Identifier: Apache-2.0 */
/* Code, constants and data that a test tries to misuse. */
#include <llext/symbol.h>

int firmware_add(int a, int b);

int guarded_data[16] = {1};
int guarded_zero[16];
const int guarded_constants[16] = {3};

int guarded_call(void)
{
	guarded_zero[0]++;
	return firmware_add(guarded_data[0] + guarded_zero[0], guarded_constants[0]);
}

EXPORT_SYMBOL(guarded_data);
EXPORT_SYMBOL(guarded_zero);
EXPORT_SYMBOL(guarded_constants);
EXPORT_SYMBOL(guarded_call);
