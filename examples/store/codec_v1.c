/* SPDX-License-Identifier: Apache-2.0 */
/* Version 1: two bits less. */
#include "codec.h"

int encode(int sample)
{
	return sample >> 2;
}
LL_EXTENSION_SYMBOL(encode);

int decode(int code)
{
	return code << 2;
}
LL_EXTENSION_SYMBOL(decode);
