// SPDX-License-Identifier: Apache-2.0
// Counts of references, as std::shared_ptr's headers call them: GCC's own file is not among what is fetched.
// Where the processor has no instruction for it, there is one thread.
namespace __gnu_cxx
{

int __exchange_and_add(volatile int *mem, int value)
{
#if __GCC_ATOMIC_INT_LOCK_FREE == 2
	return __atomic_fetch_add(mem, value, __ATOMIC_ACQ_REL);
#else
	int before = *mem;

	*mem = before + value;
	return before;
#endif
}

void __atomic_add(volatile int *mem, int value)
{
	(void)__exchange_and_add(mem, value);
}

} // namespace __gnu_cxx
