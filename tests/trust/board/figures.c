/* SPDX-License-Identifier: Apache-2.0 */
/* What verification costs: instructions, beside those of the crypto library alone, and stack. */
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/signed_loader.h>
#include "board.h"

extern const uint8_t fixture_envelope[], fixture_envelope_end[];
extern const struct llext_key llext_ring[];

static uint8_t buffer[LLEXT_SIGNED_BUFFER_BYTES(4096, 16)] __attribute__((aligned(4)));
static uint8_t out[4096] __attribute__((aligned(4)));

static uint64_t now(void)
{
	return board_instructions();
}

/* One signature over as many bytes as the envelope's manifest has. */
static uint64_t verify_alone(size_t header)
{
	uint64_t start = now();

	if (llext_verify(LLEXT_ALGORITHM_ES256, llext_ring[0].public_key, fixture_envelope,
			 header - 66 + 10, fixture_envelope + header - 64) == LLEXT_VERIFIED)
		return 0; /* it is the wrong message */
	return now() - start;
}

static uint64_t hash_alone(size_t bytes)
{
	struct llext_hash hash;
	uint8_t digest[LLEXT_HASH_BYTES];
	uint64_t start = now();

	for (size_t at = 0; at < bytes; at += 4096) {
		size_t piece = bytes - at < 4096 ? bytes - at : 4096;

		if (llext_hash_init(&hash) != 0 ||
		    llext_hash_update(&hash, fixture_envelope, piece) != 0 ||
		    llext_hash_final(&hash, digest) != 0)
			return 0;
	}
	return now() - start;
}

/* What the source below takes for the same bytes. */
static uint64_t source_alone(struct llext_loader *source, size_t bytes)
{
	uint64_t start = now();

	if (source->seek(source, 0) != 0)
		return 0;
	for (size_t at = 0; at < bytes; at += sizeof(out)) {
		size_t piece = bytes - at < sizeof(out) ? bytes - at : sizeof(out);

		if (source->read(source, out, piece) != 0)
			return 0;
	}
	return now() - start;
}

int main(void)
{
	const struct llext_trust trust = {.keys = llext_ring, .key_count = 1};
	struct llext_buf_loader source = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_envelope, (size_t)(fixture_envelope_end - fixture_envelope));
	struct llext_signed_loader loader =
		LLEXT_SIGNED_LOADER(&source.loader, &trust, buffer, sizeof(buffer));
	struct llext_loader *ldr = &loader.loader;
	uint64_t start = now(), prepare, read;
	size_t bytes;

	source.loader.peek = NULL;
	if (ldr->prepare(ldr) != 0)
		return 1;
	prepare = now() - start;
	bytes = ldr->length(ldr);
	start = now();
	for (size_t at = 0; at < bytes; at += sizeof(out)) {
		size_t piece = bytes - at < sizeof(out) ? bytes - at : sizeof(out);

		if (ldr->read(ldr, out, piece) != 0)
			return 1;
	}
	read = now() - start;
	printf("payload %lu\nprepare %llu\nverify_alone %llu\nread %llu\nhash_alone "
	       "%llu\nsource_alone %llu\n"
	       "loader %lu\nbuffer %lu\nstack %lu\n",
	       (unsigned long)bytes, (unsigned long long)prepare,
	       (unsigned long long)verify_alone(loader.header_bytes), (unsigned long long)read,
	       (unsigned long long)hash_alone(bytes),
	       (unsigned long long)source_alone(&source.loader, bytes),
	       (unsigned long)sizeof(loader), (unsigned long)sizeof(buffer),
	       (unsigned long)board_stack_used());
	ldr->finalize(ldr);
	return 0;
}
