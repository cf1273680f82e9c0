/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon run, in an emulated board: the job for the firmware there (boards/runner), and what becomes
 * of its report. The extension can write over that firmware, so the report is not trusted.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../boards/common/board.h"
#include "../boards/runner/job.h"
#include "contained.h"
#include "emulator.h"
#include "explain.h"
#include "run.h"

#define DEFAULT_TIMEOUT 60
#define LONGEST_RECORD  (1u << 18) /* names of imports are as long as the file has them */
#define MOST_SECTIONS   (1u << 20)
#define MOST_FIELDS     7
#define BELOW_STACK     4096 /* how far a function's frame may reach behind the stack's end */
#define VECTORS         64   /* no board has code below: a null pointer with an offset */

/* The sections of one file, as the board reports them; for address_map_build(). */
struct sections {
	struct llext ext; /* first */
	struct reported {
		enum llext_mem region;
		uint64_t address, bytes;
		bool there;
	} * list;
	size_t count;
};

struct session {
	struct run *run;
	const struct runner *runner;
	struct emulator emulator;
	uint64_t shown; /* bytes of output */
	char last;      /* of them */
	struct sections sections;
	struct imports imports;
	size_t loaded, called;
	bool refused, complete, malformed;
	int crash; /* signal */
};

/* ---- the job ---- */

struct words {
	char *bytes;
	size_t count;
};

static void add_word(struct words *words, const char *word)
{
	size_t length = strlen(word) + 1;

	words->bytes = need_more(words->bytes, words->count + length, 1);
	memcpy(words->bytes + words->count, word, length);
	words->count += length;
}

static void add_number(struct words *words, uint64_t number)
{
	char digits[17];

	snprintf(digits, sizeof(digits), "%" PRIx64, number);
	add_word(words, digits);
}

static int write_job(struct run *run)
{
	struct words words = {0};
	int fd;

	add_number(&words, run->heap_bytes);
	if (run->sandbox) {
		add_word(&words, JOB_SANDBOX);
		add_number(&words, run->ticks);
	}
	for (size_t i = 0; i < run->file_count; i++) {
		char *path = need_text("/proc/self/fd/%zu", JOB_FILE_FD + i);

		name_extension(run, i);
		add_word(&words, JOB_LOAD);
		add_word(&words, run->files[i].name);
		add_word(&words, path);
		free(path);
	}
	for (size_t i = 0; i < run->call_count; i++) {
		add_word(&words, JOB_CALL);
		add_word(&words, run->calls[i].symbol);
		for (int n = 0; n < JOB_ARGUMENTS; n++)
			add_number(&words, (unsigned int)run->calls[i].arguments[n]);
	}
	fd = memory_file(words.bytes, words.count);
	free(words.bytes);
	return fd;
}

static bool start(struct session *session, const struct boards *boards)
{
	struct run *run = session->run;
	size_t count = JOB_FILE_FD - JOB_FD + run->file_count;
	int *fds = need(count, sizeof(*fds));
	bool started;

	fds[0] = write_job(run);
	for (size_t i = 0; i < run->file_count; i++)
		fds[JOB_FILE_FD - JOB_FD + i] =
			memory_file(run->files[i].file.bytes, run->files[i].file.length);
	started = emulator_start(&session->emulator, boards, session->runner, fds, count,
				 run->timeout != 0    ? run->timeout
				 : run->gdb_port != 0 ? LONGEST_TIMEOUT
						      : DEFAULT_TIMEOUT);
	for (size_t i = 0; i < count; i++) {
		if (JOB_FD + i != REPORT_FD)
			(void)close(fds[i]);
	}
	free(fds);
	return started;
}

/* ---- records ---- */

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 16);
}

static int section_info(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			const void **addr, size_t *size)
{
	const struct sections *sections = (const struct sections *)ext;

	if (shndx >= sections->count)
		return -EINVAL;
	*region = sections->list[shndx].there ? sections->list[shndx].region : LLEXT_MEM_COUNT;
	*addr = (const void *)(uintptr_t)sections->list[shndx].address;
	*size = (size_t)sections->list[shndx].bytes;
	return 0;
}

