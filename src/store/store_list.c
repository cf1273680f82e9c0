/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, and taking it away. Optional: nothing else here calls it. */
#include "store.h"

int llext_store_iterate(struct llext_store *store,
			int (*fn)(const struct llext_store_image *image, void *user_data),
			void *user_data)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < store->slot_count; i++) {
		if (store->slots[i].image.state != LLEXT_STORE_NONE)
			rc = fn(&store->slots[i].image, user_data);
	}
	return rc;
}

const struct llext_store_image *llext_store_find(struct llext_store *store, const char *name)
{
	int slot = llext_store_used(store, name, UINT32_MAX);

	return slot < 0 ? NULL : &store->slots[slot].image;
}

/* What of a name in a version goes first: what is not confirmed, then the oldest. */
static int first_to_go(const struct llext_store *store, const char *name, uint32_t version)
{
	const struct llext_store_slot *slots = store->slots;
	int found = -1;

	for (int i = 0; i < store->slot_count; i++) {
		const struct llext_store_image *image = &slots[i].image;
		bool confirmed = image->state == LLEXT_STORE_CONFIRMED, other;

		if (image->state == LLEXT_STORE_NONE || strcmp(image->name, name) != 0 ||
		    (version != LLEXT_STORE_ANY_VERSION && image->version != version))
			continue;
		if (slots[i].pins > 0)
			return -EBUSY;
		other = found >= 0 && slots[found].image.state == LLEXT_STORE_CONFIRMED;
		if (found < 0 || (other && !confirmed) ||
		    (other == confirmed && image->age < slots[found].image.age))
			found = i;
	}
	return found < 0 ? -ENOENT : found;
}

int llext_store_remove(struct llext_store *store, const char *name, uint32_t version)
{
	int slot = first_to_go(store, name, version), rc = slot;

	while (slot >= 0) {
		rc = llext_store_drop(store, slot);
		if (rc != 0)
			return rc;
		slot = first_to_go(store, name, version);
	}
	return rc;
}
