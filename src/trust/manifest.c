/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest, which the signature covers: a map with numbers as keys, in ascending order. It is
 * verified already, so that what is wrong in it was signed so; it is refused all the same.
 */
#include "trust.h"

#define MANIFEST_VERSION 1

/* Its keys; docs/envelope.md has their meaning. Those from KEY_VENDORS_OWN on are not looked at. */
enum {
	KEY_FORMAT = 1,
	KEY_NAME,
	KEY_VERSION,
	KEY_COUNTER,
	KEY_PAYLOAD,
	KEY_DIGEST,
	KEY_MACHINE,
	KEY_API,
	KEY_MEMORY,
	KEY_VENDOR_ID,
	KEY_CLASS_ID,
	KEY_DEVICE_ID,
	KEY_FIRMWARE,
	KEY_IMPORTS,
	KEY_BUILD_ID,
	KEY_EXPIRES,
	KEY_SANDBOX,
	KEY_ENCRYPTION,
	KEY_PADDING,
	KEY_COUNT,
	KEY_VENDORS_OWN = 64,
};

#define MANDATORY (((1u << (KEY_MEMORY + 1)) - 1) & ~1u)

/*
 * Letters, digits and a few others, so that a name is one in every log, file system and shell; and
 * no folder or option, whose names begin with a point or a minus.
 */
static void read_name(struct cbor *cbor, char name[LLEXT_CLAIM_NAME_LEN + 1])
{
	size_t bytes;
	const uint8_t *from = llext_cbor_string(cbor, CBOR_TEXT, &bytes);

	if (bytes == 0 || bytes > LLEXT_CLAIM_NAME_LEN)
		cbor->wrong = true;
	memset(name, 0, LLEXT_CLAIM_NAME_LEN + 1);
	for (size_t i = 0; i < bytes && !cbor->wrong; i++) {
		uint8_t c = from[i], letter = c | 0x20;

		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
		    (i == 0 || (c != '+' && c != '-' && c != '.')))
			cbor->wrong = true;
		name[i] = (char)c;
	}
}

/* The next import of an array of them. */
static void read_import(struct cbor *cbor, struct llext_claimed_import *import)
{
	if (llext_cbor_head(cbor, CBOR_ARRAY) != 2)
		cbor->wrong = true;
	read_name(cbor, import->name);
	llext_cbor_numbers(cbor, &import->version.major, 3);
}

static void read_imports(struct cbor *cbor)
{
	uint32_t count = llext_cbor_head(cbor, CBOR_ARRAY);
	struct llext_claimed_import import;

	while (count-- > 0 && !cbor->wrong)
		read_import(cbor, &import);
}

static const uint8_t *read_id(struct cbor *cbor, size_t bytes)
{
	size_t found;
	const uint8_t *id = llext_cbor_string(cbor, CBOR_BYTES, &found);

	if (found != bytes)
		cbor->wrong = true;
	return id;
}

static void read_value(struct cbor *cbor, uint32_t key, struct llext_claims *claims,
		       struct manifest *manifest)
{
	const uint8_t *start = cbor->next;

	switch (key) {
	case KEY_FORMAT:
		manifest->format = llext_cbor_head(cbor, CBOR_UINT);
		break;
	case KEY_NAME:
		read_name(cbor, claims->name);
		break;
	case KEY_VERSION:
		llext_cbor_numbers(cbor, &claims->version.major, 3);
		break;
	case KEY_COUNTER:
		claims->counter = llext_cbor_head(cbor, CBOR_UINT);
		break;
	case KEY_PAYLOAD:
		llext_cbor_numbers(cbor, &claims->payload, 4);
		break;
	case KEY_DIGEST:
		llext_cbor_copy(cbor, claims->digest, LLEXT_HASH_BYTES);
		break;
	case KEY_MACHINE:
		llext_cbor_numbers(cbor, &claims->machine, 3);
		if (claims->elf_class != 1 && claims->elf_class != 2)
			cbor->wrong = true;
		break;
	case KEY_API:
		claims->api_version = llext_cbor_head(cbor, CBOR_UINT);
		break;
	case KEY_MEMORY:
		llext_cbor_numbers(cbor, &claims->memory.instr_bytes, 6);
		break;
	case KEY_VENDOR_ID:
	case KEY_CLASS_ID:
	case KEY_DEVICE_ID:
		manifest->ids[key - KEY_VENDOR_ID] = read_id(cbor, 16);
		break;
	case KEY_FIRMWARE:
		manifest->fingerprint = read_id(cbor, 8);
		break;
	case KEY_IMPORTS:
		read_imports(cbor);
		break;
	case KEY_EXPIRES:
		claims->expires = llext_cbor_head(cbor, CBOR_UINT);
		if (claims->expires == 0) /* which would be: never */
			cbor->wrong = true;
		break;
	case KEY_SANDBOX:
		if (llext_cbor_head(cbor, CBOR_SIMPLE) != CBOR_TRUE)
			cbor->wrong = true;
		claims->sandbox_only = true;
		break;
	case KEY_ENCRYPTION:
		manifest->cose = start;
		llext_cbor_skip(cbor);
		manifest->cose_bytes = (size_t)(cbor->next - start);
		claims->encrypted = true;
		break;
	default: /* for people and tools only */
		llext_cbor_skip(cbor);
		break;
	}
}

static struct cbor open_manifest(const struct llext_claims *claims)
{
	return (struct cbor){claims->manifest, claims->manifest + claims->manifest_bytes, false};
}

int llext_manifest_read(struct llext_signed_loader *s, struct manifest *manifest)
{
	struct cbor cbor = open_manifest(&s->claims);
	uint32_t count = llext_cbor_head(&cbor, CBOR_MAP), last = 0, seen = 0;

	for (; count > 0 && !cbor.wrong; count--) {
		uint32_t key = llext_cbor_head(&cbor, CBOR_UINT);

		if (key <= last)
			cbor.wrong = true;
		else if (key >= KEY_COUNT && key < KEY_VENDORS_OWN)
			return llext_fail_differs(s, -ENOTSUP, "unknown key in the manifest",
						  KEY_COUNT - 1, key);
		else if (key < KEY_COUNT)
			seen |= 1u << key;
		last = key;
		read_value(&cbor, key, &s->claims, manifest);
		if (key == KEY_FORMAT && !cbor.wrong && manifest->format != MANIFEST_VERSION)
			return llext_fail_signed(s, -ENOTSUP, "unknown version of the manifest");
	}
	if (cbor.wrong || cbor.next != cbor.end)
		return llext_fail_differs(s, -EBADMSG, "malformed manifest", 0, last);
	if ((seen & MANDATORY) != MANDATORY)
		return llext_fail_differs(s, -EBADMSG, "the manifest lacks something", MANDATORY,
					  seen & MANDATORY);
	return 0;
}

/* ---- imports, for those who ask ---- */

int llext_claims_import(const struct llext_claims *claims, size_t number,
			struct llext_claimed_import *import)
{
	struct cbor cbor;
	uint32_t count, key = 0;

	if (claims->manifest == NULL)
		return -ENODATA;
	cbor = open_manifest(claims);
	for (count = llext_cbor_head(&cbor, CBOR_MAP); count > 0; count--) {
		key = llext_cbor_head(&cbor, CBOR_UINT);
		if (key == KEY_IMPORTS)
			break;
		llext_cbor_skip(&cbor);
	}
	if (key != KEY_IMPORTS || llext_cbor_head(&cbor, CBOR_ARRAY) <= number)
		return -ENOENT;
	do {
		read_import(&cbor, import);
	} while (number-- > 0);
	return 0;
}
