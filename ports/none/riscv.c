/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest port on RISC-V, for the small core: as port.c, but there code that has been written
 * may be run behind a FENCE.I only.
 */
#include <llext/port.h>

static void sync(const struct llext_extent *extent)
{
	(void)extent;
	/* Zifencei; by its encoding, since -march need not name the extension. */
	__asm__ volatile(".4byte 0x0000100f" ::: "memory");
}

const struct llext_port llext_port = {.sync = sync};
