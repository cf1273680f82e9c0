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

/* A build id as a linker would write it. */
__asm__(".pushsection .note.gnu.build-id, \"\", %note\n"
	".long 4, 4, 3\n"
	".asciz \"GNU\"\n"
	".byte 0xde, 0xad, 0xbe, 0xef\n"
	".popsection\n");
