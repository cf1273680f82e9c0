/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every truncation and every change of one byte to every other value, of the fixtures named on
 * the command line; of packed files, through a source that cannot seek, too. Each is loaded, looked
 * at and unloaded; the invariants of docs/security.md are checked after each. Nothing that is
 * loaded is run.
 *
 * exhaustive [--accepted | --edges | --fourth] FILE...: --accepted lists the changes that load.
 * --edges: only values that differ in one bit or in all, and the extremes. --fourth: these, and
 * each fourth of the others, not the same ones for neighbouring bytes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "poison.h"
#include "world.h"

static unsigned long tried, loaded;
static bool list_accepted, edges, fourth, packed;

static void attempt(const char *name, const uint8_t *bytes, size_t size, size_t changed,
		    struct trial trial)
{
	const char *wrong = world_try(bytes, size, &trial);

	tried++;
	loaded += trial.rc == 0;
	if (list_accepted && trial.rc == 0)
		printf("%s %zu %zu %u\n", name, size, changed,
		       changed < size ? bytes[changed] : 0u);
	if (wrong == NULL)
		return;
	fprintf(stderr, "%s: size %zu, byte %zu is 0x%02x, source %u: %s\n", name, size, changed,
		changed < size ? bytes[changed] : 0u, trial.source, wrong);
	exit(1);
}

static void truncations(const char *name, uint8_t *bytes, size_t size)
{
	static const unsigned int sources[] = {
		LLEXT_STORAGE_TEMPORARY,
		SOURCE_NO_PEEK,
		SOURCE_NO_PEEK | SOURCE_NO_LENGTH,
		LLEXT_STORAGE_PERSISTENT | SOURCE_NO_LENGTH,
		LLEXT_STORAGE_WRITABLE,
		/* of packed files */
		SOURCE_FORWARD | SOURCE_NO_PEEK,
		SOURCE_FORWARD | SOURCE_NO_PEEK | SOURCE_NO_LENGTH,
	};
	const size_t count = sizeof(sources) / sizeof(sources[0]) - (packed ? 0 : 2);

	for (size_t length = 0; length < size; length++) {
		POISON(bytes + length, size - length);
		for (size_t i = 0; i < count; i++)
			attempt(name, bytes, length, length,
				(struct trial){.source = sources[i], .plan = true});
		UNPOISON(bytes + length, size - length);
	}
}

/* Does a value differ in one bit or in all, or is it an extreme? */
static bool is_edge(uint8_t value, uint8_t good)
{
	uint8_t difference = value ^ good;

	return (difference & (difference - 1)) == 0 || difference == 0xff || value == 0 ||
	       value == 0xff;
}

/* Is a value left out of this run? */
static bool is_left_out(uint8_t value, uint8_t good, size_t at)
{
	if (value == good)
		return true;
	if (is_edge(value, good))
		return false;
	return edges || (fourth && (value + at) % 4 != 0);
}

/* All values go through a source that can be peeked, the edges through the other kinds, too. */
static void other_sources(const char *name, const uint8_t *bytes, size_t size, size_t at)
{
	attempt(name, bytes, size, at,
		(struct trial){.source = SOURCE_NO_PEEK, .plan = true, .keep_section_info = true});
	attempt(name, bytes, size, at, (struct trial){.source = SOURCE_NO_PEEK | SOURCE_NO_LENGTH});
	attempt(name, bytes, size, at,
		(struct trial){.source = LLEXT_STORAGE_PERSISTENT, .detached = true});
	attempt(name, bytes, size, at, (struct trial){.source = LLEXT_STORAGE_WRITABLE});
	if (packed)
		attempt(name, bytes, size, at,
			(struct trial){.source =
					       SOURCE_FORWARD | SOURCE_NO_PEEK | SOURCE_NO_LENGTH});
}

static void mutations(const char *name, uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		uint8_t good = bytes[at];

		for (unsigned int value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			if (is_left_out(bytes[at], good, at))
				continue;
			attempt(name, bytes, size, at, (struct trial){.source = 0});
			if (packed)
				attempt(name, bytes, size, at,
					(struct trial){.source = SOURCE_FORWARD | SOURCE_NO_PEEK});
			if (is_edge(bytes[at], good))
				other_sources(name, bytes, size, at);
		}
		bytes[at] = good;
	}
}

static bool loads_forward(const uint8_t *bytes, size_t size)
{
	struct trial trial = {.source = SOURCE_FORWARD | SOURCE_NO_PEEK};

	return world_try(bytes, size, &trial) == NULL && trial.rc == 0;
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 1 && argv[1][0] == '-') {
		list_accepted = strcmp(argv[1], "--accepted") == 0;
		edges = strcmp(argv[1], "--edges") == 0;
		fourth = strcmp(argv[1], "--fourth") == 0;
		if (!list_accepted && !edges && !fourth)
			return 2;
		first = 2;
	}
	world_open();
	for (int i = first; i < argc; i++) {
		size_t size;
		uint8_t *bytes = fixture_read(argv[i], &size);
		struct trial good = {.plan = true};
		const char *wrong = world_try(bytes, size, &good);

		if (wrong != NULL || good.rc != 0) {
			char line[400];

			(void)llext_diag_format(&good.diag, line, sizeof(line));
			fprintf(stderr, "%s does not load unchanged: %s: %s\n", argv[i], line,
				wrong != NULL ? wrong : "");
			return 1;
		}
		packed = loads_forward(bytes, size);
		if (packed != (strncmp(argv[i], "packed", 6) == 0)) {
			fprintf(stderr,
				"%s: packed files load from a source that cannot seek, "
				"others do not\n",
				argv[i]);
			return 1;
		}
		truncations(argv[i], bytes, size);
		mutations(argv[i], bytes, size);
		free(bytes);
	}
	world_close();
	printf("hostile inputs tried: %lu (%lu of them harmless and loaded)\n", tried, loaded);
	return 0;
}
