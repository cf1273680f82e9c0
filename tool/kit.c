/* SPDX-License-Identifier: Apache-2.0 */
/* tenon kit: what those need who write extensions for a firmware but have not got its sources. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kit.h"
#include "program.h"

static const char help_text[] =
	"Usage: tenon kit [OPTION...] FIRMWARE -o OUTPUT\n"
	"\n"
	"Make a development kit from the ELF file of a firmware, however that was built:\n"
	"headers, the compiler's flags that both sides must agree on (from FIRMWARE's\n"
	"debug information, else from its build attributes), its exports with their\n"
	"prototypes, and files for make and CMake. OUTPUT is a .tar.gz, or a folder if it\n"
	"has no such name.\n"
	"\n"
	"In the kit, firmware.elf stands for FIRMWARE, without its code: `tenon check\n"
	"--against` and `tenon pack --bind` take it; check takes the kit's folder or its\n"
	"archive, too.\n"
	"\n"
	"Options:\n"
	"  -o, --output OUTPUT    the kit\n"
	"      --headers DIR      add the headers in DIR, with their folders; may be\n"
	"                         repeated\n"
	"      --flags FLAGS      the compiler's flags, instead of those found in\n"
	"                         FIRMWARE\n"
	"      --compiler NAME    the compiler (default: the usual one for the machine)\n"
	"      --board NAME       the emulated board that `tenon run` shall take\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon kit build/firmware.elf --headers include/product -o acme-kit.tar.gz\n"
	"  tar xf acme-kit.tar.gz\n"
	"  tenon new effect --kit acme-kit && tenon build effect\n"
	"\n"
	"Exit status:\n"
	"  0  OUTPUT is written\n"
	"  1  FIRMWARE cannot be read or exports nothing, or OUTPUT cannot be written\n"
	"  2  wrong usage\n";

/* ---- files ---- */

static bool failed(const char *path)
{
	complain(path, "%s", strerror(errno));
	return false;
}

static bool write_bytes(const struct kit *kit, const char *name, const void *bytes, size_t length)
{
	char *path = need_text("%s/%s", kit->folder, name);
	FILE *out = fopen(path, "we");
	bool good = out != NULL && fwrite(bytes, 1, length, out) == length;

	if (out != NULL && fclose(out) != 0)
		good = false;
	if (!good)
		(void)failed(path);
	free(path);
	return good;
}

/* @text is freed. */
static bool write_text(const struct kit *kit, const char *name, char *text)
{
	bool good = write_bytes(kit, name, text, strlen(text));

	free(text);
	return good;
}

/* A step of the kit's own making. */
static bool do_step(const char *const *argv)
{
	if (program_run(argv))
		return true;
	complain(argv[0], "could not be run, or failed");
	return false;
}

static bool copy_folder(const struct kit *kit, const char *from, const char *to)
{
	char *target = need_text("%s/%s", kit->folder, to), *all = need_text("%s/.", from);
	const char *const make[] = {"mkdir", "-p", target, NULL};
	const char *const copy[] = {"cp", "-RL", all, target, NULL};
	bool good = do_step(make) && do_step(copy);

	free(target);
	free(all);
	return good;
}

/* Headers only, in the folders that they are in. */
static bool copy_headers(const struct kit *kit, const char *from)
{
	char *target = need_text("%s/include", kit->folder);
	char *folder = realpath(target, NULL);
	const char *const argv[] = {
		"sh",
		"-c",
		"cd \"$1\" && find . \\( -name '*.h' -o -name '*.hh' -o -name '*.hpp' \\) "
		"-exec cp -L --parents -t \"$2\" {} +",
		"sh",
		from,
		folder,
		NULL};
	bool good = folder != NULL && do_step(argv);

	free(target);
	free(folder);
	return good;
}

/* What the command was installed with, or in a build folder, the sources. */
static char *find_data(const char *name)
{
	char program[PATH_MAX], *slash, *path;
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length > 0) {
		program[length] = '\0';
		slash = strrchr(program, '/');
		path = need_text("%.*s/../share/tenon/kit/%s", (int)(slash - program), program,
				 name);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return need_text("%s/%s", TENON_SOURCE_DIR,
			 strcmp(name, "zephyr") == 0  ? "compat/zephyr/zephyr"
			 : strcmp(name, "llext") == 0 ? "include/llext"
						      : name);
}

static bool copy_data(const struct kit *kit, const char *name, const char *to)
{
	char *from = find_data(name);
	bool good = copy_folder(kit, from, to);

	free(from);
	return good;
}

