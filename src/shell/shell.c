/* SPDX-License-Identifier: Apache-2.0 */
/* The commands. */
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

/* What a command was given: all words after its name. */
struct arguments {
	char *first, *second, *third;
};

static int why(struct llext_shell *shell, const struct arguments *args)
{
	const struct llext_diag *diag = llext_last_diag();
	char line[256];

	(void)args;
	(void)llext_diag_format(diag, line, sizeof(line));
	llext_shell_say(shell, "%s\n", line);
	for (size_t at = 0; at < diag->missing_len; at += strlen(diag->missing + at) + 1) {
		const char *near = llext_suggest(diag->missing + at);

		llext_shell_say(shell,
				near != NULL ? "  missing: %s (did you mean %s?)\n"
					     : "  missing: %s\n",
				diag->missing + at, near);
	}
	return 0;
}

static int failed(struct llext_shell *shell, const char *what, int error)
{
	llext_shell_say(shell, "%s failed: -%n\n", what, (size_t)-error);
	if (llext_last_diag()->error == error)
		(void)why(shell, NULL);
	return error;
}

static struct llext *find(struct llext_shell *shell, const char *name)
{
	struct llext *ext = llext_by_name(name);

	if (ext == NULL)
		llext_shell_say(shell, "no extension %s is loaded\n", name);
	return ext;
}

/* ---- what is there ---- */

static int list_one(struct llext *ext, void *arg)
{
	struct llext_shell *shell = arg;

	llext_shell_say(shell, "%w%r%r%r  %p\n", ext->name, (size_t)ext->use_count, ext->alloc_size,
			ext->exp_tab.sym_cnt, ext->mem[LLEXT_MEM_TEXT]);
	return 0;
}

static int ls(struct llext_shell *shell, const struct arguments *args)
{
	(void)args;
	llext_shell_say(shell, "name                 uses    bytes  exports  text\n");
	return llext_iterate(list_one, shell);
}

static int info(struct llext_shell *shell, const struct arguments *args)
{
	struct llext *ext = find(shell, args->first);

	if (ext == NULL)
		return -ENOENT;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem[i] == NULL || region_names[i] == NULL)
			continue;
		llext_shell_say(shell, "%w%p%r\n", region_names[i], ext->mem[i], ext->mem_size[i]);
	}
	for (struct llext *const *uses = ext->dependency; uses != NULL && *uses != NULL; uses++)
		llext_shell_say(shell, "uses %s\n", (*uses)->name);
	llext_shell_say(shell, "%n exports\n", ext->exp_tab.sym_cnt);
	return 0;
}

static void put_symbol(struct llext_shell *shell, const char *prefix, const char *name,
		       const void *addr)
{
	if (prefix == NULL || strncmp(name, prefix, strlen(prefix)) == 0)
		llext_shell_say(shell, "%p  %s\n", addr, name);
}

static int sym(struct llext_shell *shell, const struct arguments *args)
{
	const struct llext_const_symbol *builtins;
	struct llext *ext;
	size_t count;

	if (strcmp(args->first, "-") == 0) {
		builtins = llext_builtins(&count);
		for (size_t i = 0; i < count; i++)
			put_symbol(shell, args->second, builtins[i].name, builtins[i].addr);
		return 0;
	}
	ext = find(shell, args->first);
	if (ext == NULL)
		return -ENOENT;
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
		put_symbol(shell, args->second, ext->exp_tab.syms[i].name,
			   ext->exp_tab.syms[i].addr);
	return 0;
}

static int mem(struct llext_shell *shell, const struct arguments *args)
{
	struct llext_heap_stats data, instr = {0};

	(void)args;
	if (llext_heap_stats(LLEXT_HEAP_DATA, &data) != 0) {
		llext_shell_say(shell, "no heap was handed over\n");
		return -ENOSYS;
	}
	for (int i = 0; i < 2; i++) {
		const struct llext_heap_stats *heap = i == 0 ? &data : &instr;

		if (i == 1 && (llext_heap_stats(LLEXT_HEAP_INSTR, &instr) != 0 ||
			       memcmp(&data, &instr, sizeof(data)) == 0))
			break; /* one heap for both */
		llext_shell_say(shell,
				"%s: %n of %n bytes in %n blocks, at most %n, largest free %n\n",
				i == 0 ? "heap" : "code", heap->used, heap->bytes, heap->blocks,
				heap->peak, heap->largest_free);
	}
	return 0;
}

/* ---- loads ---- */

int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr)
{
	struct llext *ext;
	int rc;

	if (llext_by_name(name) != NULL) {
		llext_shell_say(shell, "this name is loaded already: ext unload it first\n");
		return -EALREADY;
	}
	rc = llext_load(ldr, name, &ext, NULL);
	if (rc < 0)
		return failed(shell, "load", rc);
	rc = llext_bringup(ext);
	if (rc < 0) {
		(void)failed(shell, "bring-up", rc);
		(void)llext_unload(&ext);
		return rc;
	}
	llext_shell_say(shell, "loaded %s: %n bytes\n", name, ext->alloc_size);
	return 0;
}

static struct llext_loader *open_path(struct llext_shell *shell, const char *path)
{
	struct llext_loader *ldr = NULL;

