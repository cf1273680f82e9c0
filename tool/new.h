/* SPDX-License-Identifier: Apache-2.0 */
/* The project in the current folder, as `tenon build` builds it. */
#ifndef TENON_NEW_H_
#define TENON_NEW_H_

#include <stdbool.h>

/* Is there a Makefile or a CMakeLists.txt here? */
bool is_project(void);
/* Build it. Returns an exit code; what builds it has said why. */
int build_project(void);

#endif /* TENON_NEW_H_ */
