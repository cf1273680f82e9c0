/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon run: load extensions, call functions of them, unload them; in this process (run_here.c) or
 * in an emulated board (run_board.c).
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "llext_desk.h"
#include "debug_file.h"
#include "explain.h"
#include "inspect.h"
#include "purpose.h"
#include "run.h"
#include "verifying.h"

#define LARGEST_HEAP ((uint64_t)1 << 30)
#define MOST_TICKS   1000000000

static const char help[] =
	"Usage: tenon run [OPTION...] FILE... [--call SYM [N...]]...\n"
	"       tenon run --list-boards [FILE...]\n"
	"\n"
	"Load each FILE, in the order given, and run its initialisers. A later FILE can\n"
	"import what an earlier one exports, and all can import the usual functions of\n"
	"the C and C++ libraries. Then call each SYM, run the finalisers and unload, last\n"
	"FILE first.\n"
	"\n"
	"A FILE is what the compiler writes (.o), the output of ld -r, or a shared\n"
	"object. One for this machine is loaded into this process; one for another\n"
	"machine into an emulated board with the processor that fits it best.\n"
	"\n"
	"Options:\n"
	"  -c, --call SYM [N...]  call SYM as int SYM(int...) with up to four integers\n"
	"                         (7, -7, 0x7) and print the result; of several FILEs\n"
	"                         with a SYM, the last one's\n"
	"  -b, --board NAME       run on this emulated board\n"
	"  -l, --list-boards      the boards, with processor and memory, and whether they\n"
	"                         have user mode for --sandbox; whether the FILEs fit\n"
	"  -s, --heap SIZE        memory for extensions (4096, 64K, 16M; default 64M, on\n"
	"                         a board all)\n"
	"  -r, --ring RING        take a signed FILE (tenon sign) if its key is in RING:\n"
	"                         a key ring or a public key; without, signed FILEs are\n"
	"                         refused\n"
	"      --decrypt-with KEY a key for encrypted FILEs: a private key in PEM, or 16\n"
	"                         bytes\n"
	"  -t, --timeout SECONDS  give up after so long (default: on a board 60, else\n"
	"                         never)\n"
	"      --sandbox          fence the FILEs in: they run unprivileged, in a domain\n"
	"                         of their own; what they import must have a gate (puts,\n"
	"                         putchar) or be callable by all (memcpy, soft floating\n"
	"                         point)\n"
	"      --ticks N          with --sandbox: give a call up after N ticks, about a\n"
	"                         millisecond each\n"
	"  -v, --verbose          show where each FILE was loaded; twice: also what to\n"
	"                         type into gdb\n"
	"      --gdb              on a board: wait for gdb after the load, before\n"
	"                         anything runs, and say what to start; --gdb=PORT for\n"
	"                         another port than 1234\n"
	"  -w, --watch            build (tenon build) and run again whenever something\n"
	"                         has changed\n"
	"  -j, --json             what was printed and what came of it, as one JSON\n"
	"                         object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon run add.o --call add 1 2           prints: add(1, 2) = 3\n"
	"  tenon run add.o --call add -1 0x10 --call add 2 2\n"
	"  tenon run math.o filter.o --call filter  filter.o uses functions of math.o\n"
	"  tenon run -vv codec.o --call decode      paste add-symbol-file ... into gdb\n"
	"  tenon run --board mps2-an386 filter.o --call filter 14\n"
	"\n"
	"Exit status:\n"
	"  0      everything loaded, ran and was unloaded\n"
	"  1      a FILE was refused, or there is no SYM\n"
	"  2      wrong usage\n"
	"  124    there was no end in time\n"
	"  128+N  the extension crashed with signal N; the place is printed. With\n"
	"         --sandbox it was contained; 159 is what its gates refused\n";

/* ---- the command line ---- */

enum number { NUMBER_GOOD, NUMBER_BAD, NUMBER_NONE };

/* Every value of an int, and as hexadecimal those of an unsigned int. */
static enum number parse_argument(const char *text, int *value)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	long long number;
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return NUMBER_NONE;
	errno = 0;
	number = strtoll(text, &end, hexadecimal ? 16 : 10);
	if (*end != '\0' || errno != 0 || number < INT_MIN ||
	    number > (hexadecimal ? UINT_MAX : INT_MAX))
		return NUMBER_BAD;
	*value = (int)(unsigned int)number;
	return NUMBER_GOOD;
}

