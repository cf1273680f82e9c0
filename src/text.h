/* SPDX-License-Identifier: Apache-2.0 */
/* Text of bounded size, composed without printf(). */
#ifndef LLEXT_SRC_TEXT_H_
#define LLEXT_SRC_TEXT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *out;
	size_t size, length; /* the length of the whole text, what did not fit included */
};

/*
 * A name that a file gives may have bytes that are orders to a terminal, or begin a line that looks
 * like the firmware's own. Only printable ASCII is shown as it is.
 */
static inline bool is_printable(char c)
{
	return (unsigned char)(c - ' ') <= '~' - ' ';
}

static inline char shown_as(char c)
{
	return is_printable(c) ? c : '?';
}

static inline void text_put(struct text *text, const char *string)
{
	for (; *string != '\0'; string++, text->length++) {
		if (text->length + 1 < text->size)
			text->out[text->length] = shown_as(*string);
	}
}

static inline void text_put_hex(struct text *text, uintptr_t value)
{
	char digits[2 * sizeof(value) + 1];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value != 0);
	text_put(text, "0x");
	text_put(text, digits + at);
}

/* End the text with NUL, even if it did not fit. @return its whole length. */
static inline size_t text_end(const struct text *text)
{
	if (text->size > 0)
		text->out[text->length < text->size ? text->length : text->size - 1] = '\0';
	return text->length;
}

#endif /* LLEXT_SRC_TEXT_H_ */
