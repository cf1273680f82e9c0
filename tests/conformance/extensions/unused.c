/* SPDX-License-Identifier: Apache-2.0 */
/* An undefined symbol that no relocation needs, as unwind tables name their personality. */
__asm__(".reloc 0, BFD_RELOC_NONE, nobody_provides_this");

int unused_value(void)
{
	return 7;
}
