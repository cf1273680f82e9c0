/* SPDX-License-Identifier: Apache-2.0 */
/* Two of three imports that it lacks resemble one of the firmware's. */
#include <llext/symbol.h>

int lampp(void);
int gian(void);
int nothing_like_it(void);

int all(void)
{
	return lampp() + gian() + nothing_like_it();
}
LL_EXTENSION_SYMBOL(all);
