/* SPDX-License-Identifier: Apache-2.0 */
/* A function that calls another, which stores where nothing may. */
#include <llext/symbol.h>

__attribute__((noinline)) static int store(volatile int *where)
{
	*where = 1;
	return *where;
}

int crashing_constant = 5;

int crash(int *where)
{
	return store(where) + crashing_constant;
}
EXPORT_SYMBOL(crash);

/* Calls that are no jumps, since each adds something to what comes back. */
#define LEVEL(name, next)                                                                          \
	__attribute__((noinline, noclone)) int name(int *where)                                    \
	{                                                                                          \
		return next(where) + crashing_constant;                                            \
	}                                                                                          \
	EXPORT_SYMBOL(name)
LEVEL(level_3, crash);
LEVEL(level_2, level_3);
LEVEL(level_1, level_2);

/* A build id as a linker would write it. */
__asm__(".pushsection .note.gnu.build-id, \"\", %note\n"
	".long 4, 4, 3\n"
	".asciz \"GNU\"\n"
	".byte 0xde, 0xad, 0xbe, 0xef\n"
	".popsection\n");
