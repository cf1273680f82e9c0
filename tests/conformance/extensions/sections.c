/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the extension's own naming, several without bytes, large alignments. */
#include <llext/symbol.h>

#define SECTION(name) __attribute__((section(name)))

SECTION(".mine.data") int mine_data = 3;
SECTION(".mine.rodata") const int mine_rodata = 4;
SECTION(".bss.first") int bss_first[3];
SECTION(".bss.second") char bss_second[5];
SECTION(".noinit.third") int bss_third[7]; /* GCC: no bytes, by its name */
__attribute__((aligned(4096))) int aligned_data = 5;
__attribute__((aligned(512))) const int aligned_rodata = 6;

SECTION(".mine.text") int mine_function(void)
{
	return mine_data + mine_rodata + aligned_data + aligned_rodata + bss_first[2] +
	       bss_second[4] + bss_third[6];
}

EXPORT_SYMBOL(mine_function);
EXPORT_SYMBOL(mine_data);
EXPORT_SYMBOL(mine_rodata);
EXPORT_SYMBOL(bss_first);
EXPORT_SYMBOL(bss_second);
EXPORT_SYMBOL(bss_third);
EXPORT_SYMBOL(aligned_data);
EXPORT_SYMBOL(aligned_rodata);
