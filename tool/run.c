/* SPDX-License-Identifier: Apache-2.0 */
/* tenon run: load extensions into this process, call functions of them, unload them. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include "crash.h"
#include "llext_posix.h"

#define HOST_MACHINE   EM_X86_64
#define HOST_CLASS     2
#define MOST_ARGUMENTS 4
#define DEFAULT_HEAP   ((uint64_t)64 << 20)
#define LARGEST_HEAP   ((uint64_t)1 << 30)

static const char help[] =
	"Usage: tenon run [OPTION...] FILE... [--call SYM [N...]]...\n"
	"\n"
	"Load each FILE into this process, in the order given, and run its initialisers. A later "
	"FILE\n"
	"can import what an earlier one exports, and all can import the usual functions of the C "
	"and\n"
	"C++ libraries. Then call each SYM, run the finalisers and unload, last FILE first.\n"
	"\n"
	"A FILE is what the compiler writes (.o), the output of ld -r, or a shared object.\n"
	"\n"
	"Options:\n"
	"  -c, --call SYM [N...]  call SYM as int SYM(int...) with up to four integers (7, -7, "
	"0x7)\n"
	"                         and print the result; of several FILEs with a SYM, the last "
	"one's\n"
	"  -s, --heap SIZE        memory for extensions (default 64M; 4096, 64K, 16M)\n"
	"  -v, --verbose          show where each FILE was loaded; twice: also what to type into "
	"gdb\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon run add.o --call add 1 2           prints: add(1, 2) = 3\n"
	"  tenon run add.o --call add -1 0x10 --call add 2 2\n"
	"  tenon run math.o filter.o --call filter  filter.o uses functions of math.o\n"
	"  tenon run -vv codec.o --call decode      then paste the add-symbol-file line into gdb\n"
	"\n"
	"Exit status:\n"
	"  0      everything loaded, ran and was unloaded\n"
	"  1      a FILE was refused, or there is no SYM\n"
	"  2      wrong usage\n"
	"  128+N  the extension crashed with signal N; the place is printed\n";

struct call {
	const char *symbol;
	int arguments[MOST_ARGUMENTS];
	int count;
};

struct loaded {
	const char *path;
	char *name;
	struct file file;
	struct llext *ext;
	struct address_map map;
	bool up;
};

struct run {
	struct call *calls;
	size_t call_count;
	struct loaded *files;
	size_t file_count;
	struct crash_site *sites;
	size_t site_count;
	uint64_t heap_bytes;
	int verbose;
};

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

static int parse(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {{"heap", required_argument, NULL, 's'},
						{"verbose", no_argument, NULL, 'v'},
						{NULL, 0, NULL, 0}};
	int option;

	if (!take_calls(run, &argc, argv))
		return EXIT_USAGE;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:v", options, NULL)) != -1) {
		if (option == 'v') {
			run->verbose++;
		} else if (option == 's') {
			if (!parse_size(optarg, LARGEST_HEAP, &run->heap_bytes) ||
			    run->heap_bytes < 4096)
				return wrong_usage("run", "--heap takes a size from 4K to 1G");
		} else {
			return wrong_usage("run",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(argv[optind - 1]));
		}
	}
	if (optind == argc)
		return wrong_usage("run", "no FILE given");
	run->file_count = (size_t)(argc - optind);
	run->files = need(run->file_count, sizeof(*run->files));
	run->sites = need(run->file_count, sizeof(*run->sites));
	for (size_t i = 0; i < run->file_count; i++)
		run->files[i].path = argv[optind + (int)i];
	return EXIT_GOOD;
}

/* ---- loading ---- */

/* The file's own name; a second file of that name gets its whole path, then a number. */
static char *extension_name(const char *path, size_t number)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : path;

	if (llext_by_name(base) == NULL)
		return need_text("%s", base);
	if (llext_by_name(path) == NULL)
		return need_text("%s", path);
	return need_text("%s (%zu)", path, number + 1);
}

static int section_info(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			const void **addr, size_t *size)
{
	return llext_get_section_info(NULL, ext, shndx, NULL, region, addr, size);
}

/* An extension for another machine can be looked into, but not be run here. */
static bool runs_here(const struct file *file)
{
	const char *machine = machine_name(file->machine, file->class);

	if (file->elf == NULL || (file->machine == HOST_MACHINE && file->class == HOST_CLASS))
		return true; /* the core says what is wrong, if anything is */
	if (machine != NULL)
		complain(file->path, "is for %s; this machine runs %s", machine,
			 machine_name(HOST_MACHINE, HOST_CLASS));
	else
		complain(file->path, "is for a machine that is not known (e_machine %u)",
			 file->machine);
	return false;
}

