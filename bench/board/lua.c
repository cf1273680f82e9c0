/* SPDX-License-Identifier: Apache-2.0 */
/* Lua as a module: whether a script that uses its parts says what it should. */
#include <string.h>
#include <llext/symbol.h>
#include "programs.h"

static const char script[] = "local t = {}\n"
			     "for i = 1, 10 do t[i] = string.format('%d', i * i) end\n"
			     "return table.concat(t, ' ')\n";

int bench_check(void)
{
	char text[64];

	if (run_script(script, text, sizeof(text)) != 0)
		return 1;
	return strcmp(text, "1 4 9 16 25 36 49 64 81 100") == 0 ? 0 : 2;
}
LL_EXTENSION_SYMBOL(bench_check);
