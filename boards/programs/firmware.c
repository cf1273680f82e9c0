/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.elf PROGRAM [packed|relaxed]: runs a program that is linked into this firmware, then
 * loads PROGRAM.llext, or PROGRAM.packed, or PROGRAM.relaxed, from beside firmware.elf and runs
 * that. Both must say the same and, once warm, take as many instructions, within a tolerance.
 * Prints what it cost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include "board.h"
#include "memory.h"
#include "programs.h"

/*
 * How many instructions more or fewer, in hundredths of a percent; the aim is 1 %. For RISC-V a
 * call is compiled to two instructions, of which this firmware's linker has made one; what is
 * loaded has it only where tenon pack --relax has made it one, too. Fewer are as suspicious as
 * more, but an unwinder does find an extension's frames in a shorter table.
 */
#define MORE          100
#define MORE_AS_IT_IS 300 /* for RISC-V, not relaxed */
#define FEWER         150

#define RUNS       3
#define OUTPUT     2048
#define PATH_BYTES 512

struct program {
	const char *name;
	const char *symbol;
	program_function *linked;
	const char *input;
};

static const char *form = "llext"; /* of the file: the suffix of its name */

struct result {
	int rc;
	char text[OUTPUT];
	uint64_t instructions[RUNS];
};

static const char script[] = {
#include "script.lua.inc"
	'\0'};

#define TEXT                                                                                       \
	"A mortise and tenon is a joint that connects two pieces of wood: the tongue of the one "  \
	"fits the hole of the other, without nails, and comes apart again when it is wanted to. "

static const struct program programs[] = {
	{"lua", "run_script", run_script, script},
	{"lz4", "run_lz4", run_lz4, TEXT},
	{"zlib", "run_zlib", run_zlib, TEXT},
#ifdef PROGRAMS_OBJECTS
	{"objects", "run_objects", run_objects, "mortise tenon dovetail dowel biscuit spline"},
#endif
};

static int failures;

static void fail(const char *what, const char *why)
{
	failures++;
	printf("FAILED: %s: %s\n", what, why);
}

/* ---- files ---- */

/* The command line is the path of this program, which may have spaces in it, and words. */
static const struct program *choose(char *path, size_t size)
{
	char *name, *word;

	board_command_line(path, size);
	name = strstr(path, ".elf ");
	if (name == NULL)
		return NULL;
	name += strlen(".elf ");
	word = strchr(name, ' ');
	if (word != NULL) {
		*word++ = '\0';
		if (strcmp(word, "packed") != 0 && strcmp(word, "relaxed") != 0)
			return NULL;
		form = word;
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		char *folder_end;

		if (strcmp(name, programs[i].name) != 0)
			continue;
		*name = '\0';
		folder_end = strrchr(path, '/');
		name = folder_end != NULL ? folder_end + 1 : path;
		snprintf(name, size - (size_t)(name - path), "%s.%s", programs[i].name, form);
		return &programs[i];
	}
	return NULL;
}

/* ---- runs ---- */

static void run(program_function *function, const char *input, struct result *result)
{
	memset(result, 0, sizeof(*result));
	for (int i = 0; i < RUNS && result->rc == 0; i++) {
		uint64_t start = board_instructions();

		result->rc = function(input, result->text, sizeof(result->text));
		result->instructions[i] = board_instructions() - start;
	}
}

/* Hundredths of a percent by which @after is above @before. */
static long excess(uint64_t before, uint64_t after)
{
	return (long)(((int64_t)after - (int64_t)before) * 10000 / (int64_t)before);
}

static long most(void)
{
#if defined(__riscv)
	if (strcmp(form, "relaxed") != 0)
		return MORE_AS_IT_IS;
#endif
	return MORE;
}

static void compare(const struct result *linked, const struct result *loaded)
{
	if (linked->rc != 0 || loaded->rc != 0) {
		printf("linked: status %d, loaded: status %d\n", linked->rc, loaded->rc);
		fail("run", "a program did not end well");
	}
	if (linked->text[0] == '\0' || strcmp(linked->text, loaded->text) != 0) {
		printf("linked: %s\nloaded: %s\n", linked->text, loaded->text);
		fail("result", "it is not the linked program's");
	}
	for (int i = 0; i < RUNS; i++) {
		uint64_t before = linked->instructions[i], after = loaded->instructions[i];
		long difference = excess(before != 0 ? before : 1, after);

		printf("run %d: %" PRIu64 " instructions linked, %" PRIu64
		       " loaded, %s%ld.%02ld %%\n",
		       i + 1, before, after, difference < 0 ? "-" : "+", labs(difference) / 100,
		       labs(difference) % 100);
		/* The first run allocates what later ones find free. */
		if (i > 0 && (difference > most() || difference < -FEWER))
			fail("instructions", "too far from the linked program's");
	}
}

/* ---- the extension ---- */

static struct llext *load(const char *name, struct llext_loader *ldr, size_t length)
{
	struct llext_plan plan = {0};
	struct llext *ext = NULL;
	size_t image = 0, exports;
	uint64_t start;
	int rc = llext_plan(ldr, NULL, &plan);

	start = board_instructions();
	if (rc == 0)
		rc = llext_load(ldr, name, &ext, NULL);
	start = board_instructions() - start;
	if (rc != 0) {
		char line[512];

		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fail("load", line);
		return NULL;
	}
	for (int region = 0; region < LLEXT_MEM_COUNT; region++)
		image += ext->mem_size[region];
	(void)llext_builtins(&exports);
	printf("%s on %s: file %zu bytes, %zu relocations, %zu imports of %zu exports, %zu "
	       "veneers, "
	       "image %zu bytes, held %zu, loaded in %" PRIu64 " instructions\n",
	       name, BOARD_NAME, length, plan.relocations, plan.imports, exports, plan.veneers,
	       image, ext->alloc_size, start);
	/* The heap is out of reach of the firmware's functions there: the test is about that. */
#if defined(__arm__) || defined(__aarch64__)
	if (plan.veneers == 0)
		fail("veneers", "there are none");
#endif
	return ext;
}

static void run_loaded(const struct program *program, struct llext *ext, struct result *result)
{
	program_function *function;
	const void *symbol = llext_find_sym(&ext->exp_tab, program->symbol);
	int rc = llext_bringup(ext);

	if (symbol == NULL || rc != 0) {
		fail("bring-up", symbol == NULL ? "the function is not exported" : "it failed");
		return;
	}
	memcpy(&function, &symbol, sizeof(function));
	run(function, program->input, result);
	if (llext_teardown(ext) != 0)
		fail("tear-down", "it failed");
}

int main(void)
{
	static char path[PATH_BYTES];
	static struct result linked, loaded;
	const struct program *program = choose(path, sizeof(path));
	struct llext *ext;
	size_t length, before;
	struct llext_loader *ldr;

	if (program == NULL) {
		puts("usage: firmware.elf PROGRAM [packed|relaxed]");
		return 2;
	}
	ldr = program_open(path, &length);
	if (ldr == NULL) {
		fail(path, "it cannot be read, or leaves no memory");
		return 1;
	}
	before = program_memory_held();
	run(program->linked, program->input, &linked);
	ext = load(program->name, ldr, length);
	if (ext == NULL)
		return 1;
	run_loaded(program, ext, &loaded);
	compare(&linked, &loaded);
	if (llext_unload(&ext) != 0 || program_memory_held() != before)
		fail("unload", "something is left");
	printf("result: %s\n", linked.text);
	return failures != 0;
}
