/* SPDX-License-Identifier: Apache-2.0 */
/* What the test of user mode needs of where it runs. */
#ifndef USER_BOARD_H_
#define USER_BOARD_H_

#include <stddef.h>

void user_board_start(void);
/* Memory for the heap of extensions, and for a domain, as aligned as the unit likes. */
void *user_board_heap(size_t bytes);
void *user_board_domain(size_t bytes);

#endif /* USER_BOARD_H_ */
