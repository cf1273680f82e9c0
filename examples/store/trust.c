/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what the vendor signed, under the name it is signed for, and nothing older than what has
 * been confirmed. The store does not know of any of this: it asks.
 */
#include <llext/signed_loader.h>
#include "trust.h"

#define BLOCK 4096
#define TABLE 16

/* keys.c, which make_keys.py makes. */
extern const struct llext_key llext_ring[];
extern const struct llext_secret device_secret;

static int counter_read(const char *name, uint32_t *value)
{
	*value = 0;
	return name == NULL ? 0 : counter_load(value); /* no floor for all names */
}

static int counter_raise(const char *name, uint32_t value)
{
	(void)name;
	return counter_save(value);
}

/* The flash: nobody writes to an image that a loader is open for. */
static bool unchanging(const void *start, size_t bytes)
{
	(void)start;
	(void)bytes;
	return true;
}

static const struct llext_decryption decryption = LLEXT_DECRYPTION(&device_secret, 1);

static const struct llext_trust trust = {
	.keys = llext_ring,
	.key_count = 1,
	.counter_read = counter_read,
	.counter_raise = counter_raise,
	.unchanging = unchanging,
	.decryption = &decryption,
};

struct llext_loader *trust_over(struct llext_loader *source, const char *name)
{
	static uint8_t buffer[LLEXT_SIGNED_BUFFER_BYTES(BLOCK, TABLE)];
	static struct llext_signed_loader loader;

	loader = (struct llext_signed_loader)LLEXT_SIGNED_LOADER(source, &trust, buffer,
								 sizeof(buffer));
	loader.name = name;
	return &loader.loader;
}

/* To the last byte. */
static int read_all(struct llext_loader *ldr, size_t bytes)
{
	uint8_t part[256];
	int rc = 0;

	while (bytes > 0 && rc == 0) {
		size_t count = bytes < sizeof(part) ? bytes : sizeof(part);

		rc = ldr->read(ldr, part, count);
		bytes -= count;
	}
	return rc;
}

int trust_ask(struct llext_store *store, enum llext_store_event event,
	      const struct llext_store_image *image)
{
	struct llext_store_loader source;
	struct llext_loader *ldr;
	struct llext_claims claims;
	int rc;

	llext_store_open_image(store, image, &source);
	ldr = trust_over(&source.loader, image->name);
	rc = ldr->prepare(ldr); /* signature, name, rights and counter */
	if (rc == 0) {
		claims = *ldr->claims(ldr);
		if (event == LLEXT_STORE_ON_CONFIRMED)
			rc = llext_trust_confirm(&trust, &claims);
		else if (event == LLEXT_STORE_ON_INSTALL)
			rc = read_all(ldr, claims.bytes);
		ldr->finalize(ldr);
	}
	llext_store_close(&source);
	return rc;
}
