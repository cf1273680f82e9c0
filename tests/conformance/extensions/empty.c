/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing but a constructor. */
void note(int value);

__attribute__((constructor)) static void only(void)
{
	note(99);
}
