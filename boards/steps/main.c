/* SPDX-License-Identifier: Apache-2.0 */
/* Loads in steps on a board. */
#include "board.h"
#include "llext_mcu.h"
#include "suite.h"
#include <llext/heap.h>

#define HEAP_BYTES ((size_t)512 * 1024)

const struct suite_form suite_forms[] = {
	{"object", fixture_big, fixture_big_end, false},
	{0},
};

uint64_t suite_instructions(void)
{
	return board_instructions();
}

int main(void)
{
	if (llext_heap_init(board_heap_start, HEAP_BYTES) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
