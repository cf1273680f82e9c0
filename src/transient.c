/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load's own memory: tables that it needs until it ends. They are allocated from the end of the
 * data heap, or go to what is spare: the room behind a small file that was read in one piece, or
 * headers that no step needs any more.
 */
#include "internal.h"
#include "steps.h"

void *llext_transient_quietly(struct load *ld, size_t bytes, size_t align)
{
	void *mem = ld->source.transient_count < MAX_TRANSIENT
			    ? llext_table_alloc_in(HEAP_TRANSIENT, bytes, BYTES_HERE(bytes), align)
			    : NULL;

	if (mem != NULL) {
		ld->transient[ld->source.transient_count++] = mem;
		ld->source.transient_bytes += bytes;
	}
	return mem;
}

#if CONFIG_LLEXT_WHOLE_BYTES > 0
/* Tables of the load go to what is spare, if they fit. */
static void *take_spare(struct load *ld, size_t bytes, size_t align)
{
	void *mem = ld->source.spare;

	if (bytes > ld->source.spare_bytes || align > POINTER_BYTES)
		return NULL;
	bytes = aligned(bytes, POINTER_BYTES);
	ld->source.spare += BYTES_HERE(bytes);
	ld->source.spare_bytes -= bytes;
	return mem;
}
#else
#define take_spare(ld, bytes, align) (NULL)
#endif

void *llext_transient(struct load *ld, size_t bytes, size_t align)
{
	void *mem = take_spare(ld, bytes, align);

	if (mem == NULL)
		mem = llext_transient_quietly(ld, bytes, align);
	if (mem == NULL) {
		int rc = llext_fail(ld, -ENOMEM,
				    "the data heap has no room for the load's own tables");

		(void)llext_diag_sizes(rc, bytes, 0);
	}
	return mem;
}

bool llext_transient_free(struct load *ld, const void *mem)
{
	for (size_t i = 0; i < ld->source.transient_count; i++) {
		if (ld->transient[i] == mem) {
			llext_table_free(ld->transient[i]);
			ld->transient[i] = ld->transient[--ld->source.transient_count];
			return true;
		}
	}
	return false;
}

#if COUNTS_LATER || LLEXT_ARCH_PADDING
void *llext_transient_grow(struct load *ld, void *table, size_t *room, size_t entry_bytes)
{
	size_t more = *room + *room / 4 + 64;
	void *larger = llext_transient(ld, more * entry_bytes, sizeof(elf_addr));

	if (larger == NULL)
		return NULL;
	if (*room > 0) {
		step_copy(ld, larger, table, *room * entry_bytes);
		llext_transient_free(ld, table);
	}
	*room = more;
	return larger;
}
#endif

void llext_transient_free_all(struct load *ld)
{
	while (ld->source.transient_count > 0)
		llext_table_free(ld->transient[--ld->source.transient_count]);
}
