/* SPDX-License-Identifier: Apache-2.0 */
/* The table of exports: .exported_sym itself, checked and sorted. */
#include "small.h"

/*
 * Shell's sort: small, and at most n^1.5 comparisons with these gaps. @return false: two have the
 * same name.
 */
static bool sort(struct llext_symbol *syms, size_t count)
{
	size_t gap = 1;

	while (gap < count)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3) {
		for (size_t i = gap; i < count; i++) {
			const struct llext_symbol moved = syms[i];
			struct llext_symbol *to = &syms[i];

			for (size_t left = i; left >= gap; left -= gap) {
				int order = strcmp((to - gap)->name, moved.name);

				if (order == 0)
					return false;
				if (order < 0)
					break;
				*to = *(to - gap);
				to -= gap;
			}
			*to = moved;
		}
	}
	return true;
}

/* Names end in the extension's constants, and do not overlap without end; addresses are inside. */
static int check_exports(const struct llext *ext)
{
	const char *constants = ext->mem[LLEXT_MEM_RODATA];
	size_t room = ext->mem_size[LLEXT_MEM_RODATA], budget = 16 * room;

	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++) {
		const char *name = ext->exp_tab.syms[i].name;
		size_t offset = (uintptr_t)name - (uintptr_t)constants, length;
		size_t inside = (uintptr_t)ext->exp_tab.syms[i].addr - (uintptr_t)ext;
		const char *end;

		if (offset >= room || inside > ext->alloc_size)
			return -ENOEXEC;
		end = memchr(name, '\0', room - offset);
		length = (size_t)(end - name);
		if (end == NULL || length == 0 || length > budget)
			return -ENOEXEC;
		budget -= length;
	}
	return 0;
}

int llext_small_export(struct llext *ext)
{
	size_t bytes = ext->mem_size[LLEXT_MEM_EXPORT], count = bytes / sizeof(struct llext_symbol);
	struct llext_symbol *syms = ext->mem[LLEXT_MEM_EXPORT];
	int rc;

	if (bytes % sizeof(*syms) != 0 || (uintptr_t)syms % sizeof(void *) != 0)
		return -ENOEXEC;
	ext->exp_tab = (struct llext_symtable){count, syms};
	rc = check_exports(ext);
	if (rc != 0)
		return rc;
	return sort(syms, count) ? 0 : -ENOEXEC;
}
