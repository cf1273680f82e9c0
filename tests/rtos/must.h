/* SPDX-License-Identifier: Apache-2.0 */
/* As assert(), whatever NDEBUG is. */
#ifndef RTOS_MUST_H
#define RTOS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: must be so: %s\n", __FILE__, __LINE__, #condition);         \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif /* RTOS_MUST_H */
