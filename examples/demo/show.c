/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "show.h"

#define BOLD  "1"
#define DIM   "2"
#define RED   "31"
#define GREEN "32"

static bool colour;

void show_begin(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	colour = isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
		 (term == NULL || strcmp(term, "dumb") != 0);
	/* The library logs to standard error: keep the order of what is printed. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
}

static void paint(const char *style, const char *format, va_list args)
{
	if (colour)
		printf("\033[%sm", style);
	vprintf(format, args);
	printf(colour ? "\033[0m\n" : "\n");
}

void show_chapter(const char *title)
{
	static int number;

	printf(colour ? "\n\033[" BOLD "m%d. %s\033[0m\n" : "\n%d. %s\n", ++number, title);
}

void show_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	paint(DIM, format, args);
	va_end(args);
}

void show_good(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	paint(GREEN, format, args);
	va_end(args);
}

void show_bad(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	paint(RED, format, args);
	va_end(args);
}

static const struct {
	const char *name;
	const char *access;
} regions[LLEXT_MEM_COUNT] = {
	[LLEXT_MEM_TEXT] = {"text", "read, execute"}, [LLEXT_MEM_DATA] = {"data", "read, write"},
	[LLEXT_MEM_RODATA] = {"rodata", "read"},      [LLEXT_MEM_BSS] = {"bss", "read, write"},
	[LLEXT_MEM_EXPORT] = {"exports", "read"},     [LLEXT_MEM_SYMTAB] = {"symtab", "read"},
	[LLEXT_MEM_STRTAB] = {"strtab", "read"},      [LLEXT_MEM_SHSTRTAB] = {"shstrtab", "read"},
	[LLEXT_MEM_PREINIT] = {"preinit", "read"},    [LLEXT_MEM_INIT] = {"init", "read"},
	[LLEXT_MEM_FINI] = {"fini", "read"},
};

void show_plan(const struct llext_plan *plan)
{
	printf("   code %zu bytes, data %zu, tables %zu; relocations: %zu; imports: %zu, missing: "
	       "%zu;\n"
	       "   GOT entries: %zu, veneers: %zu\n",
	       plan->instr_bytes, plan->data_bytes, plan->table_bytes, plan->relocations,
	       plan->imports, plan->imports_missing, plan->got_slots, plan->veneers);
}

void show_regions(const struct llext *ext)
{
	printf("   %-16s %-18s %6s  access\n", "region", "address", "bytes");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem_size[i] != 0)
			printf("   %-16s %-18p %6zu  %s\n", regions[i].name, ext->mem[i],
			       ext->mem_size[i], regions[i].access);
	}
}

void show_symbols(const struct llext *ext)
{
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
		printf("   exports %s at %p\n", ext->exp_tab.syms[i].name,
		       ext->exp_tab.syms[i].addr);
}

static int show_one(struct llext *ext, void *unused)
{
	(void)unused;
	printf("   %-8s %6zu bytes, %zu export%s", ext->name, ext->alloc_size, ext->exp_tab.sym_cnt,
	       ext->exp_tab.sym_cnt == 1 ? "" : "s");
	for (size_t i = 0; ext->dependency[i] != NULL; i++)
		printf("%s %s", i == 0 ? ", uses" : " and", ext->dependency[i]->name);
	printf("\n");
	return 0;
}

void show_loaded(void)
{
	(void)llext_iterate(show_one, NULL);
}

void show_heap(void)
{
	struct llext_heap_stats stats;

	if (llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0)
		printf("   heap: %zu bytes held in %zu blocks, %zu at most so far, %zu in all\n",
		       stats.used, stats.blocks, stats.peak, stats.bytes);
}
