/* SPDX-License-Identifier: Apache-2.0 */
/* Every access of the store to its flash. */
#include "store.h"

/* CRC-32 (ISO-HDLC), four bits at a time: the table is 64 bytes. */
uint32_t llext_store_crc(uint32_t crc, const void *data, size_t bytes)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *byte = data;

	crc = ~crc;
	for (; bytes > 0; bytes--) {
		crc ^= *byte++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

unsigned llext_store_blocks(const struct llext_store *store, uint32_t bytes)
{
	return bytes == 0 ? 0 : (bytes - 1) / store->flash->block + 1;
}

/* A port's answer above 0 is an error, too. */
static int answer(int rc)
{
	return rc > 0 ? -EIO : rc;
}

int llext_store_read(const struct llext_store *store, size_t offset, void *out, size_t bytes)
{
	const struct llext_flash *flash = store->flash;

	return answer(flash->read(flash, offset, out, bytes));
}

int llext_store_program(const struct llext_store *store, size_t offset, const void *data,
			size_t bytes)
{
	const struct llext_flash *flash = store->flash;

	return answer(flash->program(flash, offset, data, bytes));
}

int llext_store_is_blank(const struct llext_store *store, size_t offset, size_t bytes)
{
	uint8_t piece[LLEXT_FLASH_PIECE];
	int rc;

	for (; bytes > 0; bytes -= sizeof(piece), offset += sizeof(piece)) {
		rc = llext_store_read(store, offset, piece, sizeof(piece));
		if (rc != 0)
			return rc;
		for (unsigned i = 0; i < sizeof(piece); i++) {
			if (piece[i] != store->flash->erased)
				return 0;
		}
	}
	return 1;
}

int llext_store_erase(const struct llext_store *store, unsigned block, unsigned blocks)
{
	const struct llext_flash *flash = store->flash;
	size_t offset = offset_of(store, block), bytes = offset_of(store, blocks);
	int rc = answer(flash->erase(flash, offset, bytes));

	if (rc != 0)
		return rc;
	rc = llext_store_is_blank(store, offset, bytes);
	return rc > 0 ? 0 : rc < 0 ? rc : -EIO;
}

int llext_store_pass_over(const struct llext_store *store, size_t from, size_t shift,
			  uint32_t bytes, uint32_t *crc)
{
	uint8_t buffer[4 * LLEXT_FLASH_PIECE];
	uint32_t part;

	for (*crc = 0; bytes > 0; bytes -= part, from += part) {
		size_t whole; /* the blocks are the image's to their end */
		int rc;

		part = bytes < sizeof(buffer) ? bytes : (uint32_t)sizeof(buffer);
		whole = (part + LLEXT_FLASH_PIECE - 1u) & ~(LLEXT_FLASH_PIECE - 1u);
		rc = llext_store_read(store, from, buffer, whole);
		if (rc == 0 && shift != 0)
			rc = llext_store_program(store, from + shift, buffer, whole);
		if (rc != 0)
			return rc;
		*crc = llext_store_crc(*crc, buffer, part);
	}
	return 0;
}

int llext_store_image_crc(const struct llext_store *store, const struct llext_store_image *image,
			  uint32_t *crc)
{
	return llext_store_pass_over(store, offset_of(store, image->block), 0, image->length, crc);
}
