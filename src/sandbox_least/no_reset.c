/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instead of sandbox/domain_reset.c: nothing is read anew, and a domain that has faulted stays
 * stopped.
 */
#include "../sandbox/sandbox.h"

#if SANDBOX

int llext_domain_reset(struct k_mem_domain *domain)
{
	(void)domain;
	return -ENOTSUP;
}

bool llext_domain_restart(struct k_mem_domain *domain)
{
	(void)domain;
	return true;
}

int llext_sandbox_piece_again(struct load *ld, enum llext_access access, size_t bytes,
			      struct llext_extent *extent)
{
	(void)ld, (void)access, (void)bytes, (void)extent;
	return -ENOTSUP;
}

bool llext_sandbox_uses(const struct llext *ext, const struct llext *other)
{
	(void)ext, (void)other;
	return false;
}

#endif /* SANDBOX */
