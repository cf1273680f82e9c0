/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <llext/port.h>
#include "processor.h"

static volatile uint8_t sum;

/* A device's unwinder would read all of the table. */
int processor_unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	(void)ext;
	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + ((const uint8_t *)table)[i]);
	return 0;
}

void processor_unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	(void)processor_unwind_add(ext, table, bytes); /* it is still there */
}

void processor_unwind_read(void)
{
}

/* Where the room is follows from the psABIs: behind two words on Arm, at the pointer on RISC-V. */
#define TLS_OFFSET (LLEXT_TARGET_ARM ? 8 : 0)

static void room(struct llext_tls_room *out)
{
	*out = (struct llext_tls_room){.offset = TLS_OFFSET, .bytes = 4096, .align = 16};
}

static intptr_t offset(void *(*address)(void))
{
	(void)address; /* cannot be called */
	return TLS_OFFSET;
}

static void read_tp(void)
{
}

const struct llext_tls_port processor_tls = {.room = room, .offset = offset, .read_tp = read_tp};
