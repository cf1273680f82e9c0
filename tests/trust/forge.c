/* SPDX-License-Identifier: Apache-2.0 */
#include <bearssl.h>
#include <errno.h>
#include "forge.h"

const uint8_t signer_secret[32] = {0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
				   0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
				   0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
const uint8_t other_secret[32] = {1, 2, 3, 4, 5, 6, 7, 8};

/* ---- CBOR ---- */

void blob_put(struct blob *blob, const void *bytes, size_t count)
{
	blob->at = realloc(blob->at, blob->count + count + 1);
	assert_non_null(blob->at);
	if (count > 0)
		memcpy(blob->at + blob->count, bytes, count);
	blob->count += count;
}

void blob_head(struct blob *blob, unsigned int type, uint32_t number)
{
	uint8_t head[5] = {(uint8_t)(type << 5)};
	size_t bytes = number < 24 ? 0 : number < 0x100 ? 1 : number < 0x10000 ? 2 : 4;

	head[0] |= (uint8_t)(bytes == 0 ? number : bytes == 1 ? 24 : bytes == 2 ? 25 : 26);
	for (size_t i = 0; i < bytes; i++)
		head[bytes - i] = (uint8_t)(number >> 8 * i);
	blob_put(blob, head, 1 + bytes);
}

void blob_numbers(struct blob *blob, unsigned int count, const uint32_t *numbers)
{
	blob_head(blob, 4, count);
	for (unsigned int i = 0; i < count; i++)
		blob_head(blob, 0, numbers[i]);
}

void blob_free(struct blob *blob)
{
	free(blob->at);
	*blob = (struct blob){0};
}

static void sha256(const void *bytes, size_t count, uint8_t digest[32])
{
	br_sha256_context context;

	br_sha256_init(&context);
	br_sha256_update(&context, bytes, count);
	br_sha256_out(&context, digest);
}

/* ---- the manifest ---- */

static struct blob *value_of(struct forge *forge, uint32_t key)
{
	size_t at = 0;

	while (at < forge->entry_count && forge->entries[at].key < key)
		at++;
	if (at == forge->entry_count || forge->entries[at].key != key) {
		assert_true(forge->entry_count < MOST_ENTRIES);
		memmove(&forge->entries[at + 1], &forge->entries[at],
			(forge->entry_count - at) * sizeof(forge->entries[0]));
		forge->entries[at] = (struct entry){.key = key};
		forge->entry_count++;
	}
	blob_free(&forge->entries[at].value);
	return &forge->entries[at].value;
}

void forge_set(struct forge *forge, uint32_t key, const void *value, size_t bytes)
{
	struct blob *blob = value_of(forge, key);

	if (bytes > 0)
		blob_put(blob, value, bytes);
}

void forge_set_number(struct forge *forge, uint32_t key, uint32_t number)
{
	blob_head(value_of(forge, key), 0, number);
}

void forge_set_text(struct forge *forge, uint32_t key, const char *text)
{
	struct blob *blob = value_of(forge, key);

	blob_head(blob, 3, (uint32_t)strlen(text));
	blob_put(blob, text, strlen(text));
}

void forge_set_numbers(struct forge *forge, uint32_t key, unsigned int count, ...)
{
	uint32_t numbers[8];
	va_list args;

	va_start(args, count);
	for (unsigned int i = 0; i < count; i++)
		numbers[i] = va_arg(args, unsigned int);
	va_end(args);
	blob_numbers(value_of(forge, key), count, numbers);
}

/* ---- tables and blocks ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* From the end to the beginning, by the definition: table(i) has the digest of table(i + 1). */
static struct blob tables_from(const struct forge *forge, size_t first, uint8_t digest[32])
{
	size_t group = (size_t)forge->block * forge->table, left = forge->payload.count - first;
	struct blob table = {0}, rest = {0};
	uint8_t one[32];

	for (size_t at = 0; at < least(left, group); at += forge->block) {
		sha256(forge->payload.at + first + at, least(left - at, forge->block), one);
		blob_put(&table, one, 32);
	}
	if (left > group) {
		rest = tables_from(forge, first + group, one);
		blob_put(&table, one, 32);
	}
	sha256(table.at, table.count, digest);
	blob_put(&table, forge->payload.at + first, least(left, group));
	blob_put(&table, rest.at, rest.count);
	blob_free(&rest);
	return table;
}

void forge_open(struct forge *forge, size_t bytes, uint32_t block, uint32_t table)
{
	static unsigned int seed;
	struct blob behind;
	uint8_t digest[34] = {0x58, 0x20};

	*forge = (struct forge){.block = block, .table = table, .signer = signer_secret};
	seed++;
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)(i * 167 + i / 256 * 89 + seed * 31);

		if (i % 4096 == 0) /* not one byte at a time */
			forge->payload.at = realloc(forge->payload.at, i + 4096);
		forge->payload.at[forge->payload.count++] = byte;
	}
	behind = tables_from(forge, 0, digest + 2);
	blob_free(&behind);
	forge_set_number(forge, FORMAT, 1);
	forge_set_text(forge, NAME, "codec.one");
	forge_set_numbers(forge, VERSION, 3, 1, 2, 3);
	forge_set_number(forge, COUNTER, 7);
	forge_set_numbers(forge, PAYLOAD, 4, 0, (uint32_t)bytes, block, table);
	forge_set(forge, DIGEST, digest, sizeof(digest));
	forge_set_numbers(forge, MACHINE, 3, 62, 2, 0);
	forge_set_number(forge, API, 1);
	forge_set_numbers(forge, MEMORY, 6, 100, 16, 200, 8, 300, 400);
}

