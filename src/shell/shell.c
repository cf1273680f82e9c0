/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that a shell has in any case: ls, load, unload, call, why. */
#include "internal.h"

static int why(struct llext_shell *shell, const struct llext_shell_words *words)
{
	const struct llext_diag *diag = llext_last_diag();
	char line[256];

	(void)words;
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

int llext_shell_failed(struct llext_shell *shell, const char *what, int error)
{
	llext_shell_say(shell, "%s failed: -%n\n", what, (size_t)-error);
	if (llext_last_diag()->error == error)
		(void)why(shell, NULL);
	return error;
}

struct llext *llext_shell_find(struct llext_shell *shell, const char *name)
{
	struct llext *ext = llext_by_name(name);

	if (ext == NULL)
		llext_shell_say(shell, "no extension %s is loaded\n", name);
	return ext;
}

static int list_one(struct llext *ext, void *shell)
{
	llext_shell_say(shell, "%w0x%p  uses %n, bytes %n\n", ext->name, ext->mem[LLEXT_MEM_TEXT],
			(size_t)ext->use_count, ext->alloc_size);
	return 0;
}

static int ls(struct llext_shell *shell, const struct llext_shell_words *words)
{
	(void)words;
	llext_shell_say(shell, "%wtext\n", "name");
	return llext_iterate(list_one, shell);
}

/* ---- loads ---- */

int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr)
{
	struct llext *ext;
	int rc;

	if (llext_by_name(name) != NULL) {
		llext_shell_say(shell, "this name is loaded already\n");
		return -EALREADY;
	}
	rc = llext_load(ldr, name, &ext, NULL);
	if (rc < 0)
		return llext_shell_failed(shell, "load", rc);
	rc = llext_bringup(ext);
	if (rc < 0) {
		(void)llext_shell_failed(shell, "bring-up", rc);
		(void)llext_unload(&ext);
		return rc;
	}
	llext_shell_say(shell, "loaded %s: %n bytes\n", name, ext->alloc_size);
	return 0;
}

struct llext_loader *llext_shell_open(struct llext_shell *shell, const char *path)
{
	struct llext_loader *ldr = NULL;

	if (shell->config->open != NULL)
		ldr = shell->config->open(shell->config->user, path);
	if (ldr == NULL)
		llext_shell_say(shell, "there is no %s\n", path);
	return ldr;
}

void llext_shell_close(struct llext_shell *shell, struct llext_loader *ldr)
{
	if (shell->config->close != NULL)
		shell->config->close(shell->config->user, ldr);
}

static int load(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext_loader *ldr;
	int rc;

	if (words->second == NULL)
		return -EINVAL;
	if (words->third != NULL)
		return shell->config->uploads == NULL
			       ? -EINVAL
			       : shell->config->uploads->begin(shell, words->first, words->second,
							       words->third);
	ldr = llext_shell_open(shell, words->second);
	if (ldr == NULL)
		return -ENOENT;
	rc = llext_shell_load(shell, words->first, ldr);
	llext_shell_close(shell, ldr);
	return rc;
}

static int unload(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext *ext = llext_shell_find(shell, words->first);
	int rc;

	if (ext == NULL)
		return -ENOENT;
	if (ext->use_count == 1) {
		rc = llext_teardown(ext);
		if (rc < 0)
			return llext_shell_failed(shell, "tear-down", rc);
	}
	rc = llext_unload(&ext);
	if (rc < 0)
		return llext_shell_failed(shell, "unload", rc);
	llext_shell_say(shell, rc == 0 ? "unloaded\n" : "still in use\n");
	return 0;
}

static int call(struct llext_shell *shell, const struct llext_shell_words *words)
{
	struct llext *ext = llext_shell_find(shell, words->first);
	int rc;

	if (ext == NULL)
		return -ENOENT;
	if (words->second == NULL)
		return -EINVAL;
	rc = llext_call_fn(ext, words->second);
	if (rc < 0)
		llext_shell_say(shell, "it exports no such function\n");
	return rc;
}

/* ---- which command ---- */

static const struct llext_shell_command commands[] = {
	{"ls", "list", "", ls},         {"load", "load_fs", "NAME PATH | NAME BYTES CRC", load},
	{"unload", "", "NAME", unload}, {"call", "call_fn", "NAME FUNCTION", call},
	{"why", "", "", why},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct llext_shell_command *llext_shell_command(const struct llext_shell *shell, size_t at)
{
	const struct llext_shell_commands *more = shell->config->more;

	if (at < COMMANDS)
		return &commands[at];
	at -= COMMANDS;
	return more != NULL && at < more->count ? &more->list[at] : NULL;
}

static void usage(struct llext_shell *shell, const struct llext_shell_command *command)
{
	llext_shell_say(shell, "  ext %s %s\n", command->name, command->usage);
}

/* Print all where @name is no command's. */
static const struct llext_shell_command *find_command(struct llext_shell *shell, const char *name)
{
	const struct llext_shell_command *command;

	for (size_t i = 0; (command = llext_shell_command(shell, i)) != NULL; i++) {
		if (name != NULL &&
		    (strcmp(name, command->name) == 0 || strcmp(name, command->zephyr) == 0))
			return command;
	}
	for (size_t i = 0; (command = llext_shell_command(shell, i)) != NULL; i++)
		usage(shell, command);
	return NULL;
}

int llext_shell_line(struct llext_shell *shell, char *line)
{
	const struct llext_shell_command *command;
	struct llext_shell_words words;
	const char *word;
	int rc = -EINVAL;

	if (shell->receiving)
		return shell->config->uploads->line(shell, line);
	word = llext_shell_next(&line);
	if (word == NULL)
		return 0;
	if (strcmp(word, "ext") != 0 && strcmp(word, "llext") != 0) {
		llext_shell_say(shell, "unknown; every command begins with ext\n");
		return -EINVAL;
	}
	command = find_command(shell, llext_shell_next(&line));
	if (command == NULL)
		return -EINVAL;
	words.first = llext_shell_next(&line);
	words.second = llext_shell_next(&line);
	words.third = llext_shell_next(&line);
	if (words.first != NULL || command->usage[0] == '\0')
		rc = command->run(shell, &words);
	if (rc == -EINVAL)
		usage(shell, command);
	return rc;
}
