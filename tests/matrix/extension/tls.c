/* SPDX-License-Identifier: Apache-2.0 */
/* Each load gives every thread a fresh one. */
_Thread_local int one_per_thread = 3;

int next(void)
{
	return one_per_thread++;
}
