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

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_APP_MEMORY_MEM_DOMAIN_H_ */
