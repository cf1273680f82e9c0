/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's memory domains, over those of Tenon (llext/domain.h).
 */
#ifndef ZEPHYR_APP_MEMORY_MEM_DOMAIN_H_
#define ZEPHYR_APP_MEMORY_MEM_DOMAIN_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>
#include <zephyr/toolchain.h>
#ifdef CONFIG_USERSPACE
#include <llext/domain.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What a domain may do with a piece of memory: an enum llext_access. */
typedef uint8_t k_mem_partition_attr_t;
#define K_MEM_PARTITION_P_RW_U_RW ((k_mem_partition_attr_t)0)
#define K_MEM_PARTITION_P_RW_U_RO ((k_mem_partition_attr_t)1)
#define K_MEM_PARTITION_P_RO_U_RO ((k_mem_partition_attr_t)1)

/** A piece of memory. */
struct k_mem_partition {
	uintptr_t start;
	size_t size;
	k_mem_partition_attr_t attr;
};

#ifdef CONFIG_USERSPACE
struct k_thread;

/**
 * What domains are made of, which in Zephyr is the kernel's business: one configuration for each
 * domain that is in use at a time; they must stay. Call it before the first k_mem_domain_init().
 * @return 0; -EINVAL where there are more than K_MEM_DOMAINS.
 */
#define K_MEM_DOMAINS 8
int k_mem_domain_use(const struct llext_domain_config *const configs[], size_t count);

/**
 * Make a domain, with pieces of memory that it may use, as llext_domain_share() takes them.
 * An extension is loaded for it with llext_load_param.domain, after this.
 * @return 0; -ENOSPC where all configurations are in use; the error of llext_domain_init() or
 * llext_domain_share(): then it is no domain.
 */
int k_mem_domain_init(struct k_mem_domain *domain, uint8_t num_parts,
		      struct k_mem_partition *parts[]);

/** End a domain, which must have no extension any more. @return as llext_domain_fini(). */
int k_mem_domain_deinit(struct k_mem_domain *domain);

/** @return as llext_domain_share(). */
int k_mem_domain_add_partition(struct k_mem_domain *domain, struct k_mem_partition *part);
int k_mem_domain_remove_partition(struct k_mem_domain *domain, struct k_mem_partition *part);

/** A thread with K_USER then runs in this domain. Before it starts. @return 0. */
int k_mem_domain_add_thread(struct k_mem_domain *domain, struct k_thread *thread);
#endif

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_APP_MEMORY_MEM_DOMAIN_H_ */
