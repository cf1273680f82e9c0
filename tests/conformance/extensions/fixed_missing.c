/* SPDX-License-Identifier: Apache-2.0 */
/* Linked for an address, although imports are missing. */
int firmware_add(int a, int b);
extern int nowhere;

int (*missing_function)(int, int) = firmware_add;
int *missing_variable = &nowhere;

int missing_run(void)
{
	return missing_function(1, *missing_variable);
}
