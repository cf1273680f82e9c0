/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that look closer: info, sym, plan, mem. */
#include <llext/heap.h>
#include <llext/plan.h>
#include "internal.h"

/* What info calls the regions, in the order of enum llext_mem. Those without a name are never there
 * after a load. */
static const char region_names[] = "text\0"
				   "data\0"
				   "rodata\0"
#ifdef CONFIG_LLEXT_VENEERS
				   "\0"
#define VENEERS 1
#else
#define VENEERS 0
#endif
				   "bss\0"
				   "exports\0"
				   "\0"
				   "\0"
				   "names\0"
				   "preinit\0"
				   "init\0"
				   "fini\0"
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
				   "rodata in place"
#define IN_PLACE 1
#else
#define IN_PLACE 0
#endif
	;

_Static_assert(LLEXT_MEM_COUNT == 11 + VENEERS + IN_PLACE, "each region has its name above");

static int info(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	struct llext_const_symbol symbol;
	const char *name = region_names;
	size_t at = 0, exports = 0;

	(void)words;
	if (ext == NULL)
		return ESRCH;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++, name = llext_shell_after(name)) {
		if (ext->mem[i] != NULL)
			llext_shell_row(shell, name, ext->mem[i], ext->mem_size[i]);
	}
	for (struct llext *const *uses = ext->dependency; uses != NULL && *uses != NULL; uses++)
		llext_shell_say(shell, "uses %s\n", (*uses)->name);
	while (llext_next_sym(&ext->exp_tab, &at, &symbol))
		exports++;
	return llext_shell_say(shell, "used %d, exports %d\n", (size_t)ext->use_count, exports);
}

static int sym(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	struct llext_symtable firmware;
	const struct llext_symtable *table = &firmware;
	struct llext_const_symbol symbol;
	const char *prefix = words[WORD_PATH];

	if (ext != NULL) {
		table = &ext->exp_tab;
	} else {
		if (*words[WORD_NAME] != '-')
			return ESRCH;
		/* The two structures differ in const only. */
		firmware.syms = (struct llext_symbol *)(uintptr_t)llext_builtins(&firmware.sym_cnt);
	}
	for (size_t at = 0; llext_next_sym(table, &at, &symbol);) {
		if (strstr(symbol.name, prefix) == symbol.name)
			llext_shell_say(shell, "0x%h  %s\n", (uintptr_t)symbol.addr, symbol.name);
	}
	return 0;
}

__attribute__((noinline)) static int heap(struct llext_shell *shell, const char *name,
					  const struct llext_heap_stats *heap)
{
	return llext_shell_say(shell, "%s: %d of %d bytes in %d blocks, peak %d, largest free %d\n",
			       name, heap->used, heap->bytes, heap->blocks, heap->peak,
			       heap->largest_free);
}

static int mem(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	struct llext_heap_stats data, code;

	(void)words;
	(void)ext;
	if (llext_heap_stats(LLEXT_HEAP_DATA, &data) != 0)
		return llext_shell_missing(shell, "heap");
	heap(shell, "heap", &data);
	(void)llext_heap_stats(LLEXT_HEAP_INSTR, &code);
	if (memcmp(&data, &code, sizeof(data)) == 0) /* it is one heap for both */
		return 0;
	return heap(shell, "code", &code);
}

static int plan_one(struct llext_shell *shell, const char *name, struct llext_loader *ldr)
{
	struct llext_plan need;
	int rc = llext_plan(ldr, NULL, &need);

	(void)name;
	if (rc == 0 || rc == -ENODATA)
		llext_shell_say(shell,
				"bytes: code %d, data %d, tables %d, to load %d; "
				"veneers %d, imports %d\n",
				need.instr_bytes, need.data_bytes, need.table_bytes,
				need.transient_bytes, need.veneers, need.imports);
	return rc;
}

static int plan(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	(void)ext;
	return llext_shell_with(shell, words[WORD_NAME], plan_one, NULL);
}

const struct llext_shell_commands llext_shell_more = {{
	{"info\0 \0NAME", info},
	{"sym\0list_symbols\0NAME|- [PREFIX]", sym},
	{"plan\0 \0PATH", plan},
	{"mem\0 \0", mem},
}};
