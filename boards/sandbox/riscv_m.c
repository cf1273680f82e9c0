/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on RISC-V. */
#include <llext/domain.h>
#include "board.h"
#include "sandbox.h"
#include "suite.h"

#define PERIOD 10000

static void tick(void)
{
	llext_domain_tick();
	board_timer(PERIOD, tick);
}

void suite_ticks(bool on)
{
	board_timer(on ? PERIOD : 0, tick);
}

void sandbox_start(void)
{
}
