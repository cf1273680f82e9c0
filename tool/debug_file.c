/* SPDX-License-Identifier: Apache-2.0 */
/* How a debugger finds the unstripped file (GDB manual, "Debugging Information in Separate Files").
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include <nettle/sha1.h>
#include <zlib.h>
#include "debug_file.h"
#include "packed.h"

/* The file's name without folders, padded, and its CRC-32. */
uint8_t *debug_link_make(const char *path, const uint8_t *bytes, size_t length, size_t *link_length)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t padded = (strlen(name) + 1 + 3) & ~(size_t)3;
	uint8_t *link = need(padded + 4, 1);

	memcpy(link, name, strlen(name));
	image_put_word(link + padded, 4, crc32_z(0, bytes, length));
	*link_length = padded + 4;
	return link;
}

const char *debug_link_name(const struct file *file, struct section_header *link)
{
	if (!file_section(file, file_find_section(file, ".gnu_debuglink"), link) ||
	    link->bytes == NULL || memchr(link->bytes, '\0', (size_t)link->size) == NULL)
		return NULL;
	return (const char *)link->bytes;
}

bool debug_link_find(const struct file *file, const char *debug_path, bool given,
		     struct section_header *link, void **owned)
{
	struct file unstripped;
	size_t length = 0;
	bool good;

	*owned = NULL;
	if (!given && file_section(file, file_find_section(file, ".gnu_debuglink"), link) &&
	    link->bytes != NULL)
		return true;
	good = file_open(&unstripped, debug_path);
	if (good)
		*owned = debug_link_make(debug_path, unstripped.bytes, unstripped.length, &length);
	file_close(&unstripped);
	*link = (struct section_header){.bytes = *owned, .size = length};
	return good;
}

static uint8_t *make_build_id(const struct file *file, size_t *length)
{
	static const uint8_t head[BUILD_ID_HEAD] = {
		4, 0, 0, 0, SHA1_DIGEST_SIZE, 0, 0, 0, NT_GNU_BUILD_ID, 0, 0, 0, 'G', 'N', 'U', 0};
	uint8_t *bytes = need(sizeof(head) + SHA1_DIGEST_SIZE, 1);
	struct sha1_ctx context;

	memcpy(bytes, head, sizeof(head));
	sha1_init(&context);
	sha1_update(&context, file->length, file->bytes);
	sha1_digest(&context, SHA1_DIGEST_SIZE, bytes + sizeof(head));
	*length = sizeof(head) + SHA1_DIGEST_SIZE;
	return bytes;
}

void *build_id_find(const struct file *file, struct section_header *id)
{
	size_t length;
	uint8_t *own;

	if (file_section(file, file_find_section(file, ".note.gnu.build-id"), id) &&
	    id->bytes != NULL && id->size > BUILD_ID_HEAD)
		return NULL;
	own = make_build_id(file, &length);
	*id = (struct section_header){.bytes = own, .size = length};
	return own;
}

/* ---- what libdwfl opens ---- */

static int no_separate_file(Dwfl_Module *module, void **user_data, const char *name,
			    Dwarf_Addr base, const char *path, const char *link, GElf_Word crc,
			    char **found)
{
	(void)module;
	(void)user_data;
	(void)name;
	(void)base;
	(void)path;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

Dwfl_Module *debug_file_open(Dwfl **dwfl, const char *path, bool separate)
{
	static const Dwfl_Callbacks alone = {.section_address = dwfl_offline_section_address,
					     .find_debuginfo = no_separate_file};
	static const Dwfl_Callbacks beside = {.section_address = dwfl_offline_section_address,
					      .find_debuginfo = dwfl_standard_find_debuginfo};
	Dwfl_Module *module;

	*dwfl = dwfl_begin(separate ? &beside : &alone);
	if (*dwfl == NULL)
		return NULL;
	module = dwfl_report_offline(*dwfl, path, path, -1);
	if (module != NULL && dwfl_report_end(*dwfl, NULL, NULL) == 0)
		return module;
	dwfl_end(*dwfl);
	*dwfl = NULL;
	return NULL;
}