/* The number of words that belong to the call at argv[i]: they are taken out. -1: wrong. */
static int take_arguments(struct call *call, char **argv, int i)
{
	int taken = 0;

	while (argv[i + taken] != NULL) {
		int value;
		enum number kind = parse_argument(argv[i + taken], &value);

		/* A file may have a name that starts with a digit. */
		if (kind == NUMBER_NONE ||
		    (kind == NUMBER_BAD && access(argv[i + taken], F_OK) == 0))
			break;
		if (kind == NUMBER_BAD) {
			(void)wrong_usage("run", "'%s' is no integer that fits an int",
					  printable(argv[i + taken]));
			return -1;
		}
		if (taken == MOST_ARGUMENTS) {
			(void)wrong_usage("run", "--call %s: more than %d integers",
					  printable(call->symbol), MOST_ARGUMENTS);
			return -1;
		}
		call->arguments[taken++] = value;
	}
	call->count = taken;
	return taken;
}

/* The name in "--call NAME", "--call=NAME" or "-c NAME" at argv[i], and how many words it took. */
static int call_option(char **argv, int i, const char **symbol)
{
	if (strncmp(argv[i], "--call=", 7) == 0) {
		*symbol = argv[i] + 7;
		return 1;
	}
	if (strcmp(argv[i], "--call") != 0 && strcmp(argv[i], "-c") != 0)
		return 0;
	*symbol = argv[i + 1] != NULL ? argv[i + 1] : "";
	return argv[i + 1] != NULL ? 2 : 1;
}

/* Negative integers look like options to getopt: the calls are taken out before. */
static bool take_calls(struct run *run, int *argc, char **argv)
{
	int kept = 1;

	run->calls = need((size_t)*argc, sizeof(*run->calls));
	for (int i = 1; i < *argc;) {
		struct call *call = &run->calls[run->call_count];
		int words = call_option(argv, i, &call->symbol), taken;

		if (words == 0) {
			argv[kept++] = argv[i++];
			continue;
		}
		if (call->symbol[0] == '\0') {
			(void)wrong_usage("run", "--call needs the name of a function");
			return false;
		}
		taken = take_arguments(call, argv, i + words);
		if (taken < 0)
			return false;
		i += words + taken;
		run->call_count++;
		if (argv[i] != NULL && argv[i][0] != '-' && access(argv[i], F_OK) != 0) {
			(void)wrong_usage("run", "'%s' is neither an integer nor a file",
					  printable(argv[i]));
			return false;
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return true;
}

static struct verifying verifying;

enum { OPTION_GDB = 1000, OPTION_SANDBOX, OPTION_TICKS };

static int gdb_option(struct run *run)
{
	uint64_t port = 1234;

	if (optarg != NULL && (!parse_size(optarg, 65535, &port) || port == 0))
		return wrong_usage("run", "--gdb takes a port from 1 to 65535");
	run->gdb_port = (unsigned int)port;
	return EXIT_GOOD;
}

static int option_value(struct run *run, int option)
{
	uint64_t seconds;

	switch (option) {
	case 'r':
	case OPTION_DECRYPT:
		return verifying_option("run", option, &verifying);
	case 'v':
		run->verbose++;
		return EXIT_GOOD;
	case 'l':
		run->list_boards = true;
		return EXIT_GOOD;
	case OPTION_SANDBOX:
		run->sandbox = true;
		return EXIT_GOOD;
	case OPTION_TICKS:
		if (!parse_size(optarg, MOST_TICKS, &run->ticks) || run->ticks == 0)
			return wrong_usage("run", "--ticks takes from 1 to %d", MOST_TICKS);
		return EXIT_GOOD;
	case 'w':
		run->watch = true;
		return EXIT_GOOD;
	case 'j':
		run->json = true;
		return EXIT_GOOD;
	case OPTION_GDB:
		return gdb_option(run);
	case 'b':
		run->board = optarg;
		return EXIT_GOOD;
	case 't':
		if (!parse_size(optarg, LONGEST_TIMEOUT, &seconds) || seconds == 0)
			return wrong_usage("run", "--timeout takes from 1 to %d seconds",
					   LONGEST_TIMEOUT);
		run->timeout = (unsigned int)seconds;
		return EXIT_GOOD;
	default:
		if (!parse_size(optarg, LARGEST_HEAP, &run->heap_bytes) || run->heap_bytes < 4096)
			return wrong_usage("run", "--heap takes a size from 4K to 1G");
		return EXIT_GOOD;
	}
}

static int parse(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{"board", required_argument, NULL, 'b'},
		{"list-boards", no_argument, NULL, 'l'},
		{"heap", required_argument, NULL, 's'},
		{"timeout", required_argument, NULL, 't'},
		{"gdb", optional_argument, NULL, OPTION_GDB},
		{"watch", no_argument, NULL, 'w'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"sandbox", no_argument, NULL, OPTION_SANDBOX},
		{"ticks", required_argument, NULL, OPTION_TICKS},
		{"ring", required_argument, NULL, 'r'},
		{"decrypt-with", required_argument, NULL, OPTION_DECRYPT},
		{NULL, 0, NULL, 0}};
	int option, code = EXIT_GOOD;

	if (!take_calls(run, &argc, argv))
		return EXIT_USAGE;
	files_verify(&verifying);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":b:jlr:s:t:vw", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("run",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		code = option_value(run, option);
		if (code != EXIT_GOOD)
			return code;
	}
	if (run->ticks != 0 && !run->sandbox)
		return wrong_usage("run", "--ticks needs --sandbox");
	if (optind == argc && !run->list_boards)
		return wrong_usage("run", "no FILE given");
	if (run->watch && run->json)
		return wrong_usage("run", "--watch does not end, so it has no --json");
	if (run->json && run->gdb_port != 0)
		return wrong_usage("run", "--gdb goes with no --json");
	run->file_count = (size_t)(argc - optind);
	run->files = need(run->file_count, sizeof(*run->files));
	run->sites = need(run->file_count, sizeof(*run->sites));
	for (size_t i = 0; i < run->file_count; i++)
		run->files[i].path = argv[optind + (int)i];
	return EXIT_GOOD;
}

/* ---- what both ways to run say ---- */

/* Errors of a heap without room, of those with -ENOMEM; the threads' room is none, for one. */
bool is_heap_full(const char *line)
{
	static const char *const ids[] = {"E0123", "E0316", "E1001", "E1002", "E1003",
					  "E1004", "E1005", "E1006", "E1008", "E1009"};
	struct explanation row;

	if (!explain_line(line, &row))
		return false;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (strcmp(row.id, ids[i]) == 0)
			return true;
	}
	return false;
}

