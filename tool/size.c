/* SPDX-License-Identifier: Apache-2.0 */
/* tenon size: what extensions take of a device's memory, as bars, against a budget or what they
 * took before. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "bars.h"
#include "explain.h"
#include "inspect.h"
#include "json.h"

static const char help_text[] =
	"Usage: tenon size [OPTION...] FILE...\n"
	"\n"
	"Show what each FILE, an extension, takes of a device's memory when it is loaded:\n"
	"code with its veneers, constants with the GOT, data, zeroed data, and the\n"
	"library's own tables.\n"
	"\n"
	"Options:\n"
	"      --budget SIZE      an extension that takes more is an error\n"
	"      --budget FILE      the same for each by its name: lines such as\n"
	"                         `codec.llext 24K`; `* 16K` is for those that have none\n"
	"                         of their own\n"
	"      --against OLD      show what has changed since OLD, an earlier output of\n"
	"                         --json\n"
	"  -j, --json             as one JSON object; keep it for --against\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon size build/*.llext\n"
	"  tenon size --budget 24K build/effect.llext\n"
	"  tenon size --budget budgets.txt build/*.llext\n"
	"  tenon size --json build/*.llext >size.json && git add size.json\n"
	"  tenon size --against size.json build/*.llext\n"
	"\n"
	"Exit status:\n"
	"  0  all are within the budget, if there is one\n"
	"  1  one takes more, or a file cannot be read, not be loaded, or not be used\n"
	"  2  wrong usage\n";

enum part { PART_CODE, PART_CONSTANTS, PART_DATA, PART_ZERO, PART_TABLES, PART_COUNT };

static const char *const part_names[PART_COUNT] = {"code", "constants", "data", "zeroed", "tables"};

struct sized {
	const char *path, *name;
	uint64_t parts[PART_COUNT];
	uint64_t total, file;
	uint64_t before; /* total in OLD */
	bool known;      /* it is in OLD */
	uint64_t budget; /* 0: none */
};

struct request {
	const char *budget; /* a size, or a file; NULL: none */
	const char *against;
	bool json;
};

static enum part part_of(int region)
{
	switch (region) {
	case LLEXT_MEM_TEXT:
		return PART_CODE;
	case LLEXT_MEM_DATA:
		return PART_DATA;
	case LLEXT_MEM_BSS:
		return PART_ZERO;
	default:
		return PART_CONSTANTS;
	}
}

static bool measure(struct sized *sized, const char *path)
{
	struct assumption assumed = {0};
	struct report report = {0};
	struct file file;
	const char *slash = strrchr(path, '/');
	bool good = file_open(&file, path);

	*sized = (struct sized){.path = path, .name = slash != NULL ? slash + 1 : path};
	if (good) {
		/* What has not been laid out has no size. */
		good = report_build(&report, &file, &assumed) && report_takes(&report);
		sized->file = file.stored != 0 ? file.stored : file.length;
		for (int i = 0; good && i < LLEXT_MEM_COUNT; i++)
			sized->parts[part_of(i)] += report.plan.mem[i].bytes;
		sized->parts[PART_TABLES] = report.plan.table_bytes;
		for (int i = 0; i < PART_COUNT; i++)
			sized->total += sized->parts[i];
		report_free(&report);
	}
	file_close(&file);
	return good;
}

/* ---- what it was before ---- */

static bool read_old(struct sized *list, size_t count, const char *path)
{
	struct json_object *root = json_object_from_file(path), *files, *item, *value;
	bool good = root != NULL && json_object_object_get_ex(root, "files", &files) &&
		    json_object_is_type(files, json_type_array);

	if (!good)
		complain(path, "is no output of tenon size --json");
	for (size_t i = 0; good && i < json_object_array_length(files); i++) {
		item = json_object_array_get_idx(files, i);
		if (!json_object_object_get_ex(item, "name", &value))
			continue;
		for (size_t j = 0; j < count; j++) {
			if (strcmp(list[j].name, json_object_get_string(value)) != 0)
				continue;
			list[j].known = true;
			list[j].before = json_object_object_get_ex(item, "total", &value)
						 ? (uint64_t)json_object_get_int64(value)
						 : 0;
		}
	}
	json_object_put(root);
	return good;
}

/* ---- what it may be ---- */

/* "codec.llext 24K" or "* 16K". Empty lines and what stands behind a # are nothing. */
static bool set_budget(struct sized *list, size_t count, char *line, uint64_t *others)
{
	char *rest = NULL, *name, *size;
	uint64_t bytes;

	line[strcspn(line, "#\n")] = '\0';
	name = strtok_r(line, " \t", &rest);
	if (name == NULL)
		return true;
	size = strtok_r(NULL, " \t", &rest);
	if (size == NULL || strtok_r(NULL, " \t", &rest) != NULL ||
	    !parse_size(size, INT64_MAX, &bytes) || bytes == 0)
		return false;
	if (strcmp(name, "*") == 0)
		*others = bytes;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, list[i].name) == 0)
			list[i].budget = bytes;
	}
	return true;
}

