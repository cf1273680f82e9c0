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

		digit += digit < 10 ? '0' : 'a' - 10;
		*--end = (char)digit;
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
		size_t bytes = strcspn(format, "%");

		format += bytes;
		if (bytes == 0) {
			uintptr_t part = va_arg(args, uintptr_t);
			char kind = format[1];

			format += 2;
			text = kind == 's' ? (const char *)part
					   : write_digits(digits + sizeof(digits) - 1, part,
							  kind == 'd' ? 10 : 16);
			bytes = strlen(text);
		}
		config->put(config->user, text, bytes);
	}
	va_end(args);
	return 0;
}
