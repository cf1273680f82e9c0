/* SPDX-License-Identifier: Apache-2.0 */
/* All tables of the suite. */
#include "conformance.h"

extern const struct conformance_case load_cases[], lifecycle_cases[], symbol_cases[],
	dependency_cases[], heap_cases[], inspect_cases[], diag_cases[], storage_cases[],
	shared_cases[], fixed_cases[], packed_cases[], thread_local_cases[];

const struct conformance_case *const conformance_tables[] = {
	load_cases,    lifecycle_cases,    symbol_cases,  dependency_cases, heap_cases,
	inspect_cases, diag_cases,         storage_cases, shared_cases,     fixed_cases,
	packed_cases,  thread_local_cases, NULL,
};
