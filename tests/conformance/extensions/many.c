/* SPDX-License-Identifier: Apache-2.0 */
/* Uses more other extensions than struct llext has had room for. */
#include <llext/symbol.h>

#define EACH(x)    x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9)
#define DECLARE(n) int chain_value_##n(void);
#define ADD(n)     +chain_value_##n()

EACH(DECLARE)

int many_sum(void)
{
	return 0 EACH(ADD);
}
EXPORT_SYMBOL(many_sum);
