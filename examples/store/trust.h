/* SPDX-License-Identifier: Apache-2.0 */
/* Whose codecs the firmware takes: trust.c says, or no_trust.c: everybody's. */
#ifndef TRUST_H
#define TRUST_H

#include <llext/store.h>

/*
 * The loader to load from, over the store's, for what must be signed under @name. It is the same
 * object each time.
 */
struct llext_loader *trust_over(struct llext_loader *source, const char *name);

/* What the store asks. 0, or an error, and then it does not happen. */
int trust_ask(struct llext_store *store, enum llext_store_event event,
	      const struct llext_store_image *image);

/*
 * What main.c has for trust.c: the one counter of this firmware, 0 at first. On a device it is in
 * fuses, in a secure element, or in flash that only grows.
 */
int counter_load(uint32_t *value);
int counter_save(uint32_t value);

#endif
