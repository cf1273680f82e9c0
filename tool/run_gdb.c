/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon run --gdb: an emulated board that waits for gdb. gdb is given a script that lets the
 * firmware run until it has loaded the last file and reads its symbols then; it stops before
 * the first initialiser. The symbols' places are known from the board's report, which comes while
 * gdb waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "run.h"

struct gdb {
	char *folder;                   /* NULL: none was made */
	char *script, *symbols, *ready; /* paths */
	FILE *stream;                   /* of @symbols, while it is written */
};

static struct gdb gdb;

static char *in_folder(const char *name)
{
	return need_text("%s/%s", gdb.folder, name);
}

/* In double quotes, as gdb's commands and the shell both take it. */
static void put_path(FILE *stream, const char *path)
{
	fputc('"', stream);
	for (; *path != '\0'; path++) {
		if (strchr("\"\\$`", *path) != NULL)
			fputc('\\', stream);
		fputc(*path, stream);
	}
	fputc('"', stream);
}

static void write_script(const struct run *run, const char *firmware, FILE *stream)
{
	fputs("set pagination off\nset confirm off\nfile ", stream);
	put_path(stream, firmware);
	fprintf(stream, "\ntarget remote 127.0.0.1:%u\n", run->gdb_port);
	/* The runner calls it for each file that it has loaded. */
	fputs("tbreak llext_bringup\n", stream);
	if (run->file_count > 1)
		fprintf(stream, "ignore $bpnum %zu\n", run->file_count - 1);
	fputs("continue\nshell until [ -e ", stream);
	put_path(stream, gdb.ready);
	fputs(" ]; do sleep 0.05; done\nsource ", stream);
	fputs(gdb.symbols, stream); /* in a folder whose name needs no quotes */
	fputs("\necho The files are loaded, and nothing of them has run. Set breakpoints, then: "
	      "continue\\n\n",
	      stream);
}

bool run_gdb_open(const struct run *run, const char *firmware)
{
	FILE *stream;
	char *options;

	gdb.folder = temporary_folder("gdb");
	if (gdb.folder == NULL)
		return false;
	gdb.script = in_folder("attach.gdb");
	gdb.symbols = in_folder("symbols.gdb");
	gdb.ready = in_folder("ready");
	stream = fopen(gdb.script, "w");
	gdb.stream = fopen(gdb.symbols, "w");
	if (stream != NULL)
		write_script(run, firmware, stream);
	if (gdb.stream == NULL || stream == NULL || fclose(stream) != 0) {
		complain(gdb.folder, "%s", strerror(errno));
		return false;
	}
	options = need_text("-S -gdb tcp:127.0.0.1:%u", run->gdb_port);
	(void)setenv("BOARD_QEMU", options, 1);
	free(options);
	fprintf(stderr, "The board waits. In another terminal:\n  gdb-multiarch -x %s\n",
		gdb.script);
	return true;
}

/* An extension is loaded; with the last of them, gdb can go on. */
void run_gdb_loaded(const struct run *run, size_t number)
{
	const struct loaded *loaded = &run->files[number];
	FILE *ready;
	char *path;

	if (gdb.stream == NULL)
		return;
	path = realpath(loaded->path, NULL);
	fputs("add-symbol-file ", gdb.stream);
	put_path(gdb.stream, path != NULL ? path : loaded->path); /* gdb may be started elsewhere */
	free(path);
	for (size_t i = 1; i < loaded->map.section_count; i++) {
		const struct place *section = &loaded->map.sections[i];

		if (section->name != NULL && section->size != 0 && section->name[0] == '.' &&
		    strpbrk(section->name, " \t\n\"'\\") == NULL)
			fprintf(gdb.stream, " -s %s 0x%llx", section->name,
				(unsigned long long)section->low);
	}
	fputc('\n', gdb.stream);
	if (number + 1 < run->file_count)
		return;
	(void)fclose(gdb.stream);
	gdb.stream = NULL;
	ready = fopen(gdb.ready, "w");
	if (ready != NULL)
		(void)fclose(ready);
}

void run_gdb_close(void)
{
	if (gdb.folder == NULL)
		return;
	if (gdb.stream != NULL)
		(void)fclose(gdb.stream);
	(void)unlink(gdb.script);
	(void)unlink(gdb.symbols);
	(void)unlink(gdb.ready);
	(void)rmdir(gdb.folder);
	free(gdb.script);
	free(gdb.symbols);
	free(gdb.ready);
	free(gdb.folder);
	gdb = (struct gdb){0};
}
