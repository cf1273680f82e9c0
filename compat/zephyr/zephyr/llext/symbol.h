/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/toolchain.h>
#include <llext/symbol.h>
