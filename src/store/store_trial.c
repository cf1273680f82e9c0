/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trials: a version is used for a few starts, and stays if it is confirmed. Optional:
 * llext_store_activate() confirms a version at once, and llext_store_open_confirmed() opens it.
 */
#include "store.h"

int llext_store_commit(struct llext_store *store, const char *name)
{
	if (store->config->starts == 0)
		return -EINVAL;
	return llext_store_promote(store, name, IS_INSTALLED, LLEXT_STORE_TRIAL);
}

int llext_store_confirm(struct llext_store *store, const char *name)
{
	return llext_store_promote(store, name, IS_TRIAL, LLEXT_STORE_CONFIRMED);
}

/* A trial loses a start. Without one, or where that cannot be written, it cannot be used. */
static bool count_start(struct llext_store *store, struct llext_store_slot *slot)
{
	struct llext_store_image *image = &slot->image;

	if (image->state != LLEXT_STORE_TRIAL || slot->started)
		return true;
	if (image->starts > 0) {
		image->starts--;
		if (llext_store_set_state(store, slot, LLEXT_STORE_TRIAL) == 0) {
			slot->started = true;
			return true;
		}
	}
	image->state = LLEXT_STORE_BAD; /* be it that this cannot be written */
	(void)llext_store_set_state(store, slot, LLEXT_STORE_BAD);
	return false;
}

int llext_store_open(struct llext_store *store, const char *name, struct llext_store_loader *loader)
{
	return open_newest(store, name, IS_TRIAL | IS_CONFIRMED, count_start, loader);
}

int llext_store_check(struct llext_store *store)
{
	int result = 0;

	for (struct llext_store_slot *slot = store->slots;
	     store->config->hook != NULL && slot < store->end; slot++) {
		int rc;

		if (!slot->started ||
		    llext_store_newest(store, slot->image.name, IS_TRIAL, 0) != slot)
			continue;
		rc = llext_store_ask(store, LLEXT_STORE_ON_HEALTH, &slot->image);
		if (rc == 0)
			rc = llext_store_confirm(store, slot->image.name);
		else if (rc != -EAGAIN)
			rc = llext_store_set_state(store, slot, LLEXT_STORE_BAD);
		if (rc != 0 && rc != -EAGAIN)
			result = rc;
	}
	return result;
}

int llext_store_rollback(struct llext_store *store, const char *name)
{
	struct llext_store_slot *slot = llext_store_used(store, name, 0), *before = NULL;
	int rc;

	if (slot != NULL)
		before = llext_store_used(store, name, slot->image.age);
	if (before == NULL)
		return -ENOENT;
	rc = llext_store_ask(store, LLEXT_STORE_ON_ROLLBACK, &before->image);
	return rc != 0 ? rc : llext_store_set_state(store, slot, LLEXT_STORE_BAD);
}
