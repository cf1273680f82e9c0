/* SPDX-License-Identifier: Apache-2.0 */
/* As assert(), whatever NDEBUG is. */
#ifndef TESTS_MUST_H
#define TESTS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: must be so: %s\n", __FILE__, __LINE__, #condition);         \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif /* TESTS_MUST_H */
