/* SPDX-License-Identifier: Apache-2.0 */
/* Its thread-local variable is a common symbol, of which no section says how large it is. */
#include <llext/symbol.h>

__asm__(".tls_common common,4096,4");

int nothing(void)
{
	return 0;
}
EXPORT_SYMBOL(nothing);
