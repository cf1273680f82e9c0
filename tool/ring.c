/* SPDX-License-Identifier: Apache-2.0 */
/* Key rings: as JSON for the command, as C for a firmware. */
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "signing.h"

/* ---- reading ---- */

static struct llext_key *add(struct ring *ring, const char *names)
{
	size_t last = ring->count++;

	ring->keys = need_more(ring->keys, ring->count, sizeof(*ring->keys));
	ring->names = need_more(ring->names, ring->count, sizeof(*ring->names));
	ring->names[last] = need_text("%s", names);
	ring->keys[last] = (struct llext_key){.names = ring->names[last]};
	return &ring->keys[last];
}

static bool from_hex(const char *text, uint8_t *bytes, size_t count)
{
	unsigned int value;

	if (text == NULL || strlen(text) != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		if (strspn(pair, "0123456789abcdefABCDEF") != 2 || sscanf(pair, "%x", &value) != 1)
			return false;
		bytes[i] = (uint8_t)value;
	}
	return true;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value)
							      : NULL;
}

static bool flag_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_get_boolean(value);
}

/*
 * A right that is misspelt, or null, would be none, and a key would have more than was meant.
 */
static bool has_only_known(struct json_object *entry)
{
	static const struct {
		const char *name;
		enum json_type type;
	} known[] = {{"id", json_type_string},           {"algorithm", json_type_string},
		     {"public_key", json_type_string},   {"names", json_type_string},
		     {"counter_limit", json_type_int},   {"revoked", json_type_boolean},
		     {"sandbox_only", json_type_boolean}};

	json_object_object_foreach(entry, name, value)
	{
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && strcmp(name, known[i].name) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]) ||
		    !json_object_is_type(value, known[i].type))
			return false;
	}
	return true;
}

/* ---- a key that is there already ---- */

/*
 * A firmware takes the first entry of a key. So the last one, if its key has one before, goes into
 * that: what is left is what both allow, whatever their order, and revoked once is revoked.
 */
static bool join_last(struct ring *ring, const char *path)
{
	size_t last = ring->count - 1, i = 0;
	const struct llext_key *key = &ring->keys[last];
	struct llext_key *before;

	while (i < last &&
	       (ring->keys[i].algorithm != key->algorithm ||
		memcmp(ring->keys[i].public_key, key->public_key, sizeof(key->public_key)) != 0))
		i++;
	if (i == last)
		return true;
	before = &ring->keys[i];
	if (!starts_with(before->names, key->names) && !starts_with(key->names, before->names)) {
		complain(path, "gives the key %s other names ('%s') than it had ('%s')",
			 hex(key->id, sizeof(key->id)), printable(key->names),
			 printable(before->names));
		return false;
	}
	before->flags |= key->flags;
	if (key->counter_limit < before->counter_limit)
		before->counter_limit = key->counter_limit;
	if (strlen(key->names) > strlen(before->names)) {
		char *names = ring->names[i];

		before->names = ring->names[i] = ring->names[last];
		ring->names[last] = names;
	}
	free(ring->names[last]);
	ring->count = last;
	return true;
}

static bool add_json(struct ring *ring, struct json_object *entry)
{
	const char *algorithm = text_of(entry, "algorithm"), *names = text_of(entry, "names");
	struct llext_key *key = add(ring, names != NULL ? names : "");
	uint8_t id[LLEXT_KEY_ID_BYTES];
	struct json_object *limit;

	if (!from_hex(text_of(entry, "id"), key->id, sizeof(key->id)) || algorithm == NULL)
		return false;
	key->algorithm = strcmp(algorithm, "ES256") == 0   ? LLEXT_ALGORITHM_ES256
			 : strcmp(algorithm, "EdDSA") == 0 ? LLEXT_ALGORITHM_EDDSA
							   : 0;
	key->flags = (uint8_t)((flag_of(entry, "revoked") ? LLEXT_KEY_REVOKED : 0) |
			       (flag_of(entry, "sandbox_only") ? LLEXT_KEY_SANDBOX_ONLY : 0));
	key->counter_limit = UINT32_MAX;
	if (json_object_object_get_ex(entry, "counter_limit", &limit)) {
		int64_t value = json_object_get_int64(limit);

		if (value < 0 || value > UINT32_MAX)
			return false;
		key->counter_limit = (uint32_t)value;
	}
	if (key->algorithm == 0 || !is_claim_name(key->names, true) ||
	    !from_hex(text_of(entry, "public_key"), key->public_key,
		      key->algorithm == LLEXT_ALGORITHM_ES256 ? 64 : 32))
		return false;
	key_identify(key->algorithm, key->public_key, id);
	return memcmp(id, key->id, sizeof(id)) == 0;
}

