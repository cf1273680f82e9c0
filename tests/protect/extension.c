/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of every kind, a GOT (-fpic) and veneers (the firmware's function is far). */
#include <llext/symbol.h>

void stopped(void);
extern int firmware_value;

int data = 1;
int zeroed[10];
const int constant = 2;
int *const relocated = &data; /* .data.rel.ro: read-only once relocated */

int code(void)
{
	return data + constant + *relocated + zeroed[1] + firmware_value;
}

void call_firmware(void)
{
	stopped();
}

EXPORT_SYMBOL(data);
EXPORT_SYMBOL(zeroed);
EXPORT_SYMBOL(constant);
EXPORT_SYMBOL(relocated);
EXPORT_SYMBOL(code);
EXPORT_SYMBOL(call_firmware);
