/* SPDX-License-Identifier: Apache-2.0 */
/* tenon new: an extension's project; tenon build: build it. The files are those of new/. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "new.h"
#include "program.h"
#include "tenon.h"

static const char new_help[] =
	"Usage: tenon new [OPTION...] NAME\n"
	"\n"
	"Make the folder NAME with a project for an extension: a source, a Makefile, a\n"
	"CMakeLists.txt and a test that runs it in `tenon run`. It builds at once.\n"
	"\n"
	"With --kit, it is built with the headers and flags of a firmware's development\n"
	"kit, and each build checks that the firmware has all that the extension imports.\n"
	"\n"
	"Options:\n"
	"  -l, --lang LANGUAGE    c or c++ (default: c)\n"
	"  -k, --kit DIR          the development kit of the firmware that it is for,\n"
	"                         unpacked\n"
	"      --vscode           add build and test tasks and include paths for Visual\n"
	"                         Studio Code\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon new effect && cd effect && make test\n"
	"  tenon new filter --lang c++ --kit ~/acme-kit\n"
	"\n"
	"Exit status:\n"
	"  0  the project is there\n"
	"  1  the folder exists already, or cannot be written\n"
	"  2  wrong usage\n";

static const char build_help[] =
	"Usage: tenon build [OPTION...] [DIR]\n"
	"\n"
	"Build the extension project in DIR (default: here) with what is there: make, or\n"
	"CMake in the folder build. What these print is shown.\n"
	"\n"
	"Options:\n"
	"      --test             run its tests, too\n"
	"  -h, --help             this text\n"
	"\n"
	"Example:\n"
	"  tenon build effect --test\n"
	"\n"
	"Exit status:\n"
	"  0  it is built\n"
	"  1  the build or a test failed\n"
	"  2  wrong usage\n";

/* ---- templates ---- */

struct embedded {
	const char *start, *end;
};

/* A file of the sources, by its bytes. */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		"embedded_" #name ": .incbin \"" TENON_SOURCE_DIR "/" file "\"\n"                  \
		"embedded_" #name "_end: .byte 0\n"                                                \
		".popsection\n");                                                                  \
	extern const char embedded_##name[], embedded_##name##_end[]

EMBED(extension_c, "tool/new/extension.c.in");
EMBED(extension_cpp, "tool/new/extension.cpp.in");
EMBED(makefile, "tool/new/Makefile.in");
EMBED(cmake, "tool/new/CMakeLists.txt.in");
EMBED(test, "tool/new/test.sh.in");
EMBED(readme, "tool/new/README.md.in");
EMBED(gitignore, "tool/new/gitignore.in");
EMBED(tasks, "tool/new/tasks.json.in");
EMBED(properties, "tool/new/c_cpp_properties.json.in");
EMBED(symbol_h, "include/llext/symbol.h");
EMBED(config_h, "include/llext/config.h");

#define EMBEDDED(name) ((struct embedded){embedded_##name, embedded_##name##_end})

struct value {
	const char *key, *text;
};

struct project {
	const char *name, *kit;
	bool cxx, vscode;
	struct value values[24];
	size_t value_count;
};

static void give(struct project *project, const char *key, const char *text)
{
	project->values[project->value_count++] = (struct value){key, text};
}

static const char *value_of(const struct project *project, const char *key, size_t length)
{
	for (size_t i = 0; i < project->value_count; i++) {
		if (strlen(project->values[i].key) == length &&
		    memcmp(project->values[i].key, key, length) == 0)
			return project->values[i].text;
	}
	return NULL;
}

/* The template with each @KEY@ replaced; an unknown one stays (make and CMake have @ of their own).
 */
static void fill(const struct project *project, struct embedded text, FILE *out)
{
	for (const char *at = text.start; at < text.end;) {
		const char *end =
			*at == '@' ? memchr(at + 1, '@', (size_t)(text.end - at - 1)) : NULL;
		const char *value =
			end != NULL ? value_of(project, at + 1, (size_t)(end - at - 1)) : NULL;

		if (value != NULL) {
			fputs(value, out);
			at = end + 1;
		} else {
			fputc(*at++, out);
		}
	}
}

static bool write_file(const struct project *project, const char *name, struct embedded text,
		       bool executable)
{
	char *path = need_text("%s/%s", project->name, name);
	FILE *out = fopen(path, "wxe");
	bool good = out != NULL;

	if (good) {
		fill(project, text, out);
		good = ferror(out) == 0;
		if (fclose(out) != 0)
			good = false;
	}
	if (good && executable)
		good = chmod(path, 0755) == 0;
	if (!good)
		complain(path, "%s", strerror(errno));
	free(path);
	return good;
}

