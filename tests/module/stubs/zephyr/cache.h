/* SPDX-License-Identifier: Apache-2.0 */
/* A stub of what ports/zephyr uses of Zephyr's header. */
#ifndef STUB_ZEPHYR_CACHE_H
#define STUB_ZEPHYR_CACHE_H

#include <stddef.h>

int sys_cache_data_flush_range(void *address, size_t bytes);
int sys_cache_instr_invd_range(void *address, size_t bytes);

#endif /* STUB_ZEPHYR_CACHE_H */
