/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that look closer: info, sym, plan, mem. */
#include <llext/heap.h>
#include <llext/plan.h>
#include "internal.h"

static const char *const region_names[LLEXT_MEM_COUNT] = {
	[LLEXT_MEM_TEXT] = "text",
	[LLEXT_MEM_DATA] = "data",
	[LLEXT_MEM_RODATA] = "rodata",
	[LLEXT_MEM_BSS] = "bss",
	[LLEXT_MEM_EXPORT] = "exports",
	[LLEXT_MEM_PREINIT] = "preinit",
	[LLEXT_MEM_INIT] = "init",
	[LLEXT_MEM_FINI] = "fini",
#ifdef CONFIG_LLEXT_VENEERS
	[LLEXT_MEM_VENEER] = "veneers",
#endif
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
	[LLEXT_MEM_RODATA_NO_RELOC] = "rodata in place",
#endif
};

static int info(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext *ext = llext_shell_find(shell, words->first);

	if (ext == NULL)
		return -ENOENT;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem[i] == NULL || region_names[i] == NULL)
			continue;
		llext_shell_say(shell, "%w0x%p  %n\n", region_names[i], ext->mem[i],
				ext->mem_size[i]);
	}
	for (struct llext *const *uses = ext->dependency; uses != NULL && *uses != NULL; uses++)
		llext_shell_say(shell, "uses %s\n", (*uses)->name);
	llext_shell_say(shell, ext->exp_tab.sym_cnt == 1 ? "%n export\n" : "%n exports\n",
			ext->exp_tab.sym_cnt);
	return 0;
}

static void put_symbol(struct llext_shell *shell, const char *prefix, const char *name,
		       const void *addr)
{
	if (prefix == NULL || strncmp(name, prefix, strlen(prefix)) == 0)
		llext_shell_say(shell, "0x%p  %s\n", addr, name);
}

static int sym(struct llext_shell *shell, const struct llext_shell_words *words)
{
	const struct llext_const_symbol *builtins;
	struct llext *ext;
	size_t count;

	if (strcmp(words->first, "-") == 0) {
		builtins = llext_builtins(&count);
		for (size_t i = 0; i < count; i++)
			put_symbol(shell, words->second, builtins[i].name, builtins[i].addr);
		return 0;
	}
	ext = llext_shell_find(shell, words->first);
	if (ext == NULL)
		return -ENOENT;
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
		put_symbol(shell, words->second, ext->exp_tab.syms[i].name,
			   ext->exp_tab.syms[i].addr);
	return 0;
}

static int mem(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext_heap_stats heaps[2] = {{0}};

	(void)words;
	if (llext_heap_stats(LLEXT_HEAP_DATA, &heaps[0]) != 0) {
		llext_shell_say(shell, "no heap was handed over\n");
		return -ENOSYS;
	}
	for (int i = 0; i < 2; i++) {
		const struct llext_heap_stats *heap = &heaps[i];

		if (i == 1 && (llext_heap_stats(LLEXT_HEAP_INSTR, &heaps[1]) != 0 ||
			       memcmp(&heaps[0], &heaps[1], sizeof(heaps[0])) == 0))
			break; /* one heap for both */
		llext_shell_say(shell,
				"%s: %n of %n bytes in %n blocks, at most %n, largest free %n\n",
				i == 0 ? "heap" : "code", heap->used, heap->bytes, heap->blocks,
				heap->peak, heap->largest_free);
	}
	return 0;
}

static int plan(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext_loader *ldr = llext_shell_open(shell, words->first);
	struct llext_plan need;
	int rc;

	if (ldr == NULL)
		return -ENOENT;
	rc = llext_plan(ldr, NULL, &need);
	llext_shell_close(shell, ldr);
	if (rc != 0 && rc != -ENODATA)
		return llext_shell_failed(shell, "plan", rc);
	llext_shell_say(
		shell,
		"%n bytes of code, %n of data, %n of tables, %n during the load; %n veneers, "
		"%n imports\n",
		need.instr_bytes, need.data_bytes, need.table_bytes, need.transient_bytes,
		need.veneers, need.imports);
	return rc != 0 ? llext_shell_failed(shell, "plan", rc) : 0;
}

static const struct llext_shell_command commands[] = {
	{"info", "", "NAME", info},
	{"sym", "list_symbols", "NAME|- [PREFIX]", sym},
	{"plan", "", "PATH", plan},
	{"mem", "", "", mem},
};

const struct llext_shell_commands llext_shell_more = {commands,
						      sizeof(commands) / sizeof(commands[0])};
