/* SPDX-License-Identifier: Apache-2.0 */
#include <llext_posix.h>
#include "user_board.h"

void user_board_start(void)
{
}

void *user_board_heap(size_t bytes)
{
	return llext_posix_map_domain(bytes);
}

void *user_board_domain(size_t bytes)
{
	return llext_posix_map_domain(bytes);
}
