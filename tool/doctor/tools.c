/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are installed, and what they make of a small extension. */
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "inspect.h"
#include "program.h"
#include "doctor.h"

struct tool {
	const char *program;
	const char *option;  /* that makes it print its version */
	const char *package; /* Debian's */
	const char *purpose;
};

static const struct tool build_tools[] = {
	{"make", "--version", "make", "builds with a Makefile"},
	{"cmake", "--version", "cmake", "builds with a CMakeLists.txt"},
	{"ninja", "--version", "ninja-build", "makes CMake's builds faster"},
	{"gdb", "--version", "gdb", "debugs extensions in a program"},
	{"gdb-multiarch", "--version", "gdb-multiarch", "debugs extensions on boards"},
};

static const struct tool emulators[] = {
	{"qemu-system-arm", "--version", "qemu-system-arm", "boards with Cortex-M, Cortex-R"},
	{"qemu-system-aarch64", "--version", "qemu-system-arm", "boards with AArch64"},
	{"qemu-system-riscv32", "--version", "qemu-system-misc", "boards with RV32"},
	{"qemu-system-riscv64", "--version", "qemu-system-misc", "boards with RV64"},
};

/* @flags: of a usual part, for which there must be libraries; NULL: any will do. */
static const struct compiler {
	struct tool tool;
	const char *flags;
	const char *picolibc; /* the package; NULL: extensions there use another C library */
} compilers[] = {
	{{"gcc", "-dumpfullversion", "gcc", "extensions for this machine"}, NULL, NULL},
	{{"clang", "-dumpversion", "clang", "extensions for this machine"}, NULL, NULL},
	{{"arm-none-eabi-gcc", "-dumpfullversion", "gcc-arm-none-eabi", "Cortex-M, Cortex-R"},
	 "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard",
	 "picolibc-arm-none-eabi"},
	{{"riscv64-unknown-elf-gcc", "-dumpfullversion", "gcc-riscv64-unknown-elf", "RISC-V"},
	 "-march=rv32imac -mabi=ilp32",
	 "picolibc-riscv64-unknown-elf"},
	{{"aarch64-linux-gnu-gcc", "-dumpfullversion", "gcc-aarch64-linux-gnu", "AArch64"},
	 NULL,
	 "picolibc-aarch64-linux-gnu"},
	{{"xtensa-lx106-elf-gcc", "-dumpfullversion", "gcc-xtensa-lx106", "ESP8266"},
	 NULL,
	 "picolibc-xtensa-lx106-elf"},
};

#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

/* The first number with a dot in a program's first line: "QEMU emulator version 7.2.15". */
static char *take_version(const char *output)
{
	size_t length;

	for (; *output != '\0' && *output != '\n'; output++) {
		length = strspn(output, "0123456789.");
		if (length > 2 && memchr(output, '.', length) != NULL && output[0] != '.')
			return need_text("%.*s", (int)length, output);
	}
	return need_text("of an unknown version");
}

/* Its version, to be freed; NULL, and a finding: it is not there. */
static char *find_tool(struct doctor *doctor, const char *area, const struct tool *tool)
{
	const char *const argv[] = {tool->program, tool->option, NULL};
	char *output, *version = NULL;

	output = program_output(argv);
	if (output != NULL)
		version = take_version(output);
	else
		doctor_find(doctor, STATE_MISSING, area, tool->program,
			    need_text("on Debian: apt install %s", tool->package),
			    "not installed: it %s", tool->purpose);
	free(output);
	return version;
}

static void find_tools(struct doctor *doctor, const char *area, const struct tool *tools,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *version = find_tool(doctor, area, &tools[i]);

		if (version != NULL)
			doctor_find(doctor, STATE_GOOD, area, tools[i].program, NULL, "%s, %s",
				    version, tools[i].purpose);
		free(version);
	}
}

/* ---- compilers ---- */

