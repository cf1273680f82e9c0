/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware's ELF file: what it must have for extensions; and extensions. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"
#include "firmware.h"
#include "fit.h"
#include "inspect.h"
#include "kit.h"
#include "purpose.h"
#include "doctor.h"

#define LEAST_HEAP 4096

/* Sections with this name are records that the linker's script has not put together. */
static bool has_stray_records(const struct file *file)
{
	struct section_header header;

	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) &&
		    strncmp(header.name, ".llext_export.", 14) == 0)
			return true;
	}
	return false;
}

static void no_exports(struct doctor *doctor, const struct file *file, const char *why)
{
	if (has_stray_records(file))
		doctor_find(
			doctor, STATE_BAD, "firmware", "exports",
			need_text("link with -T cmake/llext_export.ld, or put its lines into "
				  "the linker script that you have"),
			"its records stand in sections of their own: the linker line is missing");
	else
		doctor_find(doctor, STATE_BAD, "firmware", "exports",
			    need_text("EXPORT_SYMBOL() what extensions may use, and link with "
				      "-T cmake/llext_export.ld, which KEEPs the table from "
				      "--gc-sections; a linker script of your own has its lines "
				      "instead: docs/porting.md, \"The export table\""),
			    "%s", why);
}

static void look_at_exports(struct doctor *doctor, const struct firmware *firmware)
{
	if (firmware->records == 0)
		no_exports(doctor, firmware->file, "the table of exports is empty");
	else if (firmware->unsorted)
		doctor_find(doctor, STATE_BAD, "firmware", "exports",
			    need_text("the linker script must have SORT_BY_NAME, as "
				      "cmake/llext_export.ld has"),
			    "%zu, but not in order: the firmware will not find them",
			    firmware->records);
	else if (firmware->ambiguous != NULL)
		doctor_find(doctor, STATE_BAD, "firmware", "exports", need_text("export it once"),
			    "%zu, but %s is there twice, at two addresses", firmware->records,
			    printable(firmware->ambiguous));
	else
		doctor_find(doctor, STATE_GOOD, "firmware", "exports", NULL, "%zu, in order",
			    firmware->records);
}

static void look_at_heap(struct doctor *doctor, const struct firmware *firmware)
{
	const struct firmware_heap *heap = &firmware->heap;

	if (heap->bytes == 0)
		doctor_find(doctor, STATE_NOTE, "firmware", "heap",
			    need_text("call it llext_heap_memory, or define __llext_heap_start and "
				      "__llext_heap_end; else give tenon check --heap-at and "
				      "--heap"),
			    "its place is not known by a name: tenon check assumes one");
	else
		doctor_find(doctor, heap->bytes < LEAST_HEAP ? STATE_NOTE : STATE_GOOD, "firmware",
			    "heap", NULL, "%llu bytes at 0x%llx%s", (unsigned long long)heap->bytes,
			    (unsigned long long)heap->at,
			    heap->bytes < LEAST_HEAP ? ": too little for most extensions" : "");
	if (firmware->instr_heap.bytes != 0)
		doctor_find(doctor, STATE_GOOD, "firmware", "heap for code", NULL,
			    "%llu bytes at 0x%llx", (unsigned long long)firmware->instr_heap.bytes,
			    (unsigned long long)firmware->instr_heap.at);
}

static void look_at_protection(struct doctor *doctor, const struct firmware *firmware)
{
	if (firmware->file->machine == EM_X86_64) /* the host's port has all of it */
		return;
	if (firmware->protection.name != NULL)
		doctor_find(doctor, STATE_GOOD, "firmware", "protection", NULL, "%s",
			    firmware->protection.name);
	else
		doctor_find(doctor, STATE_NOTE, "firmware", "protection",
			    need_text("call llext_mcu_protect_heap(): see docs/porting.md"),
			    "none that is known: the heap can be written and executed");
	if (!firmware->has_tls)
		doctor_find(doctor, STATE_NOTE, "firmware", "thread-local variables", NULL,
			    "no room: extensions that have some are refused");
}

/* A firmware with domains whose linker script does not know of them: all links, and nothing runs.
 */
static void look_at_domains(struct doctor *doctor, const struct file *file)
{
	static const char *const remedy =
		"docs/sandbox.md, \"In the linker script\", has the lines; on Linux, link with "
		"-T cmake/llext_user.ld";
	struct symbol symbol;

	if (!file_find_symbol(file, "llext_sandbox_allocate", &symbol))
		return;
	if (!file_find_symbol(file, "__llext_gate_start", &symbol))
		doctor_find(doctor, STATE_BAD, "firmware", "domains", need_text("%s", remedy),
			    "the linker script lacks .llext_gate: no import has a gate");
	if (file->machine == EM_ARM && !file_find_symbol(file, "__llext_user_start", &symbol))
		doctor_find(doctor, STATE_BAD, "firmware", "domains", need_text("%s", remedy),
			    "the linker script lacks .llext_user: no domain can be made");
}

