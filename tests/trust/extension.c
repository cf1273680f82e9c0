/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests sign and load. */
#include <llext/symbol.h>

int firmware_number(int number);

const char text[600] = "a tenon fits a mortise";

int sum(int a, int b)
{
	return firmware_number(a) + b + text[2];
}
EXPORT_SYMBOL(sum);
