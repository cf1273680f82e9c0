/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers without printf(). */
#include <stdarg.h>
#include "internal.h"

const char *llext_shell_after(const char *text)
{
	return text + strlen(text) + 1;
}

/* The digits of a number from the end of @end backwards. @return the first. */
static const char *write_digits(char *end, uintptr_t number, unsigned int base)
{
	*end = '\0';
	do {
		uintptr_t digit = number % base;

		*--end = (char)(digit < 10 ? digit + '0' : digit + 'a' - 10);
		number /= base;
	} while (number != 0);
	return end;
}

int llext_shell_say(struct llext_shell *shell, const char *format, ...)
{
	const struct llext_shell_config *config = shell->config;
	char digits[3 * sizeof(uintptr_t)];
	va_list args;

	va_start(args, format);
	while (*format != '\0') {
		const char *text = format;
		size_t length = strcspn(format, "%"), bytes = length, width = 0;

		format += length;
		if (length == 0) {
			char kind = format[1];

			format += 2;
			if (kind < 's')
				text = write_digits(digits + sizeof(digits) - 1,
						    va_arg(args, uintptr_t), kind == 'd' ? 10 : 16);
			else
				text = va_arg(args, const char *);
			if (kind == 'w')
				width = 16;
			length = bytes = strlen(text);
		}
		do {
			config->put(config->user, text, bytes);
			text = " ";
			bytes = 1;
		} while (length++ < width);
	}
	va_end(args);
	return 0;
}
