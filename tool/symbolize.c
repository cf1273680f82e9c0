/* SPDX-License-Identifier: Apache-2.0 */
/* tenon symbolize: places in a console's output to functions, files and lines, by libdwfl. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <dwarf.h>
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "debug_file.h"
#include "json.h"
#include "references.h"

static const char help_text[] =
	"Usage: tenon symbolize [OPTION...] [LOG]\n"
	"\n"
	"Print LOG, or standard input, and below each line that names a place in an\n"
	"extension, its function, file and line, inlined functions too. Places are taken\n"
	"from what the command and the library print: `extension NAME, section SECTION +\n"
	"OFFSET`, `(NAME: FUNCTION+OFFSET)`, and addresses after a line `NAME: -s SECTION\n"
	"ADDRESS ...`, which a load prints at log level debug.\n"
	"\n"
	"The debug file of the extension NAME is NAME_debug.elf, NAME.debug, NAME.elf,\n"
	"NAME.o, NAME.llext, NAME.so or NAME. If NAME has a suffix, as in effect.llext,\n"
	"those of the name without it come first.\n"
	"\n"
	"Options:\n"
	"  -d, --debug-path DIR   look for debug files there (default: here); may be\n"
	"                         repeated\n"
	"  -j, --json             only the places, as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon run -t 5 effect.o --call effect 2>&1 | tenon symbolize\n"
	"  tenon symbolize --debug-path build/extensions console.log\n"
	"\n"
	"Exit status:\n"
	"  0  LOG was read; whether places were found or not\n"
	"  1  LOG cannot be read\n"
	"  2  wrong usage\n";

#define MOST_PATHS 16
#define MOST_NAME  128

/* A section of an extension at the address that a load printed. */
struct placed {
	char *extension, *section;
	uint64_t address;
};

/* A debug file that was looked for. */
struct debug {
	char *name; /* the extension's */
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: there is none, or it has no debug information */
	char *path;
	char *build_id; /* of the file, in hexadecimal: what its note says, or its SHA-1 */
	bool warned;    /* that it is not the file which crashed */
};

struct session {
	const char *paths[MOST_PATHS];
	size_t path_count;
	struct debug *debugs;
	size_t debug_count;
	struct placed *placed;
	size_t placed_count;
	struct json_object *list; /* of places; NULL: print text */
};

/* ---- debug files ---- */

