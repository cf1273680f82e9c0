/* SPDX-License-Identifier: Apache-2.0 */
/* All C files in one object. */
#include "code.c"
#include "data.c"
#include "main.c"
