/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps, on the host and on boards. */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/buf_loader.h>
#include <llext/swap.h>
#include "effect.h"

#define FIXTURE(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]

LLEXT_SLOT_DECLARE(effects, effect);

/* @return how many checks have failed */
int suite_run(void);
void suite_check(bool ok, const char *file, int line, const char *what);

#define CHECK(condition) suite_check((condition), __FILE__, __LINE__, #condition)

/* A swap with a loader of its own for these bytes. */
static inline int suite_swap(struct llext_slot *slot, const uint8_t *bytes, const uint8_t *end,
			     const char *name, const struct llext_swap_param *param)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, (size_t)(end - bytes));

	return llext_swap(slot, &loader.loader, name, param);
}
#define SWAP(slot, fixture, name, ...)                                                             \
	suite_swap(LLEXT_SLOT_OF(slot), fixture_##fixture, fixture_##fixture##_end, name,          \
		   __VA_ARGS__)

void unload_test(void); /* unload.c */

/* How many extensions have been brought up, and not torn down. */
int suite_alive(void);
size_t suite_heap_used(void);

#endif
