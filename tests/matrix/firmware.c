/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's side: functions, and what compilers call by themselves. */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <llext/symbol.h>
#include "matrix.h"

int firmware_variable;
const int firmware_table[4] = {11, 22, 33, 44};
int notes[NOTES];
size_t note_count;
unsigned int ubsan_reports;

int firmware_add(int a, int b)
{
	return a + b;
}

int firmware_sum(int count, ...)
{
	va_list args;
	int sum = 0;

	va_start(args, count);
	while (count-- > 0)
		sum += va_arg(args, int);
	va_end(args);
	return sum;
}

int firmware_apply(int (*function)(int), int value)
{
	return function(value) + 1;
}

double firmware_half(double value)
{
	return value / 2;
}

void firmware_note(int value)
{
	if (note_count < NOTES)
		notes[note_count++] = value;
}

EXPORT_SYMBOL(firmware_add);
EXPORT_SYMBOL(firmware_sum);
EXPORT_SYMBOL(firmware_apply);
EXPORT_SYMBOL(firmware_half);
EXPORT_SYMBOL(firmware_note);
EXPORT_SYMBOL(firmware_variable);
EXPORT_SYMBOL(firmware_table);

EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(strlen);

/* Only the addresses matter. */
#define EXPORT_RUNTIME(name)                                                                       \
	extern const char name[];                                                                  \
	EXPORT_SYMBOL(name)

EXPORT_RUNTIME(__divti3);
EXPORT_RUNTIME(__modti3);
EXPORT_RUNTIME(_Znwm);
EXPORT_RUNTIME(_ZdlPv);
EXPORT_RUNTIME(_ZdlPvm);
EXPORT_RUNTIME(__cxa_throw);
EXPORT_RUNTIME(__cxa_rethrow);
EXPORT_RUNTIME(__cxa_allocate_exception);
EXPORT_RUNTIME(__cxa_free_exception);
EXPORT_RUNTIME(__cxa_begin_catch);
EXPORT_RUNTIME(__cxa_end_catch);
EXPORT_RUNTIME(__cxa_guard_acquire);
EXPORT_RUNTIME(__cxa_guard_release);
EXPORT_RUNTIME(__cxa_guard_abort);
EXPORT_RUNTIME(__cxa_pure_virtual);
EXPORT_RUNTIME(__dynamic_cast);
EXPORT_RUNTIME(__gxx_personality_v0);
EXPORT_RUNTIME(_Unwind_Resume);
EXPORT_RUNTIME(_ZSt9terminatev);
EXPORT_RUNTIME(_ZTIi);
EXPORT_RUNTIME(_ZTVN10__cxxabiv117__class_type_infoE);
EXPORT_RUNTIME(_ZTVN10__cxxabiv120__si_class_type_infoE);
EXPORT_RUNTIME(_ZTI13FirmwareError);
EXPORT_RUNTIME(_ZN13FirmwareErrorC1Ei);
EXPORT_RUNTIME(_ZN13FirmwareErrorD1Ev);

/* -fsanitize=undefined: reports are counted. */
#define UBSAN_HANDLER(name)                                                                        \
	void __ubsan_handle_##name(void);                                                          \
	void __ubsan_handle_##name(void)                                                           \
	{                                                                                          \
		ubsan_reports++;                                                                   \
	}                                                                                          \
	EXPORT_SYMBOL(__ubsan_handle_##name)

UBSAN_HANDLER(add_overflow);
UBSAN_HANDLER(sub_overflow);
UBSAN_HANDLER(mul_overflow);
UBSAN_HANDLER(negate_overflow);
UBSAN_HANDLER(divrem_overflow);
UBSAN_HANDLER(shift_out_of_bounds);
UBSAN_HANDLER(out_of_bounds);
UBSAN_HANDLER(type_mismatch_v1);
UBSAN_HANDLER(load_invalid_value);
UBSAN_HANDLER(pointer_overflow);
UBSAN_HANDLER(nonnull_arg);
UBSAN_HANDLER(vla_bound_not_positive);
UBSAN_HANDLER(float_cast_overflow);
UBSAN_HANDLER(builtin_unreachable);
UBSAN_HANDLER(missing_return);
