/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/llext.h>
#include "device.h"

int device_load(struct blob envelope, enum source_kind kind, const char *name, struct llext **ext,
		const struct llext_load_param *param)
{
	struct source source;
	struct reader reader;
	int rc;

	source_open(&source, envelope, kind);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	rc = llext_load(&reader.loader.loader, name, ext, param);
	assert_int_equal(source.prepared, source.finalized);
	reader_close(&reader);
	return rc;
}
