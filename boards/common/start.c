/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main: the same on every board. The symbols are those of sections.ld and xtensa.ld.
 */
#include <string.h>
#include "internal.h"
#ifdef __PICOLIBC__
#include <picolibc.h>
#endif
#ifdef PICOLIBC_TLS
#include <picotls.h>
#endif

extern char board_data_start[], board_data_end[], board_data_source[];
extern char board_bss_start[], board_bss_end[];
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

extern int main(void);

#define PAINT 0xc5c5c5c5u

/* Below this much under the current frame nothing is in use. */
#define PAINT_MARGIN 64

static void paint_stack(void)
{
	uintptr_t end = (uintptr_t)__builtin_frame_address(0) - PAINT_MARGIN;

	/* Volatile, so that it does not become a call that works on the stack it paints. */
	for (volatile uint32_t *p = (uint32_t *)board_stack_bottom; (uintptr_t)(p + 1) <= end; p++)
		*p = PAINT;
}

size_t board_stack_used(void)
{
	const uint32_t *p = (const uint32_t *)board_stack_bottom;

	while (p < (const uint32_t *)board_stack_top && *p == PAINT)
		p++;
	return (size_t)(board_stack_top - (const char *)p);
}

size_t board_stack_size(void)
{
	return (size_t)(board_stack_top - board_stack_bottom);
}

/* errno is thread-local in picolibc; there is one thread, whose block is in place in RAM. */
static void set_thread_pointer(void)
{
#if defined(PICOLIBC_TLS)
	extern char __tls_base[];

	_set_tls(__tls_base);
#elif defined(__aarch64__)
	extern char __tls_base[], __arm64_tls_tcb_offset[];

	__asm__ volatile("msr tpidr_el0, %0"
			 :
			 : "r"((uintptr_t)__tls_base - (uintptr_t)__arm64_tls_tcb_offset));
#endif
}

void board_start(void)
{
	if (&board_data_source[0] != &board_data_start[0])
		memcpy(board_data_start, board_data_source,
		       (size_t)(board_data_end - board_data_start));
	memset(board_bss_start, 0, (size_t)(board_bss_end - board_bss_start));
	paint_stack();
	set_thread_pointer();
	for (void (**init)(void) = __init_array_start; init < __init_array_end; init++)
		(*init)();
	board_exit(main());
}
