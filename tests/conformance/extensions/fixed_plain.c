/* SPDX-License-Identifier: Apache-2.0 */
/* Linked for an address; the symbol table says what it exports. */
int plain_value = 3;
extern int nowhere __attribute__((weak));

__attribute__((visibility("hidden"))) int plain_hidden(void)
{
	return &nowhere == 0;
}

int plain_run(void)
{
	return plain_value + plain_hidden();
}
