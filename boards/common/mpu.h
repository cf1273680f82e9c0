/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory protection of the board's core, one interface for PMSAv7, PMSAv8, PMP, page tables and
 * Xtensa's regions. Off after reset.
 *
 * What no range covers stays as it is after reset for the firmware (on AArch64: see aarch64/mpu.c).
 */
#ifndef BOARD_MPU_H
#define BOARD_MPU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOARD_MPU_READ    1u
#define BOARD_MPU_WRITE   2u
#define BOARD_MPU_EXECUTE 4u
#define BOARD_MPU_USER    8u /* user mode too; without it, privileged code only where that exists */

struct board_mpu {
	unsigned slots;        /* how many ranges at once; 0: no protection at all */
	size_t granule;        /* starts and sizes are multiples of this */
	unsigned power_of_two; /* sizes are powers of two, and starts multiples of the size ... */
	size_t eighths; /* ... or from this size on eighths of it, 0: never; starts as before */
	int overlap; /* who wins: 1 the higher slot, -1 the lower; 0 if ranges must not overlap */
	unsigned read_only; /* a range can be made executable or readable, yet not writable */
};

const struct board_mpu *board_mpu(void);

/* Switches protection on, with all slots empty. Returns 0, or -ENOTSUP if the core has none. */
int board_mpu_enable(void);

/*
 * Sets one range. Returns -EINVAL for a slot, an alignment, a size or a combination of rights that
 * the hardware does not have: these are checked here because the emulator is laxer than hardware.
 */
int board_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access);

/* Takes back what board_mpu_set() did for this slot and range. */
int board_mpu_clear(unsigned slot, uintptr_t start, size_t size);

#ifdef __cplusplus
}
#endif
#endif /* BOARD_MPU_H */
