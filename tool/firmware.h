/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware exports, read from its ELF file. */
#ifndef TENON_FIRMWARE_H_
#define TENON_FIRMWARE_H_

#include "desk.h"

struct firmware {
	const struct file *file;
	const struct llext_desk_core *core;
	struct builtins builtins; /* sorted; names point into the file */
	size_t records;           /* in the firmware's own table */
	bool unsorted; /* that table is not in order, so that the firmware finds nothing */
	uint64_t code; /* an address in its code */
	uint64_t end;  /* behind the last byte that it loads or clears */
};

/* Complains and returns false where the file has no sound table of exports. */
bool firmware_read(struct firmware *firmware, const struct file *file);
void firmware_free(struct firmware *firmware);

#endif /* TENON_FIRMWARE_H_ */
