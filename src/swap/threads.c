/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that may return into an extension. Their stacks are read word by word: any word that is
 * an address in the extension's code counts, be it a return address, a saved program counter, or
 * left there by something that ended long ago. So this may find too much, and never too little.
 *
 * The calling thread is in the library: what it returns to was called from the instruction before.
 */
#include "swap.h"

struct scan {
	const struct llext *ext;
	int (*each)(const struct stack_word *word, void *arg);
	void *arg;
};

#if LLEXT_TARGET_ARM
static bool is_after_call(const uint8_t *end, size_t before)
{
	uint16_t last = (uint16_t)(end[-2] | end[-1] << 8), first;

	if ((last & 0xff87) == 0x4780) /* blx register */
		return true;
	if (before < 4)
		return false;
	first = (uint16_t)(end[-4] | end[-3] << 8);
	return (first & 0xf800) == 0xf000 && (last & 0xc000) == 0xc000; /* bl */
}
#elif LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
static bool is_after_call(const uint8_t *end, size_t before)
{
	uint16_t last = (uint16_t)(end[-2] | end[-1] << 8), first;

	if ((last & 0xf07f) == 0x9002 && (last & 0x0f80) != 0) /* c.jalr */
		return true;
	if ((last & 0xe003) == 0x2001) /* c.jal */
		return true;
	if (before < 4)
		return false;
	first = (uint16_t)(end[-4] | end[-3] << 8);
	return (first & 0x7f) == 0x6f || (first & 0x7f) == 0x67; /* jal, jalr */
}
#else
static bool is_after_call(const uint8_t *end, size_t before)
{
	(void)end;
	(void)before;
	return true;
}
#endif

/* May a call have left this address? */
static bool may_return_to(const struct llext *ext, uintptr_t address)
{
	uintptr_t code = (uintptr_t)code_address((elf_addr)address);
	size_t room = 0;
	const uint8_t *before = llext_write_address(ext, (elf_addr)(code - 2), &room);
	size_t bytes = 2;

	if (before == NULL || LLEXT_ON(CONFIG_LLEXT_WORD_CODE))
		return before != NULL;
	if (llext_write_address(ext, (elf_addr)(code - 4), &room) != NULL)
		bytes = 4;
	return is_after_call(before + 2, bytes);
}

static __attribute__((no_sanitize("address", "thread"))) int
scan_stack(const struct llext_thread_stack *stack, void *arg)
{
	const struct scan *scan = arg;
	uintptr_t place = aligned((size_t)stack->start, sizeof(uintptr_t));
	int rc = 0;

	for (; rc == 0 && place < stack->end && stack->end - place >= sizeof(uintptr_t);
	     place += sizeof(uintptr_t)) {
		const struct stack_word word = {stack->name, place,
						*(const volatile uintptr_t *)place};

		/* The address behind a call may be the one behind the code's end. */
		if ((llext_in_text(scan->ext, (elf_addr)word.value) ||
		     llext_in_text(scan->ext, (elf_addr)word.value - 1)) &&
		    (!stack->current || may_return_to(scan->ext, word.value)))
			rc = scan->each(&word, scan->arg);
	}
	return rc;
}

int llext_threads_scan(const struct llext *ext,
		       int (*each)(const struct stack_word *word, void *arg), void *arg)
{
	const struct llext_swap_port *port = llext_swap_port();
	struct scan scan = {ext, each, arg};

	return port->threads != NULL ? port->threads(scan_stack, &scan) : 0;
}
