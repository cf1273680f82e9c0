/* SPDX-License-Identifier: Apache-2.0 */
/* Two imports that nothing provides, one that need not be there, one that is. */
int missing_one(void);
int missing_two(void);
int missing_weak(void) __attribute__((weak));
int firmware_add(int a, int b);

int use_them(void)
{
	if (missing_weak)
		return missing_weak();
	return firmware_add(missing_one(), missing_two());
}
