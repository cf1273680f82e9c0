/* SPDX-License-Identifier: Apache-2.0 */
/* The store read: which version is used, and a loader over it. */
#include "store.h"

/* ---- the loader ---- */

/* The loader is the first member. */
static struct llext_store_loader *loader_of(struct llext_loader *ldr)
{
	return (struct llext_store_loader *)(void *)ldr;
}

static int seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_store_loader *loader = loader_of(ldr);

	if (pos > loader->length)
		return -EINVAL;
	loader->pos = pos;
	return 0;
}

static int read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_store_loader *loader = loader_of(ldr);
	size_t pos = loader->pos;

	if (len > loader->length - pos)
		return -EINVAL;
	loader->pos += len;
	return llext_store_read(loader->store, loader->offset + pos, out, len);
}

static void *peek(struct llext_loader *ldr, size_t pos)
{
	const struct llext_store_loader *loader = loader_of(ldr);

	if (pos >= loader->length)
		return NULL;
	/* Persistent storage is never written to. */
	return (void *)((uintptr_t)loader->store->flash->mapped + loader->offset + pos);
}

static size_t length(struct llext_loader *ldr)
{
	return loader_of(ldr)->length;
}

void llext_store_open_slot(struct llext_store *store, struct llext_store_slot *slot,
			   struct llext_store_loader *loader)
{
	*loader = (struct llext_store_loader){
		.loader = {.read = read, .seek = seek, .length = length},
		.store = store,
		.slot = slot,
		.offset = offset_of(store, slot->image.block),
		.length = slot->image.length,
	};
	if (store->flash->mapped != NULL) {
		loader->loader.peek = peek;
		loader->loader.storage = LLEXT_STORAGE_PERSISTENT;
	}
	slot->pins++;
}

void llext_store_open_image(struct llext_store *store, const struct llext_store_image *image,
			    struct llext_store_loader *loader)
{
	struct llext_store_slot *slot = store->slots;

	while (slot + 1 < store->end &&
	       (slot->image.state == LLEXT_STORE_NONE || slot->image.block != image->block))
		slot++;
	llext_store_open_slot(store, slot, loader);
}

void llext_store_close(struct llext_store_loader *loader)
{
	if (loader->store != NULL)
		loader->slot->pins--;
	loader->store = NULL;
}

int llext_store_open_confirmed(struct llext_store *store, const char *name,
			       struct llext_store_loader *loader)
{
	return open_newest(store, name, IS_CONFIRMED, NULL, loader);
}
