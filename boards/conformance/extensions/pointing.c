/* SPDX-License-Identifier: Apache-2.0 */
/* An import that nothing calls, so that it has no veneer, and constants. Exports its symbols. */
int firmware_add(int a, int b);

int (*const pointing_add)(int, int) = firmware_add;
const int pointing_constants[64] = {[0] = 5, [63] = 6};

int pointing_sum(void)
{
	int sum = 0;

	for (int i = 0; i < 64; i++)
		sum += pointing_constants[i];
	return sum;
}
