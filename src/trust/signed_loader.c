/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader over an envelope. Behind the header come tables and blocks by turns: a table has the
 * digests of the blocks that follow it and of the next table, so that each block can be verified
 * when it comes, also from a source that only goes forward. The manifest has the first table's.
 */
#include <llext/diag.h>
#include "trust.h"

#define LEAST_BLOCK 1024u
#define MOST_BLOCK  16384u
#define MOST_TABLE  4096u
#define MOST_BYTES  0x40000000u

/* The loader is the first member. */
static struct llext_signed_loader *signed_of(struct llext_loader *ldr)
{
	return (struct llext_signed_loader *)(void *)ldr;
}

/* ---- where things lie ---- */

/* Digests in a table: one for each of its blocks, and one for the next table if there is one. */
static uint32_t table_digests(const struct llext_signed_loader *s, uint32_t table)
{
	uint32_t left = s->block_count - table * s->claims.table_blocks;

	return left > s->claims.table_blocks ? s->claims.table_blocks + 1 : left;
}

static size_t table_offset(const struct llext_signed_loader *s, uint32_t table)
{
	const struct llext_claims *claims = &s->claims;
	size_t each = (size_t)claims->table_blocks * claims->block_bytes +
		      ((size_t)claims->table_blocks + 1) * LLEXT_HASH_BYTES;

	return s->header_bytes + table * each;
}

static size_t block_offset(const struct llext_signed_loader *s, uint32_t block)
{
	uint32_t table = block / s->claims.table_blocks;
	size_t before = (size_t)(block % s->claims.table_blocks) * s->claims.block_bytes;

	return table_offset(s, table) + (size_t)table_digests(s, table) * LLEXT_HASH_BYTES + before;
}

/* All blocks are as large, but for the last one. */
static size_t block_bytes(const struct llext_signed_loader *s, uint32_t block)
{
	size_t left = s->claims.bytes - (size_t)block * s->claims.block_bytes;

	return left < s->claims.block_bytes ? left : s->claims.block_bytes;
}

/* The block in the buffer; the table is before it. */
static uint8_t *block_buffer(const struct llext_signed_loader *s)
{
	return s->buffer + (size_t)table_digests(s, 0) * LLEXT_HASH_BYTES;
}

static bool is_mappable(const struct llext_signed_loader *s)
{
	const struct llext_loader *source = s->source;

	return source->peek != NULL && source->storage != LLEXT_STORAGE_WRITABLE &&
	       s->trust->unchanging != NULL && !s->claims.encrypted &&
	       s->block_count <= s->claims.table_blocks;
}

int llext_signed_layout(struct llext_signed_loader *s)
{
	const struct llext_claims *claims = &s->claims;
	uint32_t size = claims->block_bytes, last;
	size_t length = s->source->length != NULL ? s->source->length(s->source) : SIZE_MAX;
	size_t total;

	if (claims->payload > LLEXT_PAYLOAD_PACKED_LZ4 || size < LEAST_BLOCK || size > MOST_BLOCK ||
	    (size & (size - 1)) != 0 || claims->table_blocks - 1 >= MOST_TABLE ||
	    claims->bytes - 1 >= MOST_BYTES)
		return llext_fail_signed(s, -ENOTSUP, "kind or sizes out of range in the manifest");
	s->block_count = (claims->bytes - 1) / size + 1;
	last = s->block_count - 1;
	total = block_offset(s, last) + block_bytes(s, last);
	if (length != SIZE_MAX && length != total)
		return llext_fail_differs(s, -EBADMSG, "the envelope has another length",
					  (int64_t)total, (int64_t)length);
	return 0;
}

/* ---- what is verified ---- */

/* Zero where two digests are equal. Which bytes differ does not show in the time it takes. */
static uint32_t difference(const volatile uint8_t *a, const volatile uint8_t *b)
{
	uint32_t bits = 0;
	int i;

	for (i = 0; i < LLEXT_HASH_BYTES; i++)
		bits |= (uint32_t)(a[i] ^ b[i]);
	return bits | (uint32_t)(i ^ LLEXT_HASH_BYTES);
}

/*
 * Compare twice, and keep each result before the next: a fault in one comparison, or in what is
 * made of both, does not matter. Whoever calls this clears the proof.
 */
static int check(struct llext_signed_loader *s, const uint8_t *data, size_t bytes,
		 const uint8_t *digest)
{
	uint8_t found[LLEXT_HASH_BYTES] = {0};
	volatile uint32_t *proof = &s->proof;
	struct llext_hash hash;
	uint32_t first, second;
	int rc = llext_hash_init(&hash);

	if (rc == 0)
		rc = llext_hash_update(&hash, data, bytes);
	if (rc == 0)
		rc = llext_hash_final(&hash, found);
	if (rc != 0)
		return llext_fail_signed(s, rc, "the hash failed");
	first = difference(found, digest);
	*proof = FIRST_PROOF + first;
	second = difference(digest, found);
	*proof += PROOF - FIRST_PROOF + second;
	if ((first | second) != 0)
		return llext_fail_signed(s, -EBADMSG,
					 "a block or a table differs from what was signed");
	return 0;
}

