// SPDX-License-Identifier: Apache-2.0
#include <llext/symbol.h>

int apply_gain(int sample); // the firmware's
int read_offset(void);      // its driver's

int filter(int sample)
{
	return apply_gain(sample) + read_offset();
}
LL_EXTENSION_SYMBOL(filter);
