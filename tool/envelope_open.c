/* SPDX-License-Identifier: Apache-2.0 */
/* Reading envelopes by the code that devices run, and saying what they claim. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <llext/buf_loader.h>
#include "../src/trust/trust.h"
#include "json.h"
#include "llext_desk.h"
#include "signing.h"

/* ---- what a file is verified with ---- */

static const struct verifying *current;

static uint64_t fingerprint(void)
{
	return current->fingerprint;
}

static int counter_read(const char *name, uint32_t *value)
{
	(void)name;
	*value = current->counter;
	return 0;
}

static int now(uint32_t *seconds)
{
	*seconds = (uint32_t)time(NULL);
	return 0;
}

/* Who has no key verifies all the same: digests are those of the encrypted bytes. */
static int leave_sealed(struct llext_signed_loader *s, const uint8_t *cose, size_t bytes)
{
	(void)s;
	(void)cose;
	(void)bytes;
	return 0;
}

static int leave_block(struct llext_signed_loader *s, uint32_t offset, uint8_t *data, size_t bytes)
{
	(void)s;
	(void)offset;
	(void)data;
	(void)bytes;
	return 0;
}

static const struct llext_decryption no_decryption = {.open = leave_sealed, .decrypt = leave_block};

const struct llext_trust *verifying_trust(const struct verifying *verifying)
{
	static struct llext_decryption decryption;
	static struct llext_trust trust;

	current = verifying;
	decryption = (struct llext_decryption)LLEXT_DECRYPTION(verifying->secrets,
							       verifying->secret_count);
	if (verifying->stays_sealed)
		decryption = no_decryption;
	trust = (struct llext_trust){
		.keys = verifying->ring.keys,
		.key_count = verifying->ring.count,
		.vendor_id = verifying->ids[0],
		.class_id = verifying->ids[1],
		.device_id = verifying->ids[2],
		.fingerprint = verifying->has_fingerprint ? fingerprint : NULL,
		.counter_read = verifying->has_counter ? counter_read : NULL,
		.now = now,
		.decryption = &decryption,
	};
	return &trust;
}

bool verifying_add_secret(struct verifying *verifying, const char *path)
{
	size_t last = verifying->secret_count;
	struct key *key;

	/* The secrets point into the keys, which therefore must not move: a few are enough. */
	if (verifying->keys == NULL) {
		verifying->keys = need(16, sizeof(*verifying->keys));
		verifying->secrets = need(16, sizeof(*verifying->secrets));
	}
	if (last == 16) {
		complain(path, "is one key too many");
		return false;
	}
	key = &verifying->keys[last];
	if (!key_open(key, path))
		return false;
	verifying->secret_count++;
	if (!key->is_private || (key->pkey != NULL && key->algorithm != LLEXT_ALGORITHM_ES256)) {
		complain(path, "does not decrypt: that takes a private P-256 key, or 16 bytes");
		return false;
	}
	verifying->secrets[last] = (struct llext_secret){
		.wrapping =
			key->pkey != NULL ? LLEXT_WRAPPING_ECDH_ES_A128KW : LLEXT_WRAPPING_A128KW,
		.key = key->secret,
	};
	memcpy(verifying->secrets[last].id, key->id, LLEXT_KEY_ID_BYTES);
	return true;
}

void verifying_free(struct verifying *verifying)
{
	ring_free(&verifying->ring);
	for (size_t i = 0; i < verifying->secret_count; i++)
		key_close(&verifying->keys[i]);
	free(verifying->keys);
	free(verifying->secrets);
}

/* ---- opening ---- */

static void take_error(struct opened *opened, const struct llext_signed_loader *s, int error)
{
	opened->what = s->what != NULL ? s->what : "malformed";
	opened->error = error;
	opened->offset = s->offset;
	opened->has_values = s->has_values;
	opened->expected = s->expected;
	opened->found = s->found;
}

static const struct verifying *decrypting; /* NULL: without being verified, files stay sealed */

void files_decrypt(const struct verifying *verifying)
{
	decrypting = verifying;
}

/* All that llext_signed_prepare() does, but for the signature and the policy. */
static int open_unverified(struct llext_signed_loader *s)
{
	struct manifest manifest = {0};
	int rc;

	llext_signed_start(s);
	rc = llext_signed_read_header(s);
	if (rc == 0)
		rc = llext_manifest_read(s, &manifest);
	if (rc == 0)
		rc = llext_signed_layout(s);
	if (rc == 0 && manifest.cose != NULL)
		rc = s->trust->decryption->open(s, manifest.cose, manifest.cose_bytes);
	if (rc == 0) {
		s->seal = SEAL;
		s->other_seal = OTHER_SEAL;
	}
	return rc;
}

