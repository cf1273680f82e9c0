/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints docs/relocations.md from the tables that the loader itself uses. The test compares its
 * output with the committed file.
 */
#include <stdio.h>
#include <string.h>
#include "llext_desk.h"

static const char *check_text(char check)
{
	switch (check) {
	case 's':
		return "signed";
	case 'u':
		return "unsigned";
	case 'b':
		return "bit field";
	case 'e':
		return "signed or unsigned";
	case 'i':
		return "by instruction";
	case 'r':
		return "signed, rounded";
	default:
		return "not checked";
	}
}

static void print_row(uint32_t type, const struct llext_desk_reloc *reloc)
{
	char note[96] = "";

	if (reloc->tls)
		strcat(note, reloc->supported ? "thread-local" : "refused: thread-local");
	else if (!reloc->supported)
		strcat(note, "refused");
	if (reloc->branch)
		strcat(note, "veneer where out of reach");
	if (reloc->dynamic)
		strcat(note, note[0] != '\0' ? "; shared objects only" : "shared objects only");
	printf("| %u | `%s` | ", (unsigned int)type, reloc->name);
	if (!reloc->supported || strcmp(reloc->value, "nothing") == 0)
		printf("%s | | | %s |\n", reloc->supported ? "nothing to do" : "", note);
	else
		printf("%s | %u | %s | %s |\n", reloc->value, reloc->bits, check_text(reloc->check),
		       note);
}

static void print_core(const struct llext_desk_core *core)
{
	printf("\n## %s\n\n", core->name);
	printf("| number | relocation | value | bits | range | note |\n");
	printf("| ---: | --- | --- | ---: | --- | --- |\n");
	for (uint32_t type = 0; type < 2048; type++) {
		struct llext_desk_reloc reloc;

		core->reloc(type, &reloc);
		if (reloc.name != NULL)
			print_row(type, &reloc);
	}
}

int main(void)
{
	puts("# Relocations\n\n"
	     "This page is generated from the tables in `src/arch/` (`make docs`), so it says what "
	     "the\nloader does. S is the symbol's address, A the addend, P the place, GOT the "
	     "address of the\nGOT that the loader makes, G the symbol's entry in it, B the base of "
	     "a "
	     "shared object. A type\nthat is not listed is refused with -ENOTSUP, by number.\n\n"
	     "Of a thread-local variable, S is its offset from the thread pointer; I is the "
	     "address "
	     "of two\nwords for it, which `__tls_get_addr()` or a descriptor gets.");
	for (size_t i = 0; llext_desk_cores[i] != NULL; i++)
		print_core(llext_desk_cores[i]);
	return 0;
}
