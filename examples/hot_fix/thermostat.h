/* SPDX-License-Identifier: Apache-2.0 */
/* What stays the same from version to version. */
#ifndef THERMOSTAT_H_
#define THERMOSTAT_H_

#include <stdbool.h>
#include <stdint.h>

/* The state as it is handed from one version to the next; every version can write and read it. */
struct thermostat_state {
	uint32_t layout;       /* THERMOSTAT_LAYOUT */
	uint32_t measurements; /* so far */
	int64_t sum;           /* of all measurements, tenths of a degree */
	int32_t target;
};

#define THERMOSTAT_LAYOUT 1

/* Exported under the name "thermostat". */
struct thermostat {
	const char *version;
	void (*set_target)(int tenths);
	bool (*measure)(int tenths); /* is heating needed? */
	int (*mean)(void);
	void (*save)(struct thermostat_state *state);
	bool (*restore)(const struct thermostat_state *state);
};

#endif /* THERMOSTAT_H_ */
