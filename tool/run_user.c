/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What extensions of tenon run --sandbox call with their own rights: what compilers take for
 * granted. Those of the C library choose an implementation as they start, through memory that no
 * domain has.
 */
#include <stddef.h>
#include <stdint.h>
#include <llext/gate.h>
#include <llext/symbol.h>

#define USER(function_name)                                                                        \
	LLEXT_GATE_RECORD_(function_name) = {.name = #function_name,                               \
					     .function = (const void *)&user_##function_name,      \
					     .flags = LLEXT_GATE_USER}

static LLEXT_USER_TEXT void *user_memcpy(void *to, const void *from, size_t bytes)
{
	const uint8_t *in = from;

	for (uint8_t *out = to; bytes > 0; bytes--)
		*out++ = *in++;
	return to;
}
USER(memcpy);

static LLEXT_USER_TEXT void *user_memmove(void *to, const void *from, size_t bytes)
{
	const uint8_t *in = from;
	uint8_t *out = to;

	if ((uintptr_t)out - (uintptr_t)in >= bytes) {
		while (bytes-- > 0)
			*out++ = *in++;
	} else {
		while (bytes-- > 0)
			out[bytes] = in[bytes];
	}
	return to;
}
USER(memmove);

static LLEXT_USER_TEXT void *user_memset(void *to, int value, size_t bytes)
{
	for (uint8_t *out = to; bytes > 0; bytes--)
		*out++ = (uint8_t)value;
	return to;
}
USER(memset);

static LLEXT_USER_TEXT int user_memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a, *right = b;

	for (; bytes > 0; bytes--, left++, right++) {
		if (*left != *right)
			return *left < *right ? -1 : 1;
	}
	return 0;
}
USER(memcmp);

static LLEXT_USER_TEXT size_t user_strlen(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}
USER(strlen);

/* ---- TCC's va_arg(), which its own library has ---- */

struct tcc_va_list {
	unsigned int general, floating; /* offsets in @saved of the next registers */
	uint8_t *overflow, *saved;
};

enum { TCC_GENERAL, TCC_FLOATING, TCC_STACK }; /* where a value is passed */

#define SAVED_GENERAL 48  /* bytes: six registers of 8 */
#define SAVED_ALL     176 /* and eight of 16 */

static LLEXT_USER_TEXT void *user___va_arg(struct tcc_va_list *list, int place, int size, int align)
{
	unsigned int bytes = ((unsigned int)size + 7) & ~7u;
	uintptr_t mask = (((uintptr_t)align + 7) & ~(uintptr_t)7) - 1;
	uint8_t *at = list->saved;

	if (place == TCC_GENERAL && list->general + bytes <= SAVED_GENERAL) {
		at += list->general;
		list->general += bytes;
	} else if (place == TCC_FLOATING && list->floating + 2 * bytes <= SAVED_ALL) {
		at += list->floating;
		if (bytes == 16) /* in two registers, and one piece of memory */
			*(uint64_t *)(at + 8) = *(uint64_t *)(at + 16);
		list->floating += 2 * bytes;
	} else {
		at = (uint8_t *)(((uintptr_t)list->overflow + mask) & ~mask);
		list->overflow = at + bytes;
	}
	return at;
}
USER(__va_arg);
EXPORT_SYMBOL_NAMED(user___va_arg, __va_arg);
