/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zephyr's memory domains over those of Tenon. A thread with K_USER calls into its domain; see
 * threads.c.
 */
#include <llext/domain.h>
#include <zephyr/kernel.h>

static struct {
	const struct llext_domain_config *config;
	struct k_mem_domain *user; /* NULL: none */
} places[K_MEM_DOMAINS];

int k_mem_domain_use(const struct llext_domain_config *const configs[], size_t count)
{
	if (count > K_MEM_DOMAINS)
		return -EINVAL;
	memset(places, 0, sizeof(places));
	for (size_t i = 0; i < count; i++)
		places[i].config = configs[i];
	return 0;
}

int k_mem_domain_init(struct k_mem_domain *domain, uint8_t num_parts,
		      struct k_mem_partition *parts[])
{
	size_t at = 0;
	int rc;

	while (at < K_MEM_DOMAINS && (places[at].config == NULL || places[at].user != NULL))
		at++;
	if (at == K_MEM_DOMAINS)
		return -ENOSPC;
	memset(domain, 0, sizeof(*domain)); /* Zephyr's callers do not */
	rc = llext_domain_init(domain, places[at].config);
	if (rc != 0)
		return rc;
	places[at].user = domain;
	for (uint8_t i = 0; rc == 0 && i < num_parts; i++)
		rc = k_mem_domain_add_partition(domain, parts[i]);
	if (rc != 0)
		(void)k_mem_domain_deinit(domain);
	return rc;
}

int k_mem_domain_deinit(struct k_mem_domain *domain)
{
	int rc = llext_domain_fini(domain);

	for (size_t i = 0; rc == 0 && i < K_MEM_DOMAINS; i++) {
		if (places[i].user == domain)
			places[i].user = NULL;
	}
	return rc;
}

int k_mem_domain_add_partition(struct k_mem_domain *domain, struct k_mem_partition *part)
{
	return llext_domain_share(domain, (void *)part->start, part->size,
				  (enum llext_access)part->attr);
}

int k_mem_domain_remove_partition(struct k_mem_domain *domain, struct k_mem_partition *part)
{
	return llext_domain_share(domain, (void *)part->start, 0, (enum llext_access)part->attr);
}

int k_mem_domain_add_thread(struct k_mem_domain *domain, struct k_thread *thread)
{
	thread->domain = domain;
	return 0;
}
