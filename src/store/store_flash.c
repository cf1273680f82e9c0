/* SPDX-License-Identifier: Apache-2.0 */
/* Every access of the store to its flash. */
#include "store.h"

/*
 * FNV-1a. No other byte in one place gives the same sum, nor does another beginning; other damage
 * goes unseen once in 2^32 times. It takes half the time of a CRC with a small table.
 */
uint32_t llext_store_sum(uint32_t sum, const void *data, size_t bytes)
{
	for (const uint8_t *byte = data; bytes > 0; bytes--)
		sum = (sum ^ *byte++) * 16777619u;
	return sum;
}

int llext_store_read(const struct llext_store *store, size_t offset, void *out, size_t bytes)
{
	int rc = store->flash->read(store->flash, offset, out, bytes);

	return rc > 0 ? -EIO : rc;
}

unsigned llext_store_blocks(const struct llext_store *store, uint32_t bytes)
{
	return bytes == 0 ? 0 : (bytes - 1) / store->block_bytes + 1;
}

int llext_store_check_blank(const struct llext_store *store, size_t offset, size_t bytes)
{
	uint8_t piece[LLEXT_FLASH_PIECE];
	int rc;

	for (; bytes > 0; bytes -= sizeof(piece), offset += sizeof(piece)) {
		rc = llext_store_read(store, offset, piece, sizeof(piece));
		if (rc != 0)
			return rc;
		for (unsigned i = 0; i < sizeof(piece); i++) {
			if (piece[i] != store->flash->erased)
				return -EIO;
		}
	}
	return 0;
}

int llext_store_erase(const struct llext_store *store, unsigned block, unsigned blocks)
{
	const struct llext_flash *flash = store->flash;
	size_t offset = offset_of(store, block), bytes = offset_of(store, blocks);

	if (flash->erase(flash, offset, bytes) != 0)
		return -EIO;
	return llext_store_check_blank(store, offset, bytes);
}

int llext_store_verify(const struct llext_store *store, const struct llext_store_image *image,
		       unsigned block)
{
	size_t offset = offset_of(store, block), end = offset + image->length;
	uint8_t piece[LLEXT_FLASH_PIECE];
	uint32_t sum = 0;

	for (; offset < end; offset += sizeof(piece)) {
		int rc = llext_store_read(store, offset, piece, sizeof(piece));

		if (rc != 0)
			return rc;
		sum = llext_store_sum(sum, piece, sizeof(piece));
	}
	return sum == image->check ? 0 : -EBADMSG;
}
