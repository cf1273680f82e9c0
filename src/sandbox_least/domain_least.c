/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instead of domain_fault.c, domain_reset.c, resource.c and add_domain.c, for a firmware that stops
 * a domain for good: the record of a fault names no extension and no symbol, nothing is read anew,
 * and gates give out neither resources nor handles.
 */
#include "../sandbox/sandbox.h"

#if SANDBOX

void llext_domain_complete(const struct k_mem_domain *domain)
{
	(void)domain;
}

int llext_domain_reset(struct k_mem_domain *domain)
{
	(void)domain;
	return -ENOTSUP;
}

void llext_domain_restart(struct k_mem_domain *domain)
{
	(void)domain;
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

void llext_resources_release(const struct k_mem_domain *domain)
{
	(void)domain;
}

const struct llext_resource *llext_sandbox_resource(const struct k_mem_domain *domain,
						    const struct llext_resource *before)
{
	(void)domain, (void)before;
	return NULL;
}

bool llext_handle_is(const struct k_mem_domain *domain, int handle, uint8_t kind)
{
	(void)domain, (void)handle, (void)kind;
	return false;
}

void llext_domain_drop_stack(struct k_mem_domain *domain)
{
	(void)domain;
}

#endif /* SANDBOX */
