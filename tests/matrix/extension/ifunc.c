/* SPDX-License-Identifier: Apache-2.0 */
/* Refused by the function's name. */
static int plain(int value)
{
	return value;
}

static int (*choose(void))(int)
{
	return plain;
}

int chosen_when_run(int value) __attribute__((ifunc("choose")));

int use(int value)
{
	return chosen_when_run(value);
}
