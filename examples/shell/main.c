/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware with a shell on its console: standard input and output. Try: ext ls, then the tab key.
 */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <llext/fs_loader.h>
#include <llext/shell.h>
#include <llext_posix.h>

#define HEAP_BYTES (512 * 1024)

void lamp(int on)
{
	printf("lamp %s\n", on ? "on" : "off");
	fflush(stdout);
}
EXPORT_SYMBOL(lamp);

static void put(void *user, const char *text, size_t bytes)
{
	(void)user;
	fwrite(text, 1, bytes, stdout);
	fflush(stdout);
}

static struct llext_fs_loader file;
static char path_of_file[256];

static struct llext_loader *open_file(void *user, const char *path)
{
	(void)user;
	if (strlen(path) >= sizeof(path_of_file) || access(path, R_OK) != 0)
		return NULL;
	strcpy(path_of_file, path);
	file = (struct llext_fs_loader)LLEXT_FS_LOADER(path_of_file);
	return &file.loader;
}

static uint8_t upload[256 * 1024];

static const struct llext_shell_config config = {
	.put = put,
	.open = open_file,
	.more = &llext_shell_more,
	.uploads = &llext_shell_uploads,
	.upload = upload,
	.upload_bytes = sizeof(upload),
	.prompt = "> ",
};

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_shell shell;
	struct termios before, raw;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	char c;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	if (terminal) { /* the shell echoes by itself; ^C still ends the program */
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	llext_posix_log_level = LLEXT_LOG_NONE; /* the shell says why */
	llext_shell_init(&shell, &config);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != 4)
		llext_shell_char(&shell, c);
	if (terminal)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	puts("");
	return 0;
}