bool open_loaded(struct loaded *loaded)
{
	if (!file_open(&loaded->file, loaded->path))
		return false;
	if (verifying.ring.count > 0 && loaded->file.envelope == NULL)
		warn_about(loaded->path,
			   "is not signed: firmware with CONFIG_LLEXT_TRUST_REQUIRED refuses it");
	return true;
}

static bool is_taken(const struct run *run, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(run->files[i].name, name) == 0)
			return true;
	}
	return false;
}

/* The file's own name; a second file of that name gets its whole path, then a number. */
void name_extension(struct run *run, size_t number)
{
	const char *path = run->files[number].path, *slash = strrchr(path, '/');
	const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : path;

	if (!is_taken(run, number, base))
		run->files[number].name = need_text("%s", base);
	else if (!is_taken(run, number, path))
		run->files[number].name = need_text("%s", path);
	else
		run->files[number].name = need_text("%s (%zu)", path, number + 1);
}

void add_site(struct run *run, size_t number)
{
	struct loaded *loaded = &run->files[number];

	if (debug_names_open(&loaded->file, &loaded->debug))
		address_map_add(&loaded->map, &loaded->debug);
	loaded->hints = hints_why(&loaded->file, EFFECT_FAULT);
	for (const char *at = loaded->hints; at != NULL && *at != '\0';) {
		size_t length = strcspn(at, "\n"), start = strlen("  hint: ");

		warn_about(loaded->path, "%.*s", (int)(length - start), at + start);
		at += length + 1;
	}
	run->sites[number] =
		(struct crash_site){loaded->name, &loaded->map, &loaded->file, loaded->hints};
	run->site_count = number + 1;
}

void print_regions(const struct run *run, const struct loaded *loaded)
{
	if (run->verbose < 1)
		return;
	fprintf(stderr, "%s: %zu bytes of memory, %zu export%s\n", printable(loaded->path),
		loaded->ext->alloc_size, loaded->ext->exp_tab.sym_cnt,
		loaded->ext->exp_tab.sym_cnt == 1 ? "" : "s");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (loaded->ext->mem_size[i] != 0 && i != LLEXT_MEM_SHSTRTAB)
			fprintf(stderr, "  %-14s %p  %zu bytes\n", region_name((enum llext_mem)i),
				loaded->ext->mem[i], loaded->ext->mem_size[i]);
	}
	if (run->verbose < 2)
		return;
	fprintf(stderr, "add-symbol-file %s", printable(loaded->path));
	for (size_t i = 1; i < loaded->map.section_count; i++) {
		const struct place *section = &loaded->map.sections[i];

		if (section->name != NULL && section->size != 0)
			fprintf(stderr, " -s %s 0x%llx", printable(section->name),
				(unsigned long long)section->low);
	}
	fputc('\n', stderr);
}

/* What is no mistyped name may well be the user's own firmware's, which is not asked here. */
static void explain_missing(const struct imports *imports)
{
	for (size_t i = 0; i < imports->count; i++) {
		const struct import *import = &imports->list[i];

		if (import->found || import->weak || import->suggestion != NULL)
			continue;
		fputs("  tenon run has the functions of the C and C++ libraries, and what earlier "
		      "FILEs export;\n"
		      "  whether your firmware has the rest, tenon check --against says\n",
		      stderr);
		return;
	}
}