static char *find_in_paths(const struct session *session, const char *name)
{
	static const char *const forms[] = {
		"%s/%s_debug.elf", "%s/%s.debug", "%s/%s.elf", "%s/%s.o",
		"%s/%s.llext",     "%s/%s.so",    "%s/%s"};

	for (size_t i = 0; i < session->path_count; i++) {
		for (size_t j = 0; j < sizeof(forms) / sizeof(forms[0]); j++) {
			char path[4096];

/* Each form is one of ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			int length =
				snprintf(path, sizeof(path), forms[j], session->paths[i], name);
#pragma GCC diagnostic pop
			if (length < (int)sizeof(path) && access(path, R_OK) == 0)
				return need_text("%s", path);
		}
	}
	return NULL;
}

/* `tenon run` calls an extension as its file is called; the debug file of effect.llext is
 * effect_debug.elf. */
static char *find_file(const struct session *session, const char *name)
{
	const char *dot = strrchr(name, '.');
	char *path = NULL;

	if (dot != NULL && dot != name) {
		char *stem = need_text("%.*s", (int)(dot - name), name);

		path = find_in_paths(session, stem);
		free(stem);
	}
	return path != NULL ? path : find_in_paths(session, name);
}

/* As in the note, or as `tenon pack` gives one to a file without. */
static char *file_build_id(const char *path)
{
	struct file file;
	struct section_header note;
	void *owned;
	char *text;

	if (!file_open(&file, path)) {
		file_close(&file);
		return NULL;
	}
	owned = build_id_find(&file, &note);
	text = need(2 * ((size_t)note.size - BUILD_ID_HEAD) + 1, 1);
	for (size_t i = BUILD_ID_HEAD; i < note.size; i++)
		snprintf(text + 2 * (i - BUILD_ID_HEAD), 3, "%02x", note.bytes[i]);
	free(owned);
	file_close(&file);
	return text;
}

/* "build id 0123ab": is the debug file of that very build? */
static void check_build_id(struct debug *debug, const char *line)
{
	const char *at = strstr(line, ", build id ");
	size_t length;

	if (at == NULL || debug->path == NULL || debug->warned)
		return;
	at += strlen(", build id ");
	length = strspn(at, "0123456789abcdef");
	if (debug->build_id == NULL)
		debug->build_id = file_build_id(debug->path);
	if (debug->build_id == NULL ||
	    (strlen(debug->build_id) == length && strncmp(debug->build_id, at, length) == 0))
		return;
	debug->warned = true;
	warn_about(debug->path, "build id %s: another build than what crashed, lines may be wrong",
		   debug->build_id);
}

static struct debug *debug_of(struct session *session, const char *name)
{
	struct debug *debug;
	Dwarf_Addr bias;
	char *path;

	for (size_t i = 0; i < session->debug_count; i++) {
		if (strcmp(session->debugs[i].name, name) == 0)
			return &session->debugs[i];
	}
	session->debugs =
		need_more(session->debugs, session->debug_count + 1, sizeof(*session->debugs));
	debug = &session->debugs[session->debug_count++];
	*debug = (struct debug){.name = need_text("%s", name)};
	path = strchr(name, '/') == NULL ? find_file(session, name) : NULL;
	if (path == NULL)
		warn_about(NULL, "no debug file for %s: see --debug-path", printable(name));
	else
		debug->module = debug_file_open(&debug->dwfl, path, true);
	if (debug->module != NULL) /* without it, symbols alone will do */
		(void)dwfl_module_getdwarf(debug->module, &bias);
	debug->path = path;
	return debug;
}

static Dwfl_Module *module_of(struct session *session, const char *name)
{
	return debug_of(session, name)->module;
}

/* ---- places ---- */

/* Whether a name is what a device has printed: `?` for each byte that is not printable ASCII. */
static bool is_printed(const char *name, const char *printed)
{
	while (*name != '\0' &&
	       (*printed == *name || (*printed == '?' && (*name < ' ' || *name > '~')))) {
		name++;
		printed++;
	}
	return *name == *printed;
}

/* The address that libdwfl gave a section of the file, and its size. */
static bool section_address(Dwfl_Module *module, const char *name, uint64_t *address,
			    uint64_t *size)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	size_t names;
	GElf_Shdr shdr;

	if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0)
		return false;
	for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
		const char *found;

		if (gelf_getshdr(scn, &shdr) == NULL || !(shdr.sh_flags & SHF_ALLOC))
			continue;
		found = elf_strptr(elf, names, shdr.sh_name);
		if (found != NULL && is_printed(found, name)) {
			*address = shdr.sh_addr + bias;
			*size = shdr.sh_size;
			return true;
		}
	}
	return false;
}

static bool symbol_address(Dwfl_Module *module, const char *name, uint64_t *address)
{
	int count = dwfl_module_getsymtab(module);

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr value;
		const char *found =
			dwfl_module_getsym_info(module, i, &symbol, &value, NULL, NULL, NULL);

		if (found != NULL && is_printed(found, name) && symbol.st_shndx != SHN_UNDEF) {
			*address = GELF_ST_TYPE(symbol.st_info) == STT_FUNC ? value & ~(GElf_Addr)1
									    : value;
			return true;
		}
	}
	return false;
}

/* "effect_run, effect.c:12" on a line of its own, or as an item of the list. */
static void say(struct session *session, const char *extension, const char *function,
		const char *file, int line, bool is_inlined)
{
	struct json_object *item;

	if (session->list != NULL) {
		item = json_item(session->list);
		json_text(item, "extension", extension);
		json_text(item, "function", function);
		json_text(item, "file", file);
		json_number_if(item, "line", line > 0, (uint64_t)line);
		json_flag(item, "inlined", is_inlined);
		return;
	}
	printf("    %s%s", is_inlined ? "inlined in " : "",
	       function != NULL ? printable(function) : "?");
	if (file != NULL)
		printf(", %s:%d", printable(file), line);
	putchar('\n');
}

static const char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_diename(die);

	if (name == NULL && dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != NULL)
		name = dwarf_formstring(&attribute);
	return name;
}

/* Where an inlined function was called from. */
static const char *call_site(Dwarf_Die *unit, Dwarf_Die *die, int *line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file = 0, number = 0;
	Dwarf_Files *files;

	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &number) != 0 ||
	    dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &file) != 0 ||
	    dwarf_getsrcfiles(unit, &files, NULL) != 0)
		return NULL;
	*line = (int)number;
	return base_name(dwarf_filesrc(files, file, NULL, NULL));
}

/* The functions that the address of a unit lies in, the innermost first. @return false where there
 * are none. */
