/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that may return into an extension. Their stacks are read word by word: any word that is
 * an address in the extension's code counts, be it a return address, a saved program counter, or
 * left there by something that ended long ago. So this may find too much, and never too little.
 *
 * The calling thread is in the library: what it returns to was called from the instruction before.
 */
#include "swap.h"
#include "../call_site.h"

struct scan {
	const struct llext *ext;
	int (*each)(const struct stack_word *word, void *arg);
	void *arg;
};

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
