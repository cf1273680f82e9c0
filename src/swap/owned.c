/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What firmware has registered for extensions. The owner is whichever extension an address lies in,
 * so nothing here points to a struct llext.
 */
#include <llext/unload.h>
#include "swap.h"

static struct llext_owned *all;

static bool is_inside(const struct llext *ext, uintptr_t address)
{
	return llext_in_text(ext, (elf_addr)address) || llext_contains(ext, (elf_addr)address);
}

int llext_owned_add(struct llext_owned *owned, const void *inside)
{
	const struct llext *ext;

	llext_guard();
	ext = llext_first();
	while (ext != NULL && !is_inside(ext, (uintptr_t)inside))
		ext = ext->next;
	if (ext != NULL) {
		owned->inside = (uintptr_t)inside;
		owned->next = all;
		all = owned;
	}
	llext_unguard();
	return ext != NULL ? 0 : -ENOENT;
}

static bool take_out(const struct llext_owned *owned)
{
	struct llext_owned **link = &all;

	while (*link != NULL && *link != owned)
		link = &(*link)->next;
	if (*link == NULL)
		return false;
	*link = owned->next;
	return true;
}

void llext_owned_remove(struct llext_owned *owned)
{
	llext_guard();
	(void)take_out(owned);
	llext_unguard();
}

struct llext_owned *llext_owned_next(const struct llext *ext, const struct llext_owned *after)
{
	struct llext_owned *owned = after != NULL ? after->next : all;

	while (owned != NULL && !is_inside(ext, owned->inside))
		owned = owned->next;
	return owned;
}

void llext_owned_release(const struct llext *ext)
{
	for (;;) {
		struct llext_owned *owned;

		llext_guard();
		owned = llext_owned_next(ext, NULL);
		if (owned != NULL)
			(void)take_out(owned);
		llext_unguard();
		if (owned == NULL)
			return;
		if (owned->release != NULL)
			owned->release(owned);
	}
}