/* What builds extensions, of all that the build of a firmware has. */
static bool copy_cmake(const struct kit *kit)
{
	static const char *const names[] = {"edk/TenonEdkConfig.cmake", "TenonExtension.cmake",
					    "TenonCheck.cmake", "TenonStrip.cmake",
					    "TenonInc.cmake"};
	char *folder = find_data("cmake"), *target = need_text("%s/cmake", kit->folder);
	bool good = folder != NULL && make_folder(target);

	for (size_t i = 0; good && i < sizeof(names) / sizeof(names[0]); i++) {
		char *from = need_text("%s/%s", folder, names[i]);
		const char *const copy[] = {"cp", "-L", from, target, NULL};

		good = do_step(copy);
		free(from);
	}
	free(folder);
	free(target);
	return good;
}

/* ---- what is in it ---- */

const char *usual_compiler(const struct file *file)
{
	switch (file->machine) {
	case EM_ARM:
		return "arm-none-eabi-gcc";
	case EM_RISCV:
		return "riscv64-unknown-elf-gcc";
	case EM_AARCH64:
		return "aarch64-linux-gnu-gcc";
	case EM_XTENSA:
		return "xtensa-lx106-elf-gcc";
	default:
		return "gcc";
	}
}

/* "arm-none-eabi-gcc" to "arm-none-eabi-g++". */
static char *cxx_compiler(const char *compiler)
{
	size_t length = strlen(compiler);

	if (length >= 3 && strcmp(compiler + length - 3, "gcc") == 0)
		return need_text("%.*sg++", (int)length - 3, compiler);
	if (length >= 5 && strcmp(compiler + length - 5, "clang") == 0)
		return need_text("%s++", compiler);
	return need_text("%s", strcmp(compiler, "cc") == 0 ? "c++" : compiler);
}

static bool write_flags(const struct kit *kit)
{
	const char *flags = kit->flags != NULL ? kit->flags : "";
	char *cxx = cxx_compiler(kit->compiler), *list = need_text("%s", flags);
	bool good;

	for (char *c = list; *c != '\0'; c++) {
		if (*c == ' ')
			*c = ';';
	}
	good = write_text(kit, "Makefile.cflags",
			  need_text("# Flags of %s, from %s.\n"
				    "LLEXT_EDK_COMPILER ?= %s\n"
				    "LLEXT_EDK_CXX_COMPILER ?= %s\n"
				    "LLEXT_BASE_CFLAGS = %s -Os -g\n"
				    "LLEXT_BASE_CXXFLAGS = %s -Os -g -fno-exceptions -fno-rtti\n"
				    "LLEXT_INCLUDE_CFLAGS = -I$(LLEXT_EDK_INSTALL_DIR)/include\n"
				    "LLEXT_ALL_INCLUDE_CFLAGS = $(LLEXT_INCLUDE_CFLAGS)\n"
				    "LLEXT_CFLAGS = $(LLEXT_BASE_CFLAGS) -DLL_EXTENSION_BUILD "
				    "$(LLEXT_INCLUDE_CFLAGS)\n"
				    "LLEXT_CXXFLAGS = $(LLEXT_BASE_CXXFLAGS) -DLL_EXTENSION_BUILD "
				    "$(LLEXT_INCLUDE_CFLAGS)\n",
				    kit->name, kit->flags_from, kit->compiler, cxx, flags,
				    flags)) &&
	       write_text(
		       kit, "cmake.cflags",
		       need_text(
			       "# Flags of %s, from %s.\n"
			       "set(LLEXT_EDK_COMPILER [==[%s]==])\n"
			       "set(LLEXT_EDK_TYPE relocatable)\n"
			       "set(LLEXT_BASE_CFLAGS %s -g)\n"
			       "set(LLEXT_BASE_CXXFLAGS %s -g -fno-exceptions -fno-rtti)\n"
			       "set(LLEXT_INCLUDE_CFLAGS \"-I${CMAKE_CURRENT_LIST_DIR}/include\")\n"
			       "set(LLEXT_ALL_INCLUDE_CFLAGS ${LLEXT_INCLUDE_CFLAGS})\n"
			       "set(LLEXT_CFLAGS ${LLEXT_BASE_CFLAGS} -DLL_EXTENSION_BUILD "
			       "${LLEXT_INCLUDE_CFLAGS})\n"
			       "set(LLEXT_CXXFLAGS ${LLEXT_BASE_CXXFLAGS} -DLL_EXTENSION_BUILD "
			       "${LLEXT_INCLUDE_CFLAGS})\n",
			       kit->name, kit->flags_from, kit->compiler, list, list)) &&
	       write_text(kit, "toolchain.cmake",
			  need_text("# cmake -DCMAKE_TOOLCHAIN_FILE=<kit>/toolchain.cmake\n"
				    "set(CMAKE_SYSTEM_NAME Generic)\n"
				    "set(CMAKE_SYSTEM_PROCESSOR %s)\n"
				    "set(CMAKE_C_COMPILER %s)\n"
				    "set(CMAKE_CXX_COMPILER %s)\n"
				    "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n",
				    kit->interface.machine, kit->compiler, cxx));
	free(cxx);
	free(list);
	return good;
}

