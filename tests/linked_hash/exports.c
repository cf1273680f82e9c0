/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object with symbols of every kind, and functions enough for a hash table of some size.
 */
#define ONE(name, number)                                                                          \
	int name##number(void);                                                                    \
	int name##number(void)                                                                     \
	{                                                                                          \
		return number;                                                                     \
	}
#define TEN(name, tens)                                                                            \
	ONE(name, tens##0)                                                                         \
	ONE(name, tens##1)                                                                         \
	ONE(name, tens##2)                                                                         \
	ONE(name, tens##3)                                                                         \
	ONE(name, tens##4)                                                                         \
	ONE(name, tens##5)                                                                         \
	ONE(name, tens##6) ONE(name, tens##7) ONE(name, tens##8) ONE(name, tens##9)

TEN(open, 1)
TEN(open, 2)
TEN(open, 3)
TEN(a_name_that_is_longer_than_one_piece_of_it_, 4)

extern int wanted(int); /* imports */
extern int perhaps(int) __attribute__((weak));

int data_word = 7;
int bss_words[3];
const int constant = 9;
const int *const relocated = &constant;

__attribute__((weak)) int weak_one(void)
{
	return 1;
}

__attribute__((visibility("protected"))) int protected_one(void)
{
	return wanted(2) + (perhaps != 0 ? perhaps(3) : 0);
}

__attribute__((visibility("hidden"))) int hidden_one(void)
{
	return 3;
}

__attribute__((used)) static int local_one(void)
{
	return hidden_one();
}

/* A number that is no address. */
__asm__(".globl absolute_one\n.set absolute_one, 0x1234");

#ifdef TLS
__thread int each_thread = 4;
#endif

#ifdef RECORD
#include <llext/symbol.h>
LL_EXTENSION_SYMBOL(weak_one);
#endif

#ifdef NEEDS
__asm__(".data\n.globl \"llext_needs_abi.9.0\"\n\"llext_needs_abi.9.0\":\n.byte 0\n.text");
#endif

#ifdef VERSIONS
int old_one(void);
int old_one(void)
{
	return 1;
}
int new_one(void);
int new_one(void)
{
	return 2;
}
__asm__(".symver old_one, twice@OLD\n.symver new_one, twice@@NEW");
#endif