static bool add_section(struct session *session, const char *const *fields)
{
	struct sections *sections = &session->sections;
	uint64_t index = number(fields[0]), region = number(fields[1]);

	if (index >= MOST_SECTIONS || region >= LLEXT_MEM_COUNT)
		return false;
	if (index >= sections->count) {
		sections->list = need_more(sections->list, index + 1, sizeof(*sections->list));
		memset(sections->list + sections->count, 0,
		       (index + 1 - sections->count) * sizeof(*sections->list));
		sections->count = index + 1;
	}
	sections->list[index] = (struct reported){(enum llext_mem)region, number(fields[2]),
						  number(fields[3]), true};
	return true;
}

static bool add_region(struct session *session, const char *const *fields)
{
	uint64_t region = number(fields[0]);

	if (region >= LLEXT_MEM_COUNT)
		return false;
	session->sections.ext.mem[region] = (void *)(uintptr_t)number(fields[1]);
	session->sections.ext.mem_size[region] = number(fields[2]);
	return true;
}

static bool add_loaded(struct session *session, const char *const *fields)
{
	struct loaded *loaded = &session->run->files[session->loaded];

	if (session->loaded == session->run->file_count)
		return false;
	session->sections.ext.alloc_size = number(fields[0]);
	session->sections.ext.exp_tab.sym_cnt = number(fields[1]);
	loaded->ext = &session->sections.ext;
	address_map_build(&loaded->map, &loaded->file, loaded->ext, section_info);
	add_site(session->run, session->loaded);
	print_regions(session->run, loaded);
	run_gdb_loaded(session->run, session->loaded);
	loaded->ext = NULL;
	free(session->sections.list);
	session->sections = (struct sections){0};
	session->loaded++;
	return true;
}

static bool add_missing(struct session *session, const char *const *fields)
{
	struct imports *imports = &session->imports;

	imports->list = need_more(imports->list, imports->count + 1, sizeof(*imports->list));
	imports->list[imports->count++] = (struct import){
		.name = need_text("%s", fields[0]),
		.suggestion = fields[1][0] != '\0' && import_is_near(fields[0], fields[1])
				      ? need_text("%s", fields[1])
				      : NULL,
	};
	return true;
}

static bool refuse(struct session *session, const char *const *fields)
{
	bool missing = strcmp(fields[1], REFUSED_MISSING) == 0 && session->imports.count > 0;

	if (session->loaded == session->run->file_count)
		return false;
	for (size_t i = 0; i < session->loaded; i++)
		imports_note_cxx(&session->imports, session->run->files[i].name,
				 &session->run->files[i].file);
	complain_refused(&session->run->files[session->loaded], &session->imports,
			 missing ? NULL : printable(fields[0]));
	if (strcmp(fields[1], REFUSED_MEMORY) == 0 && is_heap_full(fields[0]))
		fprintf(stderr,
			session->run->heap_bytes != 0
				? "  Try a larger --heap.\n"
				: "  See tenon run --list-boards for one with more memory.\n");
	else if (!missing)
		print_hint_for_line(stderr, fields[0]);
	session->refused = true;
	return true;
}

static bool add_result(struct session *session, const char *const *fields)
{
	if (session->called == session->run->call_count)
		return false;
	if (session->shown != 0 && session->last != '\n')
		putchar('\n');
	session->last = '\n';
	print_result(session->run, &session->run->calls[session->called++],
		     (int)(uint32_t)number(fields[0]));
	return true;
}

/* ---- faults ---- */

static int fault_signal(uint64_t kind, const char **text)
{
	switch (kind) {
	case BOARD_FAULT_EXECUTE:
		*text = "SIGSEGV, execution of memory that is no code";
		return SIGSEGV;
	case BOARD_FAULT_DATA:
		*text = "SIGSEGV, invalid memory access";
		return SIGSEGV;
	case BOARD_FAULT_INSTRUCTION:
		*text = "SIGILL, illegal instruction";
		return SIGILL;
	case BOARD_FAULT_ALIGNMENT:
		*text = "SIGBUS, misaligned memory access";
		return SIGBUS;
	case BOARD_FAULT_DIVISION:
		*text = "SIGFPE, division by zero";
		return SIGFPE;
	default:
		*text = "SIGSEGV, a fault of which the core does not tell the kind";
		return SIGSEGV;
	}
}

/* An instruction's address from a register, of which Arm uses bit 0 for the instruction set. */
static uint64_t code_address(const struct session *session, const char *field)
{
	uint64_t address = number(field);

	return session->runner->file.machine == EM_ARM ? address & ~(uint64_t)1 : address;
}

