/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between ports/mcu and the folder of one machine: memory protection, one interface for PMSAv7,
 * PMSAv8, PMP, page tables and Xtensa's regions; and caches. Protection is off after reset.
 *
 * What no range covers stays as it is after reset for the firmware (on AArch64: see mmu.c).
 */
#ifndef LLEXT_MPU_H_
#define LLEXT_MPU_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLEXT_MPU_READ    1u
#define LLEXT_MPU_WRITE   2u
#define LLEXT_MPU_EXECUTE 4u
#define LLEXT_MPU_USER    8u /* user mode too; without it, privileged code only where that exists */

struct llext_mpu {
	unsigned slots;        /* how many ranges at once; 0: no protection at all */
	size_t granule;        /* starts and sizes are multiples of this */
	unsigned power_of_two; /* sizes are powers of two, and starts multiples of the size ... */
	size_t eighths; /* ... or from this size on eighths of it, 0: never; starts as before */
	int overlap; /* who wins: 1 the higher slot, -1 the lower; 0 if ranges must not overlap */
	unsigned read_only; /* a range can be made executable or readable, yet not writable */
	/* Where instructions are fetched from, [start, end); both 0: from anywhere. */
	uintptr_t code_start, code_end;
};

const struct llext_mpu *llext_mpu(void);

/* ports/mcu/port.c. Slots that domains need, counted from the kept ones' end; and how many slots,
 * from the other end, the heap's protection may use: 0 while it is off. */
extern unsigned llext_mcu_domain_slots;
unsigned llext_mcu_heap_slots(void);
/* Is some of this memory protected with the heap? */
bool llext_mcu_in_heap(uintptr_t start, size_t bytes);

/* Switches protection on, with all slots empty. Returns 0, or -ENOTSUP if the core has none. */
int llext_mpu_enable(void);

/*
 * Sets one range. Returns -EINVAL for a slot, an alignment, a size or a combination of rights that
 * the hardware does not have: these are checked here because emulators are laxer than hardware.
 */
int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access);

/* Takes back what llext_mpu_set() did for this slot and range. */
int llext_mpu_clear(unsigned slot, uintptr_t start, size_t size);

/* ---- for slots.c: units with slots, not page tables ---- */

struct llext_mpu_slot {
	uintptr_t start;
	size_t bytes;   /* 0: the slot is off */
	uint8_t access; /* LLEXT_MPU_* */
	uint8_t off;    /* bit n: the eighth n of it is not covered; 0 where the unit has none */
};

/* Writes one slot, which must be what the unit can express. Between hold and go_on only. */
void llext_mpu_write(unsigned slot, const struct llext_mpu_slot *what);

/* No interrupt comes until llext_mpu_go_on() is given what this returned. */
uintptr_t llext_mpu_hold(void);
void llext_mpu_go_on(uintptr_t state);

/* Makes code that was written at @mem visible to instruction fetch at @load. */
void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif /* LLEXT_MPU_H_ */
