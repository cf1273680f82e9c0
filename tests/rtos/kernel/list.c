/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel has a file of this name; the stand-in's lists are in tasks.c. */
#include "FreeRTOS.h"
