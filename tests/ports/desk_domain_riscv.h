/* SPDX-License-Identifier: Apache-2.0 */
/* Before ports/riscv_m/domain.c and files of ports/mcu: as desk_mpu.h, with what traps are about.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __riscv      1
#define __riscv_xlen 64
#include <llext/domain_port.h>
#include "desk_mpu.h"

extern struct desk_trap {
	uintptr_t mstatus, mcause, mepc, mtval;
} desk_trap;

#undef CSR_READ
#undef CSR_WRITE
#define CSR_READ(name)         (*desk_csr_##name())
#define CSR_WRITE(name, value) desk_write(desk_csr_##name(), (value))
void desk_write(uintptr_t *csr, uintptr_t value);
#define TRAP(name)                                                                                 \
	static inline uintptr_t *desk_csr_##name(void)                                             \
	{                                                                                          \
		return &desk_trap.name;                                                            \
	}
#define PMP(name)                                                                                  \
	static inline uintptr_t *desk_csr_##name(void)                                             \
	{                                                                                          \
		return &desk_pmp.name;                                                             \
	}
/* clang-format off */
TRAP(mstatus) TRAP(mcause) TRAP(mepc) TRAP(mtval)
PMP(pmpcfg0) PMP(pmpcfg2)
PMP(pmpaddr0) PMP(pmpaddr1) PMP(pmpaddr2) PMP(pmpaddr3) PMP(pmpaddr4) PMP(pmpaddr5) PMP(pmpaddr6) PMP(pmpaddr7)
PMP(pmpaddr8) PMP(pmpaddr9) PMP(pmpaddr10) PMP(pmpaddr11) PMP(pmpaddr12) PMP(pmpaddr13) PMP(pmpaddr14) PMP(pmpaddr15)
	/* clang-format on */
