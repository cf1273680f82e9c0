/* SPDX-License-Identifier: Apache-2.0 */
/* For a place that the caller chooses: compiled so that the loader has nothing to add. */
extern int firmware_variable;

int placed_value = 7;
int *placed_pointer = &placed_value;
int *placed_import = &firmware_variable;

int placed_function(void)
{
	return *placed_pointer;
}