static void print_regions(const struct run *run, const struct loaded *loaded)
{
	fprintf(stderr, "%s: %zu bytes of memory, %zu exports\n", printable(loaded->path),
		loaded->ext->alloc_size, loaded->ext->exp_tab.sym_cnt);
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

static void complain_refused(const struct loaded *loaded, const struct imports *imports)
{
	const struct llext_diag *diag = llext_last_diag();

	if (diag->error == -ENODATA && diag->missing_count > 0)
		complain(loaded->path, "%zu import%s missing", imports_missing(imports),
			 imports_missing(imports) == 1 ? " is" : "s are");
	else
		complain(loaded->path, "%s", diag_text(diag, llext_diag_format));
	imports_print_missing(imports, stderr);
	if (diag->error == -ENOMEM)
		fprintf(stderr, "  Try a larger --heap.\n");
}

static bool load(struct run *run, struct loaded *loaded, size_t number)
{
	struct imports imports = {.suggest = llext_suggest};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	int rc;

	if (!file_open(&loaded->file, loaded->path) || !runs_here(&loaded->file))
		return false;
	{
		struct llext_buf_loader loader =
			LLEXT_TEMPORARY_BUF_LOADER(loaded->file.bytes, loaded->file.length);

		param.keep_section_info = true;
		param.on_import = imports_add;
		param.user_data = &imports;
		loaded->name = extension_name(loaded->path, number);
		rc = llext_load(&loader.loader, loaded->name, &loaded->ext, &param);
	}
	if (rc < 0)
		complain_refused(loaded, &imports);
	imports_free(&imports);
	if (rc < 0)
		return false;
	address_map_build(&loaded->map, &loaded->file, loaded->ext, section_info);
	run->sites[number] = (struct crash_site){loaded->name, &loaded->map};
	run->site_count = number + 1;
	if (run->verbose > 0)
		print_regions(run, loaded);
	rc = llext_bringup(loaded->ext);
	if (rc != 0)
		complain(loaded->path, "%s", diag_text(llext_last_diag(), llext_diag_format));
	loaded->up = rc == 0;
	return loaded->up;
}

static bool unload(struct loaded *loaded)
{
	bool good = true;

	if (loaded->up && llext_teardown(loaded->ext) != 0) {
		complain(loaded->path, "%s", diag_text(llext_last_diag(), llext_diag_format));
		good = false;
	}
	if (loaded->ext != NULL && llext_unload(&loaded->ext) != 0) {
		complain(loaded->path, "%s", diag_text(llext_last_diag(), llext_diag_format));
		good = false;
	}
	address_map_free(&loaded->map);
	file_close(&loaded->file);
	free(loaded->name);
	return good;
}

/* ---- calling ---- */

/* What the extension printed may have left the line unfinished. */
static void start_line(void)
{
	if (stdout->_IO_write_ptr > stdout->_IO_write_base && stdout->_IO_write_ptr[-1] != '\n')
		putchar('\n');
}

static void print_result(const struct call *call, int result)
{
	start_line();
	printf("%s(", printable(call->symbol));
	for (int i = 0; i < call->count; i++)
		printf("%s%d", i > 0 ? ", " : "", call->arguments[i]);
	printf(") = %d\n", result);
	fflush(stdout);
}

/* The export nearest to a name, among those of the files only. */
static const char *suggest_export(const char *symbol)
{
	static const struct llext_const_symbol none;
	const char *near;

	(void)llext_set_builtins(&none, 0);
	near = llext_suggest(symbol);
	(void)llext_set_builtins(NULL, 0);
	return near;
}

static const void *find_function(const struct run *run, const char *symbol)
{
	const char *near;

	for (size_t i = run->file_count; i-- > 0;) {
		const void *address = llext_find_sym(&run->files[i].ext->exp_tab, symbol);
		const struct place *section =
			address != NULL ? address_section(&run->files[i].map, (uintptr_t)address)
					: NULL;

		if (address == NULL)
			continue;
		if (section == NULL || section->type != LLEXT_MEM_TEXT) {
			complain(run->files[i].path, "%s is no function", printable(symbol));
			return NULL;
		}
		return address;
	}
	near = suggest_export(symbol);
	complain(run->file_count == 1 ? run->files[0].path : NULL, "exports no %s%s%s%s",
		 printable(symbol), near != NULL ? "; did you mean " : "",
		 near != NULL ? printable(near) : "", near != NULL ? "?" : "");
	return NULL;
}

static bool call(const struct run *run, const struct call *what)
{
	const void *address = find_function(run, what->symbol);
	const int *n = what->arguments;
	/* The psABI passes what the function does not take in registers that it ignores. */
	int (*function)(int, int, int, int);

	if (address == NULL)
		return false;
	function = (int (*)(int, int, int, int))(uintptr_t)address;
	print_result(what, function(n[0], n[1], n[2], n[3]));
	return true;
}

static int run_all(struct run *run)
{
	bool good = true;
	size_t loaded = 0;

	crash_watch(run->sites, &run->site_count);
	while (good && loaded < run->file_count) {
		good = load(run, &run->files[loaded], loaded);
		loaded++;
	}
	for (size_t i = 0; good && i < run->call_count; i++)
		good = call(run, &run->calls[i]);
	while (loaded-- > 0) {
		good = unload(&run->files[loaded]) && good;
		run->site_count = loaded;
	}
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_command(int argc, char **argv)
{
	struct run run = {.heap_bytes = DEFAULT_HEAP};
	int code = parse(&run, argc, argv);
	void *heap = NULL;

	if (code == EXIT_GOOD) {
		heap = llext_posix_map((size_t)run.heap_bytes);
		if (heap == NULL || llext_heap_init(heap, (size_t)run.heap_bytes) != 0) {
			complain(NULL, "no memory for a heap of %llu bytes",
				 (unsigned long long)run.heap_bytes);
			code = EXIT_REFUSED;
		}
	}
	if (code == EXIT_GOOD) {
		/* Whole lines survive a crash, and stay in order with standard error. */
		(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
		code = run_all(&run);
		(void)llext_heap_uninit();
	}
	if (heap != NULL)
		(void)munmap(heap, (size_t)run.heap_bytes);
	free(run.calls);
	free(run.files);
	free(run.sites);
	return code;
}

const struct command command_run = {"run", "load extensions into this process and call them", help,
				    run_command};
