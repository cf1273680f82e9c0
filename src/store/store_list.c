/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, and taking it away. Optional: nothing else here calls it. */
#include "store.h"

int llext_store_iterate(struct llext_store *store,
			int (*fn)(const struct llext_store_image *image, void *user_data),
			void *user_data)
{
	int rc = 0;

	for (struct llext_store_slot *slot = store->slots; rc == 0 && slot < store->end; slot++) {
		if (slot->image.state != LLEXT_STORE_NONE)
			rc = fn(&slot->image, user_data);
	}
	return rc;
}

const struct llext_store_image *llext_store_find(struct llext_store *store, const char *name)
{
	struct llext_store_slot *slot = llext_store_used(store, name, 0);

	return slot == NULL ? NULL : &slot->image;
}

/* What of a name in a version goes first: what is not confirmed, then the oldest. */
static int first_to_go(const struct llext_store *store, const char *name, uint32_t version,
		       struct llext_store_slot **found)
{
	*found = NULL;
	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		const struct llext_store_image *image = &slot->image;
		bool confirmed = image->state == LLEXT_STORE_CONFIRMED, other;

		if (image->state == LLEXT_STORE_NONE || strcmp(image->name, name) != 0 ||
		    (version != LLEXT_STORE_ANY_VERSION && image->version != version))
			continue;
		if (slot->pins > 0)
			return -EBUSY;
		other = *found != NULL && (*found)->image.state == LLEXT_STORE_CONFIRMED;
		if (*found == NULL || (other && !confirmed) ||
		    (other == confirmed && image->age < (*found)->image.age))
			*found = slot;
	}
	return *found == NULL ? -ENOENT : 0;
}

int llext_store_remove(struct llext_store *store, const char *name, uint32_t version)
{
	struct llext_store_slot *slot;
	int rc = first_to_go(store, name, version, &slot), next = rc;

	while (rc == 0 && next == 0) {
		rc = llext_store_set_state(store, slot, LLEXT_STORE_NONE);
		next = first_to_go(store, name, version, &slot);
	}
	return rc;
}
