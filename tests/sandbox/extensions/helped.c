/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Its imports are weak, as in a file that objcopy --weaken has written: one that it asks for, and
 * one as compilers call it by themselves.
 */
#include <llext/symbol.h>

int fw_plain(int x) __attribute__((weak));
int __fw_help(int x) __attribute__((weak));

int help(int x)
{
	return __fw_help(fw_plain != 0 ? fw_plain(x) : -x);
}
EXPORT_SYMBOL(help);