/* ---- the envelope ---- */

static void build_manifest(struct forge *forge, struct blob *manifest)
{
	static const uint8_t none[256];
	size_t bytes = 0, count = 0;

	if (forge->manifest.count > 0) {
		blob_put(manifest, forge->manifest.at, forge->manifest.count);
		return;
	}
	for (size_t i = 0; i < forge->entry_count; i++)
		bytes += 5 + forge->entries[i].value.count;
	if (bytes < 300) {
		struct blob *padding = value_of(forge, PADDING);

		blob_head(padding, 2, 256);
		blob_put(padding, none, 256);
	}
	for (size_t i = 0; i < forge->entry_count; i++)
		count += forge->entries[i].value.count > 0;
	blob_head(manifest, 5, (uint32_t)count);
	for (size_t i = 0; i < forge->entry_count; i++) {
		const struct entry *entry = &forge->entries[i];

		if (entry->value.count == 0)
			continue;
		blob_head(manifest, 0, entry->key);
		blob_put(manifest, entry->value.at, entry->value.count);
	}
}

static void sign(const uint8_t *secret, const struct blob *message, uint8_t signature[64])
{
	const br_ec_private_key key = {BR_EC_secp256r1, (uint8_t *)(uintptr_t)secret, 32};
	uint8_t digest[32];

	sha256(message->at, message->count, digest);
	assert_int_equal(
		br_ecdsa_i31_sign_raw(&br_ec_p256_m31, &br_sha256_vtable, digest, &key, signature),
		64);
}

struct llext_key key_of(const uint8_t secret[32])
{
	const br_ec_private_key private = {BR_EC_secp256r1, (uint8_t *)(uintptr_t)secret, 32};
	struct llext_key key = {.algorithm = LLEXT_ALGORITHM_ES256,
				.counter_limit = UINT32_MAX - 1};
	uint8_t point[65], digest[32];
	struct blob cose = {0};

	assert_int_equal(br_ec_compute_pub(&br_ec_p256_m31, NULL, point, &private), 65);
	memcpy(key.public_key, point + 1, 64);
	blob_put(&cose, "\xa4\x01\x02\x20\x01\x21\x58\x20", 8);
	blob_put(&cose, point + 1, 32);
	blob_put(&cose, "\x22\x58\x20", 3);
	blob_put(&cose, point + 33, 32);
	sha256(cose.at, cose.count, digest);
	blob_free(&cose);
	memcpy(key.id, digest, sizeof(key.id));
	return key;
}

struct blob forge_build(struct forge *forge)
{
	static const char type[] = "application/vnd.tenon.manifest+cbor";
	const struct llext_key key = key_of(forge->signer);
	struct blob protected = {0}, manifest = {0}, message = {0}, envelope = {0}, behind;
	uint8_t signature[64], digest[32];

	build_manifest(forge, &manifest);
	blob_put(&protected, "\xa3\x01\x26\x03", 4);
	blob_head(&protected, 3, sizeof(type) - 1);
	blob_put(&protected, type, sizeof(type) - 1);
	blob_put(&protected, "\x04\x48", 2);
	blob_put(&protected, key.id, 8);

