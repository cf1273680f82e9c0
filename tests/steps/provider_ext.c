/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>

int provided = 42;
LL_EXTENSION_SYMBOL(provided);
