/* SPDX-License-Identifier: Apache-2.0 */
/* Data with relocations, code without. */
extern int firmware_variable;

int writable_value = 17;
int *writable_pointer = &writable_value;
int *writable_import = &firmware_variable;

int writable_square(int x)
{
	return x * x;
}
