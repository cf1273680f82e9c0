/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTECT_H_
#define PROTECT_H_

#include <stddef.h>
#include <llext/port.h>

#define CHANGES 64
#define SLOTS   100 /* of the unit */

/* What the library has asked of the port. */
struct change {
	struct llext_extent extent;
	enum llext_access access;
};

extern struct change changes[CHANGES];
extern size_t change_count;

/* Fail the test where any page of the process is writable and executable. */
void check_maps(const char *when);

#endif /* PROTECT_H_ */
