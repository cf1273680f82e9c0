/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers, in and out, without printf(). */
#include <stdarg.h>
#include "internal.h"

static void put(struct llext_shell *shell, const char *text, size_t bytes)
{
	shell->config->put(shell->config->user, text, bytes);
}

static void fill(struct llext_shell *shell, char with, size_t length, size_t width)
{
	for (; length < width; length++)
		put(shell, &with, 1);
}

static void put_number(struct llext_shell *shell, uintptr_t number, unsigned int base, char with,
		       size_t width)
{
	char digits[20]; /* of 64 bits in decimal */
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	fill(shell, with, sizeof(digits) - at, width);
	put(shell, digits + at, sizeof(digits) - at);
}

static void put_part(struct llext_shell *shell, char kind, va_list *args)
{
	const char *text;

	switch (kind) {
	case 's':
	case 'w':
		text = va_arg(*args, const char *);
		put(shell, text, strlen(text));
		fill(shell, ' ', strlen(text), kind == 'w' ? 16 : 0);
		break;
	case 'n':
	case 'r':
		put_number(shell, va_arg(*args, size_t), 10, ' ', kind == 'r' ? 9 : 0);
		break;
	case 'x':
		put_number(shell, va_arg(*args, size_t), 16, '0', 0);
		break;
	default:
		put(shell, "0x", 2);
		put_number(shell, (uintptr_t)va_arg(*args, const void *), 16, '0', 8);
	}
}

void llext_shell_say(struct llext_shell *shell, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	while (*format != '\0') {
		size_t plain = strcspn(format, "%");

		put(shell, format, plain);
		format += plain;
		if (format[0] == '%' && format[1] != '\0') {
			put_part(shell, format[1], &args);
			format += 2;
		}
	}
	va_end(args);
}

char *llext_shell_next(char **line)
{
	char *word = *line;

	while (*word == ' ' || *word == '\t')
		word++;
	if (*word == '\0')
		return NULL;
	*line = word;
	while (**line != '\0' && **line != ' ' && **line != '\t')
		++*line;
	if (**line != '\0')
		*(*line)++ = '\0';
	return word;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

bool llext_shell_parse(const char *word, unsigned int base, uint32_t *number)
{
	*number = 0;
	if (*word == '\0')
		return false;
	for (; *word != '\0'; word++) {
		unsigned int value = (unsigned int)digit(*word);

		if (value >= base || *number > (UINT32_MAX - value) / base)
			return false;
		*number = *number * base + value;
	}
	return true;
}
