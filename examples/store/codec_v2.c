/* SPDX-License-Identifier: Apache-2.0 */
/* Version 2: the square root, in whole numbers; finer where it is quiet. */
#include "codec.h"

int encode(int sample)
{
	int root = 0;

	while ((root + 1) * (root + 1) <= sample)
		root++;
	return root;
}
LL_EXTENSION_SYMBOL(encode);

int decode(int code)
{
	return code * code;
}
LL_EXTENSION_SYMBOL(decode);
