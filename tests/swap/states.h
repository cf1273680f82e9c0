/* SPDX-License-Identifier: Apache-2.0 */
/* What a search has seen already: explore.c. */
#ifndef STATES_H
#define STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash {
	uint64_t value;
};

struct hash hash_begin(void);
void hash_bytes(struct hash *hash, const void *bytes, size_t count);

/* The stack of a thread that is left, with its registers on it. */
void hash_stack(struct hash *hash, const char *sp, const char *top);

/* All variables of the program. */
void hash_variables(struct hash *hash);

/* The library's allocations: where, and what is in them. */
void hash_allocations(struct hash *hash);

/* Keep what all variables of the program are, and make them that again. */
void variables_keep(void);
void variables_reset(void);

/* Before all else. @return false: no memory */
bool states_begin(void);

/* Note a state. @return false: it was there already */
bool states_add(uint64_t state);
void states_forget(void);

#endif
