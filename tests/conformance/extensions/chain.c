/* SPDX-License-Identifier: Apache-2.0 */
/* Link THIS of a chain; imports from link NEXT where that is defined. */
#include <llext/symbol.h>

#define GLUE2(a, b) a##b
#define GLUE(a, b)  GLUE2(a, b)
#define VALUE(link) GLUE(chain_value_, link)

#ifdef NEXT
int VALUE(NEXT)(void);
#endif

int VALUE(THIS)(void)
{
#ifdef NEXT
	return 1 + VALUE(NEXT)();
#else
	return 1;
#endif
}
/* Two steps, so that the name is expanded before it becomes a string. */
#define EXPORT(name) EXPORT_SYMBOL(name)
EXPORT(VALUE(THIS));