static void give_without_kit(struct project *project)
{
	give(project, "FLAGS",
	     project->cxx ? "CXXFLAGS ?= -Os -g -Wall -Wextra -fno-exceptions -fno-rtti\n"
			    "override CXXFLAGS += -Iinclude -DLL_EXTENSION_BUILD\n"
			  : "CFLAGS ?= -Os -g -Wall -Wextra\n"
			    "override CFLAGS += -Iinclude -DLL_EXTENSION_BUILD\n");
	give(project, "COMPILER", project->cxx ? "CXX" : "CC");
	give(project, "CFLAGS", project->cxx ? "CXXFLAGS" : "CFLAGS");
	give(project, "CHECK", "");
	give(project, "KIT_TEXT",
	     "\n`include/llext/` has the two headers of the loader that an extension needs. For a "
	     "microcontroller:\n\n    make -B CC=arm-none-eabi-gcc CFLAGS=\"-mcpu=cortex-m4 "
	     "-mthumb "
	     "-Os\" test\n");
	give(project, "PACKAGE",
	     need_text("add_library(%s_object OBJECT %s.%s)\n"
		       "target_include_directories(%s_object PRIVATE include)\n"
		       "target_compile_definitions(%s_object PRIVATE LL_EXTENSION_BUILD)\n"
		       "%s"
		       "add_custom_command(OUTPUT %s.llext\n"
		       "\tCOMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:%s_object> %s.llext\n"
		       "\tDEPENDS %s_object $<TARGET_OBJECTS:%s_object> COMMAND_EXPAND_LISTS)\n"
		       "add_custom_target(%s ALL DEPENDS %s.llext)\n",
		       project->name, project->name, project->cxx ? "cpp" : "c", project->name,
		       project->name,
		       project->cxx ? need_text("target_compile_options(%s_object PRIVATE "
						"-fno-exceptions -fno-rtti)\n",
						project->name)
				    : "",
		       project->name, project->name, project->name, project->name, project->name,
		       project->name, project->name));
	give(project, "COMPILER_PATH", project->cxx ? "/usr/bin/c++" : "/usr/bin/cc");
	give(project, "COMPILER_ARGS", "[]");
	give(project, "KIT_INCLUDE", "");
}

static void give_kit(struct project *project)
{
	char *kit = realpath(project->kit, NULL);

	give(project, "FLAGS",
	     need_text("# The firmware's development kit.\n"
		       "LLEXT_EDK_INSTALL_DIR ?= %s\n"
		       "include $(LLEXT_EDK_INSTALL_DIR)/Makefile.cflags\n",
		       kit));
	give(project, "COMPILER", project->cxx ? "LLEXT_EDK_CXX_COMPILER" : "LLEXT_EDK_COMPILER");
	give(project, "CFLAGS", project->cxx ? "LLEXT_CXXFLAGS" : "LLEXT_CFLAGS");
	give(project, "CHECK",
	     "\t@if [ -e $(LLEXT_EDK_INSTALL_DIR)/kit.json ]; then \\\n"
	     "\t\ttext=$$($(TENON_TOOL) check $@ --against $(LLEXT_EDK_INSTALL_DIR)) || \\\n"
	     "\t\t{ echo \"$$text\" >&2; rm -f $@; exit 1; }; \\\n"
	     "\t\tcase $$text in *'  warning: '*) echo \"$$text\" >&2;; esac; fi\n");
	give(project, "KIT_TEXT",
	     need_text(
		     "\nIt is built with the development kit in `%s`; let `LLEXT_EDK_INSTALL_DIR` "
		     "name another one. `tenon run` has not got the firmware's own functions: a "
		     "file that exports those which the extension calls goes before it in "
		     "`test.sh`.\n",
		     kit));
	give(project, "PACKAGE",
	     need_text("if(NOT DEFINED ENV{LLEXT_EDK_INSTALL_DIR})\n"
		       "\tset(ENV{LLEXT_EDK_INSTALL_DIR} \"%s\")\n"
		       "endif()\n"
		       "find_package(TenonEdk REQUIRED PATHS $ENV{LLEXT_EDK_INSTALL_DIR}/cmake "
		       "NO_DEFAULT_PATH)\n"
		       "add_llext_target(%s OUTPUT %s.llext SOURCES %s.%s)\n",
		       kit, project->name, project->name, project->name,
		       project->cxx ? "cpp" : "c"));
	give(project, "COMPILER_PATH", "");
	give(project, "COMPILER_ARGS", "[]");
	give(project, "KIT_INCLUDE", need_text(", \"%s/include\"", kit));
	free(kit);
}

