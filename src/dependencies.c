/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions that use each other's symbols. Optional, see CONFIG_LLEXT_DEPENDENCIES: without it
 * imports are looked up in the firmware's exports only.
 */
#include "internal.h"
#include "atomic.h"
#include "steps.h"

#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)

/* Bit 0 is for llext_load(), the others for loads in steps. Under the lock. */
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#define LOADS 8
static unsigned int now; /* the load whose marks are meant */

void llext_want_for(unsigned int number)
{
	now = number;
}

bool llext_is_wanted(const struct llext *ext)
{
	return (ext->priv->wanted & ~1) != 0;
}
#else
#define LOADS 1
#define now   0

bool llext_is_wanted(const struct llext *ext)
{
	(void)ext;
	return false;
}
#endif

static size_t counts[LOADS]; /* number of marked extensions */

static bool is_marked(const struct llext *ext)
{
	return (ext->priv->wanted & 1u << now) != 0;
}

void llext_want(struct llext *ext)
{
	counts[now] += !is_marked(ext);
	ext->priv->wanted = (uint8_t)(ext->priv->wanted | 1u << now);
}

static void unmark(struct llext *ext)
{
	counts[now] -= is_marked(ext);
	ext->priv->wanted = (uint8_t)(ext->priv->wanted & ~(1u << now));
}

void llext_forget_wanted(const struct load *ld)
{
	bool stepped = ld != NULL && is_stepped(ld);

	if (counts[now] == 0)
		return;
	for (struct llext *ext = stepped ? step_first(ld) : llext_first(); ext != NULL;
	     ext = stepped ? step_next(ld, ext) : ext->next)
		unmark(ext);
	counts[now] = 0; /* some may have been unloaded */
}

/* Entries of a table of dependencies; 0: there is none. */
static size_t entries(void)
{
	size_t wanted = counts[now];

	if (wanted == 0)
		return 0;
	return (wanted > LLEXT_MAX_DEPENDENCIES ? wanted : LLEXT_MAX_DEPENDENCIES) + 1;
}

size_t llext_dependency_bytes(void)
{
	return entries() * POINTER_BYTES;
}

/*
 * Record the extensions whose symbols this one uses. They were marked when imports were looked up;
 * from here on they count it as one that uses them.
 */
int llext_dependencies_record(struct load *ld)
{
	size_t bytes = llext_dependency_bytes(), here = entries() * sizeof(struct llext *);
	struct llext **table;

	if (bytes == 0)
		return 0;
	table = llext_table_alloc(bytes, here);
	if (table == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the dependencies");
	ld->ext->priv->dependency_table = table;
	step_clear(ld, table, here);
	ld->ext->dependency = table;
	ld->ext->alloc_size += bytes;
	for (struct llext *ext = step_first(ld); ext != NULL && counts[now] > 0;
	     ext = step_next(ld, ext)) {
		if (!is_marked(ext))
			continue;
		*table++ = ext;
		llext_atomic_add(&ext->priv->dependents, 1);
		unmark(ext);
	}
	return 0;
}

void llext_dependencies_drop(struct llext *ext)
{
	for (size_t i = 0; ext->dependency[i] != NULL; i++)
		llext_atomic_add(&ext->dependency[i]->priv->dependents, -1u);
}

#endif /* CONFIG_LLEXT_DEPENDENCIES */
