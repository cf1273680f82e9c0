/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's side of api.h. */
#include <stdlib.h>
#include <string.h>
#include <llext/domain.h>
#include "suite.h"

int gate_calls, last_narrow[5], opened, released[8], released_count;

void (*gate_hook)(void); /* for one call */

static void run_hook(void)
{
	void (*hook)(void) = gate_hook;

	gate_hook = NULL;
	if (hook != NULL)
		hook();
}

int fw_nothing(void)
{
	gate_calls++;
	run_hook();
	return 7;
}
EXPORT_GATE(fw_nothing);

int fw_twice(int x)
{
	gate_calls++;
	return 2 * x;
}
EXPORT_GATE(fw_twice, VALUE(int, x));

uint64_t fw_wide(uint32_t a, uint64_t b, uint32_t c)
{
	return b * 10 + a * 3 + c;
}
EXPORT_GATE(fw_wide, VALUE(uint32_t, a), VALUE(uint64_t, b), VALUE(uint32_t, c));

double fw_scale(float a, double b, int c)
{
	return (double)a * b + c;
}
EXPORT_GATE(fw_scale, VALUE(float, a), VALUE(double, b), VALUE(int, c));

int fw_eight(int a, int b, int c, int d, int e, int f, int g, int h)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}
EXPORT_GATE(fw_eight, VALUE(int, a), VALUE(int, b), VALUE(int, c), VALUE(int, d), VALUE(int, e),
	    VALUE(int, f), VALUE(int, g), VALUE(int, h));

/* Volatile: as they are given, not as the compiler trusts them to be. */
int fw_narrow(uint8_t a, int8_t b, uint16_t c, int16_t d, bool e)
{
	last_narrow[0] = a;
	last_narrow[1] = b;
	last_narrow[2] = c;
	last_narrow[3] = d;
	last_narrow[4] = e;
	return a + b + c + d + e;
}
EXPORT_GATE(fw_narrow, VALUE(uint8_t, a), VALUE(int8_t, b), VALUE(uint16_t, c), VALUE(int16_t, d),
	    VALUE(bool, e));

int fw_sum(const int *numbers, size_t count)
{
	int sum = 0;

	gate_calls++;
	for (size_t i = 0; i < count; i++)
		sum += numbers[i];
	return sum;
}
EXPORT_GATE(fw_sum, IN(const int *, numbers, count), VALUE(size_t, count));

int fw_copy(void *to, const void *from, size_t bytes)
{
	gate_calls++;
	memmove(to, from, bytes);
	return (int)bytes;
}
EXPORT_GATE(fw_copy, OUT(void *, to, bytes), IN(const void *, from, bytes), VALUE(size_t, bytes));

int fw_fill(uint8_t *to, size_t bytes)
{
	gate_calls++;
	memset(to, 0xa5, bytes);
	return 0;
}
EXPORT_GATE(fw_fill, OUT(uint8_t *, to, bytes), VALUE(size_t, bytes));

int fw_length(const char *text)
{
	gate_calls++;
	return (int)strlen(text);
}
EXPORT_GATE(fw_length, STRING(const char *, text, 64));

int fw_swap(struct pair *pair)
{
	int first = pair->first;

	gate_calls++;
	pair->first = pair->second;
	pair->second = first;
	return 0;
}
EXPORT_GATE(fw_swap, OUT_ONE(struct pair *, pair));

int fw_optional(const struct pair *pair)
{
	gate_calls++;
	return pair != NULL ? pair->first : -1;
}
EXPORT_GATE(fw_optional, IN_ONE_OR_NULL(const struct pair *, pair));

/* As a firmware calls what a sandboxed extension has given it; a trusted one's it just calls. */
static int call(int (*function)(int), int x)
{
	struct k_mem_domain *domain = llext_domain_current();
	const struct llext_domain_args args = {.word = {(uintptr_t)x}};
	struct llext_domain_result result;
	int rc;

	if (domain == NULL)
		return function(x);
	rc = llext_domain_call(domain, (const void *)(uintptr_t)function, &args, &result, 0);
	return rc != 0 ? rc : (int)result.word[0];
}

int fw_call_back(int (*function)(int), int x)
{
	gate_calls++;
	return call(function, x);
}
EXPORT_GATE(fw_call_back, CALLBACK(int (*)(int), function), VALUE(int, x));