/*
 * A return address is behind the call, which may be a function's last instruction. Where the
 * firmware does not lie in an extension, the stack says who called it: the first word there that is
 * no pointer to a function.
 */
static void put_caller(const struct session *session, uint64_t address, const char *callers)
{
	if (address != 0 && crash_put_place("  called from ", address - 1))
		return;
	for (; *callers != '\0';
	     callers += strcspn(callers, " "), callers += strspn(callers, " ")) {
		address = code_address(session, callers);
		if (!crash_is_function(address) && crash_put_place("  called from ", address - 1))
			return;
	}
}

static bool report_abort(struct session *session, const char *const *fields)
{
	session->crash = SIGABRT;
	(void)fflush(stdout);
	fprintf(stderr, "tenon: crash: SIGABRT, abort\n");
	put_caller(session, code_address(session, fields[0]), fields[1]);
	return true;
}

/* Where the boards' linker scripts have the stack. */
static bool in_stack(const struct file *firmware, uint64_t address)
{
	struct symbol bottom, bytes;

	return file_find_symbol(firmware, "board_stack_bottom", &bottom) &&
	       file_find_symbol(firmware, "__stack_size", &bytes) && address >= bottom.value &&
	       address - bottom.value < bytes.value;
}

/* Nothing lies there that a pointer might mean. */
static bool below_stack(const struct file *firmware, uint64_t address)
{
	struct symbol bottom;

	return file_find_symbol(firmware, "board_stack_bottom", &bottom) &&
	       address < bottom.value && bottom.value - address <= BELOW_STACK;
}

/* The firmware's function at an address. */
static bool function_at(const struct session *session, uint64_t address, struct symbol *symbol)
{
	const struct file *firmware = &session->runner->file;
	size_t table = file_symbol_table(firmware, true);

	for (size_t i = 0; address >= VECTORS && file_next_symbol(firmware, table, &i, symbol);) {
		uint64_t start = symbol->value;

		if (firmware->machine == EM_ARM)
			start &= ~(uint64_t)1;
		if (symbol->type == STT_FUNC && address - start < symbol->size)
			return true;
	}
	return false;
}

static void put_firmware_place(const struct session *session, uint64_t kind, uint64_t pc)
{
	struct symbol symbol;

	if (function_at(session, pc, &symbol))
		fprintf(stderr, "  in a function of the board's firmware: %s\n",
			printable(symbol.name));
	else if (kind == BOARD_FAULT_EXECUTE || kind == BOARD_FAULT_INSTRUCTION || pc < VECTORS)
		fprintf(stderr, "  in no code: a call through a wrong pointer\n");
	else
		fprintf(stderr, "  in a function of the board's firmware\n");
}

/*
 * Around an EBREAK the emulator looks for more, and where it may not, it takes that for the fault.
 * An instruction's own second half is 2 bytes behind its address.
 */
static uint64_t fault_kind(const struct session *session, const char *const *fields)
{
	uint64_t kind = number(fields[0]), pc = code_address(session, fields[2]);

	if (kind == BOARD_FAULT_EXECUTE && fields[4][0] != '\0' && number(fields[4]) != pc &&
	    number(fields[4]) != pc + 2)
		return BOARD_FAULT_INSTRUCTION;
	return kind;
}

/* Fields: kind, store or load, pc, lr, address, callers. */
static bool report_fault(struct session *session, const char *const *fields)
{
	uint64_t kind = fault_kind(session, fields), pc = code_address(session, fields[2]);
	uint64_t lr = code_address(session, fields[3]);
	bool in_extension;
	const char *text;

	session->crash = fault_signal(kind, &text);
	(void)fflush(stdout);
	fprintf(stderr, "tenon: crash: %s", text);
	if (fields[4][0] != '\0' && kind != BOARD_FAULT_INSTRUCTION)
		fprintf(stderr, ", at address 0x%" PRIx64, number(fields[4]));
	if (fields[1][0] != '\0')
		fprintf(stderr, " (%s)", fields[1][0] == '1' ? "store" : "load");
	fputc('\n', stderr);
	in_extension = crash_put_place("  in ", pc);
	if (!in_extension)
		put_firmware_place(session, kind, pc);
	if (kind == BOARD_FAULT_EXECUTE && in_stack(&session->runner->file, pc))
		fprintf(stderr,
			"  hint: the code is on the stack: pointers to nested functions need an "
			"executable stack, which is not given\n");
	if (kind == BOARD_FAULT_DATA && fields[4][0] != '\0' &&
	    below_stack(&session->runner->file, number(fields[4])))
		fprintf(stderr, "  Is the stack too small for the recursion?\n");
	/* Of Armv6-M nobody hears what it was. */
	if (kind == BOARD_FAULT_INSTRUCTION || kind == BOARD_FAULT_OTHER)
		crash_put_instruction(pc);
	/* In the same function it is what an earlier call left there. */
	if (!in_extension)
		put_caller(session, lr, fields[5]);
	else if (lr != 0 && !crash_same_function(pc, lr - 1))
		put_caller(session, lr, "");
	crash_put_hints();
	return true;
}

