/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdicts FILE: each file with one byte changed, and each that ends too early; prints those that
 * load, as the place and the value of the byte. With TAKES_MORE_MEMORY, also those for which there
 * is not enough memory: for the other core there might be. Exports are left out: both cores
 * have the same code for them, and whether a name ends may depend on what lies behind it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source.h"
#include "world.h"

struct load;

int __wrap_llext_exports_build(struct load *ld);

int __wrap_llext_exports_build(struct load *ld)
{
	(void)ld;
	return 0;
}

static bool loads(const uint8_t *bytes, size_t size)
{
	int rc = world_try(bytes, size, SOURCE_NO_PEEK);

#ifdef TAKES_MORE_MEMORY
	return rc == 0 || rc == -ENOMEM;
#else
	return rc == 0;
#endif
}

int main(int argc, char **argv)
{
	uint8_t *bytes;
	size_t size;

	if (argc != 2)
		return 2;
	bytes = world_file(argv[1], &size);
	world_open(WORLD_HEAP_BYTES);
	for (size_t at = 0; at < size; at++) {
		uint8_t good = bytes[at], *start = malloc(at + 1);

		if (start == NULL)
			return 1;
		memcpy(start, bytes, at);
		if (loads(start, at))
			printf("length %zu\n", at);
		free(start);
		for (unsigned int value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			if (loads(bytes, size))
				printf("%zu %u\n", at, value);
		}
		bytes[at] = good;
	}
	world_close();
	free(bytes);
	return 0;
}
