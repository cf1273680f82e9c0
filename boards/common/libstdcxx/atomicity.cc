// SPDX-License-Identifier: Apache-2.0
// Counts of references, as std::shared_ptr's headers call them: GCC's own file is not among what is fetched.
namespace __gnu_cxx
{

int __exchange_and_add(volatile int *mem, int value)
{
	return __atomic_fetch_add(mem, value, __ATOMIC_ACQ_REL);
}

void __atomic_add(volatile int *mem, int value)
{
	__atomic_fetch_add(mem, value, __ATOMIC_ACQ_REL);
}

} // namespace __gnu_cxx
