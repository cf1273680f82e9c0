/* SPDX-License-Identifier: Apache-2.0 */
/* Small, with relocations, and with blocks of both kinds: text that repeats and noise that does
 * not. */
#include <llext/symbol.h>

int firmware_number(int number);

static const char *const texts[] = {"a tenon fits a mortise", "a tenon fits a mortise, too"};
static const unsigned char noise[] =
	"\x31\x9d\xf2\x07\xb8\x5c\x6e\xa1\x4f\xd3\x22\x98\x75\xec\x0b\xc6"
	"\x1a\x83\x57\xe9\x3c\xb4\x60\xdf\x92\x0e\xa7\x48\xf5\x2b\xcd\x76";
int small_counter = 5;

int small_sum(int x)
{
	return firmware_number(x) + texts[x & 1][0] + noise[x & 31] + small_counter++;
}
EXPORT_SYMBOL(small_sum);
