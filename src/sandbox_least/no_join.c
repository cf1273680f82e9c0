/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instead of sandbox/add_domain.c: what is loaded as trusted stays so.
 */
#include "../sandbox/sandbox.h"

#if SANDBOX

bool llext_sandbox_may_join(const struct load *ld)
{
	(void)ld;
	return false;
}

void llext_sandbox_find_gate(const char *name, struct found_import *found)
{
	(void)name, (void)found;
}

size_t llext_sandbox_lead(const struct load *ld, enum llext_access access)
{
	(void)ld, (void)access;
	return 0;
}

size_t llext_sandbox_table_bytes(const struct load *ld)
{
	(void)ld;
	return 0;
}

int llext_sandbox_fill_later(struct load *ld, uint8_t *mem, uintptr_t at)
{
	(void)ld, (void)mem, (void)at;
	return 0;
}

void llext_domain_leave_stack(struct k_mem_domain *domain)
{
	domain->stack_owner = NULL;
	domain->way = (struct llext_domain_way){0};
}

#endif /* SANDBOX */
