/* SPDX-License-Identifier: Apache-2.0 */
/* Which emulated boards there are. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "board.h"

/* Where they are installed, seen from the command's own folder; a build has them beside it. */
#ifndef TENON_INSTALLED_BOARDS
#define TENON_INSTALLED_BOARDS "../share/tenon/boards"
#endif
#define BUILT_BOARDS "share/tenon/boards"

/* ---- one board ---- */

/* The value of @name in lines of the form name="value" or name=value, or NULL. */
static char *setting(const struct file *conf, const char *name)
{
	const char *text = (const char *)conf->bytes, *end = text + conf->length;
	size_t length = strlen(name);

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (stop == NULL)
			stop = end;
		if ((size_t)(stop - text) > length && strncmp(text, name, length) == 0 &&
		    text[length] == '=') {
			text += length + 1;
			if (text < stop && *text == '"') {
				text++;
				stop = memchr(text, '"', (size_t)(stop - text)) ?: stop;
			}
			return need_text("%.*s", (int)(stop - text), text);
		}
		text = stop < end ? stop + 1 : end;
	}
	return NULL;
}

static bool read_settings(struct board *board, const char *folder)
{
	char *path = need_text("%s/%s/qemu.conf", folder, board->name);
	struct file conf = {0};
	bool there = access(path, R_OK) == 0 && file_open(&conf, path);

	if (there) {
		board->core = setting(&conf, "core");
		board->isa = setting(&conf, "isa");
		board->emulator = setting(&conf, "qemu");
	}
	if (board->core == NULL)
		board->core = need_text("%s", "");
	if (board->emulator != NULL)
		board->emulator[strcspn(board->emulator, " ")] = '\0';
	file_close(&conf);
	free(path);
	return there && board->emulator != NULL;
}

/* The memory for extensions, as the firmware's linker placed it. */
static bool read_heaps(struct runner *runner)
{
	static const char *const names[] = {"board_heap_start", "board_heap_end",
					    "board_iram_start", "board_iram_end"};
	const struct file *file = &runner->file;
	size_t table = file_symbol_table(file, true), count = file_symbol_count(file, table);
	uint64_t values[4] = {0};
	struct symbol symbol;

	for (size_t i = 1; i < count; i++) {
		if (!file_symbol(file, table, i, &symbol) || symbol.section == 0)
			continue;
		for (size_t n = 0; n < 4; n++) {
			if (strcmp(symbol.name, names[n]) == 0)
				values[n] = symbol.value;
		}
	}
	runner->heap = values[0];
	runner->heap_bytes = values[1] - values[0];
	runner->instr_heap = values[2];
	runner->instr_bytes = values[3] - values[2];
	return values[1] > values[0] && values[3] >= values[2];
}

static bool add_runner(struct board *board, char *path)
{
	struct runner runner = {.path = path};

	if (!file_open(&runner.file, path) || !read_heaps(&runner)) {
		warn_about(path, "is no firmware of a board");
		file_close(&runner.file);
		free(path);
		return false;
	}
	board->runners =
		need_more(board->runners, board->runner_count + 1, sizeof(*board->runners));
	board->runners[board->runner_count++] = runner;
	return true;
}

static int by_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_firmware(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && strcmp(entry->d_name + length - 4, ".elf") == 0;
}

static void read_runners(struct board *board, const char *folder)
{
	char *path = need_text("%s/%s", folder, board->name);
	struct dirent **entries;
	int count = scandir(path, &entries, is_firmware, by_order);

	for (int i = 0; i < count; i++) {
		(void)add_runner(board, need_text("%s/%s", path, entries[i]->d_name));
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(path);
}

static void board_free(struct board *board)
{
	for (size_t i = 0; i < board->runner_count; i++) {
		file_close(&board->runners[i].file);
		free(board->runners[i].path);
	}
	free(board->runners);
	free(board->name);
	free(board->core);
	free(board->isa);
	free(board->emulator);
}

/* ---- all boards ---- */

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_boards(struct boards *boards)
{
	struct dirent **entries;
	int count = scandir(boards->folder, &entries, is_visible, by_order);

	for (int i = 0; i < count; i++) {
		struct board board = {.name = need_text("%s", entries[i]->d_name)};

		free(entries[i]);
		if (read_settings(&board, boards->folder))
			read_runners(&board, boards->folder);
		if (board.runner_count == 0) {
			board_free(&board);
			continue;
		}
		boards->list = need_more(boards->list, boards->count + 1, sizeof(*boards->list));
		boards->list[boards->count++] = board;
	}
	if (count >= 0)
		free(entries);
	/* Now the list does not move any more. */
	for (size_t i = 0; i < boards->count; i++) {
		for (size_t j = 0; j < boards->list[i].runner_count; j++)
			boards->list[i].runners[j].board = &boards->list[i];
	}
}

bool boards_find(struct boards *boards)
{
	static const char *const places[] = {BUILT_BOARDS, TENON_INSTALLED_BOARDS};
	const char *given = getenv("TENON_BOARDS");
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	*boards = (struct boards){0};
	own[length > 0 ? length : 0] = '\0';
	if (strrchr(own, '/') != NULL)
		*strrchr(own, '/') = '\0';
	for (size_t i = 0; i < (given != NULL ? 1 : 2) && boards->count == 0; i++) {
		free(boards->folder);
		boards->folder =
			given != NULL ? need_text("%s", given) : need_text("%s/%s", own, places[i]);
		read_boards(boards);
	}
	return boards->count != 0;
}

void boards_free(struct boards *boards)
{
	for (size_t i = 0; i < boards->count; i++)
		board_free(&boards->list[i]);
	free(boards->list);
	free(boards->folder);
	*boards = (struct boards){0};
}

const struct board *board_named(const struct boards *boards, const char *name)
{
	for (size_t i = 0; i < boards->count; i++) {
		if (strcmp(boards->list[i].name, name) == 0)
			return &boards->list[i];
	}
	complain(NULL, "no board '%s'; there are:", printable(name));
	for (size_t i = 0; i < boards->count; i++)
		fprintf(stderr, "  %s\n", printable(boards->list[i].name));
	return NULL;
}

/* ---- the emulator ---- */

char *board_emulator(const struct board *board)
{
	const char *path = getenv("PATH");
	char *folders = need_text("%s", path != NULL ? path : "/usr/bin:/bin"), *rest = folders;
	char *file = NULL;
	const char *folder;

	while (file == NULL && (folder = strsep(&rest, ":")) != NULL) {
		file = need_text("%s/%s", folder[0] != '\0' ? folder : ".", board->emulator);
		if (access(file, X_OK) != 0) {
			free(file);
			file = NULL;
		}
	}
	free(folders);
	return file;
}

bool board_has_emulator(const struct board *board)
{
	static const struct {
		const char *program, *package;
	} packages[] = {{"qemu-system-arm", "qemu-system-arm"},
			{"qemu-system-aarch64", "qemu-system-arm"},
			{"qemu-system-riscv32", "qemu-system-misc"},
			{"qemu-system-riscv64", "qemu-system-misc"},
			{"qemu-system-xtensa", "qemu-system-misc"}};

	char *program = board_emulator(board);
	bool found = program != NULL;

	free(program);
	if (found)
		return true;
	complain(NULL, "board %s needs %s, which is not installed", printable(board->name),
		 printable(board->emulator));
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		if (strcmp(packages[i].program, board->emulator) == 0)
			fprintf(stderr, "  On Debian: apt install %s\n", packages[i].package);
	}
	return false;
}