static void take_ids(struct opened *opened, const uint8_t *bytes, size_t length)
{
	/* The manifest as it stands in the file: the loader's copy goes with its buffer. */
	struct llext_signed_loader s = {
		.claims = {.manifest_bytes = opened->claims.manifest_bytes}};
	struct manifest manifest = {0};

	s.claims.manifest = bytes + 59;
	if (s.claims.manifest_bytes > length - 59)
		return;
	(void)llext_manifest_read(&s, &manifest);
	for (int i = 0; i < 3; i++)
		opened->ids[i] = manifest.ids[i];
	opened->fingerprint = manifest.fingerprint;
	opened->claims.manifest = bytes + 59;
}

bool envelope_open(struct opened *opened, const uint8_t *bytes, size_t length,
		   const struct llext_trust *trust)
{
	struct llext_buf_loader source = LLEXT_TEMPORARY_BUF_LOADER(bytes, length);
	size_t room = LLEXT_SIGNED_BUFFER_BYTES((size_t)65536, (size_t)4096);
	uint8_t *buffer = need(room, 1);
	static const struct llext_trust nobody = {.decryption = &no_decryption};
	const struct llext_trust *without =
		decrypting != NULL ? verifying_trust(decrypting) : &nobody;
	struct llext_signed_loader s =
		LLEXT_SIGNED_LOADER(&source.loader, trust != NULL ? trust : without, buffer, room);
	int rc = trust != NULL ? llext_signed_prepare(&s.loader) : open_unverified(&s);

	*opened = (struct opened){.claims = s.claims, .verified = trust != NULL && rc == 0};
	if (s.header_bytes != 0 && s.claims.manifest_bytes != 0) {
		envelope_signer(bytes, opened->signer, &opened->algorithm);
		take_ids(opened, bytes, length);
	}
	if (rc == 0) {
		opened->payload = need(s.claims.bytes, 1);
		rc = llext_signed_read(&s.loader, opened->payload, s.claims.bytes);
	}
	if (rc != 0) {
		take_error(opened, &s, rc);
		opened->verified = false;
	}
	opened->sealed =
		rc == 0 && s.claims.encrypted && s.trust->decryption->decrypt == leave_block;
	if (rc != 0 || opened->sealed) {
		free(opened->payload);
		opened->payload = NULL;
	}
	if (s.seal != 0)
		llext_signed_finalize(&s.loader);
	free(buffer);
	return rc == 0;
}

/* ---- in place of the file ---- */

static const struct verifying *required; /* NULL: files are not verified */

void files_verify(const struct verifying *verifying)
{
	required = verifying;
}

bool envelope_strip(struct file *file)
{
	struct opened *opened;

	if (!is_envelope(file->bytes, file->length))
		return true;
	if (required != NULL && required->ring.count == 0) {
		complain(file->path, "is signed: --ring RING says whose signature is taken");
		return false;
	}
	opened = need(1, sizeof(*opened));
	if (!envelope_open(opened, file->bytes, file->length,
			   required != NULL ? verifying_trust(required) : NULL)) {
		complain_opened(file->path, opened);
		free(opened);
		return false;
	}
	file->envelope = opened;
	file->envelope_bytes = file->length;
	if (opened->sealed) {
		complain(file->path, "is encrypted: tenon verify --decrypt-with KEY -o PAYLOAD "
				     "writes what is in it");
		return false;
	}
	free(file->bytes);
	file->bytes = opened->payload;
	file->length = opened->claims.bytes;
	/* Those were in the envelope. */
	opened->payload = NULL;
	opened->claims.manifest = NULL;
	for (int i = 0; i < 3; i++)
		opened->ids[i] = NULL;
	opened->fingerprint = NULL;
	return true;
}

/* ---- saying ---- */

static const char *const payload_names[] = {"elf", "packed", "packed-lz4"};

static const char *payload_name(uint32_t payload)
{
	return payload < 3 ? payload_names[payload] : "unknown";
}

static const char *version_text(const struct llext_version *version)
{
	char text[40];

	snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor, version->patch);
	return printable(text);
}

static const char *expiry_text(uint32_t expires)
{
	time_t seconds = (time_t)expires;
	char text[40] = "never";

	if (expires != 0)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	return printable(text);
}

