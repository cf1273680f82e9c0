/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of Cortex-M for domains, and a clock for budgets. */
#include "board.h"
#include "../common/cortex-m/domain_vectors.h"
#include "sandbox.h"

#define PERIOD 25000

void sandbox_vectors(void)
{
	board_domain_priorities();
}

void sandbox_ticks(void)
{
	board_timer(PERIOD, llext_domain_tick);
}