/* Fields: cause, pc, lr, address, gate, argument. */
static bool report_contained(struct session *session, const char *const *fields)
{
	const struct contained fault = {
		.cause = (unsigned int)number(fields[0]),
		.pc = code_address(session, fields[1]),
		.lr = code_address(session, fields[2]),
		.has_address = fields[3][0] != '\0',
		.address = number(fields[3]),
		.gate = fields[4][0] != '\0' ? fields[4] : NULL,
		.argument = (unsigned int)number(fields[5]),
	};

	if (!session->run->sandbox || session->run->contained != 0)
		return false;
	session->run->contained = contained_report(&fault, session->run->ticks);
	return true;
}

/* ---- the report ---- */

static const struct loaded *file_of(const struct session *session, const char *field)
{
	uint64_t index = number(field);

	return index < session->loaded ? &session->run->files[index] : NULL;
}

/* A call is not made, since there is no such function: @kind says what there is instead. */
static bool refuse_call(struct session *session, char kind, const char *field)
{
	const struct loaded *file = file_of(session, field);
	const char *symbol;

	session->refused = true;
	if (session->called == session->run->call_count)
		return false;
	symbol = session->run->calls[session->called].symbol;
	if (kind == REPORT_NO_SYMBOL)
		complain_no_symbol(session->run, symbol, field[0] != '\0' ? field : NULL);
	else if (file != NULL)
		complain(file->path, "%s is no function", printable(symbol));
	return kind == REPORT_NO_SYMBOL || file != NULL;
}

static bool complain_failed(struct session *session, const char *const *fields)
{
	const struct loaded *file = file_of(session, fields[0]);

	session->refused = true;
	if (file != NULL)
		complain(file->path, "%s", printable(fields[1]));
	return file != NULL;
}

static bool complain_unable(struct session *session, const char *const *fields)
{
	session->refused = true;
	complain(NULL, "board %s: %s", printable(session->runner->board->name),
		 printable(fields[0]));
	return true;
}

/* False: this cannot be. */
static bool handle(struct session *session, char kind, const char *const *fields)
{
	switch (kind) {
	case REPORT_MISSING:
		return add_missing(session, fields);
	case REPORT_REFUSED:
		return refuse(session, fields);
	case REPORT_REGION:
		return add_region(session, fields);
	case REPORT_SECTION:
		return add_section(session, fields);
	case REPORT_LOADED:
		return add_loaded(session, fields);
	case REPORT_FAILED:
		return complain_failed(session, fields);
	case REPORT_RESULT:
		return add_result(session, fields);
	case REPORT_NO_SYMBOL:
	case REPORT_NO_FUNCTION:
		return refuse_call(session, kind, fields[0]);
	case REPORT_FAULT:
		return report_fault(session, fields);
	case REPORT_ABORT:
		return report_abort(session, fields);
	case REPORT_CONTAINED:
		return report_contained(session, fields);
	case REPORT_UNABLE:
		return complain_unable(session, fields);
	default: /* REPORT_END: report_fields() knows no other */
		session->complete = true;
		return true;
	}
}

/* Output up to a place. False: it is not all there yet. */
static bool show(struct session *session, uint64_t place)
{
	struct incoming *console = &session->emulator.console;
	size_t count = console->count;

	if (place < session->shown)
		return true; /* by a count that the extension wrote over */
	if (place - session->shown < count)
		count = (size_t)(place - session->shown);
	if (count > 0) {
		(void)fwrite(console->bytes, 1, count, stdout);
		(void)fflush(stdout);
		session->last = console->bytes[count - 1];
		session->shown += count;
		incoming_drop(console, count);
	}
	return session->shown == place || console->fd < 0;
}

