/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of section, and an import of each kind. */
#include <llext/symbol.h>

int firmware_add(int a, int b);
extern int firmware_variable;

static int hidden = 5;
int basic_counter = 1;
int basic_zero[100];
const int basic_table[4] = {1, 2, 3, 4};
int *const basic_pointer = &basic_counter;
static int *moving = &hidden;

int basic_bump(void)
{
	return ++basic_counter;
}

int basic_sum(void)
{
	int sum = 0;

	for (int i = 0; i < 4; i++)
		sum += basic_table[i];
	for (int i = 0; i < 100; i++)
		sum += basic_zero[i]++;
	return sum;
}

int basic_imports(void)
{
	firmware_variable++;
	return firmware_add(firmware_variable, *moving);
}

int basic_through_pointer(void)
{
	return *basic_pointer;
}

void basic_nothing(void)
{
	basic_counter = -1;
}

EXPORT_SYMBOL(basic_counter);
EXPORT_SYMBOL(basic_table);
EXPORT_SYMBOL(basic_pointer);
EXPORT_SYMBOL(basic_bump);
EXPORT_SYMBOL(basic_sum);
EXPORT_SYMBOL(basic_imports);
EXPORT_SYMBOL(basic_through_pointer);
EXPORT_SYMBOL(basic_nothing);
EXPORT_SYMBOL_NAMED(basic_bump, basic_bump_by_another_name);
