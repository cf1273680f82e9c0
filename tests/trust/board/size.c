/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware that uses as much of it as its name says, for the linker to find out how much that is.
 */
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/signed_loader.h>
#include "board.h"

#ifndef SIZE_NONE
static const struct llext_key ring[1];
#ifdef SIZE_ENCRYPTION
static const struct llext_secret secrets[1];
static const struct llext_decryption decryption = LLEXT_DECRYPTION(secrets, 1);
#endif
static const struct llext_trust trust = {
	.keys = ring,
	.key_count = 1,
#ifdef SIZE_ENCRYPTION
	.decryption = &decryption,
#endif
};
#endif

int main(void)
{
	static uint8_t buffer[LLEXT_SIGNED_BUFFER_BYTES(1024, 4)], out[64];
	struct llext_buf_loader source = LLEXT_TEMPORARY_BUF_LOADER(buffer, sizeof(buffer));
	struct llext_loader *ldr = &source.loader;

#ifndef SIZE_NONE
	struct llext_signed_loader loader =
		LLEXT_SIGNED_LOADER(&source.loader, &trust, buffer, sizeof(buffer));

	ldr = &loader.loader;
#endif
	/* What the loaders below and above use anyway. */
	if (ldr->prepare != NULL && ldr->prepare(ldr) != 0)
		return 1;
	memset(buffer, out[1], sizeof(buffer));
	return ldr->read(ldr, out, sizeof(out)) + memcmp(out, buffer, sizeof(out)) +
	       (memmove(out, out + 1, 7) != NULL) + (int)strlen((const char *)out) +
	       strncmp((const char *)out, (const char *)buffer, 5);
}
