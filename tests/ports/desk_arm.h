/* SPDX-License-Identifier: Apache-2.0 */
/* Before ports/cortex_m/unwind.c, to compile it for the desk. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/llext.h>
#include <llext/port.h>

#define __arm__ 1