	if (shell->config->open != NULL)
		ldr = shell->config->open(shell->config->user, path);
	if (ldr == NULL)
		llext_shell_say(shell, "there is no %s\n", path);
	return ldr;
}

static void close_path(struct llext_shell *shell, struct llext_loader *ldr)
{
	if (shell->config->close != NULL)
		shell->config->close(shell->config->user, ldr);
}

static int load(struct llext_shell *shell, const struct arguments *args)
{
	struct llext_loader *ldr;
	uint32_t bytes, crc;
	int rc;

	if (args->second == NULL)
		return -EINVAL;
	if (args->third != NULL) {
		if (!llext_shell_parse(args->second, 10, &bytes) ||
		    !llext_shell_parse(args->third, 16, &crc))
			return -EINVAL;
		return llext_shell_receive(shell, args->first, bytes, crc);
	}
	ldr = open_path(shell, args->second);
	if (ldr == NULL)
		return -ENOENT;
	rc = llext_shell_load(shell, args->first, ldr);
	close_path(shell, ldr);
	return rc;
}

static int unload(struct llext_shell *shell, const struct arguments *args)
{
	struct llext *ext = find(shell, args->first);
	int rc;

	if (ext == NULL)
		return -ENOENT;
	if (ext->use_count == 1) {
		rc = llext_teardown(ext);
		if (rc < 0)
			return failed(shell, "tear-down", rc);
	}
	rc = llext_unload(&ext);
	if (rc < 0)
		return failed(shell, "unload", rc);
	llext_shell_say(shell, rc == 0 ? "unloaded\n" : "still in use\n");
	return 0;
}

static int call(struct llext_shell *shell, const struct arguments *args)
{
	struct llext *ext = find(shell, args->first);
	int rc;

	if (ext == NULL)
		return -ENOENT;
	if (args->second == NULL)
		return -EINVAL;
	rc = llext_call_fn(ext, args->second);
	if (rc < 0)
		llext_shell_say(shell, "it exports no such function\n");
	return rc;
}

static int plan(struct llext_shell *shell, const struct arguments *args)
{
	struct llext_loader *ldr = open_path(shell, args->first);
	struct llext_plan need;
	int rc;

	if (ldr == NULL)
		return -ENOENT;
	rc = llext_plan(ldr, NULL, &need);
	close_path(shell, ldr);
	if (rc != 0 && rc != -ENODATA)
		return failed(shell, "plan", rc);
	llext_shell_say(
		shell,
		"%n bytes of code, %n of data, %n of tables, %n during the load; %n veneers, "
		"%n imports\n",
		need.instr_bytes, need.data_bytes, need.table_bytes, need.transient_bytes,
		need.veneers, need.imports);
	return rc != 0 ? failed(shell, "plan", rc) : 0;
}

/* ---- which command ---- */

struct command {
	const char *name, *zephyr; /* and Zephyr's word for it; NULL: the same */
	const char *usage;         /* what it needs; an empty text: nothing */
	int (*run)(struct llext_shell *shell, const struct arguments *args);
};

static const struct command commands[] = {
	{"ls", "list", "", ls},
	{"info", NULL, "NAME", info},
	{"load", "load_fs", "NAME PATH | NAME BYTES CRC", load},
	{"unload", NULL, "NAME", unload},
	{"sym", "list_symbols", "NAME|- [PREFIX]", sym},
	{"call", "call_fn", "NAME FUNCTION", call},
	{"plan", NULL, "PATH", plan},
	{"mem", NULL, "", mem},
	{"why", NULL, "", why},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *llext_shell_command(size_t at)
{
	return at < COMMANDS ? commands[at].name : NULL;
}

static void usage(struct llext_shell *shell, const struct command *command)
{
	llext_shell_say(shell, "  ext %s %s\n", command->name, command->usage);
}

static int run(struct llext_shell *shell, char *line)
{
	const char *name = llext_shell_next(&line);
	const struct command *command = commands;
	struct arguments args;
	int rc = -EINVAL;

	while (name != NULL && command < commands + COMMANDS && strcmp(name, command->name) != 0 &&
	       (command->zephyr == NULL || strcmp(name, command->zephyr) != 0))
		command++;
	if (name == NULL || command == commands + COMMANDS) {
		for (size_t i = 0; i < COMMANDS; i++)
			usage(shell, &commands[i]);
		return -EINVAL;
	}
	args.first = llext_shell_next(&line);
	args.second = llext_shell_next(&line);
	args.third = llext_shell_next(&line);
	if (args.first != NULL || command->usage[0] == '\0')
		rc = command->run(shell, &args);
	if (rc == -EINVAL)
		usage(shell, command);
	return rc;
}

int llext_shell_line(struct llext_shell *shell, char *line)
{
	const char *word;

	if (shell->receiving)
		return llext_shell_received(shell, line);
	word = llext_shell_next(&line);
	if (word == NULL)
		return 0;
	if (strcmp(word, "ext") != 0 && strcmp(word, "llext") != 0) {
		llext_shell_say(shell, "unknown; every command begins with ext\n");
		return -EINVAL;
	}
	return run(shell, line);
}
