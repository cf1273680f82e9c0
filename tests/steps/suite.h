/* SPDX-License-Identifier: Apache-2.0 */
/* Loads in steps, on the host and on boards. */
#ifndef SUITE_H
#define SUITE_H

#include <stdint.h>

int suite_run(void);
uint64_t suite_instructions(void); /* 0 where they are not counted */

#endif
