/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, through the port. */
#include <stdarg.h>
#include "internal.h"

void llext_log(int level, const char *format, ...)
{
	va_list args;

	if (llext_port.log == NULL)
		return;
	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}
