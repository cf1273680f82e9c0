/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crypto backend by itself, on vectors that standard input has, one a line:
 *   verify GOOD X-AND-Y MESSAGE SIGNATURE
 *   unwrap GOOD KEY WRAPPED UNWRAPPED
 *   agree GOOD SECRET EPHEMERAL CONTEXT WRAPPED UNWRAPPED
 *   stream KEY IV OFFSET CIPHERTEXT PLAINTEXT
 * Values are hexadecimal. Each must come out as the line says; the counts are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/crypto.h>

#define MOST 8192

static size_t from_hex(const char *text, uint8_t *bytes)
{
	size_t count = strlen(text) / 2;

	if (count > MOST || strlen(text) % 2 != 0)
		abort();
	for (size_t i = 0; i < count; i++) {
		unsigned int value;

		if (sscanf(text + 2 * i, "%2x", &value) != 1)
			abort();
		bytes[i] = (uint8_t)value;
	}
	return count;
}

/* A field of the line; "-" has no bytes. */
static size_t field(uint8_t *bytes)
{
	const char *text = strtok(NULL, " \n");

	if (text == NULL)
		abort();
	return strcmp(text, "-") == 0 ? 0 : from_hex(text, bytes);
}

static int is_good(void)
{
	const char *text = strtok(NULL, " \n");

	if (text == NULL || strlen(text) != 1)
		abort();
	return text[0] == '1';
}

static int verify(void)
{
	static uint8_t key[MOST], message[MOST], signature[MOST];
	int good = is_good();
	size_t bytes;
	uint32_t verdict;

	if (field(key) != 64)
		abort();
	bytes = field(message);
	if (field(signature) != 64)
		abort();
	verdict = llext_verify(LLEXT_ALGORITHM_ES256, key, message, bytes, signature);
	/* There is no third answer. */
	return good ? verdict == LLEXT_VERIFIED : verdict == 0;
}

static int unwrap(void)
{
	static uint8_t key[MOST], wrapped[MOST], expected[MOST], found[MOST];
	const struct llext_secret secret = {.wrapping = LLEXT_WRAPPING_A128KW, .key = key};
	static const uint8_t zeros[16];
	int good = is_good(), rc;

	if (field(key) != 16 || field(wrapped) != 24)
		abort();
	memset(found, 0xee, sizeof(found));
	rc = llext_unwrap(&secret, NULL, NULL, 0, wrapped, found);
	if (!good)
		return rc < 0 && memcmp(found, zeros, 16) == 0;
	return field(expected) == 16 && rc == 0 && memcmp(found, expected, 16) == 0;
}

/* By what a device and an ephemeral key agree on. */
static int agree(void)
{
	static uint8_t key[MOST], ephemeral[MOST], context[MOST], wrapped[MOST], expected[MOST];
	const struct llext_secret secret = {.wrapping = LLEXT_WRAPPING_ECDH_ES_A128KW, .key = key};
	static const uint8_t zeros[16];
	uint8_t found[16];
	int good = is_good(), rc;
	size_t bytes;

	if (field(key) != 32 || field(ephemeral) != 64)
		abort();
	bytes = field(context);
	if (field(wrapped) != 24)
		abort();
	memset(found, 0xee, sizeof(found));
	rc = llext_unwrap(&secret, ephemeral, context, bytes, wrapped, found);
	if (!good)
		return rc < 0 && memcmp(found, zeros, 16) == 0;
	return field(expected) == 16 && rc == 0 && memcmp(found, expected, 16) == 0;
}

static int stream(void)
{
	static uint8_t key[MOST], iv[MOST], offset[MOST], data[MOST], expected[MOST];
	size_t bytes;
	uint32_t at;

	if (field(key) != 16 || field(iv) != 16 || field(offset) != 4)
		abort();
	at = (uint32_t)offset[0] << 24 | (uint32_t)offset[1] << 16 | (uint32_t)offset[2] << 8 |
	     offset[3];
	bytes = field(data);
	return field(expected) == bytes && llext_stream(key, iv, at, data, bytes) == 0 &&
	       memcmp(data, expected, bytes) == 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} kinds[] = {{"verify", verify}, {"unwrap", unwrap}, {"agree", agree}, {"stream", stream}};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

int main(void)
{
	static char line[4 * MOST];
	unsigned int counts[KINDS] = {0}, number = 0;
	int status = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		const char *what = strtok(line, " \n");
		size_t kind = 0;

		number++;
		while (what != NULL && kind < KINDS && strcmp(what, kinds[kind].name) != 0)
			kind++;
		if (what == NULL || kind == KINDS)
			abort();
		counts[kind]++;
		if (!kinds[kind].run()) {
			printf("line %u (%s) came out wrong\n", number, what);
			status = 1;
		}
	}
	for (size_t kind = 0; kind < KINDS; kind++) {
		printf("%s: %u\n", kinds[kind].name, counts[kind]);
		status |= counts[kind] == 0;
	}
	return status;
}
