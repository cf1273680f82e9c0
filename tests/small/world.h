/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware with a heap and three exports, and files that are loaded into it. */
#ifndef SMALL_WORLD_H_
#define SMALL_WORLD_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/llext.h>

#define WORLD_HEAP_BYTES ((size_t)1 << 16)

extern int world_variable;

/* So much heap is there. */
void world_open(size_t bytes);
/* Nothing may be left on it. */
void world_close(void);

/* What llext_load() returns; what it loads stays in *@ext. @kind: SOURCE_* */
int world_load(const uint8_t *bytes, size_t size, unsigned int kind, struct llext **ext,
	       const struct llext_load_param *param);

/* Loaded, looked at without running any of it, and unloaded. */
int world_try(const uint8_t *bytes, size_t size, unsigned int kind);

uint8_t *world_file(const char *path, size_t *size);

#endif /* SMALL_WORLD_H_ */
