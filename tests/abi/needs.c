/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/abi.h>

#ifdef NEEDS
#define BOTH(macro, ...) macro(__VA_ARGS__)
BOTH(LLEXT_NEEDS_ABI, NEEDS);
#endif

int answer(void)
{
	return 42;
}
LL_EXTENSION_SYMBOL(answer);
