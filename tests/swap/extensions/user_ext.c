/* SPDX-License-Identifier: Apache-2.0 */
/* One that refers to what an extension in a slot exports. */
#include <llext/symbol.h>

extern const char llext_interface_effect[];
const char *user_pointer = llext_interface_effect;
LL_EXTENSION_SYMBOL(user_pointer);
