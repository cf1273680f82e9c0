/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installs that go on after a reset, and make room at the cost of what can be spared. Each eighth
 * of an image or so, a record says how much there is, with the CRC; after a reset everything behind
 * that is erased and comes again. Until an image is complete, its age is that number of bytes.
 * Optional: llext_store_begin_anew() does without.
 */
#include "store.h"

/* The next place where it is recorded how much there is: a block's start. */
static void set_mark(struct llext_store_install *install)
{
	const struct llext_store *store = install->store;
	unsigned blocks = llext_store_blocks(store, store->slots[install->slot].image.length);

	install->mark = install->offset + (blocks / 8 + 1) * store->flash->block;
}

static int record_progress(struct llext_store_install *install)
{
	struct llext_store_image image = install->store->slots[install->slot].image;

	set_mark(install);
	if (install->offset == image.length)
		return 0;
	image.age = install->offset;
	image.crc = install->crc;
	return llext_store_append(install->store, install->slot, &image);
}

/* The slot of an install of this image that was interrupted; -1: none. */
static int find_begun(const struct llext_store *store, const struct llext_store_image *image)
{
	for (int i = 0; i < store->slot_count; i++) {
		if (store->slots[i].image.state == LLEXT_STORE_RECEIVING &&
		    llext_store_is_same(&store->slots[i].image, image))
			return i;
	}
	return -1;
}

/* Go on with what was begun. The flags are those of whoever does. */
static int go_on(struct llext_store *store, struct llext_store_install *install, int slot,
		 uint8_t flags)
{
	struct llext_store_image *image = &store->slots[slot].image;
	unsigned done = llext_store_blocks(store, image->age);
	int rc = llext_store_settle(store);

	if (rc != 0)
		return rc;
	rc = llext_store_erase(store, image->block + done,
			       llext_store_blocks(store, image->length) - done);
	if (rc != 0)
		return rc;
	image->flags = flags;
	install->store = store;
	install->slot = (uint8_t)slot;
	install->offset = image->age;
	install->crc = image->crc;
	return 0;
}

/* What may be removed for the sake of something new: the oldest, or -1. */
static int spare_slot(const struct llext_store *store)
{
	struct llext_store_slot *slots = store->slots;
	uint32_t oldest = UINT32_MAX;
	int spare = -1;

	for (int i = 0; i < store->slot_count; i++) {
		const struct llext_store_image *image = &slots[i].image;
		uint32_t age = image->age;

		if (image->state == LLEXT_STORE_NONE || slots[i].pins > 0)
			continue;
		if (image->state == LLEXT_STORE_BAD)
			age = 0;
		else if (image->state != LLEXT_STORE_CONFIRMED ||
			 llext_store_newest(store, image->name, IS_CONFIRMED, UINT32_MAX) == i)
			continue;
		if (age < oldest) {
			oldest = age;
			spare = i;
		}
	}
	return spare;
}

int llext_store_begin(struct llext_store *store, struct llext_store_install *install,
		      const char *name, uint32_t version, uint32_t length, const uint8_t *digest,
		      unsigned flags)
{
	struct llext_store_image image;
	int rc = llext_store_describe(store, &image, name, version, length, digest, flags);
	int slot;

	memset(install, 0, sizeof(*install));
	if (rc != 0)
		return rc;
	slot = find_begun(store, &image);
	if (slot >= 0)
		rc = go_on(store, install, slot, image.flags);
	/* Where it cannot go on, in blocks that do not work any more, it begins anew elsewhere. */
	if (slot >= 0 && rc != 0)
		rc = llext_store_drop(store, slot);
	if (rc == 0 && install->store == NULL) {
		while ((rc = llext_store_start(store, install, &image)) == -ENOSPC &&
		       (slot = spare_slot(store)) >= 0) {
			rc = llext_store_drop(store, slot);
			if (rc != 0)
				break;
		}
	}
	if (rc == 0) {
		install->progress = record_progress;
		set_mark(install);
	}
	return rc;
}