/*
 * The first export of the kit's firmware that begins so, to be freed; NULL: there is none. @listed:
 * is there a list at all? An EDK has none.
 */
static char *kit_export(const char *kit, const char *prefix, bool *listed)
{
	char *path = need_text("%s/exports.txt", kit), *line = NULL;
	FILE *list = fopen(path, "re");
	bool found = false;
	size_t room = 0;

	*listed = list != NULL;
	while (list != NULL && !found && getline(&line, &room, list) >= 0) {
		line[strcspn(line, " \n")] = '\0';
		found = strncmp(line, prefix, strlen(prefix)) == 0;
	}
	free(path);
	if (list != NULL)
		(void)fclose(list);
	if (!found)
		free(line);
	return found ? line : NULL;
}

/* Where there is no list, nothing checks it either. */
static bool kit_exports(const char *kit, const char *name)
{
	bool listed;
	char *found = kit_export(kit, name, &listed);
	bool same = !listed || (found != NULL && strcmp(found, name) == 0);

	free(found);
	return same;
}

/* The version of the firmware's exports, where it has one: the extension is written for that. */
static void give_abi(struct project *project)
{
	unsigned int major, minor;
	bool listed, known = false;
	char *found = NULL;

	if (project->kit != NULL)
		found = kit_export(project->kit, "llext_abi.", &listed);
	if (found != NULL)
		known = sscanf(found, "llext_abi.%5u.%5u", &major, &minor) == 2;
	give(project, "ABI", known ? "#include <llext/abi.h>\n" : "");
	give(project, "NEEDS",
	     known ? need_text(
			     "\n/* What the firmware of the kit offered, or a later minor version. "
			     "*/\nLLEXT_NEEDS_ABI(%u, %u);\n",
			     major, minor)
		   : "");
	free(found);
}

/* What it prints, where the firmware has printf(): the project builds at once with either. */
static void give_prints(struct project *project)
{
	bool prints = project->kit == NULL || kit_exports(project->kit, "printf");
	const char *call = project->cxx ? "the_counter.next()" : "calls";

	give(project, "DECLARATION",
	     !prints        ? ""
	     : project->cxx ? "extern \"C\" int printf(const char *format, ...);\n\n"
			    : "int printf(const char *format, ...);\n\n");
	give(project, "PRINT",
	     prints         ? need_text("\tprintf(\"%s: call %%d\\n\", %s);\n", project->name, call)
	     : project->cxx ? "\t(void)the_counter.next();\n"
			    : "");
	give(project, "PRINT_UP",
	     prints ? need_text("\t\tprintf(\"%s: constructed\\n\"); // when the firmware calls "
				"llext_bringup()\n",
				project->name)
		    : "\t\tcalls = 0; // when the firmware calls llext_bringup()\n");
}

static bool write_project(const struct project *project)
{
	const char *source = project->cxx ? "cpp" : "c";
	bool good = make_folder(project->name);

	good = good &&
	       write_file(project, need_text("%s.%s", project->name, source),
			  project->cxx ? EMBEDDED(extension_cpp) : EMBEDDED(extension_c), false) &&
	       write_file(project, "Makefile", EMBEDDED(makefile), false) &&
	       write_file(project, "CMakeLists.txt", EMBEDDED(cmake), false) &&
	       write_file(project, "test.sh", EMBEDDED(test), true) &&
	       write_file(project, "README.md", EMBEDDED(readme), false) &&
	       write_file(project, ".gitignore", EMBEDDED(gitignore), false);
	if (good && project->kit == NULL)
		good = make_folder(need_text("%s/include", project->name)) &&
		       make_folder(need_text("%s/include/llext", project->name)) &&
		       write_file(project, "include/llext/symbol.h", EMBEDDED(symbol_h), false) &&
		       write_file(project, "include/llext/config.h", EMBEDDED(config_h), false);
	if (good && project->vscode)
		good = make_folder(need_text("%s/.vscode", project->name)) &&
		       write_file(project, ".vscode/tasks.json", EMBEDDED(tasks), false) &&
		       write_file(project, ".vscode/c_cpp_properties.json", EMBEDDED(properties),
				  false);
	return good;
}

/* ---- tenon new ---- */

