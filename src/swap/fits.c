/* SPDX-License-Identifier: Apache-2.0 */
/* Will an extension fit beside those that are loaded? */
#include "swap.h"
#include "../arena.h"

/* What a load allocates, its own tables included, in the order of their sizes. */
enum { BLOCKS = 4 };

struct wish {
	size_t bytes, align;
	enum llext_heap heap;
};

static void *allocate(const struct wish *wish, struct llext_arena *arena)
{
	return arena != NULL ? llext_arena_alloc(arena, wish->bytes, wish->align)
			     : llext_heap_alloc(wish->heap, wish->bytes, wish->align);
}

static void release(const struct wish *wish, struct llext_arena *arena, void *mem)
{
	if (arena != NULL)
		(void)llext_arena_free(arena, mem);
	else
		llext_heap_free(wish->heap, mem);
}

static int try_all(const struct wish *wishes, struct llext_arena *arena)
{
	void *mem[BLOCKS] = {NULL};
	int rc = 0;

	llext_lock();
	for (unsigned int i = 0; rc == 0 && i < BLOCKS; i++) {
		if (wishes[i].bytes == 0)
			continue;
		/* Its first two are in the domain. */
		mem[i] = allocate(&wishes[i], i < 2 ? arena : NULL);
		if (mem[i] == NULL) {
			rc = llext_fail(NULL, -ENOMEM, "there is no room beside what is loaded");
			llext_diag_values((int64_t)wishes[i].bytes, 0);
		}
	}
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (mem[i] != NULL)
			release(&wishes[i], i < 2 ? arena : NULL, mem[i]);
	}
	llext_unlock();
	return rc;
}

int llext_swap_fits(struct llext_loader *ldr, const struct llext_load_param *load,
		    struct llext_plan *plan)
{
	struct llext_arena *arena = NULL;
	struct llext_plan own;
	struct llext_plan *p = plan != NULL ? plan : &own;
	int rc = llext_plan(ldr, load, p);

	if (rc != 0)
		return rc;
	if (p->slots > p->slots_left) {
		rc = llext_fail(NULL, -ENOSPC,
				"the protection unit has no room beside what is loaded");
		llext_diag_values((int64_t)p->slots, (int64_t)p->slots_left);
		return rc;
	}
#if SANDBOX
	if (load != NULL && load->domain != NULL)
		arena = &load->domain->arena;
#endif
	return try_all(
		(const struct wish[BLOCKS]){{p->instr_bytes, p->instr_align, LLEXT_HEAP_INSTR},
					    {p->data_bytes, p->data_align, LLEXT_HEAP_DATA},
					    {p->table_bytes, 0, LLEXT_HEAP_DATA},
					    {p->transient_bytes, 0, LLEXT_HEAP_DATA}},
		arena);
}
