/* SPDX-License-Identifier: Apache-2.0 */
/* Code and constants that no relocation touches: can be used where the file lies. */
int constant_square(int x)
{
	return x * x;
}

const int constant_value = 1234;
const char constant_text[] = "read where it lies";
