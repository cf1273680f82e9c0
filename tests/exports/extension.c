/* SPDX-License-Identifier: Apache-2.0 */
/* Ten functions, exported in the order that a macro names; each returns its place by name. */
#include <llext/symbol.h>

/* So much in common that names cannot be sorted character by character in reasonable time. */
#define PREFIX a_name_that_is_the_same_in_all_of_them_for_more_characters_than_anybody_would_write_

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifdef LONG
#define NAME(x) JOIN(PREFIX, x)
#else
#define NAME(x) x
#endif

#ifdef GLOBALS
#define SCOPE
#else
#define SCOPE static
#endif

/* Names of others stand between those of exports. */
#ifdef SCATTERED
#define BETWEEN(x) __attribute__((visibility("hidden"))) int not_exported_but_of_a_long_name_##x;
#else
#define BETWEEN(x)
#endif

#define FUNCTION(x, number)                                                                        \
	SCOPE int function_##x(void);                                                              \
	SCOPE int function_##x(void)                                                               \
	{                                                                                          \
		return number;                                                                     \
	}                                                                                          \
	BETWEEN(x)
#define EXPORT(x)        EXPORT_(x, NAME(x))
#define EXPORT_(x, name) LL_EXTENSION_SYMBOL_NAMED(function_##x, name);

FUNCTION(adc_close, 0)
FUNCTION(adc_open, 1)
FUNCTION(adc_open_late, 2)
FUNCTION(can_get, 3)
FUNCTION(can_set, 4)
FUNCTION(dma_start, 5)
FUNCTION(dma_stop, 6)
#ifdef VERSIONS
FUNCTION(second, 7)
FUNCTION(first, 70)
__asm__(".symver function_first, function_gpio_get@V1, remove\n"
	".symver function_second, function_gpio_get@@V2, remove\n");
#else
FUNCTION(gpio_get, 7)
#endif
FUNCTION(gpio_set, 8)
FUNCTION(uart_write, 9)

#if defined(SORTED)
EXPORT(adc_close)
EXPORT(adc_open)
EXPORT(adc_open_late)
EXPORT(can_get)
EXPORT(can_set)
EXPORT(dma_start)
EXPORT(dma_stop)
EXPORT(gpio_get)
EXPORT(gpio_set)
EXPORT(uart_write)
#elif defined(REVERSED)
EXPORT(uart_write)
EXPORT(gpio_set)
EXPORT(gpio_get)
EXPORT(dma_stop)
EXPORT(dma_start)
EXPORT(can_set)
EXPORT(can_get)
EXPORT(adc_open_late)
EXPORT(adc_open)
EXPORT(adc_close)
#elif !defined(GLOBALS)
EXPORT(dma_stop)
EXPORT(adc_open_late)
EXPORT(gpio_get)
EXPORT(can_get)
EXPORT(adc_close)
EXPORT(uart_write)
EXPORT(can_set)
EXPORT(gpio_set)
EXPORT(adc_open)
EXPORT(dma_start)
#endif
#ifdef TWICE
__asm__(".pushsection .rodata.twice, \"a\"\n.Ltwice: .asciz \"can_get\"\n.popsection\n"
	".pushsection .exported_sym, \"aw\"\n.quad .Ltwice, .text\n.popsection\n");
#endif
