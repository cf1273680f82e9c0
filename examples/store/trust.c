/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what the vendor signed, under the name it is signed for, and nothing older than what has
 * been confirmed. The store does not know of any of this: it asks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/signed_loader.h>
#include "trust.h"

#define BLOCK 4096
#define TABLE 16

/* keys.c, which make_keys.py makes. */
extern const struct llext_key llext_ring[];
extern const struct llext_secret device_secret;

static const char *counter_path;

/* One counter. On a device: in fuses, a secure element, or flash that only grows. */
static int counter_read(const char *name, uint32_t *value)
{
	FILE *file = fopen(counter_path, "rb");

	*value = 0;
	if (name == NULL || file == NULL) { /* no global floor; never set */
		if (file != NULL)
			(void)fclose(file);
		return 0;
	}
	if (fread(value, sizeof(*value), 1, file) != 1)
		*value = UINT32_MAX;
	(void)fclose(file);
	return 0;
}

static int counter_raise(const char *name, uint32_t value)
{
	FILE *file = fopen(counter_path, "wb");
	int rc;

	(void)name;
	if (file == NULL)
		return -EIO;
	rc = fwrite(&value, sizeof(value), 1, file) == 1 ? 0 : -EIO;
	return fclose(file) == 0 ? rc : -EIO;
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

void trust_init(const char *counter_file)
{
	counter_path = counter_file;
}

struct llext_loader *trust_over(struct llext_loader *source)
{
	static uint8_t buffer[LLEXT_SIGNED_BUFFER_BYTES(BLOCK, TABLE)];
	static struct llext_signed_loader loader;

	loader = (struct llext_signed_loader)LLEXT_SIGNED_LOADER(source, &trust, buffer,
								 sizeof(buffer));
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
	ldr = trust_over(&source.loader);
	rc = ldr->prepare(ldr); /* signature, rights and counter */
	if (rc == 0) {
		claims = *ldr->claims(ldr);
		if (strcmp(claims.name, image->name) != 0)
			rc = -EPERM;
		else if (event == LLEXT_STORE_ON_CONFIRMED)
			rc = llext_trust_confirm(&trust, &claims);
		else if (event == LLEXT_STORE_ON_INSTALL)
			rc = read_all(ldr, claims.bytes);
		ldr->finalize(ldr);
	}
	llext_store_close(&source);
	return rc;
}