static bool read_budgets(struct sized *list, size_t count, const char *path)
{
	FILE *stream = fopen(path, "r");
	size_t room = 0, number = 0;
	uint64_t others = 0;
	char *line = NULL;
	bool good = stream != NULL;

	if (!good)
		complain(path, "%s", strerror(errno));
	while (good && getline(&line, &room, stream) >= 0) {
		number++;
		good = set_budget(list, count, line, &others);
		if (!good)
			complain(path, "line %zu is not a name and a size", number);
	}
	for (size_t i = 0; i < count; i++)
		list[i].budget = list[i].budget != 0 ? list[i].budget : others;
	free(line);
	if (stream != NULL)
		(void)fclose(stream);
	return good;
}

/* One size for all, or a file with one for each. */
static bool set_budgets(struct sized *list, size_t count, const char *budget)
{
	uint64_t bytes;

	if (!parse_size(budget, INT64_MAX, &bytes) || bytes == 0)
		return read_budgets(list, count, budget);
	for (size_t i = 0; i < count; i++)
		list[i].budget = bytes;
	return true;
}

/* ---- output ---- */

static bool is_over(const struct sized *sized)
{
	return sized->budget != 0 && sized->total > sized->budget;
}

static void print_parts(const struct sized *sized, uint64_t largest, int width)
{
	static const char letters[PART_COUNT] = {'c', 'k', 'd', 'z', 't'};
	struct bar_part parts[PART_COUNT];

	for (int i = 0; i < PART_COUNT; i++)
		parts[i] = (struct bar_part){letters[i], part_names[i], sized->parts[i]};
	bar_print(stdout, parts, PART_COUNT, largest, width);
}

static void print_text(const struct request *request, const struct sized *list, size_t count)
{
	int name_width = 4, bar_width;
	uint64_t largest = 0;

	for (size_t i = 0; i < count; i++) {
		int length = (int)strlen(printable(list[i].name));

		name_width = length > name_width && length <= 24 ? length : name_width;
		largest = list[i].total > largest ? list[i].total : largest;
		largest = list[i].budget > largest ? list[i].budget : largest;
	}
	bar_width = terminal_columns() - name_width - 12 - (request->against != NULL ? 9 : 0);
	printf("%-*s %9s%s\n", name_width, "", "bytes",
	       request->against != NULL ? "   change" : "");
	for (size_t i = 0; i < count; i++) {
		bool over = is_over(&list[i]);

		printf("%-*s %s%9" PRIu64 "%s", name_width, printable(list[i].name),
		       style_on(stdout, over ? STYLE_BAD : STYLE_PLAIN), list[i].total,
		       style_off(stdout));
		if (request->against != NULL && list[i].known)
			printf(" %+8" PRId64, (int64_t)(list[i].total - list[i].before));
		else if (request->against != NULL)
			printf("      new");
		printf("  ");
		if (bar_width >= 10)
			print_parts(&list[i], largest, bar_width);
		putchar('\n');
	}
	puts("c code, k constants, d data, z zeroed data, t tables of the library");
	for (size_t i = 0; i < count; i++) {
		if (is_over(&list[i]))
			printf("%s is over the budget of %" PRIu64 " bytes by %" PRIu64 "\n",
			       printable(list[i].path), list[i].budget,
			       list[i].total - list[i].budget);
	}
}

static void print_json(const struct sized *list, size_t count)
{
	struct json_object *root = json_root("size"), *files, *item;

	files = json_list(root, "files");
	for (size_t i = 0; i < count; i++) {
		item = json_item(files);
		json_text(item, "file", list[i].path);
		json_text(item, "name", list[i].name);
		for (int part = 0; part < PART_COUNT; part++)
			json_number(item, part_names[part], list[i].parts[part]);
		json_number(item, "total", list[i].total);
		json_number(item, "file_bytes", list[i].file);
		json_number_if(item, "before", list[i].known, list[i].before);
		json_number_if(item, "budget", list[i].budget != 0, list[i].budget);
		json_flag(item, "over_budget", is_over(&list[i]));
	}
	json_print(root, stdout);
}

static void print(const struct request *request, const struct sized *list, size_t count)
{
	if (request->json)
		print_json(list, count);
	else
		print_text(request, list, count);
}

/* ---- the command ---- */

static int run(const struct request *request, size_t count, char **paths)
{
	struct sized *list = need(count, sizeof(*list));
	bool good = true, over = false;

	for (size_t i = 0; i < count && good; i++)
		good = measure(&list[i], paths[i]);
	if (good && request->budget != NULL)
		good = set_budgets(list, count, request->budget);
	for (size_t i = 0; i < count && good; i++)
		over = over || is_over(&list[i]);
	if (good && request->against != NULL)
		good = read_old(list, count, request->against);
	if (good)
		print(request, list, count);
	free(list);
	return good && !over ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_size(int argc, char **argv)
{
	static const struct option options[] = {{"budget", required_argument, NULL, 'B'},
						{"against", required_argument, NULL, 'A'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	struct request request = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":j", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("size",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'j')
			request.json = true;
		else if (option == 'A')
			request.against = optarg;
		else
			request.budget = optarg;
	}
	if (optind == argc)
		return wrong_usage("size", "no FILE given");
	return run(&request, (size_t)(argc - optind), argv + optind);
}

const struct command command_size = {"size", "show what extensions take of memory, as bars",
				     help_text, run_size};
