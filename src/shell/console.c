/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal: characters to lines, with completion. */
#include "internal.h"

static void prompt(struct llext_shell *shell)
{
	const struct llext_shell_config *config = shell->config;

	if (config->prompt != NULL && shell->receiving == NULL) /* as it is: it may have colours */
		config->put(config->user, config->prompt, strlen(config->prompt));
}

void llext_shell_init(struct llext_shell *shell, const struct llext_shell_config *config)
{
	memset(shell, 0, sizeof(*shell));
	shell->config = config;
	prompt(shell);
}

/* A search for what the last word of the line may become. */
struct completion {
	struct llext_shell *shell;
	const char *word;
	size_t length; /* of it */
	const char *match;
	size_t common; /* so much do all matches have in common */
	size_t matches;
	bool print; /* show them instead */
};

static void consider(struct completion *c, const char *candidate)
{
	if (strncmp(candidate, c->word, c->length) != 0)
		return;
	if (c->print) {
		llext_shell_say(c->shell, "\n  %s", candidate);
		return;
	}
	if (c->matches++ == 0) {
		c->match = candidate;
		c->common = strlen(candidate);
		return;
	}
	for (size_t i = 0; i < c->common; i++) {
		if (candidate[i] != c->match[i])
			c->common = i;
	}
}

static int consider_extension(struct llext *ext, void *arg)
{
	consider(arg, ext->name);
	return 0;
}

/* Candidates by the word's place: ext, a command, then names of extensions. */
static void search(struct completion *c, unsigned int place)
{
	const struct llext_shell_command *command;

	if (place == 0)
		consider(c, "ext");
	for (size_t i = 0; place == 1 && (command = llext_shell_command(c->shell, i)) != NULL; i++)
		consider(c, command->texts);
	if (place == 2)
		(void)llext_iterate(consider_extension, c);
}

static void insert(struct llext_shell *shell, char c)
{
	if (shell->length + 1 >= sizeof(shell->line))
		return;
	shell->line[shell->length++] = c;
	if (shell->receiving == NULL)
		shell->config->put(shell->config->user, &c, 1);
}

static void complete(struct llext_shell *shell)
{
	struct completion c = {.shell = shell};
	unsigned int place = 0;
	size_t start = 0;

	for (size_t i = 0; i < shell->length; i++) {
		if (shell->line[i] == ' ' && i > start)
			place++;
		if (shell->line[i] == ' ')
			start = i + 1;
	}
	shell->line[shell->length] = '\0';
	c.word = shell->line + start;
	c.length = shell->length - start;
	search(&c, place);
	if (c.matches == 0)
		return;
	if (c.common > c.length || c.matches == 1) {
		for (size_t i = c.length; i < c.common; i++)
			insert(shell, c.match[i]);
		if (c.matches == 1)
			insert(shell, ' ');
		return;
	}
	c.print = true;
	search(&c, place);
	llext_shell_say(shell, "\n");
	prompt(shell);
	shell->config->put(shell->config->user, shell->line, shell->length);
}

void llext_shell_char(struct llext_shell *shell, char c)
{
	switch (c) {
	case '\r':
	case '\n':
		if (shell->length == 0 && c == '\n')
			return; /* the second half of a CR LF, or nothing at all */
		if (shell->receiving == NULL)
			llext_shell_say(shell, "\n");
		shell->line[shell->length] = '\0';
		shell->length = 0;
		(void)llext_shell_line(shell, shell->line);
		prompt(shell);
		return;
	case '\b':
	case 0x7f:
		if (shell->length == 0)
			return;
		shell->length--;
		llext_shell_say(shell, "\b \b");
		return;
	case '\t':
		if (shell->receiving == NULL)
			complete(shell);
		return;
	default:
		if (c >= ' ' && c <= '~')
			insert(shell, c);
	}
}
