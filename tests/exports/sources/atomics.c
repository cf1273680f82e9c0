/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>

atomic_int number;
atomic_long wide;

int change(int by)
{
	int expected = 3;

	atomic_fetch_add(&number, by);
	atomic_fetch_or(&number, by);
	atomic_fetch_and_explicit(&number, by, memory_order_relaxed);
	atomic_fetch_xor_explicit(&number, by, memory_order_acq_rel);
	atomic_compare_exchange_strong(&number, &expected, by);
	return atomic_exchange(&number, by) + (int)atomic_fetch_sub(&wide, by);
}