void complain_refused(const struct loaded *loaded, const struct imports *imports,
		      const char *diagnosis)
{
	char *hints;

	if (diagnosis == NULL)
		complain(loaded->path, "%zu import%s missing", imports_missing(imports),
			 imports_missing(imports) == 1 ? " is" : "s are");
	else
		complain(loaded->path, "%s", diagnosis);
	imports_print_missing(imports, stderr);
	if (diagnosis == NULL)
		explain_missing(imports);
	hints = hints_why(&loaded->file, EFFECT_REFUSED);
	fputs(hints != NULL ? hints : "", stderr);
	free(hints);
}

void print_result(const struct run *run, const struct call *call, int result)
{
	if (run->results >= 0) {
		(void)dprintf(run->results, "%d\n", result);
		return;
	}
	printf("%s(", printable(call->symbol));
	for (int i = 0; i < call->count; i++)
		printf("%s%d", i > 0 ? ", " : "", call->arguments[i]);
	printf(") = %d\n", result);
	fflush(stdout);
}

/* ---- where to run ---- */

/* Can it be read more than once? */
static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * The machine of a file, if it is one that a board may have: its name. Looks into what is signed or
 * compressed, too. Says nothing of bad files.
 */
static const char *foreign_machine(const char *path)
{
	struct file file = {0};
	const char *name = NULL;

	complain_quietly(true);
	if (is_regular(path) && file_open(&file, path) && !is_hosts(file.machine, file.class) &&
	    llext_desk_core_for(file.machine, file.class) != NULL)
		name = machine_name(file.machine, file.class);
	complain_quietly(false);
	file_close(&file);
	return name;
}

/* The first file for another machine; NULL: there is none. */
static const char *foreign_file(const struct run *run)
{
	for (size_t i = 0; i < run->file_count; i++) {
		if (foreign_machine(run->files[i].path) != NULL)
			return run->files[i].path;
	}
	return NULL;
}

static int no_boards(const struct boards *boards, const char *path)
{
	if (path != NULL)
		complain(path, "is for %s; this machine runs %s", foreign_machine(path),
			 machine_name(HOST_MACHINE, HOST_CLASS));
	complain(NULL,
		 "no emulated boards are installed (looked in %s): `make boards` in Tenon's folder "
		 "builds them",
		 printable(boards->folder));
	return EXIT_REFUSED;
}

static int with_boards(struct run *run, const struct boards *boards)
{
	const struct file **files = need(run->file_count, sizeof(*files));
	const struct board *board = NULL;
	const struct runner *runner = NULL;
	int code = EXIT_REFUSED;

	for (size_t i = 0; i < run->file_count; i++) {
		if (!open_loaded(&run->files[i]) || !file_must_be_useful(&run->files[i].file))
			goto done;
		files[i] = &run->files[i].file;
	}
	if (run->board != NULL) {
		board = board_named(boards, run->board);
		if (board == NULL)
			goto done;
	}
	if (run->list_boards) {
		boards_print(boards, files, run->file_count);
		code = EXIT_GOOD;
		goto done;
	}
	runner = board_choose(boards, board, files, run->file_count, run->heap_bytes);
	if (runner != NULL && run->sandbox && !runner_has_user_mode(runner)) {
		complain(NULL, "board %s has no user mode for sandboxed extensions (-ENOTSUP)",
			 printable(runner->board->name));
		runner = NULL;
	}
	if (runner != NULL && board_has_emulator(runner->board)) {
		warn_of_types(run);
		code = run_on_board(run, boards, runner);
	}
done:
	free(files);
	return code;
}

static int run_once(struct run *run)
{
	const char *foreign = foreign_file(run);
	struct boards boards = {0};
	int code;

	if (foreign != NULL || run->board != NULL || run->list_boards) {
		code = boards_find(&boards) ? with_boards(run, &boards)
					    : no_boards(&boards, foreign);
		boards_free(&boards);
		return code;
	}
	if (run->gdb_port == 0)
		return run_here(run);
	complain(NULL, "--gdb is for emulated boards; here: gdb --args tenon run -vv FILE...");
	return EXIT_REFUSED;
}

static int run_command(int argc, char **argv)
{
	struct run run = {.results = -1};
	int code = parse(&run, argc, argv);

	if (code == EXIT_GOOD)
		code = run.watch  ? run_watch(&run, run_once)
		       : run.json ? run_json(&run, run_once)
				  : run_once(&run);
	for (size_t i = 0; i < run.file_count; i++) {
		address_map_free(&run.files[i].map);
		file_close(&run.files[i].file);
		file_close(&run.files[i].debug);
		free(run.files[i].hints);
		free(run.files[i].name);
	}
	free(run.calls);
	free(run.files);
	free(run.sites);
	return code;
}

const struct command command_run = {
	"run", "load extensions here or in an emulated board, and call them", help, run_command};
