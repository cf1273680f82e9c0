/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installs that go on after a reset, and make room at the cost of what can be spared. Each eighth
 * of an image or so, a record says how much there is, with a checksum; after a reset everything
 * behind that is erased and comes again. Until an image is complete, its age is that number of
 * bytes. Optional: llext_store_begin_anew() does without.
 */
#include "store.h"

/* The next place where it is recorded how much there is: a block's start. */
static void set_mark(struct llext_store_install *install)
{
	const struct llext_store *store = install->store;
	unsigned blocks = llext_store_blocks(store, install->slot->image.length);

	install->mark = install->offset + (blocks / 8 + 1) * store->block_bytes;
}

static int record_progress(struct llext_store_install *install)
{
	struct llext_store_image *image = &install->slot->image;

	set_mark(install);
	if (install->offset == image->length)
		return 0;
	image->age = install->offset;
	image->check = install->check;
	return llext_store_set_state(install->store, install->slot, LLEXT_STORE_RECEIVING);
}

/* The slot of an install of this image that was interrupted and can go on; NULL: none. */
static struct llext_store_slot *find_begun(const struct llext_store *store,
					   const struct llext_store_image *image)
{
	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		const struct llext_store_image *begun = &slot->image;

		/* What is in flash may say anything. */
		if (begun->state == LLEXT_STORE_RECEIVING && llext_store_is_same(begun, image) &&
		    begun->age < begun->length && begun->age % store->block_bytes == 0)
			return slot;
	}
	return NULL;
}

/* Go on with what was begun. The flags are those of whoever does. */
static int go_on(struct llext_store *store, struct llext_store_install *install,
		 struct llext_store_slot *slot, unsigned flags)
{
	struct llext_store_image *image = &slot->image;
	unsigned done = llext_store_blocks(store, image->age);
	int rc = (flags & ~LLEXT_STORE_AUTOLOAD) != 0 ? -EINVAL : llext_store_settle(store);

	if (rc == 0)
		rc = llext_store_erase(store, image->block + done,
				       llext_store_blocks(store, image->length) - done);
	if (rc != 0)
		return rc;
	image->flags = (uint8_t)flags;
	memset(install, 0, sizeof(*install));
	llext_store_go(store, install, slot);
	install->offset = image->age;
	install->check = image->check;
	return 0;
}

/* May it be removed for the sake of something new? */
static bool can_go(const struct llext_store *store, const struct llext_store_slot *slot)
{
	const struct llext_store_image *image = &slot->image;

	return slot->pins == 0 && image->state == LLEXT_STORE_CONFIRMED &&
	       llext_store_newest(store, image->name, IS_CONFIRMED, 0) != slot;
}

/* The oldest that may be removed; NULL: none. */
static struct llext_store_slot *spare_slot(const struct llext_store *store)
{
	struct llext_store_slot *spare = NULL;
	uint32_t oldest = UINT32_MAX;

	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		if (slot->image.age < oldest && can_go(store, slot)) {
			oldest = slot->image.age;
			spare = slot;
		}
	}
	return spare;
}

/* Will so many blocks be free once all is removed that may be? Else no more is. */
static bool is_worth_it(const struct llext_store *store, unsigned blocks)
{
	for (int i = 0; i < slot_count(store); i++) {
		const struct llext_store_slot *slot = &store->slots[i];
		struct llext_store_extent own;

		llext_store_object(store, OBJECT_SLOTS + i, &own);
		if (!can_go(store, slot))
			blocks += own.blocks;
	}
	return llext_store_fits(store, blocks);
}

int llext_store_begin(struct llext_store *store, struct llext_store_install *install,
		      const struct llext_store_image *image)
{
	struct llext_store_slot *slot = find_begun(store, image);
	int rc;

	/* Where it cannot go on, in blocks that do not work any more, it begins anew elsewhere. */
	if (slot != NULL && go_on(store, install, slot, image->flags) == 0)
		rc = 0;
	else
		rc = llext_store_begin_anew(store, install, image);
	while (rc == -ENOSPC && is_worth_it(store, llext_store_blocks(store, image->length)) &&
	       (slot = spare_slot(store)) != NULL) {
		rc = llext_store_set_state(store, slot, LLEXT_STORE_NONE);
		if (rc != 0)
			return rc;
		rc = llext_store_begin_anew(store, install, image);
	}
	if (rc == 0) {
		install->progress = record_progress;
		set_mark(install);
	}
	return rc;
}
