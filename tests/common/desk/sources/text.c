/* SPDX-License-Identifier: Apache-2.0 */
/* Text: tables of strings, dense and sparse switches, variable arguments, 64-bit arithmetic. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

extern size_t strlen(const char *);
extern int platform_write(const char *text, size_t length);

static const char *const months[] = {"January",   "February", "March",    "April",
				     "May",       "June",     "July",     "August",
				     "September", "October",  "November", "December"};
static const char digits[] = "0123456789abcdef";
static char buffer[200];
static uint64_t written = 1;

static char *number(char *out, uint64_t value, unsigned int base)
{
	char text[24];
	size_t length = 0;

	do {
		text[length++] = digits[value % base];
		value /= base;
	} while (value != 0);
	while (length > 0)
		*out++ = text[--length];
	return out;
}

const char *text_kind(int c)
{
	switch (c) {
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
		return "low digit";
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return "high digit";
	case 'a':
	case 'e':
	case 'i':
	case 'o':
	case 'u':
		return "vowel";
	case ' ':
		return "space";
	case 1000:
		return months[0];
	case 100000:
		return months[11] + 3;
	default:
		return "other";
	}
}

int text_steps(int op, int a, int b)
{
	switch (op) {
	case 0:
		return a + b;
	case 1:
		return a - b;
	case 2:
		return a * b;
	case 3:
		return b != 0 ? a / b : 0;
	case 4:
		return b != 0 ? a % b : 0;
	case 5:
		return a << (b & 31);
	case 6:
		return a >> (b & 31);
	case 7:
		return text_steps(b & 3, b, a) + 1;
	default:
		return -1;
	}
}

int text_format(const char *format, ...)
{
	va_list args;
	char *out = buffer;

	va_start(args, format);
	for (; *format != '\0' && out < buffer + 150; format++) {
		if (*format != '%') {
			*out++ = *format;
			continue;
		}
		switch (*++format) {
		case 'd':
			out = number(out, (uint64_t)va_arg(args, int), 10);
			break;
		case 'x':
			out = number(out, va_arg(args, unsigned int), 16);
			break;
		case 'm':
			for (const char *s = months[va_arg(args, unsigned int) % 12]; *s != '\0';)
				*out++ = *s++;
			break;
		default:
			*out++ = '%';
			break;
		}
	}
	va_end(args);
	written += (uint64_t)(out - buffer) * 3 / 2;
	return platform_write(buffer, strlen(buffer)) + (int)(written >> 33);
}
