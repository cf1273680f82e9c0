/* SPDX-License-Identifier: Apache-2.0 */
_Thread_local int ordinary = 1;
_Thread_local int first_of_zero;
_Alignas(4096) _Thread_local char page[64];

int first(void)
{
	return page[0] + ordinary + first_of_zero;
}
