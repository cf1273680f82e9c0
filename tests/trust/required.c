/* SPDX-License-Identifier: Apache-2.0 */
/* A build that takes signed extensions only, under a port that allows everything. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "forge.h"

extern const uint8_t fixture_plain[], fixture_plain_end[];
extern const uint8_t fixture_object[], fixture_object_end[];

const struct llext_port llext_port = {0};

static int calls;

static int read_and_count(struct llext_loader *ldr, void *out, size_t len)
{
	calls++;
	return llext_buf_read(ldr, out, len);
}

static void *no_peek(struct llext_loader *ldr, size_t pos)
{
	(void)ldr;
	(void)pos;
	calls++;
	return NULL;
}

int main(void)
{
	static uint8_t heap[65536], buffer[LLEXT_SIGNED_BUFFER_BYTES(1024, 4)];
	static const struct llext_const_symbol exports[] = {{"firmware_number", heap}};
	struct llext_key ring[] = {key_of(signer_secret)};
	const struct llext_trust trust = {.keys = ring, .key_count = 1};
	struct llext_buf_loader file = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_object, (size_t)(fixture_object_end - fixture_object));
	struct llext_buf_loader envelope = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_plain, (size_t)(fixture_plain_end - fixture_plain));
	struct llext_signed_loader loader =
		LLEXT_SIGNED_LOADER(&envelope.loader, &trust, buffer, sizeof(buffer));
	struct llext *ext;
	int rc;

	if (llext_heap_init(heap, sizeof(heap)) != 0 || llext_set_builtins(exports, 1) != 0)
		return 1;
	file.loader.read = read_and_count;
	file.loader.peek = no_peek;
	rc = llext_load(&file.loader, "codec", &ext, NULL);
	if (rc != -EPERM || calls != 0 || ext != NULL) {
		printf("an unsigned load: %d, after %d calls of the loader\n", rc, calls);
		return 1;
	}
	if (llext_find_section(&file.loader, ".text") != -EPERM) {
		printf("its sections can be asked for\n");
		return 1;
	}
	rc = llext_load(&loader.loader, "codec", &ext, NULL);
	if (rc != 0 || llext_identity(ext) == NULL) {
		printf("a signed load: %d\n", rc);
		return 1;
	}
	return llext_unload(&ext) != 0;
}