/* The next record, if it is whole and its turn has come. */
static bool next_record(struct session *session)
{
	struct incoming *report = &session->emulator.report;
	const char *fields[MOST_FIELDS] = {""}, *at = report->bytes + 1, *end;
	int count;

	if (report->count == 0 || session->malformed)
		return false;
	count = report_fields(report->bytes[0]);
	session->malformed = count == 0;
	end = report->bytes + report->count;
	for (int i = 0; i < count; i++) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		session->malformed =
			(size_t)((nul != NULL ? nul : end) - report->bytes) > LONGEST_RECORD;
		if (nul == NULL || session->malformed)
			return false;
		fields[i] = at;
		at = nul + 1;
	}
	if (count == 0 || !show(session, number(fields[0])))
		return false;
	session->malformed = !handle(session, report->bytes[0], fields + 1);
	incoming_drop(report, (size_t)(at - report->bytes));
	return true;
}

/* ---- the end ---- */

static int exit_code(struct session *session, int status)
{
	const char *board = printable(session->runner->board->name);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CRASH + WTERMSIG(status);

	if (session->crash != 0)
		return EXIT_CRASH + session->crash;
	if (session->malformed) {
		complain(NULL,
			 "board %s: its report is malformed; did the extension write over "
			 "the firmware?",
			 board);
		return EXIT_REFUSED;
	}
	if (session->complete && session->run->contained != 0)
		return session->run->contained;
	if (session->complete || session->refused)
		return session->refused ? EXIT_REFUSED : EXIT_GOOD;
	if (code == EXIT_TIMEOUT) {
		complain(NULL, "board %s: no end after %u seconds (--timeout)", board,
			 session->run->timeout != 0 ? session->run->timeout : DEFAULT_TIMEOUT);
		return EXIT_TIMEOUT;
	}
	if (code == EXIT_CRASH + SIGABRT && emulator_locked_up(&session->emulator)) {
		fprintf(stderr, "tenon: crash: SIGSEGV, a fault that the core could not handle\n"
				"  Is the stack too small for the recursion?\n");
		return EXIT_CRASH + SIGSEGV;
	}
	if (code == EXIT_CRASH + SIGABRT) {
		fprintf(stderr, "tenon: crash: SIGABRT, abort\n");
		return EXIT_CRASH + SIGABRT;
	}
	if (code == EXIT_CRASH + SIGSYS) {
		complain(NULL,
			 "board %s was stopped: the extension asked the emulator to run a program "
			 "of this machine (semihosting)",
			 board);
		return EXIT_REFUSED;
	}
	if (code == BOARD_EXIT_FAULT) {
		fprintf(stderr, "tenon: crash: SIGSEGV, a fault that the board could not report\n");
		return EXIT_CRASH + SIGSEGV;
	}
	complain(NULL, "board %s ended with status %d before the run was complete", board, code);
	emulator_print_errors(&session->emulator);
	return EXIT_REFUSED;
}

int run_on_board(struct run *run, const struct boards *boards, const struct runner *runner)
{
	struct session session = {
		.run = run, .runner = runner, .imports = {.firmware = &runner->file}};
	int code = EXIT_REFUSED;

	crash_sites(run->sites, &run->site_count);
	if (run->verbose > 0)
		fprintf(stderr, "board %s: %s, %" PRIu64 " KiB for extensions at 0x%" PRIx64 "\n",
			printable(runner->board->name), printable(runner->board->core),
			runner->heap_bytes / 1024, runner->heap);
	if (run->results >= 0)
		(void)dprintf(run->results, "%s\n", runner->board->name);
	if (run->gdb_port != 0 && !run_gdb_open(run, runner->path)) {
		run_gdb_close();
		return EXIT_REFUSED;
	}
	if (start(&session, boards)) {
		while (!session.malformed && emulator_wait(&session.emulator)) {
			while (next_record(&session))
				;
			if (session.emulator.report.count == 0)
				(void)show(&session, UINT64_MAX);
		}
		(void)show(&session, UINT64_MAX);
		code = exit_code(&session, emulator_stop(&session.emulator, session.malformed));
	} else {
		(void)emulator_stop(&session.emulator, true);
	}
	run_gdb_close();
	(void)close(session.emulator.errors);
	imports_free(&session.imports);
	free(session.sections.list);
	return code;
}
