/* SPDX-License-Identifier: Apache-2.0 */
/* It exports something under a name that it has not: the code of the slot of a gate. */
#include <llext/symbol.h>
#include "../api.h"

static int value;

const struct llext_const_symbol entry __attribute__((section(".exported_sym"), used)) = {
	(const char *)(uintptr_t)&fw_nothing, &value};
