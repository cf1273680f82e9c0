/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions on Arm: the unwinder asks __gnu_Unwind_Find_exidx() for the table that covers an
 * address (Exception Handling ABI for the Arm Architecture, 4.4.1: "a routine to find the index
 * table"). The extensions' tables are asked first, then it is the firmware's.
 */
#include "../mcu/unwind.h"

#if defined(__arm__)
#include <errno.h>
#include <stdint.h>
#include <llext/llext.h>
#include <llext/port.h>

#define MOST_TABLES 16

/* An entry of .ARM.exidx (EHABI, 5): both words relative to their own place. */
struct entry {
	uint32_t function;
	uint32_t content;
};

static struct {
	const struct entry *entries;
	size_t count;
	const struct llext *ext;
} tables[MOST_TABLES];

extern const struct entry __exidx_start[], __exidx_end[];

int llext_mcu_unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	if (bytes % sizeof(struct entry) != 0 || (uintptr_t)table % 4 != 0)
		return -ENOEXEC;
	for (size_t i = 0; i < MOST_TABLES; i++) {
		if (tables[i].count != 0)
			continue;
		tables[i].entries = table;
		tables[i].ext = ext;
		/* Last: other threads may look. */
		*(volatile size_t *)&tables[i].count = bytes / sizeof(struct entry);
		return 0;
	}
	return -ENOSPC;
}

void llext_mcu_unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	(void)ext;
	(void)bytes;
	for (size_t i = 0; i < MOST_TABLES; i++) {
		if (tables[i].entries == table)
			tables[i].count = 0;
	}
}

/* Called by libgcc's unwinder for each frame. */
uintptr_t __gnu_Unwind_Find_exidx(uintptr_t pc, int *count)
{
	uintptr_t entries = (uintptr_t)__exidx_start;
	unsigned int pin = llext_pin(); /* another thread may load or unload */

	*count = (int)(__exidx_end - __exidx_start);
	for (size_t i = 0; i < MOST_TABLES; i++) {
		size_t of_table = *(volatile size_t *)&tables[i].count;

		/* By its pieces: between those that are in place and those that are copied there
		 * may be the firmware's own functions. */
		if (of_table == 0 || llext_code_room(tables[i].ext, pc & ~(uintptr_t)1) == 0)
			continue;
		*count = (int)of_table;
		entries = (uintptr_t)tables[i].entries;
		break;
	}
	llext_unpin(pin);
	return entries;
}
#endif
