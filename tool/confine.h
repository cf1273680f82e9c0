/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_CONFINE_H_
#define TENON_CONFINE_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * From now on this process, and what it becomes, opens only files of the system, of the folder in
 * which @program is installed (may be NULL) and of @readable, for reading; files that are open
 * already stay so. False where the kernel cannot do that (Landlock, Linux 5.13 and later).
 */
bool confine(const char *const *readable, size_t count, const char *program);

#endif /* TENON_CONFINE_H_ */
