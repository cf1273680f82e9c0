/* SPDX-License-Identifier: Apache-2.0 */
/* Linked for an address, although imports are missing. */
int firmware_add(int a, int b);
int nowhere(void);

int missing_run(void)
{
	return firmware_add(1, nowhere());
}
