/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gates for __cxa_atexit() and its kin: a domain has its own functions called when it is torn down,
 * and no others. Without this file, what imports one of them is refused.
 */
#include "sandbox.h"

#if SANDBOX && LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)

static int add_exit_function(void (*function)(void *argument), void *argument)
{
	const struct k_mem_domain *domain = llext_domain_current();
	struct llext *ext = NULL;

	llext_guard();
	if (domain != NULL)
		ext = llext_domain_extension_at(
			domain, (uintptr_t)code_address((elf_addr)(uintptr_t)function));
	llext_unguard();
	return ext != NULL ? llext_exit_function_add(ext, function, argument) : -1;
}

static int gate___cxa_atexit(void (*function)(void *argument), void *argument, void *handle)
{
	(void)handle;
	return add_exit_function(function, argument);
}

static int gate___aeabi_atexit(void *argument, void (*function)(void *argument), void *handle)
{
	(void)handle;
	return add_exit_function(function, argument);
}

static int gate_atexit(void (*function)(void))
{
	return add_exit_function((void (*)(void *))(uintptr_t)function, NULL);
}

/* The functions are looked at above; what else is given they only hand on. */
#define EXIT_GATE(its_name, count)                                                                 \
	LLEXT_GATE_RECORD_(its_name) = {.name = #its_name,                                         \
					.function = (const void *)&gate_##its_name,                \
					.checks = llext_gate_checks_none,                          \
					.words = count,                                            \
					LLEXT_GATE_KIND_(LLEXT_GATE_PLAIN | 1, LLEXT_NARROW_S32)}

EXIT_GATE(__cxa_atexit, 3);
EXIT_GATE(__aeabi_atexit, 3);
EXIT_GATE(atexit, 1);

#endif