static bool is_proven(const volatile struct llext_signed_loader *s)
{
	return s->proof == PROOF;
}

/* Get a table. From one to the next is the only way, and the first one's digest is known. */
static int fetch_table(struct llext_signed_loader *s, uint32_t table)
{
	int rc = 0;

	if (s->table == NONE || s->table > table) {
		s->table = NONE;
		memcpy(s->next, s->claims.digest, LLEXT_HASH_BYTES);
	}
	while (rc == 0 && s->table != table) {
		uint32_t next = s->table + 1; /* NONE is before 0 */
		size_t digests = table_digests(s, next), bytes = digests * LLEXT_HASH_BYTES;

		s->table = NONE;
		s->proof = 0;
		rc = llext_signed_fetch(s, table_offset(s, next), s->buffer, bytes);
		if (rc == 0)
			rc = check(s, s->buffer, bytes, s->next);
		if (rc != 0)
			break;
		if (!is_proven(s))
			return -EPERM;
		memcpy(s->next, s->buffer + bytes - LLEXT_HASH_BYTES, LLEXT_HASH_BYTES);
		s->table = next;
	}
	return rc;
}

static int fetch_block(struct llext_signed_loader *s, uint32_t block)
{
	uint32_t table = block / s->claims.table_blocks, in_table = block % s->claims.table_blocks;
	size_t bytes = block_bytes(s, block);
	uint8_t *buffer = block_buffer(s);
	int rc = 0;

	s->claims.manifest = NULL; /* it was in the buffer */
	s->block = NONE;
	if (table != s->table)
		rc = fetch_table(s, table);
	s->proof = 0;
	if (rc == 0)
		rc = llext_signed_fetch(s, block_offset(s, block), buffer, bytes);
	/* A look of its own at whether that table is there: without, there will be no proof. */
	if (rc == 0 && *(const volatile uint32_t *)&s->table == table)
		rc = check(s, buffer, bytes, s->buffer + (size_t)in_table * LLEXT_HASH_BYTES);
	if (rc == 0 && s->claims.encrypted)
		rc = s->trust->decryption->decrypt(s, block * s->claims.block_bytes, buffer, bytes);
	if (rc == 0)
		s->block = block;
	return rc;
}

/*
 * Verify everything where it lies: from then on it is used there. The proofs are added up, so that
 * a loop that a fault ends early has not come to what all blocks come to. Where they have not, each
 * block is read and verified when it is asked for.
 */
static int map(struct llext_signed_loader *s)
{
	const uint8_t *table, *payload;
	uint32_t count = s->block_count, proofs = 0;
	size_t bytes = (size_t)count * LLEXT_HASH_BYTES + s->claims.bytes;
	int rc;

	table = s->source->peek(s->source, s->header_bytes);
	/* A source whose length is not known may end before. */
	if (table == NULL ||
	    s->source->peek(s->source, s->header_bytes + bytes - 1) != table + bytes - 1)
		return 0;
	payload = table + (size_t)count * LLEXT_HASH_BYTES;
	if (!s->trust->unchanging(table, bytes))
		return 0;
	s->proof = 0;
	rc = check(s, table, (size_t)count * LLEXT_HASH_BYTES, s->claims.digest);
	for (uint32_t i = 0; rc == 0 && is_proven(s) && i < count; i++) {
		s->proof = 0;
		rc = check(s, payload + (size_t)i * s->claims.block_bytes, block_bytes(s, i),
			   table + (size_t)i * LLEXT_HASH_BYTES);
		proofs += *(const volatile uint32_t *)&s->proof;
	}
	if (rc == 0 && is_proven(s) && proofs == count * PROOF)
		s->mapped = payload;
	return rc;
}

/* ---- the loader ---- */

/* Do both halves of the seal say so? Each is looked at by itself. */
static bool is_sealed(const volatile struct llext_signed_loader *s)
{
	if (s->seal != SEAL)
		return false;
	if (s->other_seal != OTHER_SEAL)
		return false;
	return s->error == 0;
}

static int seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_signed_loader *s = signed_of(ldr);

	if (pos > s->claims.bytes)
		return -EINVAL;
	s->position = (uint32_t)pos;
	return 0;
}

static void *peek(struct llext_loader *ldr, size_t pos)
{
	const struct llext_signed_loader *s = signed_of(ldr);

	if (!is_sealed(s) || pos >= s->claims.bytes)
		return NULL;
	return (void *)(uintptr_t)(s->mapped + pos);
}

