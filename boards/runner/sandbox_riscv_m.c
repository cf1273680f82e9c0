/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on RISC-V, where the port needs no vectors. */
#define PERIOD 10000
#include "sandbox_clock.h"

void sandbox_vectors(void)
{
}
