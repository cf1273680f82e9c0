/* SPDX-License-Identifier: Apache-2.0 */
/* An extension of many blocks. */
#include <llext/symbol.h>

const unsigned char large[30011] = "The quick brown fox jumps over the lazy dog.";
LL_EXTENSION_SYMBOL(large);
