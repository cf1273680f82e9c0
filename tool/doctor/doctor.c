/* SPDX-License-Identifier: Apache-2.0 */
/* tenon doctor: is everything there that it takes to build, try and load extensions? */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "program.h"
#include "doctor.h"

static const char help_text[] =
	"Usage: tenon doctor [OPTION...] [FILE...]\n"
	"\n"
	"Look at what is installed: tool chains with their multilibs and C libraries,\n"
	"build tools, emulators, boards. Each compiler compiles a small extension, and\n"
	"what its default flags cost is said. With FILEs or --compiler, look at these\n"
	"instead; with --bundle, at all.\n"
	"\n"
	"Each FILE is a firmware's ELF file, the folder of its kit, or an extension. Of a\n"
	"firmware: the table of exports and the linker's lines for it, the heap,\n"
	"protection, flags; of an extension: does it load, and what hurts.\n"
	"\n"
	"Options:\n"
	"  -c, --compiler LINE    a compiler with options: what do these flags do to an\n"
	"                         extension?\n"
	"  -b, --bundle OUTPUT    write a .tar.gz for a bug report: the findings,\n"
	"                         firmware without its code and data, extensions whole\n"
	"  -j, --json             as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon doctor\n"
	"  tenon doctor build/firmware.elf\n"
	"  tenon doctor --compiler 'arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -flto'\n"
	"  tenon doctor --bundle report.tar.gz build/firmware.elf codec.llext\n"
	"\n"
	"Exit status:\n"
	"  0  nothing is wrong, though something may not be installed\n"
	"  1  something is wrong\n"
	"  2  wrong usage\n";

static const char *const state_names[] = {"good", "note", "missing", "bad"};

void doctor_find(struct doctor *doctor, enum state state, const char *area, const char *name,
		 char *remedy, const char *format, ...)
{
	struct finding *finding;
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = need_text("?");
	va_end(args);
	doctor->list = need_more(doctor->list, doctor->count + 1, sizeof(*doctor->list));
	finding = &doctor->list[doctor->count++];
	*finding = (struct finding){state, area, need_text("%s", name), text, remedy};
}

static size_t count_bad(const struct doctor *doctor)
{
	size_t bad = 0;

	for (size_t i = 0; i < doctor->count; i++)
		bad += doctor->list[i].state == STATE_BAD;
	return bad;
}

/* ---- output ---- */

static void print_finding(const struct finding *finding)
{
	static const struct {
		const char *mark;
		enum style style;
	} marks[] = {
		{"ok", STYLE_GOOD}, {"note", STYLE_NOTE}, {"--", STYLE_PLAIN}, {"BAD", STYLE_BAD}};

	printf("  %s%-4s%s  %s: %s\n", style_on(stdout, marks[finding->state].style),
	       marks[finding->state].mark, style_off(stdout), printable(finding->name),
	       printable(finding->text));
	if (finding->remedy != NULL)
		printf("        %s\n", printable(finding->remedy));
}

static void print_text(const struct doctor *doctor)
{
	const char *area = "";
	size_t bad = count_bad(doctor);

	for (size_t i = 0; i < doctor->count; i++) {
		if (strcmp(area, doctor->list[i].area) != 0) {
			area = doctor->list[i].area;
			printf("%s%s%s\n", style_on(stdout, STYLE_TITLE), area, style_off(stdout));
		}
		print_finding(&doctor->list[i]);
	}
	if (bad == 0)
		puts("nothing is wrong");
	else
		printf("%zu thing%s wrong\n", bad, bad == 1 ? " is" : "s are");
}

static struct json_object *as_json(const struct doctor *doctor)
{
	struct json_object *root = json_root("doctor"), *list, *item;

	json_text(root, "version", LLEXT_TENON_VERSION);
	json_flag(root, "good", count_bad(doctor) == 0);
	list = json_list(root, "findings");
	for (size_t i = 0; i < doctor->count; i++) {
		item = json_item(list);
		json_text(item, "state", state_names[doctor->list[i].state]);
		json_text(item, "area", doctor->list[i].area);
		json_text(item, "name", doctor->list[i].name);
		json_text(item, "text", doctor->list[i].text);
		json_text(item, "remedy", doctor->list[i].remedy);
	}
	return root;
}

/* ---- the command ---- */

struct request {
	const char *compiler, *bundle;
	bool json;
};

static bool examine(struct doctor *doctor, const struct request *request, char **paths,
		    size_t count)
{
	struct json_object *root;
	char *object = NULL;
	bool good = true;

	doctor->folder = temporary_folder("doctor");
	if (doctor->folder == NULL)
		return false;
	if (request->compiler != NULL &&
	    doctor_compile(doctor, "flags", request->compiler, &object))
		doctor_find(doctor, STATE_GOOD, "flags", request->compiler, NULL,
			    "what it makes loads");
	free(object);
	if (request->bundle != NULL || (request->compiler == NULL && count == 0))
		doctor_tools(doctor);
	for (size_t i = 0; i < count; i++)
		doctor_file(doctor, paths[i]);
	root = as_json(doctor);
	if (request->bundle != NULL)
		good = doctor_bundle(doctor, request->bundle, paths, count,
				     json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	if (request->json)
		json_print(root, stdout);
	else
		print_text(doctor);
	if (!request->json)
		(void)json_object_put(root);
	return good && count_bad(doctor) == 0;
}

static void clean_up(struct doctor *doctor)
{
	if (doctor->folder != NULL)
		(void)remove_folder(doctor->folder);
	for (size_t i = 0; i < doctor->count; i++) {
		free(doctor->list[i].name);
		free(doctor->list[i].text);
		free(doctor->list[i].remedy);
	}
	free(doctor->list);
	free(doctor->folder);
}

static int run_doctor(int argc, char **argv)
{
	static const struct option options[] = {{"compiler", required_argument, NULL, 'c'},
						{"bundle", required_argument, NULL, 'b'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	struct request request = {0};
	struct doctor doctor = {0};
	int option;
	bool good;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:b:j", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("doctor",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'c')
			request.compiler = optarg;
		else if (option == 'b')
			request.bundle = optarg;
		else
			request.json = true;
	}
	good = examine(&doctor, &request, argv + optind, (size_t)(argc - optind));
	clean_up(&doctor);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_doctor = {"doctor", "look at what is installed, and at a firmware",
				       help_text, run_doctor};
