/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packed file has names only for what it exports or imports. Its .gnu_debuglink leads to the file
 * that has all of them.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "debug_file.h"

/* In the folder of the file, as GDB looks for it first; NULL: it names none. */
static char *link_path(const struct file *file, uint32_t *crc)
{
	struct section_header link;
	const char *name = debug_link_name(file, &link), *slash = strrchr(file->path, '/');
	int folder = slash != NULL ? (int)(slash + 1 - file->path) : 0;

	if (name == NULL || name[0] == '\0' || strlen(name) + 1 + 4 > link.size ||
	    strchr(name, '/') != NULL)
		return NULL;
	*crc = (uint32_t)file_word(link.bytes + link.size - 4, 4);
	return need_text("%.*s%s", folder, file->path, name);
}

bool debug_names_open(const struct file *file, struct file *debug)
{
	uint32_t crc = 0;
	char *path = link_path(file, &crc);
	bool good = path != NULL && access(path, R_OK) == 0 && file_read(debug, path) &&
		    crc32_z(0, debug->bytes, debug->length) == crc;

	file_close(debug);
	if (good)
		good = file_open(debug, path);
	debug->path = file->path;
	free(path);
	return good;
}
