/* SPDX-License-Identifier: Apache-2.0 */
/* AES key wrap (RFC 3394) the other way, for libraries that have AES and not this mode of it. */
#ifndef LLEXT_KEY_WRAP_H_
#define LLEXT_KEY_WRAP_H_

#include <errno.h>
#include <string.h>
#include <llext/crypto.h>

/* Decrypt one block of AES in place. 0 or a negative errno. */
typedef int decrypt_block_fn(void *context, uint8_t block[16]);

/* A content key of 16 bytes from 24. -EBADMSG where it is not intact; then @key is zeros. */
static inline int key_unwrap(decrypt_block_fn *decrypt, void *context,
			     const uint8_t wrapped[LLEXT_WRAPPED_BYTES],
			     uint8_t key[LLEXT_CONTENT_KEY_BYTES])
{
	uint8_t block[16], different = 0; /* the register A, and one half of the key */

	memcpy(block, wrapped, 8);
	memcpy(key, wrapped + 8, LLEXT_CONTENT_KEY_BYTES);
	for (uint8_t step = 12; step > 0; step--) {
		uint8_t *half = key + (step % 2 == 0 ? 8 : 0);
		int rc;

		block[7] ^= step;
		memcpy(block + 8, half, 8);
		rc = decrypt(context, block);
		if (rc != 0) {
			memset(key, 0, LLEXT_CONTENT_KEY_BYTES);
			return rc;
		}
		memcpy(half, block + 8, 8);
	}
	for (int i = 0; i < 8; i++)
		different |= block[i] ^ 0xa6;
	if (different == 0)
		return 0;
	memset(key, 0, LLEXT_CONTENT_KEY_BYTES);
	return -EBADMSG;
}

#endif /* LLEXT_KEY_WRAP_H_ */
