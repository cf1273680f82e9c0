/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers without printf(). */
#include <stdarg.h>
#include "internal.h"

/* A number's digits from the end of @end backwards, at least @least of them. @return the first. */
static char *digits(char *end, uintptr_t number, unsigned int base, int least)
{
	for (; number != 0 || least > 0; number /= base, least--)
		*--end = "0123456789abcdef"[number % base];
	return end;
}

void llext_shell_say(struct llext_shell *shell, const char *format, ...)
{
	char number[2 * sizeof(uintptr_t) + 10], *end = number + sizeof(number) - 1;
	va_list args;

	*end = '\0';
	va_start(args, format);
	while (*format != '\0') {
		const char *text = format;
		size_t length = strcspn(format, "%"), padded = 0;

		format += length;
		if (length == 0) {
			char kind = format[1];

			format += 2;
			if (kind == 's' || kind == 'w')
				text = va_arg(args, const char *);
			else
				text = digits(end,
					      kind == 'p' ? (uintptr_t)va_arg(args, const void *)
							  : va_arg(args, size_t),
					      kind == 'n' ? 10 : 16, kind == 'p' ? 8 : 1);
			length = strlen(text);
			padded = kind == 'w' ? 16 : 0;
		}
		shell->config->put(shell->config->user, text, length);
		for (; length < padded; length++)
			shell->config->put(shell->config->user, " ", 1);
	}
	va_end(args);
}

char *llext_shell_next(char **line)
{
	char *word = *line + strspn(*line, " \t");

	if (*word == '\0')
		return NULL;
	*line = word + strcspn(word, " \t");
	if (**line != '\0')
		*(*line)++ = '\0';
	return word;
}
