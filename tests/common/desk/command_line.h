/* SPDX-License-Identifier: Apache-2.0 */
/* What programs that load a file on the desk take from the command line. What is wrong ends them.
 */
#ifndef DESK_COMMAND_LINE_H_
#define DESK_COMMAND_LINE_H_

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/symbol.h>

static inline void *must(void *memory)
{
	if (memory == NULL) {
		perror("desk");
		exit(2);
	}
	return memory;
}

/* A file of @least bytes or more. */
static inline uint8_t *read_whole(const char *path, long least, size_t *bytes)
{
	FILE *file = must(fopen(path, "rb"));
	uint8_t *memory;

	if (fseek(file, 0, SEEK_END) != 0 || ftell(file) < least)
		exit(2);
	*bytes = (size_t)ftell(file);
	memory = must(malloc(*bytes));
	rewind(file);
	if (fread(memory, 1, *bytes, file) != *bytes)
		exit(2);
	(void)fclose(file);
	return memory;
}

/* NAME=ADDRESS each; @most of them. */
static inline size_t parse_imports(char **args, int count, struct llext_const_symbol *imports,
				   int most)
{
	if (count > most)
		exit(2);
	for (int i = 0; i < count; i++) {
		char *equals = must(strchr(args[i], '='));

		*equals = '\0';
		imports[i].name = args[i];
		imports[i].addr = (const void *)(uintptr_t)strtoull(equals + 1, NULL, 0);
	}
	return (size_t)count;
}

#endif
