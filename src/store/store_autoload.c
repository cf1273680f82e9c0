/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading what is to be loaded after a reset. What imports from what is known to the loader alone,
 * so the order is found by trying. Optional: nothing else calls it.
 */
#include "store.h"

/* The name that a slot stands for in the list; the first of several slots with one name does. */
static const char *listed_name(const struct llext_store *store, int index)
{
	const struct llext_store_slot *slots = store->slots, *used;
	const char *name = slots[index].image.name;

	if (slots[index].image.state == LLEXT_STORE_NONE)
		return NULL;
	for (int i = 0; i < index; i++) {
		if (slots[i].image.state != LLEXT_STORE_NONE &&
		    strcmp(slots[i].image.name, name) == 0)
			return NULL;
	}
	used = llext_store_used(store, name, 0);
	return used != NULL && (used->image.flags & LLEXT_STORE_AUTOLOAD) != 0 ? name : NULL;
}

int llext_store_autoload(struct llext_store *store,
			 int (*load)(struct llext_store *store, const char *name, void *user_data),
			 void *user_data, uint8_t *done)
{
	int waiting, failed = 0;
	bool progress;

	memset(done, 0, ((size_t)slot_count(store) + 7) / 8);
	do {
		waiting = 0;
		progress = false;
		for (int i = 0; i < slot_count(store); i++) {
			const char *name = listed_name(store, i);
			int rc;

			if (name == NULL || (done[i / 8] >> i % 8 & 1) != 0)
				continue;
			rc = load(store, name, user_data);
			if (rc == -ENODATA) {
				waiting = rc;
				continue;
			}
			done[i / 8] |= (uint8_t)(1 << i % 8);
			progress = progress || rc >= 0;
			failed = rc < 0 ? rc : failed;
		}
	} while (progress && waiting != 0);
	return failed != 0 ? failed : waiting;
}