/* The beginning, and an object without a history. */
void llext_signed_start(struct llext_signed_loader *s)
{
	s->seal = s->other_seal = 0;
	memset(&s->claims, 0, sizeof(s->claims));
	memset(s->next, 0, sizeof(s->next));
	s->position = 0;
	s->table = s->block = NONE;
	s->mapped = NULL;
	s->error = 0;
	s->what = NULL;
	s->has_values = s->by_source = false;
	s->source_position = s->source->seek != NULL ? SIZE_MAX : 0;
	s->loader.seek = s->source->seek != NULL ? seek : NULL;
	s->loader.peek = NULL;
	s->loader.storage = LLEXT_STORAGE_TEMPORARY;
}

static int open(struct llext_signed_loader *s)
{
	int rc = llext_signed_open(s);
	size_t needed;

	if (rc == 0 && is_mappable(s))
		rc = map(s);
	if (rc != 0)
		return rc;
	if (s->mapped != NULL) {
		s->loader.seek = seek;
		s->loader.peek = peek;
		s->loader.storage = s->source->storage;
		return 0;
	}
	needed = (size_t)(block_buffer(s) - s->buffer) + s->claims.block_bytes;
	if (needed > s->buffer_bytes)
		return llext_fail_differs(s, -ENOSPC, "the buffer is too small for a block",
					  (int64_t)needed, (int64_t)s->buffer_bytes);
	return 0;
}

int llext_signed_prepare(struct llext_loader *ldr)
{
	struct llext_signed_loader *s = signed_of(ldr);
	int rc = 0;

	s->seal = s->other_seal = 0;
	if (s->source == NULL || s->trust == NULL || s->buffer == NULL)
		return llext_fail_signed(s, -EINVAL,
					 "a signed loader without source, trust or buffer");
	if (s->source->prepare != NULL)
		rc = s->source->prepare(s->source);
	if (rc != 0)
		return llext_fail_signed(s, rc, "the source of the envelope failed");
	llext_signed_start(s);
	rc = open(s);
	if (rc != 0)
		llext_signed_finalize(ldr);
	return rc;
}

/* As memcpy(), which in the C library of a small device may go byte by byte. */
static void copy(uint8_t *to, const uint8_t *from, size_t bytes)
{
	struct words {
		uint32_t word[4];
	} __attribute__((may_alias));

	if (((uintptr_t)to | (uintptr_t)from) % sizeof(uint32_t) == 0) {
		for (; bytes >= sizeof(struct words); bytes -= sizeof(struct words)) {
			*(struct words *)(void *)to = *(const struct words *)(const void *)from;
			to += sizeof(struct words);
			from += sizeof(struct words);
		}
	}
	if (bytes > 0)
		memcpy(to, from, bytes);
}

int llext_signed_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_signed_loader *s = signed_of(ldr);
	uint8_t *to = out;
	int rc;

	if (!is_sealed(s))
		return s->error != 0 ? s->error : -EPERM;
	if (len > s->claims.bytes - s->position)
		return llext_fail_differs(s, -EINVAL, "read behind the end of the payload",
					  s->claims.bytes, (int64_t)s->position);
	while (len > 0) {
		uint32_t block = s->position / s->claims.block_bytes;
		size_t in_block = s->position % s->claims.block_bytes, piece;
		const uint8_t *from;

		piece = block_bytes(s, block) - in_block;
		if (piece > len)
			piece = len;
		if (s->mapped != NULL) {
			from = s->mapped + s->position;
		} else {
			if (s->block != block) {
				rc = fetch_block(s, block);
				if (rc != 0)
					return rc;
			}
			/* A look of its own, whatever became of the one above. */
			if (*(const volatile uint32_t *)&s->block != block || !is_proven(s) ||
			    !is_sealed(s))
				return -EPERM;
			from = block_buffer(s) + in_block;
		}
		copy(to, from, piece);
		s->position += (uint32_t)piece;
		to += piece;
		len -= piece;
	}
	return 0;
}

void llext_signed_finalize(struct llext_loader *ldr)
{
	struct llext_signed_loader *s = signed_of(ldr);

	memset(s->content_key, 0, sizeof(s->content_key));
	__asm__ volatile("" : : "r"(s->content_key) : "memory"); /* it is done, also at the end */
	s->seal = s->other_seal = 0;
	s->claims.manifest = NULL;
	if (s->source->finalize != NULL)
		s->source->finalize(s->source);
}

size_t llext_signed_length(struct llext_loader *ldr)
{
	return signed_of(ldr)->claims.bytes;
}

const struct llext_claims *llext_signed_claims(struct llext_loader *ldr)
{
	const struct llext_signed_loader *s = signed_of(ldr);

	return is_sealed(s) ? &s->claims : NULL;
}

void llext_signed_explain(struct llext_loader *ldr, struct llext_diag *diag)
{
	struct llext_signed_loader *s = signed_of(ldr);

	if (!LLEXT_ON(CONFIG_LLEXT_DIAG))
		return;
	diag->what = s->what;
	diag->has_offset = true;
	diag->offset = s->offset;
	diag->has_values = s->has_values;
	diag->expected = s->expected;
	diag->found = s->found;
	if (s->by_source && s->source->explain != NULL)
		s->source->explain(s->source, diag);
}
