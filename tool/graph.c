/* SPDX-License-Identifier: Apache-2.0 */
/* tenon graph: which extensions import from which, and from the firmware. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kit.h"
#include "purpose.h"

static const char help_text[] =
	"Usage: tenon graph [OPTION...] FILE...\n"
	"\n"
	"Print which extension uses which, as a graph for Graphviz: an arrow goes from an\n"
	"extension to each one that exports what it imports, else to the firmware. What\n"
	"none of them exports is shown as missing.\n"
	"\n"
	"Options:\n"
	"  -a, --against FIRMWARE the firmware's ELF file, its kit (folder, archive), or\n"
	"                         a list of names; without it, what no FILE exports is\n"
	"                         taken to be the firmware's\n"
	"      --svg              as a picture, by dot(1) of the package graphviz\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon graph build/*.llext --against firmware.elf | dot -Tpng >graph.png\n"
	"  tenon graph --svg build/*.llext >graph.svg\n"
	"\n"
	"Exit status:\n"
	"  0  printed\n"
	"  1  a file cannot be read, something is missing, or there is no dot\n"
	"  2  wrong usage\n";

/* Names in one arrow's label; more are counted. */
#define MOST_NAMES 4

struct graph {
	struct file *files;
	size_t count;
	struct file firmware_file;
	struct firmware firmware; /* records 0 where none was given */
	bool has_firmware;
	bool missing;
};

/* Does the file define a global symbol of this name? */
static bool exports(const struct file *file, const char *name)
{
	size_t symbols = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 1; i < file_symbol_count(file, symbols); i++) {
		if (file_symbol(file, symbols, i, &symbol) && symbol.section != SHN_UNDEF &&
		    symbol.bind != STB_LOCAL && symbol.visibility != STV_HIDDEN &&
		    strcmp(symbol.name, name) == 0)
			return true;
	}
	return false;
}

static bool firmware_exports(const struct graph *graph, const char *name)
{
	return !graph->has_firmware || builtins_find(&graph->firmware.builtins, name) != NULL;
}

/* Who provides it: an index of files[], count for the firmware, count + 1 for nobody. */
static size_t provider(const struct graph *graph, size_t user, const char *name)
{
	if (graph->has_firmware && firmware_exports(graph, name))
		return graph->count;
	for (size_t i = 0; i < graph->count; i++) {
		if (i != user && exports(&graph->files[i], name))
			return i;
	}
	return firmware_exports(graph, name) ? graph->count : graph->count + 1;
}

/* In a string of the graph's language. */
static void put_quoted(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* All that file @user imports of @of, as one arrow. */
static void print_arrow(struct graph *graph, size_t user, size_t of, FILE *out)
{
	const struct file *file = &graph->files[user];
	size_t symbols = file_symbol_table(file, false), found = 0;
	struct symbol symbol;

	for (size_t i = 1; i < file_symbol_count(file, symbols); i++) {
		if (!file_symbol(file, symbols, i, &symbol) || symbol.section != SHN_UNDEF ||
		    symbol.name[0] == '\0' || symbol.bind == STB_LOCAL ||
		    provider(graph, user, symbol.name) != of ||
		    (symbol.bind == STB_WEAK && of == graph->count + 1))
			continue;
		if (found == 0)
			fprintf(out, "\tf%zu -> f%zu [label=\"", user, of);
		if (found < MOST_NAMES) {
			fputs(found > 0 ? "\\n" : "", out);
			put_quoted(printable(symbol.name), out);
		}
		found++;
	}
	if (found > MOST_NAMES)
		fprintf(out, "\\nand %zu more", found - MOST_NAMES);
	if (found > 0)
		fprintf(out, "\"%s];\n", of == graph->count + 1 ? " color=red fontcolor=red" : "");
	if (found > 0 && of == graph->count + 1)
		graph->missing = true;
}

static void print_graph(struct graph *graph, FILE *out)
{
	fputs("digraph extensions {\n\trankdir=LR;\n\tnode [shape=box fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\" fontsize=10];\n",
	      out);
	for (size_t i = 0; i < graph->count; i++) {
		fprintf(out, "\tf%zu [label=\"", i);
		put_quoted(printable(base_name(graph->files[i].path)), out);
		fputs("\"];\n", out);
	}
	for (size_t i = 0; i < graph->count; i++) {
		for (size_t j = 0; j < graph->count + 2; j++)
			print_arrow(graph, i, j, out);
	}
	fprintf(out, "\tf%zu [label=\"", graph->count);
	put_quoted(graph->has_firmware ? printable(base_name(graph->firmware_file.path))
				       : "firmware",
		   out);
	fputs("\" style=filled fillcolor=lightgrey];\n", out);
	if (graph->missing)
		fprintf(out, "\tf%zu [label=\"missing\" color=red fontcolor=red style=dashed];\n",
			graph->count + 1);
	fputs("}\n", out);
}

/* The graph through dot. @return whether that went well. */
static bool print_svg(struct graph *graph)
{
	FILE *dot;
	int status;

	if (system("command -v dot >/dev/null 2>&1") != 0) {
		complain(NULL, "there is no dot here: it is in the package graphviz");
		return false;
	}
	(void)fflush(stdout);
	dot = popen("dot -Tsvg", "w");
	if (dot == NULL)
		return false;
	print_graph(graph, dot);
	status = pclose(dot);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool open_all(struct graph *graph, char **paths, const char *against)
{
	for (size_t i = 0; i < graph->count; i++) {
		if (!file_open(&graph->files[i], paths[i]) ||
		    !file_must_be_sound(&graph->files[i]) || !file_must_be_useful(&graph->files[i]))
			return false;
	}
	if (against == NULL)
		return true;
	graph->has_firmware = kit_open(&graph->firmware_file, against, paths[0]) &&
			      firmware_read(&graph->firmware, &graph->firmware_file);
	return graph->has_firmware;
}

static int run(size_t count, char **paths, const char *against, bool svg)
{
	struct graph graph = {.files = need(count, sizeof(*graph.files)), .count = count};
	bool good = open_all(&graph, paths, against);

	if (good && svg)
		good = print_svg(&graph);
	else if (good)
		print_graph(&graph, stdout);
	for (size_t i = 0; i < count; i++)
		file_close(&graph.files[i]);
	firmware_free(&graph.firmware);
	file_close(&graph.firmware_file);
	free(graph.files);
	return good && !graph.missing ? EXIT_GOOD : EXIT_REFUSED;
}

static int run_graph(int argc, char **argv)
{
	static const struct option options[] = {{"against", required_argument, NULL, 'a'},
						{"svg", no_argument, NULL, 'S'},
						{NULL, 0, NULL, 0}};
	const char *against = NULL;
	bool svg = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":a:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("graph",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'a')
			against = optarg;
		else
			svg = true;
	}
	if (optind == argc)
		return wrong_usage("graph", "no FILE given");
	return run((size_t)(argc - optind), argv + optind, against, svg);
}

const struct command command_graph = {"graph", "show which extensions use which", help_text,
				      run_graph};
