/* SPDX-License-Identifier: Apache-2.0 */
/* Uses another extension's thread-local variable. */
extern _Thread_local int counter;

int read_counter(void)
{
	return counter;
}

int *address_of_counter(void)
{
	return &counter;
}