	blob_put(&message, "\x84\x6aSignature1", 12);
	blob_head(&message, 2, (uint32_t) protected.count);
	blob_put(&message, protected.at, protected.count);
	blob_put(&message, "\x40", 1);
	blob_head(&message, 2, (uint32_t)manifest.count);
	blob_put(&message, manifest.at, manifest.count);
	sign(forge->signer, &message, signature);

	blob_put(&envelope, "\xd2\x84", 2);
	blob_head(&envelope, 2, (uint32_t) protected.count);
	blob_put(&envelope, protected.at, protected.count);
	blob_put(&envelope, "\xa0", 1);
	blob_head(&envelope, 2, (uint32_t)manifest.count);
	blob_put(&envelope, manifest.at, manifest.count);
	blob_put(&envelope, "\x58\x40", 2);
	blob_put(&envelope, signature, 64);
	behind = tables_from(forge, 0, digest);
	blob_put(&envelope, behind.at, behind.count);
	blob_free(&behind);
	blob_free(&protected);
	blob_free(&manifest);
	blob_free(&message);
	return envelope;
}

void forge_close(struct forge *forge)
{
	for (size_t i = 0; i < forge->entry_count; i++)
		blob_free(&forge->entries[i].value);
	blob_free(&forge->payload);
	blob_free(&forge->manifest);
}

/* ---- the source ---- */

static struct source *source_of(struct llext_loader *ldr)
{
	return (struct source *)(void *)ldr;
}

static int prepare(struct llext_loader *ldr)
{
	struct source *source = source_of(ldr);

	assert_int_equal(source->prepared, source->finalized);
	if (++source->calls == source->fail_at)
		return -ENODEV;
	source->prepared++;
	return 0;
}

static void note(struct source *source, size_t len)
{
	for (size_t i = source->position; source->once != NULL && i < source->position + len; i++) {
		source->read_twice |= source->once[i] != 0;
		source->once[i] = 1;
	}
}

static int read(struct llext_loader *ldr, void *out, size_t len)
{
	struct source *source = source_of(ldr);

	assert_int_equal(source->prepared, source->finalized + 1);
	if (++source->calls == source->fail_at)
		return -ENODEV;
	if (len > source->bytes.count - source->position)
		return -EIO;
	note(source, len);
	memcpy(out, source->bytes.at + source->position, len);
	source->position += len;
	return 0;
}

static int seek(struct llext_loader *ldr, size_t pos)
{
	struct source *source = source_of(ldr);

	assert_int_equal(source->prepared, source->finalized + 1);
	if (++source->calls == source->fail_at)
		return -ENODEV;
	if (pos > source->bytes.count)
		return -EIO;
	source->position = pos;
	return 0;
}

static void *peek(struct llext_loader *ldr, size_t pos)
{
	struct source *source = source_of(ldr);

	return pos < source->bytes.count ? source->bytes.at + pos : NULL;
}

static size_t length(struct llext_loader *ldr)
{
	return source_of(ldr)->bytes.count;
}

static void finalize(struct llext_loader *ldr)
{
	struct source *source = source_of(ldr);

	source->finalized++;
	source->position = 0;
}

void source_open(struct source *source, struct blob bytes, enum source_kind kind)
{
	*source = (struct source){
		.loader = {.prepare = prepare,
			   .read = read,
			   .seek = kind != SOURCE_FORWARD ? seek : NULL,
			   .peek = kind == SOURCE_MAPPED ? peek : NULL,
			   .finalize = finalize,
			   .storage = kind == SOURCE_MAPPED ? LLEXT_STORAGE_PERSISTENT
							    : LLEXT_STORAGE_TEMPORARY,
			   .length = kind != SOURCE_FORWARD ? length : NULL},
		.bytes = bytes,
	};
}

void reader_open(struct reader *reader, struct source *source, const struct llext_trust *trust,
		 size_t bytes)
{
	reader->buffer = malloc(bytes);
	assert_non_null(reader->buffer);
	reader->loader = (struct llext_signed_loader)LLEXT_SIGNED_LOADER(&source->loader, trust,
									 reader->buffer, bytes);
}

void reader_close(struct reader *reader)
{
	free(reader->buffer);
}
