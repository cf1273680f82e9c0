/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes made by hand: what `tenon sign` never writes, with a good signature. It shares no code
 * with the library or the command.
 */
#ifndef FORGE_H_
#define FORGE_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <llext/buf_loader.h>
#include <llext/signed_loader.h>

/* The manifest's keys. */
enum {
	FORMAT = 1,
	NAME,
	VERSION,
	COUNTER,
	PAYLOAD,
	DIGEST,
	MACHINE,
	API,
	MEMORY,
	VENDOR_ID,
	CLASS_ID,
	DEVICE_ID,
	FIRMWARE,
	IMPORTS,
	BUILD_ID,
	EXPIRES,
	SANDBOX,
	ENCRYPTION,
	PADDING,
};

struct blob {
	uint8_t *at;
	size_t count;
};

void blob_put(struct blob *blob, const void *bytes, size_t count);
void blob_head(struct blob *blob, unsigned int type, uint32_t number);
void blob_numbers(struct blob *blob, unsigned int count, const uint32_t *numbers);
void blob_free(struct blob *blob);

#define MOST_ENTRIES 32

struct forge {
	struct blob payload;
	uint32_t block, table;
	struct entry {
		uint32_t key;
		struct blob value; /* encoded */
	} entries[MOST_ENTRIES];
	size_t entry_count;
	struct blob manifest; /* instead of the entries, if it has bytes */
	const uint8_t *signer;
};

/* Private keys. The first one is that of RFC 6979, A.2.5. */
extern const uint8_t signer_secret[32], other_secret[32];

/* A good manifest for a payload of so many bytes; each is another one. */
void forge_open(struct forge *forge, size_t bytes, uint32_t block, uint32_t table);
/* Replace a value, or add it in its place; no bytes: take it out. */
void forge_set(struct forge *forge, uint32_t key, const void *value, size_t bytes);
void forge_set_number(struct forge *forge, uint32_t key, uint32_t number);
void forge_set_text(struct forge *forge, uint32_t key, const char *text);
void forge_set_numbers(struct forge *forge, uint32_t key, unsigned int count, ...);
/* The envelope, to be freed. */
struct blob forge_build(struct forge *forge);
void forge_close(struct forge *forge);

/* The ring's entry for a private key: all rights. */
struct llext_key key_of(const uint8_t secret[32]);

/* ---- a source that counts, that may have no way back, and that may lie ---- */

struct source {
	struct llext_loader loader;
	struct blob bytes;
	size_t position;
	int prepared, finalized;
	unsigned int calls, fail_at; /* 0: never */
	uint8_t *once;               /* a bit for each byte that was read; NULL: not kept */
	bool read_twice;
};

enum source_kind { SOURCE_SEEKS, SOURCE_FORWARD, SOURCE_MAPPED, SOURCE_KINDS };

void source_open(struct source *source, struct blob bytes, enum source_kind kind);

/* A buffer of exactly so many bytes, so that a look behind it is seen. */
struct reader {
	struct llext_signed_loader loader;
	uint8_t *buffer;
};
void reader_open(struct reader *reader, struct source *source, const struct llext_trust *trust,
		 size_t bytes);
void reader_close(struct reader *reader);

#endif /* FORGE_H_ */
