/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <llext/port.h>
#include "processor.h"

/* ports/posix/port.c, compiled with its constant under this name. */
extern const struct llext_port llext_posix_port;
extern const void *_Unwind_Find_FDE(void *pc, void *bases);

int processor_unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	return llext_posix_port.unwind_add(ext, table, bytes);
}

void processor_unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	llext_posix_port.unwind_remove(ext, table, bytes);
}

void processor_unwind_read(void)
{
	uintptr_t bases[3];

	(void)_Unwind_Find_FDE(bases, bases);
}
