/* SPDX-License-Identifier: Apache-2.0 */
/* A core for some machine, set up: heaps at addresses that the machine has, the firmware's exports.
 */
#ifndef TENON_DESK_H_
#define TENON_DESK_H_

#include <llext/buf_loader.h>
#include "llext_desk.h"
#include "tenon.h"

/* Where things are assumed to be, from the command line or by machine_addresses(). */
struct assumption {
	struct addresses at;
	bool firmware_given, heap_given, heap_bytes_given;
	bool with_protection; /* plan as the machine's protection unit has it, too: a run more */
};
/* Put the heap where the options say. */
void assume_heap(const struct assumption *assumed, struct addresses *at);

struct desk {
	const struct llext_desk_core *core;
	struct addresses at; /* as in use: the heap may have grown */
	bool may_grow;
	bool may_move; /* nobody has said where the heap is; the caller sets it */
	void *heap, *instr_heap;
	size_t heap_length, instr_length;
};

/* A machine's protection unit, as the core's set_protection() takes it. */
struct protection {
	const char *name; /* "PMSAv7", "PMSAv8", "PMP", "pages"; NULL: none that is known */
	struct llext_desk_unit unit;
};
/* firmware_memory.c: of the machine that a file is for, with no number of slots. */
struct protection protection_of(const struct file *file);

/* The core for a file's machine; where there is none, NULL and the reason, to be freed. */
const struct llext_desk_core *desk_core_for(const struct file *file, char **why);

/* Hand heaps over. Complains and returns false where the addresses leave the address space. */
bool desk_open(struct desk *desk, const struct llext_desk_core *core, struct addresses at,
	       bool may_grow);
/* A heap of twice the size, where nothing is loaded. False where that is too large. */
bool desk_grow(struct desk *desk);
/* After a load that the place of a heap was in the way of: a heap elsewhere, likewise. */
bool desk_move(struct desk *desk);
void desk_close(struct desk *desk);

/*
 * As llext_plan() and llext_load(), on a file in memory, or on one that is read (@stream); the heap
 * grows and moves where it may.
 */
int desk_plan(struct desk *desk, const struct file *file, const struct llext_load_param *param,
	      bool stream, struct llext_plan *plan);
int desk_load(struct desk *desk, const struct file *file, const char *name,
	      const struct llext_load_param *param, bool stream, struct llext **ext);

/* A table for the core's set_builtins: sorted, each name once. */
struct builtins {
	struct llext_const_symbol *list;
	size_t count;
};
void builtins_sort(struct builtins *builtins);
/* By its name, in a sorted list; NULL: it is not there. */
const struct llext_const_symbol *builtins_find(const struct builtins *builtins, const char *name);
void builtins_free(struct builtins *builtins);

#endif /* TENON_DESK_H_ */
