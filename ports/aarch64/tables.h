/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of AArch64 with 4 KiB pages (DDI 0487, section D8.3), for the first two GiB of
 * addresses, which have devices and RAM: the firmware's in mmu.c, those of domains in
 * domain_tables.c. No entry is global, as the same page has other rights in a domain's tables than
 * in the firmware's.
 */
#ifndef LLEXT_AARCH64_TABLES_H_
#define LLEXT_AARCH64_TABLES_H_

#include <stddef.h>
#include <stdint.h>

#define PAGE           ((size_t)4096)
#define ENTRIES        512
#define LEVEL1_ENTRIES 2
#define LEVEL2_ONE     ((uintptr_t)1 << 30) /* what one table of each level maps */
#define LEVEL3_ONE     ((uintptr_t)2 << 20)

#define TABLE      3ull
#define NOT_GLOBAL (1ull << 11)
/* A valid page: access flag, inner shareable, attribute 0 of MAIR, which is normal memory. */
#define PAGE_ENTRY (3ull | 1ull << 10 | 3ull << 8 | NOT_GLOBAL)
#define AP_USER    (1ull << 6)
#define AP_RO      (1ull << 7)
#define PXN        (1ull << 53)
#define UXN        (1ull << 54)
#define ADDRESS    0x0000fffffffff000ull
#define ASID_SHIFT 48 /* an address space's number, in TTBR0_EL1 and where it is forgotten */

typedef uint64_t llext_aarch64_table[ENTRIES] __attribute__((aligned(4096)));

/* The firmware's, whose ASID is 0. */
extern uint64_t llext_aarch64_level1[LEVEL1_ENTRIES];

/*
 * Switch the MMU on if it is off; then data is executable to the firmware, as it was. @return 0, or
 * the error of llext_mpu_enable().
 */
int llext_aarch64_enable(void);

#endif /* LLEXT_AARCH64_TABLES_H_ */
