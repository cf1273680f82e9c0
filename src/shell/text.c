/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers without printf(). */
#include <stdarg.h>
#include "internal.h"
#include "../text.h"

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
	for (; *format != '\0'; format++) {
		const char *text;
		uintptr_t part;
		char c;

		if (*format != '%') {
			config->put(config->user, format, 1);
			continue;
		}
		part = va_arg(args, uintptr_t);
		c = *++format;
		text = c == 's' ? (const char *)part
				: write_digits(digits + sizeof(digits) - 1, part,
					       c == 'd' ? 10 : 16);
		while ((c = *text++) != '\0') {
			c = shown_as(c);
			config->put(config->user, &c, 1);
		}
	}
	va_end(args);
	return 0;
}
