/* SPDX-License-Identifier: Apache-2.0 */
/* In a static library of the firmware's: nothing of the firmware calls it, extensions do. */
#include <llext/symbol.h>

int read_offset(void);

int read_offset(void)
{
	return 1;
}
EXPORT_SYMBOL(read_offset);
