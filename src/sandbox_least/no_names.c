/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instead of sandbox/domain_fault.c: the record of a fault has addresses, and names no extension
 * and no symbol.
 */
#include "../sandbox/sandbox.h"

#if SANDBOX

void llext_domain_complete(const struct k_mem_domain *domain)
{
	(void)domain;
}

#endif /* SANDBOX */
