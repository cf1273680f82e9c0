/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that open envelopes share: their options, and files as they are. */
#ifndef TENON_VERIFYING_H_
#define TENON_VERIFYING_H_

#include "signing.h"

enum {
	OPTION_DECRYPT = 512,
	OPTION_COUNTER,
	OPTION_VENDOR_ID,
	OPTION_CLASS_ID,
	OPTION_DEVICE_ID,
	OPTION_BOUND_TO
};

#define VERIFYING_OPTIONS                                                                          \
	{"ring", required_argument, NULL, 'r'},                                                    \
		{"decrypt-with", required_argument, NULL, OPTION_DECRYPT},                         \
		{"counter", required_argument, NULL, OPTION_COUNTER},                              \
		{"vendor", required_argument, NULL, OPTION_VENDOR_ID},                             \
		{"class", required_argument, NULL, OPTION_CLASS_ID},                               \
		{"device", required_argument, NULL, OPTION_DEVICE_ID},                             \
	{                                                                                          \
		"firmware", required_argument, NULL, OPTION_BOUND_TO                               \
	}

/* Take an option with its value in optarg. An exit code. */
int verifying_option(const char *command, int option, struct verifying *verifying);

/* 16 bytes from a UUID's text, with or without hyphens; NULL: it is none. To be freed. */
uint8_t *parse_uuid(const char *text);
/* A security counter, in decimal digits. */
bool parse_counter(const char *text, uint32_t *counter);
/* 16 hexadecimal digits, or the fingerprint of a firmware's ELF file. Complains. */
bool parse_fingerprint(const char *text, uint64_t *fingerprint);

/* A whole file as it is, to be freed. Complains and returns false. */
bool raw_read(const char *path, uint8_t **bytes, size_t *length);

#endif /* TENON_VERIFYING_H_ */
