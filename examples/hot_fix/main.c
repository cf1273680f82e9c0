/* SPDX-License-Identifier: Apache-2.0 */
/* Version 2 is loaded beside version 1, takes its state over, and version 1 goes. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "thermostat.h"

#define HEAP_BYTES (256 * 1024)

static const uint8_t v1[] = {
#include "thermostat_v1.inc"
};

static const uint8_t v2[] = {
#include "thermostat_v2.inc"
};

/* What the rest of the firmware uses; changed in one place, between two uses. */
static const struct thermostat *thermostat;

static const struct thermostat *load(const char *name, const uint8_t *bytes, size_t count,
				     struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(bytes, count);
	char line[256];

	if (llext_load(&loader.loader, name, ext, NULL) != 0) {
		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fprintf(stderr, "%s: %s\n", name, line);
		return NULL;
	}
	return llext_find_sym(&(*ext)->exp_tab, "thermostat");
}

static void use(int tenths)
{
	bool heat = thermostat->measure(tenths);

	printf("version %s: measured %d, heating %s\n", thermostat->version, tenths,
	       heat ? "on" : "off");
}

/* Both versions are there at once, so a failure at any point leaves version 1 at work. */
static int fix(struct llext **current)
{
	const struct thermostat *next;
	struct thermostat_state state;
	struct llext *ext;

	next = load("thermostat 1.1", v2, sizeof(v2), &ext);
	if (next == NULL)
		return 1;
	thermostat->save(&state);
	if (!next->restore(&state)) {
		(void)llext_unload(&ext);
		return 1;
	}
	thermostat = next;
	if (llext_unload(current) != 0)
		return 1;
	*current = ext;
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext *current;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	thermostat = load("thermostat 1.0", v1, sizeof(v1), &current);
	if (thermostat == NULL)
		return 1;
	thermostat->set_target(-10);
	use(-30);
	use(-5);
	printf("mean %d, which is wrong\n", thermostat->mean());

	if (fix(&current) != 0)
		return 1;
	printf("fixed; version 1.0 is %s\n",
	       llext_by_name("thermostat 1.0") == NULL ? "gone" : "still there");

	printf("mean %d, of the measurements that version 1.0 made\n", thermostat->mean());
	use(-20);
	printf("mean %d\n", thermostat->mean());
	return llext_unload(&current) == 0 ? 0 : 1;
}
