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

uint8_t *debug_link_make(const char *path, const struct file *file, size_t *length)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t padded = (strlen(name) + 1 + 3) & ~(size_t)3;
	uint8_t *bytes = need(padded + 4, 1);

	memcpy(bytes, name, strlen(name));
	image_put_word(bytes + padded, 4, crc32_z(0, file->bytes, file->length));
	*length = padded + 4;
	return bytes;
}

uint8_t *build_id_make(const struct file *file, size_t *length)
{
	static const uint8_t head[16] = {
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
