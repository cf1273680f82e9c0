/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware's export table: the one that the linker collected, or one that the firmware has set.
 */
#include "internal.h"

/*
 * The linker script defines these around the sorted .llext_export.* sections. They are weak because
 * a firmware without exports, or with a table of its own, does not have them.
 */
extern const struct llext_const_symbol __llext_export_start[] __attribute__((weak));
extern const struct llext_const_symbol __llext_export_end[] __attribute__((weak));

const struct llext_const_symbol *llext_builtins_start = __llext_export_start;
const struct llext_const_symbol *llext_builtins_end = __llext_export_end;

const struct llext_const_symbol *llext_builtins(size_t *count)
{
	*count = builtins_count();
	return llext_builtins_start;
}

int llext_set_builtins(const struct llext_const_symbol *syms, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		int order = strcmp(syms[i - 1].name, syms[i].name);

		/* Two lists may export the same function: then either record will do. */
		if (order > 0 || (order == 0 && syms[i - 1].addr != syms[i].addr))
			return -EINVAL;
	}
	llext_builtins_start = syms != NULL ? syms : __llext_export_start;
	llext_builtins_end = syms != NULL ? syms + count : __llext_export_end;
	llext_packed_builtins_changed();
	return 0;
}
