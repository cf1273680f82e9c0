/* SPDX-License-Identifier: Apache-2.0 */
/* Version 3 came out of a hurry: it decodes wrongly, which the firmware's health check will find.
 */
#include "codec.h"

int encode(int sample)
{
	return sample >> 1;
}
LL_EXTENSION_SYMBOL(encode);

int decode(int code)
{
	return code << 3;
}
LL_EXTENSION_SYMBOL(decode);
