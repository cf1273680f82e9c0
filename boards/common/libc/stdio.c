/* SPDX-License-Identifier: Apache-2.0 */
/* stdio.h: one formatter that writes to memory or, without a buffer, to the console. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../internal.h"

struct output {
	char *buffer;
	size_t size, length;
};

struct conversion {
	bool left, zero;
	char sign; /* printed before positive numbers, or 0 */
	int width, precision;
	int size; /* of the integer in bytes */
};

static void emit(struct output *out, char c)
{
	if (!out->buffer)
		board_putc(c);
	else if (out->length < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void emit_many(struct output *out, char c, int n)
{
	while (n-- > 0)
		emit(out, c);
}

static void emit_text(struct output *out, const struct conversion *conv, const char *text,
		      size_t length)
{
	int padding = conv->width - (int)length;

	if (!conv->left)
		emit_many(out, ' ', padding);
	for (size_t i = 0; i < length; i++)
		emit(out, text[i]);
	if (conv->left)
		emit_many(out, ' ', padding);
}

static void emit_number(struct output *out, const struct conversion *conv, uint64_t value,
			unsigned base, const char *symbols, const char *prefix)
{
	char digits[24];
	int count = 0, zeros, padding, before = (int)strlen(prefix);

	for (; value; value /= base)
		digits[count++] = symbols[value % base];
	zeros = (conv->precision < 0 ? 1 : conv->precision) - count;
	if (zeros < 0)
		zeros = 0;
	padding = conv->width - before - zeros - count;
	if (conv->zero && !conv->left && conv->precision < 0 && padding > 0) {
		zeros += padding;
		padding = 0;
	}
	if (!conv->left)
		emit_many(out, ' ', padding);
	while (*prefix)
		emit(out, *prefix++);
	emit_many(out, '0', zeros);
	while (count)
		emit(out, digits[--count]);
	if (conv->left)
		emit_many(out, ' ', padding);
}

static int parse_number(const char **format, va_list *arguments)
{
	int number = 0;

	if (**format == '*') {
		++*format;
		return va_arg(*arguments, int);
	}
	while (**format >= '0' && **format <= '9')
		number = number * 10 + *(*format)++ - '0';
	return number;
}

static int parse_size(const char **format)
{
	int size = sizeof(int);

	for (;; ++*format) {
		switch (**format) {
		case 'h':
			size /= 2;
			break;
		case 'l':
			size = sizeof(long);
			if ((*format)[1] == 'l') {
				size = sizeof(long long);
				++*format;
			}
			break;
		case 'z':
		case 't':
			size = sizeof(size_t);
			break;
		case 'j':
			size = sizeof(intmax_t);
			break;
		default:
			return size;
		}
	}
}

static void parse(struct conversion *conv, const char **format, va_list *arguments)
{
	*conv = (struct conversion){.precision = -1};
	for (;; ++*format) {
		if (**format == '-')
			conv->left = true;
		else if (**format == '0')
			conv->zero = true;
		else if (**format == '+' || (**format == ' ' && !conv->sign))
			conv->sign = **format;
		else
			break;
	}
	conv->width = parse_number(format, arguments);
	if (conv->width < 0) {
		conv->left = true;
		conv->width = -conv->width;
	}
	if (**format == '.') {
		++*format;
		conv->precision = parse_number(format, arguments);
	}
	conv->size = parse_size(format);
}

static uint64_t unsigned_argument(const struct conversion *conv, va_list *arguments)
{
	if (conv->size == 8)
		return va_arg(*arguments, uint64_t);
	uint32_t value = va_arg(*arguments, uint32_t);

	return conv->size == 4 ? value : conv->size == 2 ? (uint16_t)value : (uint8_t)value;
}

static void emit_signed(struct output *out, const struct conversion *conv, va_list *arguments)
{
	uint64_t value = unsigned_argument(conv, arguments);
	uint64_t top = (uint64_t)1 << (conv->size * 8 - 1);
	/* Extends the sign from the size that was asked for. */
	int64_t number = (int64_t)((value ^ top) - top);
	char prefix[2] = {number < 0 ? '-' : conv->sign, 0};

	emit_number(out, conv, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, "0123456789",
		    prefix);
}

static void convert(struct output *out, struct conversion *conv, char type, va_list *arguments)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	const char *text;
	char c;

	switch (type) {
	case 'd':
	case 'i':
		emit_signed(out, conv, arguments);
		break;
	case 'u':
		emit_number(out, conv, unsigned_argument(conv, arguments), 10, lower, "");
		break;
	case 'o':
		emit_number(out, conv, unsigned_argument(conv, arguments), 8, lower, "");
		break;
	case 'x':
	case 'X':
		emit_number(out, conv, unsigned_argument(conv, arguments), 16,
			    type == 'x' ? lower : upper, "");
		break;
	case 'p':
		conv->size = sizeof(void *);
		emit_number(out, conv, (uintptr_t)va_arg(*arguments, void *), 16, lower, "0x");
		break;
	case 's':
		text = va_arg(*arguments, const char *);
		if (!text)
			text = "(null)";
		emit_text(out, conv, text,
			  strnlen(text, conv->precision < 0 ? SIZE_MAX : (size_t)conv->precision));
		break;
	case 'c':
		c = (char)va_arg(*arguments, int);
		emit_text(out, conv, &c, 1);
		break;
	default:
		emit(out, type);
	}
}

static int format_to(struct output *out, const char *format, va_list arguments)
{
	va_list copy;

	/* A copy, because a va_list that is a parameter may be an array and has no address. */
	va_copy(copy, arguments);
	while (*format) {
		struct conversion conv;

		if (*format != '%') {
			emit(out, *format++);
			continue;
		}
		format++;
		parse(&conv, &format, &copy);
		if (*format)
			convert(out, &conv, *format++, &copy);
	}
	va_end(copy);
	return (int)out->length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
	char nothing;
	struct output out = {size ? buffer : &nothing, size ? size - 1 : 0, 0};
	int length = format_to(&out, format, arguments);

	if (size)
		buffer[out.length < out.size ? out.length : out.size] = 0;
	return length;
}

int vprintf(const char *format, va_list arguments)
{
	struct output out = {NULL, 0, 0};

	return format_to(&out, format, arguments);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(buffer, size, format, arguments);

	va_end(arguments);
	return length;
}

int printf(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vprintf(format, arguments);

	va_end(arguments);
	return length;
}

int putchar(int c)
{
	board_putc((char)c);
	return c;
}

int puts(const char *s)
{
	board_puts(s);
	board_putc('\n');
	return 0;
}
