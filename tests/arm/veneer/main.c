/* SPDX-License-Identifier: Apache-2.0 */
/* A branch that goes by a veneer arrives with all registers and flags as they were. */
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext/port.h>
#include "board.h"

#define APSR 10
#define N    0x8u
#define ZC   0x6u

const struct llext_port llext_port = {0};

/* Set by firmware.S and used by it. */
unsigned int registers_called[APSR + 1], registers_reached[APSR + 1];
const void *extension_back;

void firmware_called(void);
void firmware_reached(void);
EXPORT_SYMBOL(firmware_called);
EXPORT_SYMBOL(firmware_reached);

extern const uint8_t extension_start[], extension_end[];

static int compare(const char *what, const unsigned int *found, unsigned int flags)
{
	static const unsigned int expected[APSR] = {10, 11, 12, 13, 14, 15, 16, 18, 20, 22};
	int failures = 0;

	for (int i = 0; i < APSR; i++) {
		if (found[i] == expected[i])
			continue;
		printf("%s: register %d is %u, not %u\n", what, i, found[i], expected[i]);
		failures++;
	}
	if (found[APSR] >> 28 == flags)
		return failures;
	printf("%s: flags are %x, not %x\n", what, found[APSR] >> 28, flags);
	return failures + 1;
}

int main(void)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		extension_start, (size_t)(extension_end - extension_start));
	struct llext_plan plan;
	struct llext *ext;
	char text[200];
	int (*run)(void);
	int rc, result;

	rc = llext_heap_init((void *)board_heap_start, (size_t)(board_heap_end - board_heap_start));
	if (rc == 0)
		rc = llext_plan(&loader.loader, NULL, &plan);
	if (rc == 0)
		rc = llext_load(&loader.loader, "extension", &ext, NULL);
	if (rc != 0) {
		(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
		puts(text);
		return 1;
	}
	extension_back = llext_find_sym(&ext->exp_tab, "back");
	run = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "run");
	result = run();
	if (plan.veneers != 2 || result != 77) {
		printf("%u veneers, result %d\n", (unsigned int)plan.veneers, result);
		return 1;
	}
	rc = compare("call", registers_called, N);
	/* r0 is what firmware_called() returned, and that restored the others. */
	rc += compare("conditional jump", registers_reached, ZC);
	return rc;
}
