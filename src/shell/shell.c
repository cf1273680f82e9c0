/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that a shell has in any case: ls, load, unload, call, why. */
#include "internal.h"

static int why(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	const struct llext_diag *diag = llext_last_diag();
	const char *missing = diag->missing, *end = missing + diag->missing_len;
	char line[256];

	(void)words;
	(void)ext;
	(void)llext_diag_format(diag, line, sizeof(line));
	llext_shell_say(shell, "%s\n", line);
	for (; missing < end; missing = llext_shell_after(missing)) {
		const char *near = llext_suggest(missing);

		/* The first line has named all of them: only a suggestion is worth another. */
		if (near != NULL)
			llext_shell_say(shell, "  %s: did you mean %s?\n", missing, near);
	}
	return 0;
}

int llext_shell_end(struct llext_shell *shell, const char *command, int rc)
{
	if (rc >= 0)
		return -rc;
	llext_shell_say(shell, "%s failed: -%d\n", command, (size_t)-rc);
	if (llext_last_diag()->error == rc)
		(void)why(shell, NULL, NULL);
	return rc;
}

int llext_shell_missing(struct llext_shell *shell, const char *what)
{
	if (*what == '\0')
		return EINVAL;
	llext_shell_say(shell, "%s: not found\n", what);
	return ENOENT;
}

int llext_shell_row(struct llext_shell *shell, const char *name, const void *address, size_t bytes)
{
	return llext_shell_say(shell, "0x%h  %s, %d bytes\n", (uintptr_t)address, name, bytes);
}

static int list_one(struct llext *ext, void *shell)
{
	return llext_shell_row(shell, ext->name, ext->mem[LLEXT_MEM_TEXT], ext->alloc_size);
}

static int ls(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	(void)words;
	(void)ext;
	return llext_iterate(list_one, shell);
}

/* ---- loads ---- */

int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr)
{
	struct llext *ext;
	int rc = llext_load(ldr, name, &ext, NULL);

	if (rc < 0)
		return rc;
	rc = llext_bringup(ext);
	if (rc < 0) {
		(void)llext_unload(&ext);
		return rc;
	}
	return llext_shell_say(shell, "loaded %s: %d bytes\n", name, ext->alloc_size);
}

int llext_shell_with(struct llext_shell *shell, const char *path,
		     int (*use)(struct llext_shell *shell, const char *name,
				struct llext_loader *ldr),
		     const char *name)
{
	const struct llext_shell_config *config = shell->config;
	struct llext_loader *ldr = config->open != NULL ? config->open(config->user, path) : NULL;
	int rc;

	if (ldr == NULL)
		return llext_shell_missing(shell, path);
	rc = use(shell, name, ldr);
	if (config->close != NULL)
		config->close(config->user, ldr);
	return rc;
}

static int load(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	const struct llext_shell_uploads *uploads = shell->config->uploads;

	if (ext != NULL) {
		llext_shell_say(shell, "already loaded\n");
		return EALREADY;
	}
	if (*words[WORD_CRC] != '\0')
		return uploads != NULL ? uploads->begin(shell, words) : EINVAL;
	return llext_shell_with(shell, words[WORD_PATH], llext_shell_load, words[WORD_NAME]);
}

static int unload(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	int rc;

	(void)words;
	if (ext == NULL)
		return ESRCH;
	rc = llext_remove(&ext);
	if (rc < 0)
		return rc;
	return llext_shell_say(shell, rc == 0 ? "unloaded\n" : "still in use\n");
}

static int call(struct llext_shell *shell, char *const *words, struct llext *ext)
{
	int rc;

	if (ext == NULL)
		return ESRCH;
	rc = llext_call_fn(ext, words[WORD_PATH]);
	return rc == -ENOENT ? llext_shell_missing(shell, words[WORD_PATH]) : rc;
}

/* ---- which command ---- */

static const struct llext_shell_command commands[] = {
	{"ls\0list\0", ls},
	{"why\0 \0", why},
	{"load\0load_fs\0NAME PATH | NAME BYTES CRC", load},
	{"unload\0 \0NAME", unload},
	{"call\0call_fn\0NAME FUNCTION", call},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct llext_shell_command *llext_shell_command(const struct llext_shell *shell, size_t at)
{
	const struct llext_shell_commands *more = shell->config->more;

	if (at < COMMANDS)
		return &commands[at];
	at -= COMMANDS;
	return more != NULL && at < LLEXT_SHELL_MORE ? &more->list[at] : NULL;
}

/* Blanks, and whatever else cannot be printed, are between words, and may end the line. */
static void split(char *line, char **words)
{
	for (int i = 0; i < WORDS; i++) {
		while ((unsigned char)(*line - 1) < ' ')
			*line++ = '\0';
		words[i] = line;
		while ((unsigned char)*line > ' ')
			line++;
	}
	*line = '\0'; /* the last word's end */
}

/* 0: @word is one of two @names, which lie one behind the other; else as strcmp(). */
static int compare(const char *names, const char *word)
{
	int rc = strcmp(word, names);

	return rc == 0 ? rc : strcmp(word, llext_shell_after(names));
}

int llext_shell_line(struct llext_shell *shell, char *line)
{
	const struct llext_shell_command *command, *wrong = NULL;
	char *words[WORDS];
	int rc;

	if (shell->receiving != NULL)
		return shell->receiving->line(shell, line);
	split(line, words);
	if (*words[WORD_EXT] == '\0')
		return 0;
	for (size_t at = 0; (command = llext_shell_command(shell, at)) != NULL; at++) {
		if (compare("ext\0llext", words[WORD_EXT]) != 0 ||
		    compare(command->texts, words[WORD_COMMAND]) != 0)
			continue;
		rc = command->run(shell, words, llext_by_name(words[WORD_NAME]));
		if (rc == ESRCH)
			rc = llext_shell_missing(shell, words[WORD_NAME]);
		if (rc != EINVAL)
			return llext_shell_end(shell, command->texts, rc);
		wrong = command;
	}
	/* How to write it; what is no command brings all there are. */
	for (size_t at = 0; (command = llext_shell_command(shell, at)) != NULL; at++) {
		if (wrong == NULL || command == wrong)
			llext_shell_say(shell, "usage: ext %s %s\n", command->texts,
					llext_shell_after(llext_shell_after(command->texts)));
	}
	return -EINVAL;
}
