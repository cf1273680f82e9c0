/* SPDX-License-Identifier: Apache-2.0 */
/* What a test asserts: the first thing that is not so ends it. */
#ifndef TESTS_CHECK_H_
#define TESTS_CHECK_H_

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif /* TESTS_CHECK_H_ */
