/* SPDX-License-Identifier: Apache-2.0 */
/* Weak imports: one is there, one is not. */
#include <llext/symbol.h>

int firmware_add(int a, int b) __attribute__((weak));
int missing_weak(void) __attribute__((weak));
extern int missing_weak_variable __attribute__((weak));

static int (*const pointer)(void) __attribute__((used)) = missing_weak;

int weak_answer(void)
{
	int answer = 0;

	if (missing_weak)
		answer |= 1;
	if (&missing_weak_variable)
		answer |= 2;
	if (*(int (*const volatile *)(void)) & pointer)
		answer |= 4;
	return firmware_add ? firmware_add(answer, 40) : -1;
}
EXPORT_SYMBOL(weak_answer);
