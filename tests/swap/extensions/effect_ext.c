/* SPDX-License-Identifier: Apache-2.0 */
/* One source for all that fit, and most that do not: see suite.cmake. */
#include <errno.h>
#include "../effect.h"

#ifndef NUMBER
#define NUMBER 1
#endif

int swap_test_alive(int change);

static unsigned int counted;

static int version(void)
{
#ifdef SLOW /* it stays inside as long as the firmware wants */
	(void)swap_test_alive(0);
#endif
	return NUMBER;
}

#ifdef EFFECT_OTHER_PROTOTYPE
static int add(int a, short b)
#else
static int add(int a, int b)
#endif
{
#ifdef CRASHES
	__builtin_trap();
#endif
	return a + b;
}

static unsigned int count(void)
{
	return ++counted;
}

static int twice(int a)
{
	return 2 * a;
}

static int state_save(void *blob, size_t room)
{
	struct effect_state *state = blob;

#ifdef SAVE_FAILS
	return -5;
#elif defined(SAVE_TOO_MUCH)
	return (int)room + 1;
#else
	if (room < sizeof(*state))
		return -E2BIG;
	*state = (struct effect_state){EFFECT_STATE_MAGIC, counted};
	return sizeof(*state);
#endif
}

static int state_restore(const void *blob, size_t bytes, uint32_t of)
{
	const struct effect_state *state = blob;

#ifdef RESTORE_RESULT
	return RESTORE_RESULT;
#endif
	if (of != EFFECT_STATE_VERSION || bytes != sizeof(*state) ||
	    state->magic != EFFECT_STATE_MAGIC)
		return -EINVAL;
	counted = state->count;
	return 0;
}

/* The suite counts those that are up. */
__attribute__((constructor)) static void up(void)
{
	(void)swap_test_alive(1);
}

__attribute__((destructor)) static void down(void)
{
	(void)swap_test_alive(-1);
}

#if defined(NO_DECLARATION)
#elif defined(BAD_TABLE)   /* a function that is none of the extension's */
static const uintptr_t functions[] = {0x11, 0x21, 0x31, 0x41};
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT, 1, 2, 4, functions, NULL, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(BAD_POINTER) /* a table that lies elsewhere */
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT, 1, 2, 4, (const void *)BAD_POINTER, NULL, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(BAD_SIGNATURES)
static const struct effect functions = {version, add, count, twice};
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT, 1, 2, 4, &functions, (const void *)BAD_SIGNATURES, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(BAD_COUNT)
static const struct effect functions = {version, add, count, twice};
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT, 1, 2, 65535, &functions, NULL, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(BAD_FORMAT)
static const struct effect functions = {version, add, count, twice};
const struct llext_declaration llext_interface_effect = {2,    1,    2,    4, &functions,
							 NULL, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(BAD_STATE)
static const struct effect functions = {version, add, count, twice};
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT,        1,    2, 4, &functions, NULL,
	(int (*)(void *, size_t))0x1001, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(UNSIGNED) /* nothing is known of the prototypes */
static const struct effect functions = {version, add, count, twice};
const struct llext_declaration llext_interface_effect = {
	LLEXT_DECLARATION_FORMAT, 1, 2, 4, &functions, NULL, NULL, NULL, 0};
LL_EXTENSION_SYMBOL(llext_interface_effect);
#elif defined(MISSING)
LLEXT_IMPLEMENT(effect, .version = version, .count = count);
#elif defined(NO_RESTORE)
LLEXT_IMPLEMENT_STATE(effect, EFFECT_STATE_VERSION, state_save, NULL, .version = version,
		      .add = add, .count = count);
#elif defined(EFFECT_OTHER_NAME)
LLEXT_IMPLEMENT(effect, .version = version, .sum = add, .count = count);
#elif EFFECT_MINOR < 2
LLEXT_IMPLEMENT_STATE(effect, EFFECT_STATE_VERSION, state_save, state_restore, .version = version,
		      .add = add, .count = count);
#else
LLEXT_IMPLEMENT_STATE(effect, EFFECT_STATE_VERSION, state_save, state_restore, .version = version,
		      .add = add, .count = count, .twice = twice);
#endif