void claims_print(const struct opened *opened, size_t length, FILE *stream)
{
	static const char *const names[] = {"vendor id", "class id", "device id"};
	const struct llext_claims *claims = &opened->claims;
	struct llext_claimed_import import;
	const char *machine =
		machine_name((uint16_t)claims->machine, (unsigned char)claims->elf_class);

	fprintf(stream, "name         %s\n", printable(claims->name));
	fprintf(stream, "version      %s\n", version_text(&claims->version));
	fprintf(stream, "counter      %u\n", claims->counter);
	fprintf(stream, "payload      %s, %u bytes%s\n", payload_name(claims->payload),
		claims->bytes,
		!claims->encrypted ? ""
		: opened->sealed   ? ", encrypted, not decrypted here"
				   : ", encrypted");
	fprintf(stream, "blocks       %u bytes, %u to a table\n", claims->block_bytes,
		claims->table_blocks);
	fprintf(stream, "machine      %s\n", machine != NULL ? machine : "unknown");
	fprintf(stream, "API          %u\n", claims->api_version);
	fprintf(stream, "memory       code %u, data %u, tables %u, during the load %u bytes\n",
		claims->memory.instr_bytes, claims->memory.data_bytes, claims->memory.table_bytes,
		claims->memory.transient_bytes);
	for (int i = 0; i < 3; i++) {
		if (opened->ids[i] != NULL)
			fprintf(stream, "%-12s %s\n", names[i], hex(opened->ids[i], 16));
	}
	if (opened->fingerprint != NULL)
		fprintf(stream, "firmware     %s\n", hex(opened->fingerprint, 8));
	for (size_t i = 0; llext_claims_import(claims, i, &import) == 0; i++)
		fprintf(stream, "imports      %s %s\n", printable(import.name),
			version_text(&import.version));
	if (claims->expires != 0)
		fprintf(stream, "expires      %s\n", expiry_text(claims->expires));
	if (claims->sandbox_only)
		fprintf(stream, "sandbox      only\n");
	fprintf(stream, "signer       %s %s\n", key_algorithm_name(opened->algorithm),
		hex(opened->signer, LLEXT_KEY_ID_BYTES));
	fprintf(stream, "envelope     %zu bytes\n", length);
}

void claims_print_json(const struct opened *opened, void *object)
{
	const struct llext_claims *claims = &opened->claims;
	const struct llext_desk_core *core =
		llext_desk_core_for(claims->machine, claims->elf_class);
	static const char *const names[] = {"vendor_id", "class_id", "device_id"};
	struct json_object *memory, *list;
	struct llext_claimed_import import;

	json_text(object, "name", claims->name);
	json_text(object, "version", version_text(&claims->version));
	json_number(object, "counter", claims->counter);
	json_text(object, "payload", payload_name(claims->payload));
	json_number(object, "payload_bytes", claims->bytes);
	json_flag(object, "encrypted", claims->encrypted);
	json_number(object, "block_bytes", claims->block_bytes);
	json_number(object, "table_blocks", claims->table_blocks);
	json_text(object, "digest", hex(claims->digest, LLEXT_HASH_BYTES));
	json_text(object, "machine", core != NULL ? core->name : NULL);
	json_number(object, "class", claims->elf_class == 1 ? 32 : 64);
	json_number(object, "flags", claims->elf_flags);
	json_number(object, "api_version", claims->api_version);
	memory = json_child(object, "memory");
	json_number(memory, "instruction_heap_bytes", claims->memory.instr_bytes);
	json_number(memory, "instruction_heap_align", claims->memory.instr_align);
	json_number(memory, "data_heap_bytes", claims->memory.data_bytes);
	json_number(memory, "data_heap_align", claims->memory.data_align);
	json_number(memory, "table_bytes", claims->memory.table_bytes);
	json_number(memory, "transient_bytes", claims->memory.transient_bytes);
	for (int i = 0; i < 3; i++)
		json_text(object, names[i],
			  opened->ids[i] != NULL ? hex(opened->ids[i], 16) : NULL);
	json_text(object, "firmware",
		  opened->fingerprint != NULL ? hex(opened->fingerprint, 8) : NULL);
	list = json_list(object, "imports");
	for (size_t i = 0; llext_claims_import(claims, i, &import) == 0; i++) {
		struct json_object *item = json_item(list);

		json_text(item, "name", import.name);
		json_text(item, "version", version_text(&import.version));
	}
	json_text(object, "expires", claims->expires != 0 ? expiry_text(claims->expires) : NULL);
	json_flag(object, "sandbox_only", claims->sandbox_only);
	json_text(object, "algorithm", key_algorithm_name(opened->algorithm));
	json_text(object, "signer", hex(opened->signer, LLEXT_KEY_ID_BYTES));
	json_flag(object, "verified", opened->verified);
}
