/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 1 heats below 20 degrees, and switches too often. Version 2 waits for a degree of
 * difference, and crashes when it freezes. Version 3 does not.
 */
#include <errno.h>
#include "thermostat.h"

struct state {
	int heats;
	unsigned int switches;
};

static struct state state;

static int decide(int tenths)
{
	int heats = state.heats;

	if (tenths < 200)
		heats = 1;
#if VERSION == 1
	else
		heats = 0;
#else
	else if (tenths > 210)
		heats = 0;
#endif
#if VERSION == 2
	if (tenths < 0)
		__builtin_trap();
#endif
	state.switches += heats != state.heats;
	state.heats = heats;
	return heats;
}

static unsigned int switches(void)
{
	return state.switches;
}

static int save(void *blob, size_t room)
{
	if (room < sizeof(state))
		return -E2BIG;
	*(struct state *)blob = state;
	return sizeof(state);
}

static int restore(const void *blob, size_t bytes, uint32_t version)
{
	if (version != 1 || bytes != sizeof(state))
		return -ENOTSUP;
	state = *(const struct state *)blob;
	return 0;
}

LLEXT_IMPLEMENT_STATE(thermostat, 1, save, restore, .decide = decide, .switches = switches);
