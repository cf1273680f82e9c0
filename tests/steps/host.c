/* SPDX-License-Identifier: Apache-2.0 */
/* The suite on the host. */
#include <llext_posix.h>
#include <llext/port.h>
#include "suite.h"

#define HEAP_BYTES ((size_t)16 << 20)

#define FORM(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]
FORM(shared);
FORM(packed);
FORM(packed_shared);
FORM(tls);
FORM(tls_shared);
FORM(large);
FORM(packed_large);

const struct suite_form suite_forms[] = {
	{"object", fixture_big, fixture_big_end, false},
	{"shared object", fixture_shared, fixture_shared_end, false},
	{"packed", fixture_packed, fixture_packed_end, false},
	{"packed shared object", fixture_packed_shared, fixture_packed_shared_end, false},
	{"thread-local", fixture_tls, fixture_tls_end, false},
	{"thread-local shared object", fixture_tls_shared, fixture_tls_shared_end, false},
	{"large", fixture_large, fixture_large_end, true},
	{"packed, large", fixture_packed_large, fixture_packed_large_end, true},
	{0},
};

uint64_t suite_instructions(void)
{
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	llext_posix_log_level = 0;
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
