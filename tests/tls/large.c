/* SPDX-License-Identifier: Apache-2.0 */
_Thread_local char much[SIZE] = {1};

int first(void)
{
	return much[0];
}
