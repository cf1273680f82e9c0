/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the commands that open envelopes, and files as they are. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <getopt.h>
#include "firmware.h"
#include "packed.h"
#include "verifying.h"

/* ---- files ---- */

bool raw_read(const char *path, uint8_t **bytes, size_t *length)
{
	FILE *stream = fopen(path, "rbe");
	size_t room = 0;
	bool good;

	*bytes = NULL;
	*length = 0;
	if (stream == NULL) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	do {
		room = room == 0 ? 65536 : 2 * room;
		*bytes = need_more(*bytes, room, 1);
		*length += fread(*bytes + *length, 1, room - *length, stream);
	} while (*length == room);
	good = !ferror(stream);
	if (!good)
		complain(path, "%s", strerror(errno));
	(void)fclose(stream);
	return good;
}

/* ---- values ---- */

/* The next byte of hexadecimal text; -1: there is none. */
static int hex_byte(const char **text)
{
	char pair[3] = {(*text)[0], (*text)[0] != '\0' ? (*text)[1] : '\0', '\0'};

	if (strspn(pair, "0123456789abcdefABCDEF") != 2)
		return -1;
	*text += 2;
	return (int)strtoul(pair, NULL, 16);
}

uint8_t *parse_uuid(const char *text)
{
	uint8_t *uuid = need(16, 1);
	int byte = 0;

	for (size_t i = 0; i < 16 && byte >= 0; i++) {
		text += *text == '-' && i >= 4 && i <= 10 && i % 2 == 0;
		byte = hex_byte(&text);
		uuid[i] = (uint8_t)byte;
	}
	if (byte >= 0 && *text == '\0')
		return uuid;
	free(uuid);
	return NULL;
}

static bool from_firmware(const char *path, uint64_t *fingerprint)
{
	struct firmware firmware = {0};
	struct packed_names names = {0};
	struct file file;
	bool good = file_open(&file, path) && firmware_read(&firmware, &file);

	if (good) {
		packed_names_of(&names, &firmware);
		*fingerprint = names.fingerprint;
		free(names.list);
	}
	firmware_free(&firmware);
	file_close(&file);
	return good;
}

bool parse_fingerprint(const char *text, uint64_t *fingerprint)
{
	if (strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
		return from_firmware(text, fingerprint);
	*fingerprint = strtoull(text, NULL, 16);
	return true;
}

bool parse_counter(const char *text, uint32_t *counter)
{
	uint64_t number;

	if (strspn(text, "0123456789") != strlen(text) ||
	    !parse_size(text, UINT32_MAX - 1, &number))
		return false;
	*counter = (uint32_t)number;
	return true;
}

/* ---- options ---- */

static int take_id(const char *command, const uint8_t **id)
{
	free((void *)(uintptr_t)*id);
	*id = parse_uuid(optarg);
	return *id != NULL ? EXIT_GOOD : wrong_usage(command, "'%s' is no UUID", printable(optarg));
}

int verifying_option(const char *command, int option, struct verifying *verifying)
{
	switch (option) {
	case 'r':
		return ring_read(&verifying->ring, optarg, NULL) ? EXIT_GOOD : EXIT_REFUSED;
	case OPTION_DECRYPT:
		return verifying_add_secret(verifying, optarg) ? EXIT_GOOD : EXIT_REFUSED;
	case OPTION_COUNTER:
		if (!parse_counter(optarg, &verifying->counter))
			return wrong_usage(command, "'%s' is no counter", printable(optarg));
		verifying->has_counter = true;
		return EXIT_GOOD;
	case OPTION_BOUND_TO:
		verifying->has_fingerprint = parse_fingerprint(optarg, &verifying->fingerprint);
		return verifying->has_fingerprint ? EXIT_GOOD : EXIT_REFUSED;
	default:
		return take_id(command, &verifying->ids[option - OPTION_VENDOR_ID]);
	}
}

void complain_opened(const char *path, const struct opened *opened)
{
	if (opened->has_values)
		complain(path, "%s (expected %lld, found %lld): -%s", opened->what,
			 (long long)opened->expected, (long long)opened->found,
			 strerrorname_np(-opened->error));
	else
		complain(path, "%s: -%s", opened->what, strerrorname_np(-opened->error));
}
