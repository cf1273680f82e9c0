/* SPDX-License-Identifier: Apache-2.0 */
/* tenon abi: what a firmware offers to extensions, with types, and what a new version changes of
 * it. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "interface.h"
#include "json.h"

static const char help_text[] =
	"Usage: tenon abi [OPTION...] dump FIRMWARE\n"
	"       tenon abi [OPTION...] diff OLD NEW [FILE...]\n"
	"\n"
	"`dump` prints the interface that FIRMWARE offers to extensions: each export with\n"
	"its C prototype and the types that this leads to, from its debug information.\n"
	"The output is JSON; a project may keep it beside its sources.\n"
	"\n"
	"`diff` says what NEW changes: exports that are gone or new, prototypes, and\n"
	"layouts of types that exports lead to. Of each FILE, an extension, it says\n"
	"whether it uses something that changed.\n"
	"\n"
	"FIRMWARE, OLD and NEW are firmware ELF files, folders of kits, or what `dump`\n"
	"printed.\n"
	"\n"
	"Options:\n"
	"      --append-only      anything but new exports and new enumerators is an\n"
	"                         error\n"
	"  -j, --json             the differences as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon abi dump build/firmware.elf >interface.json\n"
	"  tenon abi diff interface.json build/firmware.elf\n"
	"  tenon abi diff interface.json build/firmware.elf plugins/*.llext\n"
	"\n"
	"Exit status:\n"
	"  0  printed; with diff: every extension for OLD works with NEW (with FILEs:\n"
	"     each of these)\n"
	"  1  something breaks, or a file cannot be read\n"
	"  2  wrong usage\n";

enum change {
	CHANGE_NONE,
	CHANGE_ADDED,
	CHANGE_EXTENDED,
	CHANGE_RENAMED,
	CHANGE_TYPE,
	CHANGE_PROTOTYPE,
	CHANGE_REMOVED
};

static const char *const change_names[] = {
	[CHANGE_NONE] = "none",       [CHANGE_ADDED] = "added", [CHANGE_EXTENDED] = "extended",
	[CHANGE_RENAMED] = "renamed", [CHANGE_TYPE] = "type",   [CHANGE_PROTOTYPE] = "prototype",
	[CHANGE_REMOVED] = "removed",
};

/* One export that is not as it was. */
struct difference {
	enum change change;
	const char *name;
	const char *type;           /* that changed, for CHANGE_TYPE and CHANGE_EXTENDED */
	const char *before, *after; /* prototypes or definitions; NULL: there is none */
};

struct differences {
	struct difference *list;
	size_t count;
};

static bool breaks(enum change change)
{
	return change >= CHANGE_TYPE;
}

static void note(struct differences *differences, struct difference difference)
{
	differences->list =
		need_more(differences->list, differences->count + 1, sizeof(*differences->list));
	differences->list[differences->count++] = difference;
}

/* An enum to which enumerators were only added at the end still means what it meant. */
static bool is_extended(const struct interface_type *old, const struct interface_type *new)
{
	const char *end = strstr(old->text, "} ");
	size_t length = end != NULL ? (size_t)(end - old->text) : 0;

	return old->is_enum && new->is_enum &&strncmp(old->text, new->text, length) == 0 &&
	       strcmp(end, strstr(new->text, "} ")) == 0;
}

static const struct interface_type *type_named(const struct interface *interface, const char *name)
{
	for (size_t i = 0; i < interface->type_count; i++) {
		if (strcmp(interface->types[i].name, name) == 0)
			return &interface->types[i];
	}
	return NULL;
}

static void compare_types(struct differences *differences, const struct interface *old,
			  const struct interface_export *export, const struct interface *new)
{
	for (size_t i = 0; i < export->type_count; i++) {
		const struct interface_type *before = &old->types[export->types[i]];
		const struct interface_type *after = type_named(new, before->name);

		/* What one side keeps to itself the other cannot depend on. */
		if (after == NULL || strcmp(before->text, after->text) == 0 ||
		    strcmp(before->text, "incomplete") == 0 ||
		    strcmp(after->text, "incomplete") == 0)
			continue;
		note(differences,
		     (struct difference){is_extended(before, after) ? CHANGE_EXTENDED : CHANGE_TYPE,
					 export->name, before->name, before->text, after->text});
	}
}

static void compare_one(struct differences *differences, const struct interface *old,
			const struct interface_export *before, const struct interface *new)
{
	const struct interface_export *after = interface_find(new, before->name);
	bool same;

	if (after == NULL) {
		note(differences, (struct difference){CHANGE_REMOVED, before->name, NULL,
						      before->prototype, NULL});
		return;
	}
	if (before->prototype == NULL || after->prototype == NULL)
		return;
	if (strcmp(before->prototype, after->prototype) != 0) {
		same = interface_same_prototype(before->prototype, after->prototype);
		note(differences,
		     (struct difference){same ? CHANGE_RENAMED : CHANGE_PROTOTYPE, before->name,
					 NULL, before->prototype, after->prototype});
		if (!same)
			return;
	}
	compare_types(differences, old, before, new);
}

/* LLEXT_ABI(): its name changes with each version, and nothing imports it. */
static bool is_version(const struct interface_export *export)
{
	return strncmp(export->name, "llext_abi.", strlen("llext_abi.")) == 0;
}

static void compare(struct differences *differences, const struct interface *old,
		    const struct interface *new)
{
	for (size_t i = 0; i < old->export_count; i++) {
		if (!is_version(&old->exports[i]))
			compare_one(differences, old, &old->exports[i], new);
	}
	for (size_t i = 0; i < new->export_count; i++) {
		if (!is_version(&new->exports[i]) &&
		    interface_find(old, new->exports[i].name) == NULL)
			note(differences,
			     (struct difference){CHANGE_ADDED, new->exports[i].name, NULL, NULL,
						 new->exports[i].prototype});
	}
}

