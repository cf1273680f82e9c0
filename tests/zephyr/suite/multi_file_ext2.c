/* SPDX-License-Identifier: Apache-2.0 */
extern int ext_number;
int other_number = 2;
int other_function(int a);

int other_function(int a)
{
	return a + ext_number + other_number;
}