static bool read_json(struct ring *ring, const char *path)
{
	struct json_object *root = json_object_from_file(path), *list;
	bool good = root != NULL && json_object_object_get_ex(root, "keys", &list) &&
		    json_object_is_type(list, json_type_array);

	bool joined = true;

	for (size_t i = 0; good && joined && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		good = json_object_is_type(entry, json_type_object) && has_only_known(entry) &&
		       add_json(ring, entry);
		joined = good && join_last(ring, path);
	}
	json_object_put(root);
	if (!good)
		complain(path, "is no key ring (tenon key pub --ring writes one)");
	return good && joined;
}

static bool looks_like_json(const char *path)
{
	FILE *stream = fopen(path, "rbe");
	int first = ' ';

	while (stream != NULL && strchr(" \t\r\n", first) != NULL && first != '\0' && first != EOF)
		first = fgetc(stream);
	if (stream != NULL)
		(void)fclose(stream);
	return first == '{';
}

bool ring_read(struct ring *ring, const char *path, const struct rights *rights)
{
	struct llext_key *entry;
	struct key key;
	bool good;

	if (looks_like_json(path))
		return read_json(ring, path);
	good = key_open(&key, path);
	if (good && key.pkey == NULL) {
		complain(path, "is a secret key, with which nobody signs");
		good = false;
	}
	if (good) {
		entry = add(ring, rights != NULL && rights->names != NULL ? rights->names : "");
		memcpy(entry->id, key.id, sizeof(key.id));
		memcpy(entry->public_key, key.public_key, sizeof(key.public_key));
		entry->algorithm = key.algorithm;
		entry->counter_limit = rights != NULL ? rights->counter_limit : UINT32_MAX;
		if (rights != NULL && rights->revoked)
			entry->flags |= LLEXT_KEY_REVOKED;
		if (rights != NULL && rights->sandbox_only)
			entry->flags |= LLEXT_KEY_SANDBOX_ONLY;
		good = join_last(ring, path);
	}
	key_close(&key);
	return good;
}

void ring_free(struct ring *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		free(ring->names[i]);
	free(ring->names);
	free(ring->keys);
	*ring = (struct ring){0};
}

/* ---- writing ---- */

void ring_print_json(const struct ring *ring, FILE *stream)
{
	struct json_object *root = json_root("key"), *list = json_list(root, "keys");

	for (size_t i = 0; i < ring->count; i++) {
		const struct llext_key *key = &ring->keys[i];
		struct json_object *entry = json_item(list);

		json_text(entry, "id", hex(key->id, sizeof(key->id)));
		json_text(entry, "algorithm", key_algorithm_name(key->algorithm));
		json_object_object_add(entry, "public_key",
				       json_object_new_string(hex(
					       key->public_key,
					       key->algorithm == LLEXT_ALGORITHM_ES256 ? 64 : 32)));
		json_text(entry, "names", key->names);
		json_number(entry, "counter_limit", key->counter_limit);
		json_flag(entry, "revoked", key->flags & LLEXT_KEY_REVOKED);
		json_flag(entry, "sandbox_only", key->flags & LLEXT_KEY_SANDBOX_ONLY);
	}
	json_print(root, stream);
}

void ring_print_c(const struct ring *ring, FILE *stream)
{
	fprintf(stream, "/* Made by tenon key pub --c. */\n#include <llext/trust.h>\n\n"
			"const struct llext_key llext_ring[] = {\n");
	for (size_t i = 0; i < ring->count; i++) {
		const struct llext_key *key = &ring->keys[i];

		fprintf(stream, "\t{\n\t\t.id = {");
		key_write_bytes(key->id, sizeof(key->id), stream);
		fprintf(stream, "\n\t\t},\n\t\t.algorithm = LLEXT_ALGORITHM_%s,\n",
			key->algorithm == LLEXT_ALGORITHM_ES256 ? "ES256" : "EDDSA");
		if (key->flags != 0)
			fprintf(stream, "\t\t.flags = %s%s%s,\n",
				key->flags & LLEXT_KEY_REVOKED ? "LLEXT_KEY_REVOKED" : "",
				key->flags == (LLEXT_KEY_REVOKED | LLEXT_KEY_SANDBOX_ONLY) ? " | "
											   : "",
				key->flags & LLEXT_KEY_SANDBOX_ONLY ? "LLEXT_KEY_SANDBOX_ONLY"
								    : "");
		fprintf(stream, "\t\t.public_key = {");
		key_write_bytes(key->public_key, sizeof(key->public_key), stream);
		fprintf(stream,
			"\n\t\t},\n\t\t.counter_limit = 0x%xu,\n\t\t.names = \"%s\",\n\t},\n",
			key->counter_limit, key->names);
	}
	fprintf(stream, "};\nconst size_t llext_ring_count = %zu;\n", ring->count);
}
