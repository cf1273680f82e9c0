/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which board a file can run on: by its machine, its ABI and the instructions that it has, as its
 * header and its build attributes tell them, and by the memory that it takes.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "desk.h"
#include "fit.h"

/* What to do with a file that does not say what it needs. */
enum choice {
	ONLY_SURE,   /* it fits nothing */
	ALSO_LIKELY, /* it fits if nothing can go wrong with it on a better processor */
	ASKED,       /* the user has chosen the board */
};

/* Why @file cannot run with @runner, to be freed; NULL: it can. */
static char *unfit(const struct runner *runner, const struct file *file, enum choice choice)
{
	const struct file *firmware = &runner->file;
	const char *machine, *why;
	struct fit fit;

	/* What is no ELF file at all is for the loader to say, on any board. */
	if (file->elf == NULL)
		return NULL;
	if (file->machine != firmware->machine || file->class != firmware->class) {
		machine = machine_name(file->machine, file->class);
		return need_text("it is for %s, the board's processor is %s",
				 machine != NULL ? machine : "an unknown machine",
				 machine_name(firmware->machine, firmware->class));
	}
	fit_test(&fit, file, firmware, runner->board->isa);
	why = fit_first(&fit, FIT_ERROR);
	if (why != NULL)
		return need_text("it has %s", why);
	why = choice == ASKED ? NULL : fit_first(&fit, FIT_UNKNOWN);
	if (choice == ALSO_LIKELY && fit_whatever_it_is_for(file, firmware))
		why = NULL;
	return why != NULL ? need_text("it has %s: say --board", why) : NULL;
}

/* What a load takes of each heap; where the file is malformed, a board's loader says so better. */
static bool plan(const struct runner *runner, const struct file *file, struct llext_plan *plan)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct desk desk;
	char *why;
	const struct llext_desk_core *core = desk_core_for(file, &why);
	struct addresses at = {
		.heap = runner->heap, .instr_heap = runner->instr_heap, .heap_bytes = 1 << 20};
	int rc = -ENOEXEC;

	free(why);
	if (core == NULL || !desk_open(&desk, core, at, true))
		return false;
	rc = desk_plan(&desk, file, &param, true, plan);
	desk_close(&desk);
	return rc == 0 || rc == -ENODATA;
}

/* Is there memory for all files at a time? To be freed, as unfit(). */
static char *too_small(const struct runner *runner, const struct file *const *files, size_t count,
		       uint64_t asked)
{
	uint64_t code = 0, data = 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		struct llext_plan one = {0};

		if (!plan(runner, files[i], &one))
			continue;
		code += one.instr_bytes;
		data += one.data_bytes + one.table_bytes;
		if (one.transient_bytes > most)
			most = one.transient_bytes;
	}
	data += most;
	if (runner->instr_bytes == 0)
		data += code;
	if (asked > runner->heap_bytes)
		return need_text("it has %llu bytes for extensions, --heap asks for %llu",
				 (unsigned long long)runner->heap_bytes, (unsigned long long)asked);
	if (runner->instr_bytes != 0 && code > runner->instr_bytes)
		return need_text("it takes %llu bytes of code, the board has %llu",
				 (unsigned long long)code, (unsigned long long)runner->instr_bytes);
	if (data > runner->heap_bytes)
		return need_text("it takes %llu bytes, the board has %llu",
				 (unsigned long long)data, (unsigned long long)runner->heap_bytes);
	return NULL;
}

static char *unfit_for_any(const struct runner *runner, const struct file *const *files,
			   size_t count, enum choice choice, size_t *which)
{
	char *why = NULL;

	for (*which = 0; *which < count; ++*which) {
		why = unfit(runner, files[*which], choice);
		if (why != NULL)
			break;
	}
	return why;
}

/* How much more the processor can do than the first file asks for. */
static unsigned int excess(const struct runner *runner, const struct file *const *files)
{
	return fit_excess(files[0], &runner->file);
}

/* Of a board's firmwares: the one that can least, but for code that may need what it does not say.
 */
static bool is_nearer(const struct runner *runner, const struct runner *best,
		      const struct file *const *files)
{
	unsigned int a = excess(runner, files), b = excess(best, files);

	return fit_wants_most(files[0]) ? a > b : a < b;
}

/* One board: which of its firmwares. On NULL, @why is the most telling reason, to be freed. */
static const struct runner *choose_runner(const struct board *board,
					  const struct file *const *files, size_t count,
					  enum choice choice, size_t *which, char **why)
{
	const struct runner *best = NULL, *telling = NULL; /* telling: of which *why is */

	*why = NULL;
	for (size_t i = 0; i < board->runner_count; i++) {
		const struct runner *runner = &board->runners[i];
		size_t first = count;
		char *reason = unfit_for_any(runner, files, count, choice, &first);

		if (reason == NULL && (best == NULL || is_nearer(runner, best, files)))
			best = runner;
		/* Of firmwares for the ways to call with floating-point numbers, the one that has
		 * the file's way says what is wrong. */
		if (reason == NULL ||
		    (telling != NULL && fit_same_float_abi(files[*which], &telling->file))) {
			free(reason);
			continue;
		}
		free(*why);
		*why = reason;
		telling = runner;
		*which = first;
	}
	if (best != NULL) {
		free(*why);
		*why = NULL;
	}
	return best;
}

