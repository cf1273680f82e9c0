/* SPDX-License-Identifier: Apache-2.0 */
/* Refused by the variable's name. */
_Thread_local int one_per_thread = 3;

int next(void)
{
	return one_per_thread++;
}
