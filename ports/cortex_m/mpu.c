/* SPDX-License-Identifier: Apache-2.0 */
/* The MPU of Cortex-M: PMSAv7 (DDI 0403, section B3.5) and PMSAv8 (DDI 0553, section B9). */
#include <errno.h>
#include <stdbool.h>
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "registers.h"

#define GRANULE 32

#define TYPE_DREGION(type) ((type) >> 8 & 0xff)
#define RIGHTS             (LLEXT_MPU_READ | LLEXT_MPU_WRITE | LLEXT_MPU_EXECUTE)

unsigned llext_mcu_kept_slots;

static bool aligned(uintptr_t start, size_t size)
{
	return size && ((start | size) & (GRANULE - 1)) == 0 && start + (size - 1) >= start;
}

#if __ARM_ARCH >= 8

#define OVERLAP      0
#define POWER_OF_TWO 0
#define EIGHTHS      0

#define RBAR_XN         (1u << 0)
#define RBAR_AP_ANY     (1u << 1)
#define RBAR_AP_RO      (1u << 2)
#define RLAR_ENABLE     (1u << 0)
#define MAIR_WRITE_BACK 0xffu /* attribute 0: normal memory, write-back, read, write allocate */

void llext_mpu_write(unsigned slot, const struct llext_mpu_slot *what)
{
	uint32_t base = (uint32_t)what->start;

	MPU_RNR = slot;
	MPU_RLAR = 0;
	if (what->bytes == 0)
		return;
	base |= what->access & LLEXT_MPU_EXECUTE ? 0 : RBAR_XN;
	base |= what->access & LLEXT_MPU_WRITE ? 0 : RBAR_AP_RO;
	base |= what->access & LLEXT_MPU_USER ? RBAR_AP_ANY : 0;
	MPU_RBAR = base;
	MPU_RLAR = ((uint32_t)(what->start + what->bytes - 1) & ~(GRANULE - 1u)) | RLAR_ENABLE;
}

/* There is no encoding for memory that may not be read. */
static int encode(struct llext_mpu_slot *slot)
{
	return aligned(slot->start, slot->bytes) && (slot->access & LLEXT_MPU_READ) ? 0 : -EINVAL;
}

#else /* Armv7-M, and Armv6-M where it has an MPU */

#define OVERLAP      1
#define POWER_OF_TWO 1

#define RASR_ENABLE     (1u << 0)
#define RASR_B          (1u << 16)
#define RASR_C          (1u << 17)
#define RASR_TEX1       (1u << 19) /* with C and B: normal memory, write-back, write allocate */
#define RASR_XN         (1u << 28)
#define RASR_AP(ap)     ((uint32_t)(ap) << 24)
#define RASR_SIZE(size) ((uint32_t)(30 - __builtin_clz(size)) << 1)
#define RASR_SRD(mask)  ((uint32_t)(mask) << 8)

/* Regions from this size on have eight subregions, each of which can be switched off. */
#define EIGHTHS         256

/* AP values: DDI 0403, table B3-15. Index: write, then user. */
static const uint8_t permissions[2][2] = {{5, 6}, {1, 3}};

void llext_mpu_write(unsigned slot, const struct llext_mpu_slot *what)
{
	uint32_t attributes = RASR_TEX1 | RASR_C | RASR_B | RASR_ENABLE | RASR_SRD(what->off);

	MPU_RNR = slot;
	MPU_RASR = 0;
	if (what->bytes == 0)
		return;
	if (what->access & LLEXT_MPU_READ)
		attributes |= RASR_AP(permissions[(what->access & LLEXT_MPU_WRITE) != 0]
						 [(what->access & LLEXT_MPU_USER) != 0]);
	attributes |= what->access & LLEXT_MPU_EXECUTE ? 0 : RASR_XN;
	MPU_RBAR = (uint32_t)what->start;
	MPU_RASR = attributes | RASR_SIZE(what->bytes);
}

/* A range that is less than a power of two is one with its last eighths off. */
static int encode(struct llext_mpu_slot *slot)
{
	size_t size = slot->bytes, region = GRANULE;

	if (!aligned(slot->start, size) || size > (size_t)1 << 31)
		return -EINVAL;
	while (region < size)
		region *= 2;
	if (region != size) {
		if (region < EIGHTHS || size % (region / 8))
			return -EINVAL;
		slot->off = (uint8_t)(0xffu << size / (region / 8));
	}
	/* Hardware ignores the low bits of a base that is not a multiple of the size; QEMU does
	 * not. */
	if (slot->start & (region - 1))
		return -EINVAL;
	if (!(slot->access & LLEXT_MPU_READ) && (slot->access & RIGHTS))
		return -EINVAL;
	slot->bytes = region;
	return 0;
}

#endif

uintptr_t llext_mpu_hold(void)
{
	uint32_t primask;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
	return primask;
}

/* The barriers come before interrupts: nobody runs under half of the rules. */
void llext_mpu_go_on(uintptr_t state)
{
	barrier();
	__asm__ volatile("msr primask, %0" ::"r"(state) : "memory");
}

const struct llext_mpu *llext_mpu(void)
{
	static struct llext_mpu mpu = {
		.granule = GRANULE,
		.power_of_two = POWER_OF_TWO,
		.eighths = EIGHTHS,
		.overlap = OVERLAP,
		.read_only = 1,
	};

	mpu.slots = TYPE_DREGION(MPU_TYPE);
	return &mpu;
}

int llext_mpu_enable(void)
{
	unsigned slots = llext_mpu()->slots;

	if (!slots)
		return -ENOTSUP;
	if (llext_mcu_kept_slots >= slots)
		return -ENOSPC;
	for (unsigned slot = 0; slot < slots - llext_mcu_kept_slots; slot++)
		llext_mpu_clear(slot, 0, 0);
#if __ARM_ARCH >= 8
	MPU_MAIR = MAIR_WRITE_BACK;
#endif
	/* The default map stays as the background for privileged code. */
	MPU_CTRL = MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA;
	barrier();
	return 0;
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	struct llext_mpu_slot what = {.start = start, .bytes = size, .access = (uint8_t)access};
	uintptr_t state;
	int rc = slot < llext_mpu()->slots ? encode(&what) : -EINVAL;

	if (rc != 0)
		return rc;
	state = llext_mpu_hold();
	llext_mpu_write(slot, &what);
	llext_mpu_go_on(state);
	return 0;
}

int llext_mpu_clear(unsigned slot, uintptr_t start, size_t size)
{
	static const struct llext_mpu_slot none;
	uintptr_t state;

	(void)start;
	(void)size;
	if (slot >= llext_mpu()->slots)
		return -EINVAL;
	state = llext_mpu_hold();
	llext_mpu_write(slot, &none);
	llext_mpu_go_on(state);
	return 0;
}