static const struct runner *on_one_board(const struct board *board, const struct file *const *files,
					 size_t count, uint64_t asked)
{
	size_t which;
	char *why;
	const struct runner *runner = choose_runner(board, files, count, ASKED, &which, &why);

	if (runner == NULL) {
		complain(files[which < count ? which : 0]->path, "does not fit board %s: %s",
			 printable(board->name), why);
		free(why);
	} else if (asked > runner->heap_bytes) {
		complain(NULL, "board %s has %llu bytes for extensions", printable(board->name),
			 (unsigned long long)runner->heap_bytes);
		runner = NULL;
	}
	return runner;
}

static bool same_machine(const struct board *board, const struct file *file)
{
	return board->runners[0].file.machine == file->machine &&
	       board->runners[0].file.class == file->class;
}

/* Each board's reason, for the boards of the machine; if there is none of it, which there are. */
static void complain_none_fits(const struct boards *boards, const struct file *const *files,
			       size_t count, uint64_t asked)
{
	const char *machine = machine_name(files[0]->machine, files[0]->class);
	bool any = false;

	complain(files[0]->path, "is for %s; no board fits%s",
		 machine != NULL ? machine : "an unknown machine", count > 1 ? " all files" : "");
	for (size_t i = 0; i < boards->count; i++) {
		const struct board *board = &boards->list[i];
		const struct runner *runner;
		size_t which;
		char *why;

		if (!same_machine(board, files[0]))
			continue;
		any = true;
		runner = choose_runner(board, files, count, ONLY_SURE, &which, &why);
		if (runner != NULL)
			why = too_small(runner, files, count, asked);
		if (why != NULL)
			fprintf(stderr, "  %-12s %s%s%s\n", printable(board->name),
				count > 1 && which < count ? printable(files[which]->path) : "",
				count > 1 && which < count ? ": " : "", why);
		free(why);
	}
	if (!any)
		fprintf(stderr, "  See tenon run --list-boards.\n");
}

/* Of boards for a file that does not say what it needs, the one that has most. */
static bool is_better(const struct runner *runner, const struct runner *best,
		      const struct file *const *files, enum choice choice)
{
	unsigned int a = excess(runner, files), b = excess(best, files);

	return choice == ALSO_LIKELY ? a > b : a < b;
}

/* The board that comes closest to the first file. */
static const struct runner *choose_best(const struct boards *boards,
					const struct file *const *files, size_t count,
					uint64_t asked, enum choice choice)
{
	const struct runner *best = NULL;

	for (size_t i = 0; i < boards->count; i++) {
		size_t which;
		char *why;
		const struct runner *runner =
			choose_runner(&boards->list[i], files, count, choice, &which, &why);

		free(why);
		if (runner == NULL || (best != NULL && !is_better(runner, best, files, choice)))
			continue;
		why = too_small(runner, files, count, asked);
		if (why == NULL)
			best = runner;
		free(why);
	}
	return best;
}

const struct runner *board_choose(const struct boards *boards, const struct board *only,
				  const struct file *const *files, size_t count, uint64_t asked)
{
	const struct runner *best;

	if (only != NULL)
		return on_one_board(only, files, count, asked);
	best = choose_best(boards, files, count, asked, ONLY_SURE);
	if (best == NULL)
		best = choose_best(boards, files, count, asked, ALSO_LIKELY);
	if (best == NULL)
		complain_none_fits(boards, files, count, asked);
	return best;
}

char *board_why_not(const struct board *board, const struct file *file)
{
	const struct runner *runner;
	size_t which;
	char *why;

	runner = choose_runner(board, &file, 1, ASKED, &which, &why);
	return runner != NULL ? too_small(runner, &file, 1, 0) : why;
}

bool runner_has_user_mode(const struct runner *runner)
{
	struct symbol symbol;

	return file_find_symbol(&runner->file, "llext_domain_running", &symbol);
}

void boards_print(const struct boards *boards, const struct file *const *files, size_t count)
{
	for (size_t i = 0; i < boards->count; i++) {
		const struct board *board = &boards->list[i];
		const struct runner *runner = &board->runners[0];
		size_t which;
		char *why = NULL;

		if (count > 0) {
			const struct runner *fitting =
				choose_runner(board, files, count, ASKED, &which, &why);

			if (fitting != NULL)
				why = too_small(fitting, files, count, 0);
		}
		printf("%-12s  %-18s  %5llu KiB  %s", printable(board->name),
		       printable(board->core),
		       (unsigned long long)(runner->heap_bytes + runner->instr_bytes) / 1024,
		       runner_has_user_mode(runner) ? "sandbox   " : "no sandbox");
		if (count > 0)
			printf("  %s", why != NULL ? why : "fits");
		putchar('\n');
		free(why);
	}
}
