/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_TYPES_H
#define SYS_TYPES_H

#include <stddef.h>

typedef __PTRDIFF_TYPE__ ssize_t;

#endif