static bool write_exports(const struct kit *kit)
{
	char *text = need_text(
		"# What %s exports, for tenon check --against and tenon pack --bind.\n", kit->name);
	const struct builtins *builtins = &kit->firmware.builtins;

	for (size_t i = 0; i < builtins->count; i++) {
		const char *prototype = kit->interface.exports[i].prototype;
		char *more = prototype != NULL ? need_text("%s%s # %s\n", text,
							   builtins->list[i].name, prototype)
					       : need_text("%s%s\n", text, builtins->list[i].name);

		free(text);
		text = more;
	}
	return write_text(kit, "exports.txt", text);
}

static bool write_readme(const struct kit *kit)
{
	return write_text(
		kit, "README.md",
		need_text(
			"# Development kit\n\n"
			"To write extensions for `%s` (%s, %zu export%s).\n\n"
			"    tenon new effect --kit <this folder>\n"
			"    tenon build effect\n\n"
			"builds an extension, and checks that the firmware has all that it "
			"imports. "
			"Without `tenon new`, in a Makefile:\n\n"
			"    include $(LLEXT_EDK_INSTALL_DIR)/Makefile.cflags\n"
			"    effect.llext: effect.c\n"
			"    \t$(LLEXT_EDK_COMPILER) $(LLEXT_CFLAGS) -c -o $@ $<\n\n"
			"or with CMake:\n\n"
			"    find_package(TenonEdk REQUIRED PATHS "
			"$ENV{LLEXT_EDK_INSTALL_DIR}/cmake "
			"NO_DEFAULT_PATH)\n"
			"    add_llext_target(effect OUTPUT effect.llext SOURCES effect.c)\n\n"
			"`LLEXT_EDK_INSTALL_DIR` names this folder.\n\n"
			"| file | has |\n| --- | --- |\n"
			"| `include/` | the headers |\n"
			"| `exports.txt` | the names that the firmware exports, with prototypes |\n"
			"| `kit.json` | the same with types, flags, build attributes, heaps and "
			"the "
			"table's fingerprint |\n"
			"| `firmware.elf` | stands for the firmware: `tenon check FILE --against "
			"<this "
			"folder>` |\n"
			"| `Makefile.cflags`, `cmake.cflags`, `toolchain.cmake` | the compiler and "
			"its flags, "
			"from %s |\n",
			kit->name, kit->interface.machine, kit->firmware.builtins.count,
			kit->firmware.builtins.count == 1 ? "" : "s", kit->flags_from));
}

static bool write_kit(const struct kit *kit)
{
	size_t length;
	uint8_t *stub = kit_stub(&kit->firmware, &length);
	bool good = write_bytes(kit, "firmware.elf", stub, length) && write_exports(kit) &&
		    write_text(kit, "kit.json", kit_json(kit)) && write_flags(kit) &&
		    write_readme(kit) && copy_data(kit, "llext", "include/llext") &&
		    copy_data(kit, "zephyr", "include/zephyr") && copy_cmake(kit);

	free(stub);
	for (size_t i = 0; good && i < kit->header_count; i++)
		good = copy_headers(kit, kit->headers[i]);
	return good;
}

/* ---- where it goes ---- */

