/* SPDX-License-Identifier: Apache-2.0 */
/* One that refers to the other. */
#include <llext/symbol.h>

extern int holder_variable;
int *importer_pointer = &holder_variable;

int importer_read(void)
{
	return *importer_pointer;
}
LL_EXTENSION_SYMBOL(importer_read);