static bool show_scopes(struct session *session, const char *extension, Dwarf_Die *unit,
			Dwarf_Addr address, const char *file, int line)
{
	Dwarf_Die *here = NULL, *scopes = NULL;
	bool is_inlined = false;
	int count = 0;

	/* The first call also has the scopes that an inlined function is defined in; the second
	 * those that it stands in. */
	if (dwarf_getscopes(unit, address, &here) > 0)
		count = dwarf_getscopes_die(&here[0], &scopes);
	free(here);

	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		say(session, extension, function_name(&scopes[i]), file, line, is_inlined);
		if (tag == DW_TAG_subprogram) {
			free(scopes);
			return true;
		}
		is_inlined = true;
		file = call_site(unit, &scopes[i], &line);
	}
	free(scopes);
	return is_inlined;
}

static void show_address(struct session *session, const char *extension, Dwfl_Module *module,
			 uint64_t address)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = unit_at(module, address, &bias);
	Dwarf_Line *source = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
	const char *file = source != NULL ? base_name(dwarf_linesrc(source, NULL, NULL)) : NULL;
	int line = 0;

	if (source != NULL)
		(void)dwarf_lineno(source, &line);
	if (unit == NULL || !show_scopes(session, extension, unit, address - bias, file, line))
		say(session, extension, dwfl_module_addrname(module, address), file, line, false);
}

/* ---- lines ---- */

/* A word of the line up to one of @ends, copied. @return what follows; NULL: it is too long or
 * empty. */
static const char *take(const char *at, const char *ends, char word[MOST_NAME])
{
	size_t length = strcspn(at, ends);

	if (length == 0 || length >= MOST_NAME)
		return NULL;
	memcpy(word, at, length);
	word[length] = '\0';
	return at + length;
}

/* What lies behind a section's end is another's: its name would be wrong. */
static void warn_of_merged(struct debug *debug, const char *section)
{
	if (debug->warned)
		return;
	debug->warned = true;
	warn_about(debug->path,
		   "section %s ends before that: not the file that was loaded; of a packed one, "
		   "tenon pack --write-debug writes the debug file",
		   printable(section));
}

/* "extension NAME, section SECTION + 0xOFFSET", once for each call of a chain. */
static bool by_section(struct session *session, const char *line)
{
	const char *at = line;
	char name[MOST_NAME], section[MOST_NAME];
	bool found = false;

	while ((at = strstr(at, "extension ")) != NULL) {
		Dwfl_Module *module;
		const char *next;
		uint64_t base, size, offset;

		at += strlen("extension ");
		if ((next = take(at, ",\n", name)) == NULL ||
		    strncmp(next, ", section ", 10) != 0 ||
		    (next = take(next + 10, " \n", section)) == NULL ||
		    strncmp(next, " + 0x", 5) != 0)
			continue;
		if (!found)
			check_build_id(debug_of(session, name), line);
		found = true;
		module = module_of(session, name);
		offset = strtoull(next + 3, NULL, 16);
		if (module == NULL || !section_address(module, section, &base, &size))
			continue;
		if (offset < size)
			show_address(session, name, module, base + offset);
		else
			warn_of_merged(debug_of(session, name), section);
	}
	return found;
}

/* "(NAME: FUNCTION+0xOFFSET)" */
static bool by_function(struct session *session, const char *line)
{
	char name[MOST_NAME], function[MOST_NAME];

	for (const char *at = strchr(line, '('); at != NULL; at = strchr(at + 1, '(')) {
		const char *next = take(at + 1, ":)\n ", name);
		Dwfl_Module *module;
		uint64_t base, size;

		if (next == NULL || strncmp(next, ": ", 2) != 0 ||
		    (next = take(next + 2, "+)\n ", function)) == NULL ||
		    strncmp(next, "+0x", 3) != 0)
			continue;
		module = module_of(session, name);
		if (module != NULL && (symbol_address(module, function, &base) ||
				       section_address(module, function, &base, &size)))
			show_address(session, name, module, base + strtoull(next + 1, NULL, 16));
		return true;
	}
	return false;
}

/* "NAME: -s .text 0x1000 -s .data 0x2000": remember. */
static bool learn(struct session *session, const char *line)
{
	const char *mark = strstr(line, ": -s "), *start = mark;
	char name[MOST_NAME], section[MOST_NAME];
	size_t length;

	if (mark == NULL)
		return false;
	while (start > line && start[-1] != ' ')
		start--;
	length = (size_t)(mark - start);
	if (length == 0 || length >= sizeof(name))
		return false;
	memcpy(name, start, length);
	name[length] = '\0';
	for (const char *at = mark + 2; strncmp(at, "-s ", 3) == 0; at += strspn(at, " ")) {
		char *end;

		at = take(at + 3, " \n", section);
		if (at == NULL)
			break;
		session->placed = need_more(session->placed, session->placed_count + 1,
					    sizeof(*session->placed));
		session->placed[session->placed_count++] = (struct placed){
			need_text("%s", name), need_text("%s", section), strtoull(at, &end, 16)};
		at = end;
	}
	return true;
}

