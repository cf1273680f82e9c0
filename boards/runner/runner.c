/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tenon run` starts on a board: loads the files of a job (job.h), calls what it names,
 * unloads them, and reports each step to the command, which puts it into words.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include "board.h"
#include "llext_mcu.h"
#include "host_file.h"
#include "report.h"
#include "sandbox.h"

static const char *job, *job_end;
static struct llext **loaded;
static size_t loaded_count;

static _Noreturn void unable(const char *why)
{
	report(REPORT_UNABLE);
	report_text(why);
	board_exit(1);
}

/* ---- the job ---- */

static bool job_has(const char *kind)
{
	return job < job_end && strcmp(job, kind) == 0;
}

static const char *next_word(void)
{
	const char *word = job;

	if (job >= job_end)
		unable("the job ends too early");
	job += strlen(job) + 1;
	return word;
}

static uint32_t next_number(void)
{
	return (uint32_t)strtoul(next_word(), NULL, 16);
}

/* ---- memory ---- */

/* What a run needs for itself is at the end of the memory for extensions. */
static char *heap_end = board_heap_end;

static void *take(size_t bytes)
{
	if (bytes > (size_t)(heap_end - board_heap_start) / 2)
		unable("there is no memory for the job");
	heap_end = (char *)((uintptr_t)(heap_end - bytes) & ~(uintptr_t)15);
	return heap_end;
}

static void read_job(void)
{
	size_t length = board_read_file(JOB_PATH, NULL, 0), files = 0;
	char *words;

	if (length == BOARD_NO_FILE || length == 0)
		unable("the job cannot be read");
	words = take(length);
	if (board_read_file(JOB_PATH, words, length) != length || words[length - 1] != '\0')
		unable("the job cannot be read");
	job = words;
	job_end = words + length;
	for (const char *at = words; at < job_end; at += strlen(at) + 1)
		files += strcmp(at, JOB_LOAD) == 0;
	loaded = take((files + 1) * sizeof(*loaded));
}

static size_t at_most(size_t limit, const char *start, const char *end)
{
	return limit != 0 && limit < (size_t)(end - start) ? limit : (size_t)(end - start);
}

/* Half of the memory for the domain, half for the library's tables. */
static void give_sandbox(size_t limit, uint32_t ticks)
{
	size_t half = at_most(limit, board_heap_start, heap_end) / 2 & ~(size_t)15;

	if (!sandbox_open(board_heap_start + half, half, ticks))
		unable("it has no user mode for sandboxed extensions");
	if (llext_heap_init(board_heap_start, half) != 0)
		unable("there is no memory for extensions");
}

static void give_memory(size_t limit)
{
	size_t bytes = at_most(limit, board_heap_start, heap_end);
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start,
					(size_t)(board_heap_end - board_heap_start));

	if (rc != 0 && rc != -ENOTSUP)
		unable("the memory for extensions cannot be protected");
#ifdef BOARD_HAS_IRAM
	rc = llext_heap_init_harvard(board_iram_start,
				     at_most(limit, board_iram_start, board_iram_end),
				     board_heap_start, bytes);
#else
	rc = llext_heap_init(board_heap_start, bytes);
#endif
	if (rc != 0)
		unable("there is no memory for extensions");
}

/* ---- loading ---- */

static void report_diag(void)
{
	char text[448];

	(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
	report_text(text);
}

static void report_refused(int error)
{
	report(REPORT_REFUSED);
	report_diag();
	if (error == -ENODATA && llext_last_diag()->missing_count > 0)
		report_text(REFUSED_MISSING);
	else
		report_text(error == -ENOMEM ? REFUSED_MEMORY : REFUSED_ELSE);
}

static void report_failed(size_t file)
{
	report(REPORT_FAILED);
	report_number(file);
	report_diag();
}

static void on_import(void *user_data, const struct llext_import *import)
{
	(void)user_data;
	if (import->found || import->weak)
		return;
	report(REPORT_MISSING);
	report_text(import->name);
	report_text(llext_suggest(import->name));
}

static void report_places(struct llext *ext)
{
	enum llext_mem region;
	const void *address;
	size_t bytes;

	for (unsigned int i = 1; llext_get_section_info(NULL, ext, i, NULL, &region, NULL) == 0;
	     i++) {
		(void)llext_get_section_address(ext, i, &address, &bytes);
		if (region == LLEXT_MEM_COUNT)
			continue;
		report(REPORT_SECTION);
		report_number(i);
		report_number(region);
		report_number((uintptr_t)address);
		report_number(bytes);
	}
	/* Told: its memory is of more use to the extension. */
	(void)llext_free_inspection_data(NULL, ext);
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem_size[i] == 0)
			continue;
		report(REPORT_REGION);
		report_number((uint64_t)i);
		report_number((uintptr_t)ext->mem[i]);
		report_number(ext->mem_size[i]);
	}
	report(REPORT_LOADED);
	report_number(ext->alloc_size);
	report_number(ext->exp_tab.sym_cnt);
}

/* Where memory is too short for the table of sections as well, the regions have to do. */
static int load_file(const char *name, const char *path, struct llext **ext)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct host_file file;
	int rc;

	param.keep_section_info = true;
	param.on_import = on_import;
	param.domain = sandbox_domain();
	host_file_init(&file, path);
	rc = llext_load(&file.loader, name, ext, &param);
	if (rc != -ENOMEM)
		return rc;
	param.keep_section_info = false;
	param.on_import = NULL; /* they have been told */
	host_file_init(&file, path);
	return llext_load(&file.loader, name, ext, &param);
}

/* Those brought up are torn down later, also where a later file fails. */
static bool load(const char *name, const char *path, size_t *brought_up)
{
	struct llext *ext;
	int rc = load_file(name, path, &ext);

	if (rc < 0) {
		report_refused(rc);
		return false;
	}
	loaded[loaded_count++] = ext;
	report_places(ext);
	rc = llext_bringup(ext);
	if (rc != 0 && !sandbox_report())
		report_failed(loaded_count - 1);
	else if (rc != 0)
		return false;
	else
		*brought_up = loaded_count;
	return rc == 0;
}

static void unload_all(size_t brought_up)
{
	bool stopped = sandbox_stopped();

	while (loaded_count > 0) {
		size_t i = --loaded_count;

		/* A domain that has faulted runs no finaliser. */
		if (i < brought_up && !stopped && llext_teardown(loaded[i]) != 0) {
			stopped = sandbox_report();
			if (!stopped)
				report_failed(i);
		}
		if (llext_unload(&loaded[i]) != 0)
			report_failed(i);
	}
}

/* ---- calling ---- */

/* The export nearest to a name, among those of the files only. */
static void report_no_symbol(const char *symbol)
{
	static const struct llext_const_symbol none;

	report(REPORT_NO_SYMBOL);
	(void)llext_set_builtins(&none, 0);
	report_text(llext_suggest(symbol));
	(void)llext_set_builtins(NULL, 0);
}

static const void *find_function(const char *symbol)
{
	for (size_t i = loaded_count; i-- > 0;) {
		const struct llext *ext = loaded[i];
		const void *address = llext_find_sym(&ext->exp_tab, symbol);

		if (address == NULL)
			continue;
		if ((uintptr_t)address - (uintptr_t)ext->mem[LLEXT_MEM_TEXT] <
		    ext->mem_size[LLEXT_MEM_TEXT])
			return address;
		report(REPORT_NO_FUNCTION);
		report_number(i);
		return NULL;
	}
	report_no_symbol(symbol);
	return NULL;
}

static bool call(void)
{
	const void *address = find_function(next_word());
	/* The psABIs pass what the function does not take in registers that it ignores. */
	int (*function)(int, int, int, int);
	int n[JOB_ARGUMENTS], result;

	if (address == NULL)
		return false;
	for (int i = 0; i < JOB_ARGUMENTS; i++)
		n[i] = (int)next_number();
	if (sandbox_domain() != NULL) {
		if (sandbox_call(address, n, &result) != 0)
			return sandbox_report() && false;
	} else {
		memcpy(&function, &address, sizeof(function));
		result = function(n[0], n[1], n[2], n[3]);
	}
	report(REPORT_RESULT);
	report_number((uint32_t)result);
	return true;
}

/* ---- crashes ---- */

#define MOST_CALLERS 16

static bool in_text(uintptr_t address)
{
	for (size_t i = 0; i < loaded_count; i++) {
		if (address - (uintptr_t)loaded[i]->mem[LLEXT_MEM_TEXT] <
		    loaded[i]->mem_size[LLEXT_MEM_TEXT])
			return true;
	}
	return false;
}

/*
 * From here to the stack's end; all of it where this runs on another one. A crash in the firmware
 * has no other trace of the call that led there.
 */
static void report_callers(void)
{
	const uintptr_t *word = __builtin_frame_address(0);
	const uintptr_t *end = (const uintptr_t *)board_stack_top;
	uintptr_t callers[MOST_CALLERS];
	size_t count = 0;

	if (word < (const uintptr_t *)board_stack_bottom || word > end)
		word = (const uintptr_t *)board_stack_bottom;
	for (; word < end && count < MOST_CALLERS; word++) {
		if (in_text(*word))
			callers[count++] = *word;
	}
	report_addresses(callers, count);
}

static bool on_fault(struct board_fault *fault)
{
	/* A fault in what follows is the board's to print. */
	board_fault_hook = NULL;
	report(REPORT_FAULT);
	report_number(fault->kind);
	report_text(fault->write < 0 ? "" : fault->write ? "1" : "0");
	report_number(fault->pc);
	report_number(fault->lr);
	if (fault->has_address)
		report_number(fault->address);
	else
		report_text("");
	report_callers();
	board_exit(BOARD_EXIT_FAULT);
}

/* In place of the C library's, which does not say who called. */
void abort(void)
{
	board_fault_hook = NULL;
	report(REPORT_ABORT);
	report_number((uintptr_t)__builtin_return_address(0));
	report_callers();
	board_exit(128 + 6); /* as for SIGABRT */
}

int main(void)
{
	size_t brought_up = 0, limit;
	bool good = true;

	if (!report_open()) {
		board_write("this firmware is for `tenon run`\n", 33);
		return 2;
	}
	llext_mcu_log_level = LLEXT_LOG_NONE; /* the report has it all */
	board_fault_hook = on_fault;
	read_job();
	limit = next_number();
	if (job_has(JOB_SANDBOX)) {
		(void)next_word();
		give_sandbox(limit, next_number());
	} else {
		give_memory(limit);
	}
	while (good && job_has(JOB_LOAD)) {
		const char *name;

		(void)next_word();
		name = next_word();
		good = load(name, next_word(), &brought_up);
	}
	while (good && job_has(JOB_CALL)) {
		(void)next_word();
		good = call();
	}
	unload_all(brought_up);
	report(REPORT_END);
	return 0;
}
