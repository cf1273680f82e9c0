/* SPDX-License-Identifier: Apache-2.0 */
const char *text(void);

const char *text(void)
{
	return "from a vendor";
}
