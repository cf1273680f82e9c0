/* SPDX-License-Identifier: Apache-2.0 */
/* Thread-local variables in the one thread that there is; tests/tls has several. */
#include <llext/tls.h>
#include "cases.h"

#if LLEXT_ON(CONFIG_LLEXT_TLS) && CONFIG_LLEXT_TLS_BYTES > 0

static _Thread_local int firmware_thread_value = 50;
EXPORT_TLS_SYMBOL(firmware_thread_value);

static void check(struct fixture fixture)
{
	for (int i = 0; i < 2; i++) { /* each load gives it fresh ones */
		struct llext *ext = load_fixture(fixture, "thread_local");
		int *counter = llext_find_tls(&ext->exp_tab, "counter");

		CHECK_EQ(8 + 1 + 30, call(ext, "thread_local_count"));
		CHECK_EQ(9 + 2 + 30, call(ext, "thread_local_count"));
		CHECK(counter != NULL && *counter == 9);
		*counter = 100;
		CHECK_EQ(101 + 3 + 30, call(ext, "thread_local_count"));
		firmware_thread_value = 50;
		CHECK_EQ(50, call(ext, "thread_local_import"));
		CHECK_EQ(51, firmware_thread_value);
		unload(ext);
	}
	CHECK(llext_find_tls(NULL, "firmware_thread_value") == &firmware_thread_value);
}

static void local_exec(void)
{
	check(FIXTURE(thread_local));
}

static void general_dynamic(void)
{
	check(FIXTURE(thread_local_pic));
}

static void packed(void)
{
	check(FIXTURE(packed_thread_local));
}

#ifndef CONFORMANCE_NO_SHARED
static void shared_object(void)
{
	if (conformance_code_memory != NULL)
		conformance_skip("instructions and data have a heap each");
	check(FIXTURE(thread_local_shared));
}
#endif

const struct conformance_case thread_local_cases[] = {
	{"thread-local: local and initial exec", local_exec},
	{"thread-local: dynamic", general_dynamic},
	{"thread-local: packed", packed},
#ifndef CONFORMANCE_NO_SHARED
	{"thread-local: shared object", shared_object},
#endif
	{NULL, NULL},
};

#else

const struct conformance_case thread_local_cases[] = {{NULL, NULL}};

#endif
