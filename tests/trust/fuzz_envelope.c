/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: envelopes whose signature is always good, so that the fuzzer gets behind it to
 * the manifest, the digests and the content key. The first byte chooses the source.
 */
#include <stdio.h>
#include "device.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
uint32_t __wrap_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature);

uint32_t __wrap_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature)
{
	(void)algorithm;
	(void)public_key;
	(void)message;
	(void)bytes;
	(void)signature;
	return LLEXT_VERIFIED;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	device_open();
	return 0;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "invariant: %s\n", what);
	abort();
}

static void use(struct llext_loader *ldr, struct source *source)
{
	uint8_t bytes[333];
	size_t left;

	if (ldr->prepare(ldr) != 0) {
		must(ldr->claims(ldr) == NULL, "claims of what was refused");
		must(ldr->read(ldr, bytes, 1) != 0, "a byte of what was refused");
		must(source->prepared == source->finalized, "the source is left open");
		return;
	}
	must(ldr->claims(ldr) != NULL, "no claims of what was taken");
	left = ldr->length(ldr);
	while (left > 0) {
		size_t piece = left < sizeof(bytes) ? left : sizeof(bytes);

		if (ldr->read(ldr, bytes, piece) != 0)
			break;
		left -= piece;
	}
	/* A source without an end to seek to is only found to be short when it is read. */
	must(left > 0 || ldr->length(ldr) < source->bytes.count, "more bytes than there are");
	must(left > 0 || ldr->read(ldr, bytes, 1) != 0, "a byte behind the end");
	ldr->finalize(ldr);
	must(source->prepared == source->finalized, "the source is left open");
	must(ldr->read(ldr, bytes, 1) != 0, "a byte after the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source;
	struct reader reader;
	struct blob envelope;

	if (size < 2)
		return 0;
	/* Of exactly its size, so that a look behind its end is seen. */
	envelope = (struct blob){malloc(size - 1), size - 1};
	if (envelope.at == NULL)
		return 0;
	memcpy(envelope.at, data + 1, size - 1);
	source_open(&source, envelope, (enum source_kind)(data[0] % SOURCE_KINDS));
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	use(&reader.loader.loader, &source);
	reader_close(&reader);
	free(envelope.at);
	return 0;
}
