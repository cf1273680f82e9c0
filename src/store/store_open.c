/* SPDX-License-Identifier: Apache-2.0 */
/* The store read: which version is used, and a loader over it. */
#include "store.h"

/* ---- the loader ---- */

/* The loader is the first member. */
static struct llext_store_loader *loader_of(struct llext_loader *ldr)
{
	return (struct llext_store_loader *)(void *)ldr;
}

static const struct llext_store_image *image_of(const struct llext_store_loader *loader)
{
	return &loader->store->slots[loader->slot].image;
}

static int seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_store_loader *loader = loader_of(ldr);

	if (pos > image_of(loader)->length)
		return -EINVAL;
	loader->pos = (uint32_t)pos;
	return 0;
}

static int read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_store_loader *loader = loader_of(ldr);
	const struct llext_store_image *image = image_of(loader);
	int rc;

	if (len > image->length - loader->pos)
		return -EINVAL;
	rc = llext_store_read(loader->store, offset_of(loader->store, image->block) + loader->pos,
			      out, len);
	if (rc == 0)
		loader->pos += (uint32_t)len;
	return rc;
}

static void *peek(struct llext_loader *ldr, size_t pos)
{
	const struct llext_store_loader *loader = loader_of(ldr);
	const struct llext_store *store = loader->store;

	if (pos >= image_of(loader)->length)
		return NULL;
	/* Persistent storage is never written to. */
	return (void *)((uintptr_t)store->flash->mapped +
			offset_of(store, image_of(loader)->block) + pos);
}

static size_t length(struct llext_loader *ldr)
{
	return image_of(loader_of(ldr))->length;
}

static void open_slot(struct llext_store *store, int slot, struct llext_store_loader *loader)
{
	bool mapped = store->flash->mapped != NULL;

	memset(loader, 0, sizeof(*loader));
	loader->loader.read = read;
	loader->loader.seek = seek;
	loader->loader.length = length;
	loader->loader.peek = mapped ? peek : NULL;
	loader->loader.storage = mapped ? LLEXT_STORAGE_PERSISTENT : LLEXT_STORAGE_TEMPORARY;
	loader->store = store;
	loader->slot = (uint8_t)slot;
	store->slots[slot].pins++;
}

void llext_store_open_image(struct llext_store *store, const struct llext_store_image *image,
			    struct llext_store_loader *loader)
{
	const struct llext_store_slot *slots = store->slots;
	int slot = 0;

	while (slot + 1 < store->slot_count && (slots[slot].image.state == LLEXT_STORE_NONE ||
						slots[slot].image.block != image->block))
		slot++;
	open_slot(store, slot, loader);
}

void llext_store_close(struct llext_store_loader *loader)
{
	if (loader->store != NULL)
		loader->store->slots[loader->slot].pins--;
	loader->store = NULL;
}

int llext_store_open_newest(struct llext_store *store, const char *name, unsigned states,
			    bool (*may_start)(struct llext_store *store, int index),
			    struct llext_store_loader *loader)
{
	uint32_t below = UINT32_MAX, crc;

	loader->store = NULL;
	for (;;) {
		int index = llext_store_newest(store, name, states, below);
		const struct llext_store_image *image;

		if (index < 0)
			return -ENOENT;
		image = &store->slots[index].image;
		below = image->age;
		if ((may_start == NULL || may_start(store, index)) &&
		    llext_store_image_crc(store, image, &crc) == 0 && crc == image->crc) {
			open_slot(store, index, loader);
			return 0;
		}
	}
}

int llext_store_open_confirmed(struct llext_store *store, const char *name,
			       struct llext_store_loader *loader)
{
	return llext_store_open_newest(store, name, IS_CONFIRMED, NULL, loader);
}
