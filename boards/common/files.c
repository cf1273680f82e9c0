/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files of the host. */
#include "internal.h"

size_t board_read_file(const char *path, void *buffer, size_t size)
{
	intptr_t file = board_file_open(path, false);
	size_t length;

	if (file < 0)
		return BOARD_NO_FILE;
	length = board_file_length(file);
	if (length != BOARD_NO_FILE &&
	    !board_file_read(file, 0, buffer, length < size ? length : size))
		length = BOARD_NO_FILE;
	board_file_close(file);
	return length;
}
