/* SPDX-License-Identifier: Apache-2.0 */
_Alignas(4096) _Thread_local char page[64] = {1};

int first(void)
{
	return page[0];
}
