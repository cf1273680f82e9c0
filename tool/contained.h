/* SPDX-License-Identifier: Apache-2.0 */
/* tenon run --sandbox: what is said when a domain has contained a fault. */
#ifndef TENON_CONTAINED_H_
#define TENON_CONTAINED_H_

#include <stdbool.h>
#include <stdint.h>

struct contained {
	unsigned int cause; /* enum llext_domain_cause */
	uint64_t pc, lr, address;
	bool has_address;
	const char *gate; /* or NULL */
	unsigned int argument;
};

/* Reports it as a crash of a trusted extension is. @return the exit code. */
int contained_report(const struct contained *fault, uint64_t ticks);

#endif /* TENON_CONTAINED_H_ */