/* ---- extensions ---- */

/* Whether the extension imports @name. */
static bool imports(const struct file *file, const char *name)
{
	size_t symbols = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 1; i < file_symbol_count(file, symbols); i++) {
		if (file_symbol(file, symbols, i, &symbol) && symbol.section == SHN_UNDEF &&
		    strcmp(symbol.name, name) == 0)
			return true;
	}
	return false;
}

/* @return whether the extension still works; what breaks it goes to @list or is printed. */
static bool check_extension(const char *path, const struct differences *differences,
			    struct json_object *list, bool *readable)
{
	struct json_object *item = list != NULL ? json_item(list) : NULL, *names = NULL;
	struct file file;
	bool good = true;

	*readable = file_open(&file, path);
	if (item != NULL) {
		json_text(item, "file", path);
		names = json_list(item, "broken_imports");
	}
	for (size_t i = 0; *readable && i < differences->count; i++) {
		const struct difference *difference = &differences->list[i];

		if (!breaks(difference->change) || !imports(&file, difference->name))
			continue;
		good = false;
		if (names != NULL)
			json_object_array_add(names,
					      json_object_new_string(printable(difference->name)));
		else
			printf("%s uses %s (%s)\n", printable(path), printable(difference->name),
			       change_names[difference->change]);
	}
	if (good && *readable && list == NULL)
		printf("%s works with both\n", printable(path));
	file_close(&file);
	return good && *readable;
}

/* ---- output ---- */

static void print_text(const struct differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *difference = &differences->list[i];
		enum style style = breaks(difference->change)           ? STYLE_BAD
				   : difference->change == CHANGE_ADDED ? STYLE_GOOD
									: STYLE_NOTE;

		printf("%s%-9s%s %s", style_on(stdout, style), change_names[difference->change],
		       style_off(stdout), printable(difference->name));
		if (difference->type != NULL)
			printf(": %s", printable(difference->type));
		putchar('\n');
		if (difference->before != NULL)
			printf("  - %s\n", printable(difference->before));
		if (difference->after != NULL)
			printf("  + %s\n", printable(difference->after));
	}
	if (differences->count == 0)
		puts("no difference");
}

static struct json_object *as_json(const struct differences *differences, bool compatible)
{
	struct json_object *root = json_root("abi"), *list, *item;

	json_flag(root, "compatible", compatible);
	list = json_list(root, "differences");
	for (size_t i = 0; i < differences->count; i++) {
		item = json_item(list);
		json_text(item, "change", change_names[differences->list[i].change]);
		json_flag(item, "breaks", breaks(differences->list[i].change));
		json_text(item, "export", differences->list[i].name);
		json_text(item, "type", differences->list[i].type);
		json_text(item, "before", differences->list[i].before);
		json_text(item, "after", differences->list[i].after);
	}
	return root;
}

/* ---- the command ---- */

struct request {
	bool json, append_only;
};

static bool judge(const struct request *request, const struct differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		enum change change = differences->list[i].change;

		if (breaks(change) || (request->append_only && change == CHANGE_RENAMED))
			return false;
	}
	return true;
}

static int diff(const struct request *request, int count, char **paths)
{
	struct interface old = {0}, new = {0};
	struct differences differences = {0};
	struct json_object *root = NULL, *files = NULL;
	bool good = interface_read(&old, paths[0]) && interface_read(&new, paths[1]),
	     readable = true;

	if (good && strcmp(old.machine, new.machine) != 0) {
		complain(paths[1], "is for %s, and %s for %s", new.machine, paths[0], old.machine);
		good = false;
	}
	if (good) {
		compare(&differences, &old, &new);
		good = judge(request, &differences);
		if (request->json) {
			root = as_json(&differences, good);
			files = json_list(root, "files");
		} else {
			print_text(&differences);
		}
		if (count > 2 && !request->append_only)
			good = true; /* the extensions decide */
		for (int i = 2; i < count; i++)
			good = check_extension(paths[i], &differences, files, &readable) && good;
		if (root != NULL)
			json_print(root, stdout);
	}
	free(differences.list);
	interface_free(&old);
	interface_free(&new);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int dump(const char *path)
{
	struct interface interface;
	bool good = interface_read(&interface, path);

	if (good)
		json_print(interface_json(&interface), stdout);
	interface_free(&interface);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_abi(int argc, char **argv)
{
	static const struct option options[] = {{"append-only", no_argument, NULL, 'A'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	struct request request = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":j", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("abi", "no option '%s'",
					   printable(option_at_fault(argv)));
		request.json |= option == 'j';
		request.append_only |= option == 'A';
	}
	argc -= optind;
	argv += optind;
	if (argc >= 1 && strcmp(argv[0], "dump") == 0)
		return argc == 2 ? dump(argv[1]) : wrong_usage("abi", "dump takes one FIRMWARE");
	if (argc >= 1 && strcmp(argv[0], "diff") == 0)
		return argc >= 3 ? diff(&request, argc - 1, argv + 1)
				 : wrong_usage("abi", "diff takes OLD and NEW");
	return wrong_usage("abi", argc == 0 ? "dump or diff?" : "'%s' is neither dump nor diff",
			   argc == 0 ? "" : printable(argv[0]));
}

const struct command command_abi = {"abi", "show and compare what firmware offers to extensions",
				    help_text, run_abi};