/* The section that an address lies in: the size is the debug file's. */
static void by_address(struct session *session, uint64_t address)
{
	for (size_t i = session->placed_count; i-- > 0;) { /* the last load first */
		const struct placed *placed = &session->placed[i];
		Dwfl_Module *module;
		GElf_Addr bias;
		GElf_Shdr shdr;
		Elf *elf;
		size_t names;

		if (address < placed->address || address - placed->address > UINT32_MAX)
			continue;
		module = module_of(session, placed->extension);
		elf = module != NULL ? dwfl_module_getelf(module, &bias) : NULL;
		if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0)
			continue;
		for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL;
		     scn = elf_nextscn(elf, scn)) {
			const char *name;

			if (gelf_getshdr(scn, &shdr) == NULL || !(shdr.sh_flags & SHF_EXECINSTR))
				continue;
			name = elf_strptr(elf, names, shdr.sh_name);
			if (name == NULL || !is_printed(name, placed->section) ||
			    address - placed->address >= shdr.sh_size)
				continue;
			show_address(session, placed->extension, module,
				     shdr.sh_addr + bias + (address - placed->address));
			return;
		}
	}
}

static void each_address(struct session *session, const char *line)
{
	if (session->placed_count == 0)
		return;
	for (const char *at = strstr(line, "0x"); at != NULL; at = strstr(at, "0x")) {
		char *end;
		uint64_t address = strtoull(at, &end, 16);

		if (end > at + 4)
			by_address(session, address);
		at = end > at ? end : at + 2;
	}
}

/* False, with nothing printed, where it is no log. */
static bool read_log(struct session *session, FILE *stream)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool is_log = true;

	while ((length = getline(&line, &room, stream)) > 0) {
		is_log = !starts_with(line, "\177ELF");
		if (!is_log)
			break;
		if (session->list == NULL) {
			fwrite(line, 1, (size_t)length, stdout);
			if (line[length - 1] != '\n')
				putchar('\n');
		}
		if (!learn(session, line) && !by_section(session, line) &&
		    !by_function(session, line))
			each_address(session, line);
	}
	free(line);
	return is_log;
}

/* ---- the command ---- */

static void let_go(struct session *session)
{
	for (size_t i = 0; i < session->debug_count; i++) {
		if (session->debugs[i].dwfl != NULL)
			dwfl_end(session->debugs[i].dwfl);
		free(session->debugs[i].name);
		free(session->debugs[i].path);
		free(session->debugs[i].build_id);
	}
	for (size_t i = 0; i < session->placed_count; i++) {
		free(session->placed[i].extension);
		free(session->placed[i].section);
	}
	free(session->debugs);
	free(session->placed);
}

static int run(struct session *session, const char *path)
{
	FILE *stream = path != NULL ? fopen(path, "re") : stdin;
	struct json_object *root = NULL;
	bool is_log;

	if (stream == NULL) {
		complain(path, "%s", strerror(errno));
		return EXIT_REFUSED;
	}
	if (session->path_count == 0)
		session->paths[session->path_count++] = ".";
	if (session->list != NULL) {
		root = (struct json_object *)session->list;
		session->list = json_list(root, "places");
	}
	is_log = read_log(session, stream);
	if (!is_log)
		complain(path, "is an ELF file: give what the console has printed; the files for "
			       "it are found by their names (--debug-path)");
	if (root != NULL)
		json_print(root, stdout);
	if (path != NULL)
		(void)fclose(stream);
	let_go(session);
	return is_log ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_symbolize(int argc, char **argv)
{
	static const struct option options[] = {{"debug-path", required_argument, NULL, 'd'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	struct session session = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":d:j", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("symbolize",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'j' && session.list == NULL)
			session.list = json_root("symbolize");
		else if (option == 'd' && session.path_count == MOST_PATHS)
			return wrong_usage("symbolize", "--debug-path: at most %d folders",
					   MOST_PATHS);
		else if (option == 'd')
			session.paths[session.path_count++] = optarg;
	}
	if (argc - optind > 1)
		return wrong_usage("symbolize", "one LOG at a time");
	return run(&session, argv[optind]);
}

const struct command command_symbolize = {
	"symbolize", "name functions and lines in a console's output", help_text, run_symbolize};
