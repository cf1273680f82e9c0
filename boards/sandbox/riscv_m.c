/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on RISC-V. */
#include <llext/domain.h>
#include "board.h"
#include "sandbox.h"
#include "suite.h"

void suite_ticks(bool on)
{
	board_timer(on ? 10000 : 0, llext_domain_tick);
}

void sandbox_start(void)
{
}
