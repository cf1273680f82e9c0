/* SPDX-License-Identifier: Apache-2.0 */
/* Arm DDI 0487, B2.4.4: "Ordering of cache maintenance ... instruction fetch". */
#include "../mcu/mpu.h"
#include "caches.h"

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	uint64_t type = caches_type();
	uintptr_t data = (uintptr_t)4 << (type >> 16 & 15), instr = (uintptr_t)4 << (type & 15);

	for (uintptr_t at = mem & ~(data - 1); at < mem + bytes; at += data)
		caches_clean(at);
	caches_wait();
	for (uintptr_t at = load & ~(instr - 1); at < load + bytes; at += instr)
		caches_invalidate(at);
	caches_wait();
	caches_refetch();
}
