/* SPDX-License-Identifier: Apache-2.0 */
/* A store in modelled flash, and a firmware that uses it: extensions a, b and c. */
#ifndef WORLD_H
#define WORLD_H

#include "../../src/store/store.h"
#include "model.h"

#define SLOTS 5

struct world {
	struct model model;
	struct llext_store store;
	struct llext_store_config config;
	struct llext_store_slot slots[SLOTS];
	uint32_t counter; /* against rollback, of a: in memory that power cuts do not touch */
	int answer[6];    /* of the hook, by event */
	bool verifies;    /* before something is installed, its bytes are compared */
	bool small;       /* with the calls that the smallest store has: no resume, no trials */
};

void world_make(struct world *world, unsigned unit, uint32_t block, unsigned blocks,
		uint8_t erased);
void world_free(struct world *world);
/* After a reset: init and resume. */
int world_boot(struct world *world);

uint32_t world_length(const struct world *world, const char *name, uint32_t version);
uint8_t world_byte(const struct world *world, const char *name, uint32_t version, uint32_t at);
void world_digest(const char *name, uint32_t version, uint8_t *digest);

/* llext_store_begin() and llext_store_begin_anew() of an image with these properties. */
int world_begin(struct llext_store *store, struct llext_store_install *install, const char *name,
		uint32_t version, uint32_t length, const uint8_t *digest, unsigned flags);
int world_begin_anew(struct llext_store *store, struct llext_store_install *install,
		     const char *name, uint32_t version, uint32_t length, const uint8_t *digest,
		     unsigned flags);
/* Begin, write and finish, or what of it a reset has left to do. */
int world_install(struct world *world, const char *name, uint32_t version, unsigned flags);
/* Install, commit, open, confirm. */
int world_update(struct world *world, const char *name, uint32_t version);
/* Open, compare each byte, close: the version; -ENOENT; -EBADMSG where a byte is wrong. */
int world_use(struct world *world, const char *name);
enum llext_store_state world_state(struct world *world, const char *name, uint32_t version);
/* What there is, as text: name, version and state of each. */
void world_summary(struct world *world, char *text, size_t size, bool with_receiving);
/* Write a record, with the checksum that is right, past the store. */
void world_put_record(struct world *world, size_t place, struct record *record);

#endif
