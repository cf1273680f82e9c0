/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration makes of the core: conditions that more than one file asks for. */
#ifndef LLEXT_BUILD_H_
#define LLEXT_BUILD_H_

#include <llext/config.h>
#include "arch/arch.h"
#include "fast/fast.h"
#include "folders.h"

/*
 * ONE_PIECE: true if an extension is one allocation, written at its run address: no protection, no
 * split heap, nothing in place, no segments.
 */
#define LINKED_FILES                                                                               \
	(LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) || LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE))
#define ONE_BLOCK (!LLEXT_ON(CONFIG_LLEXT_PROTECT) && !LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP))
#define ONE_PIECE (ONE_BLOCK && !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && !LINKED_FILES)

/* Can extensions be loaded into domains (src/sandbox)? */
#if LLEXT_ON(CONFIG_USERSPACE)
#define SANDBOX 1
#if ONE_BLOCK
#error "CONFIG_USERSPACE needs CONFIG_LLEXT_PROTECT"
#endif
#else
#define SANDBOX 0
#endif

/*
 * VENEERS_LATER: a load reserves a veneer for each import and makes it when a branch first needs
 * it. Only where code has a block of its own can the rest of that room be given back.
 */
#define VENEERS_LATER (LLEXT_FAST_ARM && !ONE_BLOCK && !LLEXT_ON(CONFIG_LLEXT_CONSTANTS_WITH_CODE))

/* A load may start without counting what relocations need: see restart.c. */
#define COUNTS_LATER (VENEERS_LATER || LLEXT_FAST_RISCV)

#endif /* LLEXT_BUILD_H_ */
