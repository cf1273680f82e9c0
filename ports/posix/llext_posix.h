/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The port for a process on Linux: memory for the LLEXT heap beside what llext/heap.h asks for.
 */
#ifndef LLEXT_POSIX_H_
#define LLEXT_POSIX_H_

#include <stddef.h>
#include <llext/heap.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Map @p bytes of memory for llext_heap_init(), near the program's own code, so that code
 * compiled without -fpic reaches the program's functions and variables: in the lowest 2 GiB where
 * the program itself is there (-no-pie), else within 1 GiB of it; anywhere if that fails.
 * @return page-aligned memory, readable and writable; NULL with errno set where there is none.
 * Give it back with munmap().
 */
void *llext_posix_map(size_t bytes);

/**
 * Map the same @p bytes of memory twice: writable at area->mem, and at area->load as the
 * extension will see them. Then no address is ever made writable that code was run from. For
 * llext_heap_init_areas().
 * @return 0 or a negative errno.
 */
int llext_posix_map_alias(size_t bytes, struct llext_heap_area *area);

/**
 * Map @p bytes of memory for a domain (llext_domain_config.mem), or for a buffer that a domain
 * shares (llext_domain_share()): the domain's process sees it, too. For builds with user mode.
 * @return page-aligned memory; NULL with errno set where there is none. Give it back with munmap().
 */
void *llext_posix_map_domain(size_t bytes);

/**
 * Messages above this level (LLEXT_LOG_*) are not printed; LLEXT_LOG_WRN to begin with. The
 * library must have been built with a level at least as high.
 */
extern int llext_posix_log_level;

/** Undo llext_posix_map_alias(). */
void llext_posix_unmap_alias(const struct llext_heap_area *area);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_POSIX_H_ */
