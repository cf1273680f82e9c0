/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware exports, read from its ELF file. */
#ifndef TENON_FIRMWARE_H_
#define TENON_FIRMWARE_H_

#include "desk.h"

/* Of no bytes: the file does not say. */
struct firmware_heap {
	uint64_t at, bytes;
};

/* What a firmware's configuration may leave out of the library. */
enum firmware_part {
	PART_SHARED_OBJECTS,
	PART_EXECUTABLES,
	PART_PACKED_FILES,
	PART_THREAD_LOCALS,
	LIBRARY_PARTS
};

struct firmware {
	const struct file *file;
	const struct llext_desk_core *core;
	struct builtins builtins;         /* sorted, each name once; names point into the file */
	struct llext_const_symbol *table; /* as the firmware has it, with what is there twice */
	size_t records;                   /* in that table */
	bool unsorted;         /* it is not in order, so that the firmware finds nothing */
	const char *ambiguous; /* a name that it has at two addresses */
	uint64_t code;         /* an address in its code */
	uint64_t end;          /* behind the last byte that it loads or clears */
	struct firmware_heap heap, instr_heap;
	struct protection protection;
	bool has_tls;                    /* it says what room there is for thread-local variables */
	uint64_t tls_bytes, tls_align;   /* of each thread */
	bool no_unwinder;                /* surely: unwind tables are not loaded */
	bool no_windows;                 /* surely: executables get no addresses */
	bool lacks[LIBRARY_PARTS];       /* surely */
	bool small_core;                 /* src/small */
	struct llext_desk_tables tables; /* 0: it does not say */
};

/* Complains and returns false where the file has no sound table of exports. */
bool firmware_read(struct firmware *firmware, const struct file *file);
/* Fill in the heaps, the room for thread-local variables and the tables' sizes; firmware_read()
 * does.
 */
void firmware_memory(struct firmware *firmware);
/* Is it a symbol that says whether there is an unwinder? */
bool firmware_marks_unwinder(const char *name);
void firmware_free(struct firmware *firmware);
/* What CONFIG_LLEXT_RISCV_HAS is in a firmware: the text of this symbol. NULL: nothing. */
#define FIRMWARE_HAS "llext_riscv_has"
const char *firmware_has(const struct file *file);

#endif /* TENON_FIRMWARE_H_ */
