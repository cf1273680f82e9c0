/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a version. Each change is one record. */
#include "store.h"

int llext_store_ask(struct llext_store *store, enum llext_store_event event,
		    const struct llext_store_image *image)
{
	const struct llext_store_config *config = store->config;

	return config->hook != NULL ? config->hook(store, event, image, config->user_data) : 0;
}

struct llext_store_slot *llext_store_newest(const struct llext_store *store, const char *name,
					    unsigned states, uint32_t below)
{
	struct llext_store_slot *found = NULL;
	uint32_t age = 0, most = below - 1;

	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		if ((1u << slot->image.state & states) != 0 && slot->image.age >= age &&
		    slot->image.age <= most && strcmp(slot->image.name, name) == 0) {
			age = slot->image.age;
			found = slot;
		}
	}
	return found;
}

/* ---- the life of a version ---- */

int llext_store_resume(struct llext_store *store)
{
	int rc = store->settled ? 0 : llext_store_settle(store);

	if (store->config->hook == NULL)
		return rc;
	for (struct llext_store_slot *slot = store->slots; rc == 0 && slot < store->end; slot++) {
		struct llext_store_image *image = &slot->image;

		if (image->state != LLEXT_STORE_CONFIRMED || (image->flags & LLEXT_STORE_TOLD) != 0)
			continue;
		rc = llext_store_ask(store, LLEXT_STORE_ON_CONFIRMED, image);
		if (rc != 0)
			return rc;
		image->flags |= LLEXT_STORE_TOLD;
		rc = llext_store_set_state(store, slot, LLEXT_STORE_CONFIRMED);
	}
	return rc;
}

int llext_store_promote(struct llext_store *store, const char *name, unsigned states,
			enum llext_store_state to)
{
	struct llext_store_slot *slot = llext_store_newest(store, name, states, 0);
	bool on_trial = to == LLEXT_STORE_TRIAL;
	int rc;

	if (slot == NULL)
		return -ENOENT;
	rc = llext_store_ask(store, on_trial ? LLEXT_STORE_ON_COMMIT : LLEXT_STORE_ON_CONFIRM,
			     &slot->image);
	if (rc != 0)
		return rc;
	if (on_trial)
		slot->image.starts = store->config->starts;
	rc = llext_store_set_state(store, slot, to);
	return rc != 0 ? rc : llext_store_resume(store);
}

int llext_store_activate(struct llext_store *store, const char *name)
{
	return llext_store_promote(store, name, IS_INSTALLED, LLEXT_STORE_CONFIRMED);
}
