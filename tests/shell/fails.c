/* SPDX-License-Identifier: Apache-2.0 */
/* Its bring-up fails: an initialiser lies outside the text. */
#include <stdint.h>
#include <llext/symbol.h>

static int data = 1;
static int *const initialiser __attribute__((section(".init_array"), used)) = &data;

void fails(void)
{
}
LL_EXTENSION_SYMBOL(fails);