static bool ends(const char *text, const char *end)
{
	return strlen(text) > strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static bool pack_kit(const struct kit *kit, const char *parent, const char *stem)
{
	char *temporary = need_text("%s.new", kit->output);
	/* The same input gives the same file. */
	const char *const argv[] = {"tar",
				    "--force-local",
				    "--sort=name",
				    "--mtime=@0",
				    "--owner=0",
				    "--group=0",
				    "--numeric-owner",
				    "-czf",
				    temporary,
				    "-C",
				    parent,
				    stem,
				    NULL};
	bool good = do_step(argv) && (rename(temporary, kit->output) == 0 || failed(kit->output));

	if (!good)
		(void)unlink(temporary);
	free(temporary);
	return good;
}

static bool make_kit(struct kit *kit)
{
	const char *slash = strrchr(kit->output, '/');
	char *stem = need_text("%s", slash ? slash + 1 : kit->output), *parent;
	bool is_folder = !ends(kit->output, ".tar.gz") && !ends(kit->output, ".tgz"), good;

	if (is_folder) {
		kit->folder = need_text("%s", kit->output);
		return make_folder(kit->folder) && write_kit(kit);
	}
	stem[strlen(stem) - (ends(stem, ".tar.gz") ? 7 : 4)] = '\0';
	parent = temporary_folder("kit");
	if (parent == NULL)
		return false;
	kit->folder = need_text("%s/%s", parent, stem);
	good = make_folder(kit->folder) && write_kit(kit) && pack_kit(kit, parent, stem);
	(void)remove_folder(parent);
	free(parent);
	free(stem);
	return good;
}

/* ---- the command ---- */

static int set(struct kit *kit, int option)
{
	struct stat st;

	switch (option) {
	case 'o':
		kit->output = optarg;
		return 0;
	case 'H':
		if (stat(optarg, &st) != 0 || !S_ISDIR(st.st_mode))
			return wrong_usage("kit", "--headers: %s is no folder", printable(optarg));
		if (kit->header_count == MOST_FOLDERS)
			return wrong_usage("kit", "--headers: at most %d folders", MOST_FOLDERS);
		kit->headers[kit->header_count++] = optarg;
		return 0;
	case 'F':
		kit->flags = need_text("%s", optarg);
		kit->flags_from = "the command line";
		return 0;
	case 'C':
		kit->compiler = optarg;
		return 0;
	case 'B':
		kit->board = optarg;
		return 0;
	default:
		return wrong_usage("kit", option == ':' ? "'%s' needs a value" : "no option '%s'",
				   printable(optarg));
	}
}

/* Can the compiler find its C library's headers with these flags? */
static bool finds_headers(const char *compiler, const char *flags)
{
	const char *const argv[] = {
		"sh", "-c",     "echo '#include <stdint.h>' | $1 $2 -E -x c - >/dev/null 2>&1",
		"sh", compiler, flags,
		NULL};

	return program_run(argv);
}

/* Compilers for bare metal may come without a C library, and picolibc beside them. */
static void find_headers(struct kit *kit)
{
	static const char specs[] = "--specs=picolibc.specs";
	const char *flags = kit->flags != NULL ? kit->flags : "";

	if (!finds_headers(kit->compiler, flags) && finds_headers(kit->compiler, specs)) {
		char *more = need_text("%s%s%s", flags, flags[0] != '\0' ? " " : "", specs);

		free(kit->flags);
		kit->flags = more;
	}
}

static bool read_firmware(struct kit *kit)
{
	if (!file_open(&kit->file, kit->firmware_path) ||
	    !firmware_read(&kit->firmware, &kit->file))
		return false;
	interface_of_firmware(&kit->interface, &kit->firmware);
	kit->name = base_name(kit->firmware_path);
	if (kit->flags == NULL)
		kit->flags = kit_flags(&kit->file, &kit->flags_from);
	if (kit->flags == NULL) {
		kit->flags_from = "nowhere";
		warn_about(kit->firmware_path,
			   "says neither in debug information nor in build attributes how it "
			   "was compiled: give --flags");
	}
	if (kit->compiler == NULL)
		kit->compiler = usual_compiler(&kit->file);
	find_headers(kit);
	return true;
}

static int run_kit(int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"headers", required_argument, NULL, 'H'},
						{"flags", required_argument, NULL, 'F'},
						{"compiler", required_argument, NULL, 'C'},
						{"board", required_argument, NULL, 'B'},
						{NULL, 0, NULL, 0}};
	struct kit kit = {0};
	int option, code;
	bool good;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			optarg = option_at_fault(argv);
		code = set(&kit, option);
		if (code != 0)
			return code;
	}
	if (argc - optind != 1)
		return wrong_usage("kit", "one FIRMWARE is needed");
	if (kit.output == NULL)
		return wrong_usage("kit", "no --output OUTPUT given");
	kit.firmware_path = argv[optind];
	good = read_firmware(&kit) && make_kit(&kit);
	if (good)
		printf("%s: %zu export%s; flags (from %s): %s\n", printable(kit.output),
		       kit.firmware.builtins.count, kit.firmware.builtins.count == 1 ? "" : "s",
		       kit.flags_from, kit.flags != NULL ? kit.flags : "none");
	interface_free(&kit.interface);
	firmware_free(&kit.firmware);
	file_close(&kit.file);
	free(kit.flags);
	free(kit.folder);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_kit = {"kit", "make a development kit from a firmware", help_text,
				    run_kit};
