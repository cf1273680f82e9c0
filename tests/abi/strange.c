/* SPDX-License-Identifier: Apache-2.0 */
/* Names that only begin like a version: they are exports like others. */
#include <llext/abi.h>

static const char mark = 1;
#define STRANGE(number, name) LLEXT_EXPORT_RECORD_(mark, name, ".exported_sym", strange_##number)
STRANGE(1, "llext_needs_abi.");
STRANGE(2, "llext_needs_abi.2");
STRANGE(3, "llext_needs_abi.2.");
STRANGE(4, "llext_needs_abi..2");
STRANGE(5, "llext_needs_abi.2.0x");
STRANGE(6, "llext_needs_abi.65536.0");
STRANGE(7, "llext_needs_abi.2.4294967296");
STRANGE(8, "llext_needs_abi.-1.0");
STRANGE(9, "llext_needs_abi2.0");
