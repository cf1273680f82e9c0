/* SPDX-License-Identifier: Apache-2.0 */
/* tenon report: all that is known of extensions, as one page for a browser. */
#include "tenon.h"
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "explain.h"
#include "fit.h"
#include "kit.h"
#include "page.h"

static const char help_text[] =
	"Usage: tenon report [OPTION...] FILE...\n"
	"\n"
	"Write what is known of extensions as one page for a browser: memory before and\n"
	"after the load, sections, exports, which extension uses which, relocations, what\n"
	"packing would save, hints, and where each FILE can run. The page needs no\n"
	"network and no script.\n"
	"\n"
	"Options:\n"
	"  -o, --output PAGE      where to write it (default: report.html)\n"
	"  -a, --against FIRMWARE the firmware's ELF file, the folder of its kit, or a\n"
	"                         list of names\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon report effect.llext\n"
	"  tenon report build/*.llext --against firmware.elf -o build/report.html\n"
	"\n"
	"Exit status:\n"
	"  0  written\n"
	"  1  a file cannot be read, or the page not be written; or a FILE would not\n"
	"     load, and the page says why\n"
	"  2  wrong usage\n";

/* Pack into @path in a process of its own, which says nothing. */
static bool pack_quietly(const char *from, const char *path)
{
	char *arguments[] = {(char *)"pack", (char *)from, (char *)"-o", (char *)path, NULL};
	int status = -1, nothing;
	pid_t child;

	(void)fflush(NULL);
	child = fork();
	if (child == 0) {
		nothing = open("/dev/null", O_WRONLY);
		if (nothing < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0)
			_exit(EXIT_REFUSED);
		optind = 0;
		_exit(command_pack.run(4, arguments));
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == EXIT_GOOD;
}

/* What the packed file would be. */
static void measure_packed(struct subject *subject)
{
	struct assumption assumed = {0};
	struct report report = {0};
	struct file file = {0};
	char *folder, *path;

	if (subject->report.packing.is_packed || !subject->report.loads)
		return;
	folder = temporary_folder("report");
	if (folder == NULL)
		return;
	path = need_text("%s/packed", folder);
	if (pack_quietly(subject->file.path, path) && file_open(&file, path)) {
		if (report_build(&report, &file, &assumed) && report.loads)
			subject->packed =
				(struct packed_size){true, file.length, report.stream_bytes};
		report_free(&report);
	}
	file_close(&file);
	(void)unlink(path);
	(void)rmdir(folder);
	free(path);
	free(folder);
}

static bool read_subjects(struct page *page, char **paths)
{
	struct assumption assumed = {0};
	bool good = true;

	for (size_t i = 0; i < page->count && good; i++) {
		struct subject *subject = &page->subjects[i];
		struct fit fit = {0};

		good = file_open(&subject->file, paths[i]) &&
		       report_build(&subject->report, &subject->file, &assumed);
		if (!good)
			break;
		report_unload(&subject->report);
		if (page->has_firmware)
			subject->refusal = fit_refusal(&fit, &subject->file, page->firmware.file,
						       NULL, FIT_ERROR);
		measure_packed(subject);
	}
	return good;
}

static bool write_page(struct page *page, const char *output)
{
	char *bytes = NULL;
	size_t length = 0;
	bool good;

	page->out = open_memstream(&bytes, &length);
	if (page->out == NULL) {
		complain(output, "no memory for the page");
		return false;
	}
	page_write(page);
	good = fclose(page->out) == 0 && write_output(output, (const uint8_t *)bytes, length);
	free(bytes);
	return good;
}

static bool all_load(const struct page *page)
{
	bool good = true;

	for (size_t i = 0; i < page->count; i++) {
		const struct subject *subject = &page->subjects[i];
		char *why_not = page_why_not(page, i);

		if (why_not != NULL && !subject->report.loads)
			complain_diag(subject->file.path, &subject->report.diag,
				      subject->report.desk.core->diag_format);
		else if (why_not != NULL)
			complain(subject->file.path, "would not load into %s: %s",
				 printable(page->firmware_name), why_not);
		else if (subject->report.useless != NULL)
			complain(subject->file.path, "%s", subject->report.useless);
		good = good && why_not == NULL && subject->report.useless == NULL;
		free(why_not);
	}
	return good;
}

static int report(size_t count, char **paths, const char *against, const char *output)
{
	struct page page = {.subjects = need(count, sizeof(*page.subjects)), .count = count};
	struct file firmware = {0};
	bool good = true;

	page.firmware_name = against != NULL ? base_name(against) : "the firmware";
	for (size_t i = 0; i < count && good; i++) {
		if (same_file(paths[i], output)) {
			complain(output, "is one of the files that are reported");
			good = false;
		}
	}
	(void)boards_find(&page.boards);
	if (good && against != NULL)
		good = page.has_firmware = kit_open(&firmware, against, paths[0]) &&
					   firmware_read(&page.firmware, &firmware);
	good = good && read_subjects(&page, paths) && write_page(&page, output) && all_load(&page);
	for (size_t i = 0; i < count; i++) {
		report_free(&page.subjects[i].report);
		free(page.subjects[i].refusal);
		file_close(&page.subjects[i].file);
	}
	firmware_free(&page.firmware);
	file_close(&firmware);
	boards_free(&page.boards);
	free(page.subjects);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_report(int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"against", required_argument, NULL, 'a'},
						{NULL, 0, NULL, 0}};
	const char *against = NULL, *output = "report.html";
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:a:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("report",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'o')
			output = optarg;
		else
			against = optarg;
	}
	if (optind == argc)
		return wrong_usage("report", "no FILE given");
	return report((size_t)(argc - optind), argv + optind, against, output);
}

const struct command command_report = {
	"report", "write all that is known of extensions as a page for a browser", help_text,
	run_report};