int fw_call_many(int (*function)(int), int depth)
{
	return call(function, depth - 1);
}
EXPORT_GATE(fw_call_many, CALLBACK(int (*)(int), function), VALUE(int, depth));

#define KIND 5

static void release(void *object)
{
	released[released_count++ % 8] = *(int *)object;
	opened--;
}

int fw_open(int what)
{
	static int objects[8];

	opened++;
	objects[what & 7] = what;
	return llext_handle_new(KIND, &objects[what & 7], release);
}
EXPORT_GATE(fw_open, VALUE(int, what));

int fw_use(int handle)
{
	const int *object = llext_handle_get(handle, KIND);

	return object != NULL ? *object : -1;
}
EXPORT_GATE(fw_use, HANDLE(int, handle, KIND));

int fw_close(int handle)
{
	if (llext_handle_close(handle, KIND) == NULL)
		return -1;
	opened--;
	return 0;
}
EXPORT_GATE(fw_close, HANDLE(int, handle, KIND));

/* Three that do nothing: they differ in what is checked. */
int fw_take_none(uintptr_t a, size_t count, uintptr_t b)
{
	(void)a;
	(void)count;
	(void)b;
	return 0;
}
EXPORT_GATE(fw_take_none, VALUE(uintptr_t, a), VALUE(size_t, count), VALUE(uintptr_t, b));

int fw_take_one(const int *a, size_t count, uintptr_t b)
{
	(void)a;
	(void)count;
	(void)b;
	return 0;
}
EXPORT_GATE(fw_take_one, IN(const int *, a, count), VALUE(size_t, count), VALUE(uintptr_t, b));

int fw_take_two(const int *a, size_t count, const int *b)
{
	(void)a;
	(void)count;
	(void)b;
	return 0;
}
EXPORT_GATE(fw_take_two, IN(const int *, a, count), VALUE(size_t, count),
	    IN(const int *, b, count));

/* What returns nothing leaves its first argument where a result would be. */
void fw_take_nothing(uintptr_t a, size_t count, uintptr_t b)
{
	(void)a;
	(void)count;
	(void)b;
}
EXPORT_GATE(fw_take_nothing, VALUE(uintptr_t, a), VALUE(size_t, count), VALUE(uintptr_t, b));

void fw_look_at_one(const int *a, size_t count, uintptr_t b)
{
	(void)a;
	(void)count;
	(void)b;
}
EXPORT_GATE(fw_look_at_one, IN(const int *, a, count), VALUE(size_t, count), VALUE(uintptr_t, b));

void fw_look_closer(const char *text, int b)
{
	(void)text;
	(void)b;
}
EXPORT_GATE(fw_look_closer, STRING(const char *, text, 64), VALUE(int, b));

/* It may leave in the register what is above that. */
int fw_low(uintptr_t x)
{
#ifdef __x86_64__
	__asm__("" : "+a"(x));
#endif
	return (int)x;
}
EXPORT_GATE(fw_low, VALUE(uintptr_t, x));

/* For trusted extensions; in a domain its own heap takes their place. */
void *fw_malloc(size_t bytes)
{
	return malloc(bytes);
}

void fw_free(void *mem)
{
	free(mem);
}
EXPORT_DOMAIN_HEAP(fw_malloc, fw_free);

int fw_bad_mood, fw_moods;

int fw_mood(void)
{
	fw_moods++;
	run_hook();
	return fw_bad_mood;
}
EXPORT_GATE(fw_mood);

int fw_plain(int x)
{
	return x;
}
EXPORT_SYMBOL(fw_plain);

int __fw_help(int x);

int __fw_help(int x)
{
	return x + 1;
}
EXPORT_SYMBOL(__fw_help);

int fw_misplaced(int x)
{
	return x;
}
EXPORT_USER(fw_misplaced);

LLEXT_USER_TEXT int user_add(int a, int b)
{
	return a + b;
}
EXPORT_USER(user_add);

LLEXT_USER_TEXT void *user_copy(void *to, const void *from, size_t bytes)
{
	volatile uint8_t *out = to;
	const volatile uint8_t *in = from;

	while (bytes-- > 0)
		*out++ = *in++;
	return to;
}
EXPORT_USER(user_copy);
