/* SPDX-License-Identifier: Apache-2.0 */
/* What packs of the command, under sanitizers: an element behind the last one, memory that is lost.
 */
#include <stdio.h>
#include <string.h>
#include "tenon.h"

int main(int argc, char **argv)
{
	static const struct command *const commands[] = {&command_pack, &command_unpack,
							 &command_inspect};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	}
	return EXIT_USAGE;
}
