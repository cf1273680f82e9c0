/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What api.c and gates.c call of domains, where there are none: the firmware exports the same names
 * then, and a load finds as many.
 */
#include <errno.h>
#include <llext/domain.h>
#include "sandbox.h"

struct k_mem_domain *llext_domain_current(void)
{
	return NULL;
}

int llext_domain_call(struct k_mem_domain *domain, const void *fn,
		      const struct llext_domain_args *args, struct llext_domain_result *result,
		      uint32_t ticks)
{
	(void)domain;
	(void)fn;
	(void)args;
	(void)result;
	(void)ticks;
	return -ENOTSUP;
}

int llext_handle_new(uint8_t kind, void *object, void (*release)(void *object))
{
	(void)kind;
	(void)object;
	(void)release;
	return -ENOTSUP;
}

void *llext_handle_get(int handle, uint8_t kind)
{
	(void)handle;
	(void)kind;
	return NULL;
}

void *llext_handle_close(int handle, uint8_t kind)
{
	(void)handle;
	(void)kind;
	return NULL;
}

void leave_registers(void)
{
}
