/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device would do with its protection unit: pieces are as large as the unit asks for, and
 * where it is known how many slots it has, ports/mcu/slots.c, which decides on the device, says
 * here whether they are enough. Nothing is protected in truth.
 */
#include <errno.h>
#include <stdbool.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "protection.h"
#include "slots.h"

static struct llext_mpu mpu;
static struct {
	uintptr_t start;
	size_t bytes;
} heap;
static bool counted; /* the slots, from the heap's on */

/* ---- the unit, for slots.c ---- */

unsigned llext_mcu_kept_slots;

const struct llext_mpu *llext_mpu(void)
{
	return &mpu;
}

void llext_mpu_write(unsigned slot, const struct llext_mpu_slot *what)
{
	(void)slot;
	(void)what;
}

uintptr_t llext_mpu_hold(void)
{
	return 0;
}

void llext_mpu_go_on(uintptr_t state)
{
	(void)state;
}

/* ---- the port ---- */

/* A heap that the unit has too few slots for is left unprotected by the device as well. */
static void open_heap(void)
{
	counted =
		mpu.slots != 0 && heap.bytes != 0 && llext_slots_open(heap.start, heap.bytes) == 0;
}

void desk_unit(const struct llext_desk_unit *unit)
{
	mpu = (struct llext_mpu){0};
	if (unit != NULL)
		mpu = (struct llext_mpu){.slots = unit->slots,
					 .granule = unit->granule,
					 .power_of_two = unit->eighths != 0,
					 .eighths = unit->eighths,
					 .overlap = unit->overlap,
					 .read_only = 1};
	open_heap();
}

void desk_protect_heap(uintptr_t start, size_t bytes)
{
	heap.start = start;
	heap.bytes = bytes;
	open_heap();
}

void desk_fit(size_t *bytes, size_t *align)
{
	if (mpu.granule != 0)
		llext_slots_fit(bytes, align);
}

/* What an executable has claimed is elsewhere, and takes none of the heap's slots. */
static bool is_in_heap(const struct llext_extent *extent)
{
	return extent->load - heap.start < heap.bytes;
}

int desk_protect(const struct llext_extent *extent, enum llext_access access)
{
	if (!counted || !is_in_heap(extent))
		return 0;
	if (access == LLEXT_ACCESS_RW)
		return llext_slots_remove(extent->load, extent->bytes);
	return llext_slots_add(extent->load, extent->bytes,
			       LLEXT_MPU_READ |
				       (access == LLEXT_ACCESS_RX ? LLEXT_MPU_EXECUTE : 0u));
}

unsigned desk_slots(unsigned pieces, unsigned *left)
{
	*left = (unsigned)-1;
	return counted ? llext_slots_needed(pieces, left) : 0;
}