/* It becomes part of a file's and of a function's name. */
static bool is_name(const char *name)
{
	size_t length =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return length > 0 && name[length] == '\0' && length <= LLEXT_MAX_NAME_LEN &&
	       !(name[0] >= '0' && name[0] <= '9');
}

static int set(struct project *project, int option)
{
	switch (option) {
	case 'l':
		project->cxx = strcmp(optarg, "c++") == 0;
		if (!project->cxx && strcmp(optarg, "c") != 0)
			return wrong_usage("new", "--lang: '%s' is neither c nor c++",
					   printable(optarg));
		return 0;
	case 'k':
		project->kit = optarg;
		return 0;
	case 'V':
		project->vscode = true;
		return 0;
	default:
		return wrong_usage("new", option == ':' ? "'%s' needs a value" : "no option '%s'",
				   printable(optarg));
	}
}

static bool is_kit(const char *path)
{
	char *flags = need_text("%s/Makefile.cflags", path);
	bool good = access(flags, R_OK) == 0;

	if (!good)
		complain(path, "this is no unpacked development kit: %s: %s", printable(flags),
			 strerror(errno));
	free(flags);
	return good;
}

static int run_new(int argc, char **argv)
{
	static const struct option options[] = {{"lang", required_argument, NULL, 'l'},
						{"kit", required_argument, NULL, 'k'},
						{"vscode", no_argument, NULL, 'V'},
						{NULL, 0, NULL, 0}};
	struct project project = {0};
	int option, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":l:k:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			optarg = option_at_fault(argv);
		code = set(&project, option);
		if (code != 0)
			return code;
	}
	if (argc - optind != 1)
		return wrong_usage("new", "one NAME is needed");
	project.name = argv[optind];
	if (!is_name(project.name))
		return wrong_usage(
			"new",
			"'%s' must be 1 to %d letters, digits and '_', and begin with no digit",
			printable(project.name), LLEXT_MAX_NAME_LEN);
	if (project.kit != NULL && !is_kit(project.kit))
		return EXIT_REFUSED;
	give(&project, "NAME", project.name);
	give_prints(&project);
	give_abi(&project);
	give(&project, "SOURCE", need_text("%s.%s", project.name, project.cxx ? "cpp" : "c"));
	give(&project, "LANGUAGE", project.cxx ? "CXX" : "C");
	if (project.kit != NULL)
		give_kit(&project);
	else
		give_without_kit(&project);
	if (!write_project(&project))
		return EXIT_REFUSED;
	printf("%s is ready. Try: cd %s && make test\n", project.name, project.name);
	return EXIT_GOOD;
}

/* ---- tenon build ---- */

static int build(bool test)
{
	const char *const make[] = {"make", test ? "test" : "all", NULL};
	const char *const configure[] = {"cmake", "-S", ".", "-B", "build", NULL};
	const char *const compile[] = {"cmake", "--build", "build", NULL};
	const char *const run_tests[] = {"ctest", "--test-dir", "build", "--output-on-failure",
					 NULL};
	bool good;

	if (access("Makefile", R_OK) == 0) {
		good = program_run(make);
	} else if (access("CMakeLists.txt", R_OK) == 0) {
		good = program_run(configure) && program_run(compile) &&
		       (!test || program_run(run_tests));
	} else {
		complain(NULL, "there is neither a Makefile nor a CMakeLists.txt here");
		good = false;
	}
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

bool is_project(void)
{
	return access("Makefile", R_OK) == 0 || access("CMakeLists.txt", R_OK) == 0;
}

/* Let what the build calls find this very command, whatever PATH says. */
static void name_ourselves(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length > 0 && getenv("TENON_TOOL") == NULL) {
		path[length] = '\0';
		(void)setenv("TENON_TOOL", path, 1);
	}
}

int build_project(void)
{
	name_ourselves();
	return build(false);
}

static int run_build(int argc, char **argv)
{
	static const struct option options[] = {{"test", no_argument, NULL, 't'},
						{NULL, 0, NULL, 0}};
	bool test = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != 't')
			return wrong_usage("build", "no option '%s'",
					   printable(option_at_fault(argv)));
		test = true;
	}
	if (argc - optind > 1)
		return wrong_usage("build", "one DIR at a time");
	if (optind < argc && chdir(argv[optind]) != 0) {
		complain(argv[optind], "%s", strerror(errno));
		return EXIT_REFUSED;
	}
	name_ourselves();
	return build(test);
}

const struct command command_new = {"new", "make a project for an extension", new_help, run_new};
const struct command command_build = {"build", "build an extension's project", build_help,
				      run_build};