/* Its flags, with the usual compiler: does what they make go together with it? */
static void look_at_flags(struct doctor *doctor, const struct file *file)
{
	const char *from;
	char *flags = kit_flags(file, &from), *line, *object = NULL;
	struct fit fit = {0};
	struct file compiled;

	if (flags == NULL) {
		doctor_find(doctor, STATE_NOTE, "firmware", "flags",
			    need_text("compile with -g, or give tenon kit --flags"),
			    "neither debug information nor build attributes say how it was "
			    "compiled");
		return;
	}
	doctor_find(doctor, STATE_GOOD, "firmware", "flags", NULL, "%s (from %s)",
		    flags[0] != '\0' ? flags : "none that matter", from);
	line = need_text("%s%s%s", usual_compiler(file), flags[0] != '\0' ? " " : "", flags);
	if (doctor_compile(doctor, "firmware", line, &object)) {
		if (file_open(&compiled, object))
			fit_test(&fit, &compiled, file, NULL);
		file_close(&compiled);
		if (fit_first(&fit, FIT_ERROR) != NULL)
			doctor_find(doctor, STATE_BAD, "firmware", "flags",
				    need_text("give tenon kit --flags and --compiler"),
				    "what %s makes has %s", line, fit_first(&fit, FIT_ERROR));
	}
	free(object);
	free(line);
	free(flags);
}

static void look_at_firmware(struct doctor *doctor, const struct file *file)
{
	struct firmware firmware;
	bool good;

	complain_quietly(true);
	good = firmware_read(&firmware, file);
	complain_quietly(false);
	if (!good) {
		no_exports(doctor, file, last_complaint());
	} else {
		look_at_exports(doctor, &firmware);
		look_at_heap(doctor, &firmware);
		look_at_protection(doctor, &firmware);
	}
	look_at_flags(doctor, file);
	firmware_free(&firmware);
}

/* What may be why a file is refused is of no harm where it is not. */
static bool is_bad(const struct report *report, const struct hint *hint)
{
	return hint->effect == EFFECT_FAULT ||
	       (hint->effect == EFFECT_REFUSED && (!report->loads || report->useless != NULL));
}

static void look_at_extension(struct doctor *doctor, const struct file *file)
{
	struct assumption assumed = {0};
	struct report report;
	struct explanation row;
	const char *name = base_name(file->path);

	complain_quietly(true);
	if (!report_build(&report, file, &assumed)) {
		doctor_find(doctor, STATE_BAD, "extension", name, NULL, "%s", last_complaint());
	} else if (!report.loads) {
		bool known = report.diag.what != NULL && explain_message(report.diag.what, &row);

		doctor_find(doctor, STATE_BAD, "extension", name,
			    known ? need_text("%s (%s)", row.text, row.id) : NULL,
			    "does not load: %s",
			    diag_text(&report.diag, report.desk.core->diag_format));
	} else if (report.useless != NULL) {
		doctor_find(doctor, STATE_BAD, "extension", name, NULL, "%s", report.useless);
	} else {
		doctor_find(doctor, STATE_GOOD, "extension", name, NULL,
			    "loads, with its imports there");
	}
	complain_quietly(false);
	for (size_t i = 0; i < report.hints.count; i++)
		doctor_find(doctor, is_bad(&report, &report.hints.list[i]) ? STATE_BAD : STATE_NOTE,
			    "extension", name, need_text("%s", report.hints.list[i].remedy), "%s",
			    report.hints.list[i].what);
	report_free(&report);
}

/* A program of its own, position independent or not. */
bool is_firmware(const struct file *file)
{
	return file->type == ET_EXEC ||
	       (file->type == ET_DYN &&
		(file_find_section(file, ".interp") != 0 ||
		 file_find_section(file, ".llext_export") != 0 || has_stray_records(file)));
}

void doctor_file(struct doctor *doctor, const char *path)
{
	char *inner = kit_inner(path, "firmware.elf");
	struct file file;
	bool sound;

	complain_quietly(true);
	sound = file_open(&file, inner != NULL ? inner : path) && file_must_be_sound(&file);
	if (!sound)
		doctor_find(doctor, STATE_BAD, "files", path, NULL, "%s", last_complaint());
	complain_quietly(false);
	if (sound && is_firmware(&file)) {
		look_at_firmware(doctor, &file);
		if (inner == NULL) /* a kit has not all symbols of its firmware */
			look_at_domains(doctor, &file);
	} else if (sound) {
		look_at_extension(doctor, &file);
	}
	file_close(&file);
	free(inner);
}
