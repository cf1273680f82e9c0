/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a version. Each change is one record. */
#include "store.h"

int llext_store_ask(struct llext_store *store, enum llext_store_event event,
		    const struct llext_store_image *image)
{
	const struct llext_store_config *config = store->config;
	int rc = config->hook != NULL ? config->hook(store, event, image, config->user_data) : 0;

	return rc > 0 ? -EIO : rc;
}

static int set_state(struct llext_store *store, int slot, enum llext_store_state state)
{
	struct llext_store_image image = store->slots[slot].image;

	image.state = (uint8_t)state;
	return llext_store_append(store, slot, &image);
}

int llext_store_drop(struct llext_store *store, int slot)
{
	if (store->slots[slot].pins > 0)
		return -EBUSY;
	store->slots[slot].started = store->slots[slot].unusable = false;
	return set_state(store, (int)slot, LLEXT_STORE_NONE);
}

/* The newest of a name in one of some states, and of an age below; -1: none. */
static int newest(const struct llext_store *store, const char *name, unsigned states,
		  uint32_t below)
{
	uint32_t age = 0;
	int found = -1;

	for (int i = 0; i < store->slot_count; i++) {
		const struct llext_store_slot *slot = &store->slots[i];

		if ((1u << slot->image.state & states) != 0 && !slot->unusable &&
		    slot->image.age >= age && slot->image.age < below &&
		    strcmp(slot->image.name, name) == 0) {
			age = slot->image.age;
			found = i;
		}
	}
	return found;
}

#define IN_USE (1u << LLEXT_STORE_CONFIRMED | 1u << LLEXT_STORE_TRIAL)

int llext_store_confirmed(const struct llext_store *store, const char *name)
{
	return newest(store, name, 1u << LLEXT_STORE_CONFIRMED, UINT32_MAX);
}

int llext_store_used(const struct llext_store *store, const char *name, uint32_t below)
{
	return newest(store, name, IN_USE, below);
}

/* ---- the life of a version ---- */

int llext_store_commit(struct llext_store *store, const char *name)
{
	int slot = newest(store, name, 1u << LLEXT_STORE_INSTALLED, UINT32_MAX), rc;
	struct llext_store_image image;

	if (slot < 0)
		return -ENOENT;
	image = store->slots[slot].image;
	rc = llext_store_ask(store, LLEXT_STORE_ON_COMMIT, &image);
	if (rc != 0)
		return rc;
	image.state = LLEXT_STORE_TRIAL;
	image.starts = store->config->starts;
	image.age = store->seq + 1;
	return llext_store_append(store, slot, &image);
}

/* Tell the firmware that a version is confirmed, until it has heard. */
static int tell(struct llext_store *store, int slot)
{
	struct llext_store_image image = store->slots[slot].image;
	int rc = llext_store_ask(store, LLEXT_STORE_ON_CONFIRMED, &image);

	if (rc != 0)
		return rc;
	image.flags &= (uint8_t)~LLEXT_STORE_CONFIRMING;
	return llext_store_append(store, slot, &image);
}

static int confirm(struct llext_store *store, int slot)
{
	struct llext_store_image image = store->slots[slot].image;
	int rc = llext_store_ask(store, LLEXT_STORE_ON_CONFIRM, &image);

	if (rc != 0)
		return rc;
	image.state = LLEXT_STORE_CONFIRMED;
	if (store->config->hook != NULL)
		image.flags |= LLEXT_STORE_CONFIRMING;
	rc = llext_store_append(store, slot, &image);
	return rc != 0 || store->config->hook == NULL ? rc : tell(store, slot);
}

int llext_store_confirm(struct llext_store *store, const char *name)
{
	int slot = newest(store, name, 1u << LLEXT_STORE_TRIAL, UINT32_MAX);

	return slot < 0 ? -ENOENT : confirm(store, slot);
}

int llext_store_resume(struct llext_store *store)
{
	int rc = store->settled ? 0 : llext_store_settle(store);

	for (int i = 0; rc == 0 && i < store->slot_count; i++) {
		const struct llext_store_image *image = &store->slots[i].image;

		if (image->state == LLEXT_STORE_CONFIRMED &&
		    (image->flags & LLEXT_STORE_CONFIRMING) != 0)
			rc = tell(store, i);
	}
	return rc;
}

int llext_store_check(struct llext_store *store)
{
	int result = 0;

	for (int i = 0; store->config->hook != NULL && i < store->slot_count; i++) {
		const struct llext_store_slot *slot = &store->slots[i];
		int rc;

		if (slot->image.state != LLEXT_STORE_TRIAL || !slot->started)
			continue;
		rc = llext_store_ask(store, LLEXT_STORE_ON_HEALTH, &slot->image);
		if (rc == 0)
			rc = confirm(store, i);
		else if (rc != -EAGAIN)
			rc = set_state(store, i, LLEXT_STORE_BAD);
		if (rc != 0 && rc != -EAGAIN)
			result = rc;
	}
	return result;
}

int llext_store_rollback(struct llext_store *store, const char *name)
{
	const struct llext_store_slot *slots = store->slots;
	int slot = llext_store_used(store, name, UINT32_MAX);
	int before = slot < 0 ? -1 : llext_store_used(store, name, slots[slot].image.age);
	int rc;

	if (before < 0)
		return -ENOENT;
	rc = llext_store_ask(store, LLEXT_STORE_ON_ROLLBACK, &slots[before].image);
	return rc != 0 ? rc : set_state(store, slot, LLEXT_STORE_BAD);
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

int llext_store_collect(struct llext_store *store, uint32_t bytes)
{
	int rc = llext_store_make_room(store, llext_store_blocks(store, bytes), false);

	return rc < 0 ? rc : 0;
}
