/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of exports, as EXPORT_GROUP_SYMBOL() leaves them in a firmware's ELF file. */
#ifndef TENON_GROUPS_H_
#define TENON_GROUPS_H_

#include "tenon.h"

/* The next pair from @at on, which is 0 at first. False: there are no more, or they are malformed.
 */
bool groups_next(const struct file *firmware, size_t *at, const char **group, const char **name);
/* The group that an export would be in, whether that is on or not; NULL: in none that is known. */
const char *group_of(const struct file *firmware, const char *name);

#endif /* TENON_GROUPS_H_ */
