/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions that use each other's symbols. Optional, see CONFIG_LLEXT_DEPENDENCIES: without it
 * imports are looked up in the firmware's exports only.
 */
#include "internal.h"

#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)

static size_t wanted; /* so many are marked, under the lock */

void llext_want(struct llext *ext)
{
	wanted += !ext->priv->wanted;
	ext->priv->wanted = true;
}

void llext_forget_wanted(void)
{
	for (struct llext *ext = wanted > 0 ? llext_first() : NULL; ext != NULL; ext = ext->next)
		ext->priv->wanted = false;
	wanted = 0;
}

size_t llext_dependency_bytes(void)
{
	if (wanted == 0)
		return 0;
	return ((wanted > LLEXT_MAX_DEPENDENCIES ? wanted : LLEXT_MAX_DEPENDENCIES) + 1) *
	       sizeof(struct llext *);
}

/* Those whose symbols this one uses, as marked while its imports were looked up. */
int llext_dependencies_record(struct load *ld)
{
	size_t bytes = llext_dependency_bytes();
	struct llext **table;

	if (bytes == 0)
		return 0;
	table = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);
	if (table == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the dependencies");
	memset(table, 0, bytes);
	ld->ext->priv->dependency_table = table;
	ld->ext->dependency = table;
	ld->ext->alloc_size += bytes;
	for (struct llext *ext = llext_first(); ext != NULL; ext = ext->next) {
		if (ext->priv->wanted)
			*table++ = ext;
	}
	return 0;
}

void llext_dependencies_count(struct llext *ext, int change)
{
	for (size_t i = 0; ext->dependency[i] != NULL; i++)
		ext->dependency[i]->priv->dependents += (unsigned int)change;
}

#endif /* CONFIG_LLEXT_DEPENDENCIES */
