/* SPDX-License-Identifier: Apache-2.0 */
/* C through which exceptions pass (-fexceptions): what a compiler calls to run a clean-up function.
 */
void otheri(int number) __asm__("_Z5otheri");
static volatile int count;

static void release(int *number)
{
	count += *number;
}

void own(int number)
{
	int held __attribute__((cleanup(release))) = number;

	otheri(held);
}