/* What a shell prints for a line. NULL: it fails. */
static char *shell_output(const char *line)
{
	const char *const argv[] = {"sh", "-c", line, NULL};

	return program_output(argv);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; text != NULL && *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* The libraries for the flags of a usual part: without, soft floats are linked to hard ones. */
static void find_multilib(struct doctor *doctor, const struct compiler *compiler)
{
	char *line =
		need_text("%s %s -print-multi-directory", compiler->tool.program, compiler->flags);
	char *output = shell_output(line);

	if (output == NULL || output[0] == '.')
		doctor_find(doctor, STATE_BAD, "tool chains", compiler->tool.program,
			    need_text("install a tool chain that has been built with multilibs"),
			    "no libraries for %s", compiler->flags);
	free(output);
	free(line);
}

static void find_picolibc(struct doctor *doctor, const struct compiler *compiler)
{
	char *line =
		need_text("%s --specs=picolibc.specs -x c -E /dev/null", compiler->tool.program);
	char *output = shell_output(line);

	if (output == NULL)
		doctor_find(doctor, STATE_MISSING, "tool chains", compiler->tool.program,
			    need_text("on Debian: apt install %s", compiler->picolibc),
			    "has no picolibc: its C library is another one, or there is none");
	free(output);
	free(line);
}

static void find_compiler(struct doctor *doctor, const struct compiler *compiler)
{
	char *version = find_tool(doctor, "tool chains", &compiler->tool), *line, *output;
	char *object = NULL;

	if (version == NULL)
		return;
	line = need_text("%s -print-multi-lib", compiler->tool.program);
	output = shell_output(line);
	doctor_find(doctor, STATE_GOOD, "tool chains", compiler->tool.program, NULL,
		    "%s, %zu multilibs, %s", version, count_lines(output), compiler->tool.purpose);
	free(output);
	free(line);
	free(version);
	if (compiler->flags != NULL)
		find_multilib(doctor, compiler);
	if (compiler->picolibc != NULL)
		find_picolibc(doctor, compiler);
	line = need_text("%s%s%s", compiler->tool.program, compiler->flags != NULL ? " " : "",
			 compiler->flags != NULL ? compiler->flags : "");
	(void)doctor_compile(doctor, "tool chains", line, &object);
	free(object);
	free(line);
}

/* ---- a small extension ---- */

static const char sample[] = "extern int imported(int);\n"
			     "static int data = 5;\n"
			     "int called(int x) { return imported(x) + data++; }\n";

/* What only costs; the rest is what a load is refused for. */
static void note_costs(struct doctor *doctor, const char *area, const char *line,
		       const struct report *report)
{
	for (size_t i = 0; i < report->hints.count; i++) {
		const struct hint *hint = &report->hints.list[i];

		if (hint->effect != EFFECT_REFUSED)
			doctor_find(doctor, hint->effect == EFFECT_COST ? STATE_NOTE : STATE_BAD,
				    area, line, need_text("%s", hint->remedy), "%s", hint->what);
	}
}

static bool look_at_object(struct doctor *doctor, const char *area, const char *line,
			   const char *path)
{
	struct assumption assumed = {0};
	struct report report = {0};
	struct file file;
	bool good = false;

	complain_quietly(true);
	if (!file_open(&file, path) || !report_build(&report, &file, &assumed)) {
		doctor_find(doctor, STATE_BAD, area, line, NULL, "what it makes cannot be read: %s",
			    last_complaint());
	} else {
		good = report.loads && report.useless == NULL;
		if (report.useless != NULL)
			doctor_find(doctor, STATE_BAD, area, line, NULL,
				    "cannot be used: what it makes %s", report.useless);
		else if (!good)
			doctor_find(doctor, STATE_BAD, area, line, NULL,
				    "what it makes does not load: %s",
				    diag_text(&report.diag, report.desk.core->diag_format));
		note_costs(doctor, area, line, &report);
	}
	complain_quietly(false);
	report_free(&report);
	file_close(&file);
	return good;
}

bool doctor_compile(struct doctor *doctor, const char *area, const char *line, char **object)
{
	char *source, *command, *output;
	bool good;

	*object = NULL;
	source = need_text("%s/sample.c", doctor->folder);
	*object = need_text("%s/sample.o", doctor->folder);
	good = write_output(source, (const uint8_t *)sample, sizeof(sample) - 1);
	command = need_text("%s -O1 -c '%s' -o '%s'", line, source, *object);
	output = good ? shell_output(command) : NULL;
	if (good && output == NULL)
		doctor_find(doctor, STATE_BAD, area, line, NULL,
			    "cannot compile a small extension");
	good = output != NULL && look_at_object(doctor, area, line, *object);
	if (!good) {
		free(*object);
		*object = NULL;
	}
	free(output);
	free(command);
	free(source);
	return good;
}

/* ---- all ---- */

static void find_boards(struct doctor *doctor)
{
	struct boards boards;

	if (boards_find(&boards))
		doctor_find(doctor, STATE_GOOD, "emulators", "boards", NULL, "%zu in %s",
			    boards.count, boards.folder);
	else
		doctor_find(doctor, STATE_MISSING, "emulators", "boards",
			    need_text("make boards, or TENON_BOARDS=FOLDER"),
			    "no firmware for emulated boards is built or installed");
	boards_free(&boards);
}

void doctor_tools(struct doctor *doctor)
{
	find_tools(doctor, "build tools", build_tools, LENGTH(build_tools));
	for (size_t i = 0; i < LENGTH(compilers); i++)
		find_compiler(doctor, &compilers[i]);
	find_tools(doctor, "emulators", emulators, LENGTH(emulators));
	find_boards(doctor);
}
