/* SPDX-License-Identifier: Apache-2.0 */
/* The page of `tenon report`, part by part. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "page.h"
#include "runs.h"

__asm__(".section .rodata\n"
	"page_style: .incbin \"" TENON_SOURCE_DIR "/tool/report/style.css\"\n"
	".byte 0\n"
	".previous");
extern const char page_style[];

void page_print(struct page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(page->out, format, args);
	va_end(args);
}

void page_text(struct page *page, const char *text)
{
	for (const char *at = printable(text); *at != '\0'; at++) {
		switch (*at) {
		case '&':
			fputs("&amp;", page->out);
			break;
		case '<':
			fputs("&lt;", page->out);
			break;
		case '>':
			fputs("&gt;", page->out);
			break;
		case '"':
			fputs("&quot;", page->out);
			break;
		default:
			fputc(*at, page->out);
		}
	}
}

/* <dt>name</dt><dd>text</dd> */
static void fact(struct page *page, const char *name, const char *text)
{
	if (text == NULL)
		return;
	page_print(page, "<dt>%s</dt><dd>", name);
	page_text(page, text);
	page_print(page, "</dd>\n");
}

static void cell(struct page *page, const char *kind, const char *text)
{
	page_print(page, "<td class=\"%s\">", kind);
	page_text(page, text);
	page_print(page, "</td>");
}

static void table_begin(struct page *page, const char *caption, const char *const *heads)
{
	page_print(page, "<div class=\"wide\"><table><caption>%s</caption><thead><tr>", caption);
	for (; *heads != NULL; heads++)
		page_print(page, "<th scope=\"col\">%s</th>", *heads);
	page_print(page, "</tr></thead><tbody>\n");
}

static void table_end(struct page *page)
{
	page_print(page, "</tbody></table></div>\n");
}

/* ---- one file ---- */

static bool exports_name(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->export_count; i++) {
		if (strcmp(report->exports[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Who has it: a file's number, count for the firmware, count + 1 for nobody. */
static size_t provider(const struct page *page, size_t user, const char *name)
{
	if (page->has_firmware && builtins_find(&page->firmware.builtins, name) != NULL)
		return page->count;
	for (size_t i = 0; i < page->count; i++) {
		if (i != user && exports_name(&page->subjects[i].report, name))
			return i;
	}
	return page->count + (page->has_firmware ? 1 : 0);
}

/* How many of its imports neither the firmware nor another file has; 0 where no firmware is given.
 */
static size_t missing_imports(const struct page *page, size_t user)
{
	const struct imports *imports = &page->subjects[user].report.imports;
	size_t missing = 0;

	for (size_t i = 0; page->has_firmware && i < imports->count; i++)
		missing += !imports->list[i].weak &&
			   provider(page, user, imports->list[i].name) == page->count + 1;
	return missing;
}

char *page_why_not(const struct page *page, size_t index)
{
	const struct subject *subject = &page->subjects[index];
	const struct report *report = &subject->report;
	size_t missing = missing_imports(page, index);

	if (!report->loads)
		return need_text("%s", diag_text(&report->diag, report->desk.core->diag_format));
	if (subject->refusal != NULL)
		return need_text("%s", subject->refusal);
	return missing == 0
		       ? NULL
		       : need_text("%zu import%s missing", missing, missing == 1 ? " is" : "s are");
}

static void write_facts(struct page *page, size_t index)
{
	const struct subject *subject = &page->subjects[index];
	char *why_not = page_why_not(page, index);
	const struct report *report = &subject->report;
	const struct file *file = &subject->file;
	char *flags = need_text("0x%" PRIx32, file->flags);
	char *size = need_text("%zu bytes", file->length);

	page_print(page, "<dl>\n");
	fact(page, "type", elf_type_name(file->type));
	fact(page, "machine", machine_name(file->machine, file->class));
	fact(page, "flags", flags);
	fact(page, "compiled for", report->compiled_for);
	fact(page, "file", size);
	fact(page, "build id", report->build_id);
	page_print(page, "<dt>loads</dt><dd>");
	if (why_not != NULL) {
		page_print(page, "<span class=\"bad\">no</span>: ");
		page_text(page, why_not);
	} else {
		page_print(page, "<span class=\"good\">yes</span>%s",
			   page->has_firmware ? "" : ", with its imports there");
	}
	page_print(page, "</dd>\n");
	if (report->useless != NULL) {
		page_print(page, "<dt>use</dt><dd><span class=\"bad\">none</span>: it ");
		page_text(page, report->useless);
		page_print(page, "</dd>\n");
	}
	page_print(page, "</dl>\n");
	free(why_not);
	free(flags);
	free(size);
}

/* The file's bytes by what a load does with them. */
static void file_bar(const struct file *file, struct bar *bar)
{
	uint64_t code = 0, constants = 0, data = 0, relocations = 0, names = 0, debug = 0, sum = 0;
	struct section_header header;

	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header) || header.bytes == NULL)
			continue;
		sum += header.size;
		if (header.flags & SHF_EXECINSTR)
			code += header.size;
		else if (header.flags & SHF_WRITE)
			data += header.size;
		else if (header.type == SHT_SYMTAB || header.type == SHT_STRTAB ||
			 header.type == SHT_DYNSYM)
			names += header.size;
		else if (is_relocations(&header))
			relocations += header.size;
		else if (header.flags & SHF_ALLOC)
			constants += header.size;
		else
			debug += header.size;
	}
	*bar = (struct bar){.title = "the file"};
	bar_add(bar, "code", "code", code);
	bar_add(bar, "constants", "constant", constants);
	bar_add(bar, "data", "data", data);
	bar_add(bar, "relocations", "table", relocations);
	bar_add(bar, "symbols and names", "other", names);
	bar_add(bar, "not loaded", "debug", debug);
	bar_add(bar, "headers and gaps", "other", file->length > sum ? file->length - sum : 0);
}

static void memory_bar(const struct report *report, struct bar *bar)
{
	const struct llext_plan *plan = &report->plan;
	uint64_t text = plan->mem[LLEXT_MEM_TEXT].bytes, constants = 0;

	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (i != LLEXT_MEM_TEXT && i != LLEXT_MEM_DATA && i != LLEXT_MEM_BSS)
			constants += plan->mem[i].bytes;
	}
	*bar = (struct bar){.title = "the memory that it takes"};
	bar_add(bar, "code", "code", text - plan->veneer_bytes);
	bar_add(bar, "veneers", "code", plan->veneer_bytes);
	bar_add(bar, "constants", "constant",
		constants > plan->got_bytes ? constants - plan->got_bytes : constants);
	bar_add(bar, "GOT", "constant", constants > plan->got_bytes ? plan->got_bytes : 0);
	bar_add(bar, "data", "data", plan->mem[LLEXT_MEM_DATA].bytes);
	bar_add(bar, "zeroed data", "zero", plan->mem[LLEXT_MEM_BSS].bytes);
	bar_add(bar, "the library's tables", "table", plan->table_bytes);
	bar_add(bar, "during the load only", "other", report->stream_bytes);
}

static const char *kind_of(const struct section_header *header)
{
	if (header->flags & SHF_EXECINSTR)
		return "code";
	if (header->type == SHT_NOBITS)
		return "zero";
	return header->flags & SHF_WRITE ? "data" : "constant";
}

static void write_pictures(struct page *page, const struct subject *subject, size_t number)
{
	const struct file *file = &subject->file;
	struct share *shares = need(file->section_count + 1, sizeof(*shares));
	struct section_header header;
	struct bar bars[2];
	size_t count = 0;
	char id[32];

	page_print(page, "<h3>Memory, before and after the load</h3>\n");
	file_bar(file, &bars[0]);
	memory_bar(&subject->report, &bars[1]);
	snprintf(id, sizeof(id), "memory-%zu", number);
	picture_bars(page, id, "The file, and what it takes of a device, to one scale", bars, 2);
	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) && (header.flags & SHF_ALLOC) != 0)
			shares[count++] =
				(struct share){header.name, kind_of(&header), header.size};
	}
	page_print(page, "<h3>Sections</h3>\n");
	snprintf(id, sizeof(id), "sections-%zu", number);
	picture_tiles(page, id, "The sections that are loaded, each as large as its tile", shares,
		      count);
	table_begin(page, "Loaded sections, the largest first",
		    (const char *const[]){"section", "bytes", NULL});
	for (size_t i = 0; i < count && shares[i].bytes != 0; i++) {
		page_print(page, "<tr><td class=\"name\"><i class=\"key %s\"></i>", shares[i].kind);
		page_text(page, shares[i].name);
		page_print(page, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", shares[i].bytes);
	}
	table_end(page);
	free(shares);
}

static void write_exports(struct page *page, const struct report *report)
{
	page_print(page, "<details%s><summary>Exports: %zu</summary>\n",
		   report->export_count <= 20 ? " open" : "", report->export_count);
	table_begin(page, "What others may use",
		    (const char *const[]){"name", "section", "kind", "bytes", NULL});
	for (size_t i = 0; i < report->export_count; i++) {
		const struct export_entry *entry = &report->exports[i];

		page_print(page, "<tr>");
		cell(page, "name", entry->plain != NULL ? entry->plain : entry->name);
		cell(page, "name", entry->section != NULL ? entry->section : "");
		cell(page, "", entry->kind);
		page_print(page, "<td class=\"n\">%" PRIu64 "</td></tr>\n", entry->size);
	}
	table_end(page);
	page_print(page, "</details>\n");
}

static void write_relocations(struct page *page, const struct relocations *relocations)
{
	size_t most = relocations->count > 0 ? relocations->list[0].count : 1;

	page_print(page, "<h3>Relocations: %zu</h3>\n", relocations->total);
	if (relocations->count == 0)
		return;
	table_begin(page, "By type, the most frequent first",
		    (const char *const[]){"type", "value", "count", "", NULL});
	for (size_t i = 0; i < relocations->count; i++) {
		const struct relocation_count *entry = &relocations->list[i];

		page_print(page, "<tr>");
		cell(page, "name", entry->what.name != NULL ? entry->what.name : "unknown");
		cell(page, "", entry->supported ? entry->what.value : "not supported");
		page_print(page,
			   "<td class=\"n\">%zu</td><td aria-hidden=\"true\">"
			   "<span class=\"level\" style=\"width:%.1frem\"></span></td></tr>\n",
			   entry->count, 18.0 * (double)entry->count / (double)most);
	}
	table_end(page);
}

static void write_packing(struct page *page, const struct subject *subject)
{
	const struct report *report = &subject->report;
	const struct packed_size *packed = &subject->packed;
	size_t file = subject->file.length;

	page_print(page, "<h3>Packing</h3>\n");
	if (report->packing.is_packed) {
		page_print(page, "<p>It is packed already.</p>\n");
	} else if (!packed->known) {
		page_print(page, "<p>It cannot be packed; <code>tenon pack</code> says why.</p>\n");
	} else {
		table_begin(page, "What <code>tenon pack</code> would save",
			    (const char *const[]){"", "now", "packed", NULL});
		page_print(page,
			   "<tr><th scope=\"row\">bytes of the file</th><td class=\"n\">%zu</td>"
			   "<td class=\"n\">%zu</td></tr>\n<tr><th scope=\"row\">heap during the "
			   "load</th><td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n",
			   file, packed->file, report->stream_bytes, packed->transient);
		table_end(page);
	}
}

static void write_hints(struct page *page, const struct hints *hints)
{
	static const char *const effects[] = {"costs", "is refused", "faults"};

	page_print(page, "<h3>Hints: %zu</h3>\n", hints->count);
	if (hints->count == 0)
		return;
	table_begin(page, "What could be better",
		    (const char *const[]){"it", "what", "bytes", "what to do", NULL});
	for (size_t i = 0; i < hints->count; i++) {
		const struct hint *hint = &hints->list[i];

		page_print(page, "<tr><td>%s</td>", effects[hint->effect]);
		cell(page, "", hint->what);
		if (hint->bytes != 0)
			page_print(page, "<td class=\"n\">%" PRIu64 "</td>", hint->bytes);
		else
			page_print(page, "<td></td>");
		cell(page, "", hint->remedy != NULL ? hint->remedy : "");
		page_print(page, "</tr>\n");
	}
	table_end(page);
}

static void write_boards(struct page *page, const struct subject *subject)
{
	page_print(page, "<h3>Emulated boards</h3>\n");
	if (page->boards.count == 0) {
		page_print(page, "<p>None are here: <code>make boards</code>.</p>\n");
		return;
	}
	table_begin(page, "Where <code>tenon run</code> can run it",
		    (const char *const[]){"board", "processor", "heap, KiB", "", NULL});
	for (size_t i = 0; i < page->boards.count; i++) {
		const struct board *board = &page->boards.list[i];
		const struct runner *runner = &board->runners[0];
		char *why = board_why_not(board, &subject->file);

		page_print(page, "<tr>");
		cell(page, "name", board->name);
		cell(page, "", board->core);
		page_print(page, "<td class=\"n\">%" PRIu64 "</td>",
			   (runner->heap_bytes + runner->instr_bytes) / 1024);
		if (why == NULL)
			page_print(page, "<td class=\"good\">fits</td>");
		else
			cell(page, "", why);
		page_print(page, "</tr>\n");
		free(why);
	}
	table_end(page);
}

static void write_subject(struct page *page, size_t number)
{
	const struct subject *subject = &page->subjects[number];

	page_print(page, "<section aria-labelledby=\"f%zu\"><h2 id=\"f%zu\">", number, number);
	page_text(page, base_name(subject->file.path));
	page_print(page, "</h2>\n");
	write_facts(page, number);
	write_hints(page, &subject->report.hints);
	write_pictures(page, subject, number);
	write_exports(page, &subject->report);
	write_relocations(page, &subject->report.relocations);
	write_packing(page, subject);
	write_boards(page, subject);
	page_print(page, "</section>\n");
}

/* ---- between files ---- */

static size_t write_uses(struct page *page, size_t user, size_t of)
{
	const struct imports *imports = &page->subjects[user].report.imports;
	size_t found = 0;

	for (size_t i = 0; i < imports->count; i++) {
		if (provider(page, user, imports->list[i].name) != of)
			continue;
		if (found++ == 0) {
			page_print(page, "<tr><td><a href=\"#f%zu\">", user);
			page_text(page, base_name(page->subjects[user].file.path));
			page_print(page, "</a></td><td>");
			if (of < page->count)
				page_text(page, base_name(page->subjects[of].file.path));
			else if (of == page->count)
				page_text(page, page->firmware_name);
			else
				page_print(page, "<span class=\"bad\">missing</span>");
			page_print(page, "</td><td class=\"name\">");
		} else {
			page_print(page, ", ");
		}
		page_text(page, imports->list[i].name);
		if (imports->list[i].weak)
			page_print(page, " (weak)");
	}
	if (found > 0)
		page_print(page, "</td></tr>\n");
	return found;
}

static void write_graph(struct page *page)
{
	size_t found = 0;

	page_print(page, "<h2 id=\"uses\">Who uses what</h2>\n");
	table_begin(page, "Imports, by who provides them",
		    (const char *const[]){"extension", "uses of", "names", NULL});
	for (size_t i = 0; i < page->count; i++) {
		for (size_t j = 0; j < page->count + 2; j++)
			found += write_uses(page, i, j);
	}
	table_end(page);
	if (found == 0)
		page_print(page, "<p>Nothing is imported.</p>\n");
	if (!page->has_firmware)
		page_print(page, "<p class=\"note\">What no file here exports is taken to be the "
				 "firmware's; <code>--against</code> checks it.</p>\n");
}

static void write_summary(struct page *page)
{
	struct bar *bars = need(page->count, sizeof(*bars));

	page_print(page, "<nav aria-label=\"Files\"><ul>\n");
	for (size_t i = 0; i < page->count; i++) {
		page_print(page, "<li><a href=\"#f%zu\">", i);
		page_text(page, base_name(page->subjects[i].file.path));
		page_print(page, "</a></li>\n");
	}
	page_print(page, "<li><a href=\"#uses\">Who uses what</a></li></ul></nav>\n");
	if (page->count > 1) {
		for (size_t i = 0; i < page->count; i++) {
			memory_bar(&page->subjects[i].report, &bars[i]);
			bars[i].title = "";
		}
		table_begin(page, "The memory that each takes",
			    (const char *const[]){"file", "bytes", "loads", NULL});
		for (size_t i = 0; i < page->count; i++) {
			char *why_not = page_why_not(page, i);

			page_print(page, "<tr>");
			cell(page, "name", base_name(page->subjects[i].file.path));
			page_print(page, "<td class=\"n\">%" PRIu64 "</td><td>%s</td></tr>\n",
				   bar_total(&bars[i]) - page->subjects[i].report.stream_bytes,
				   why_not == NULL ? "yes" : "<span class=\"bad\">no</span>");
			free(why_not);
		}
		table_end(page);
	}
	free(bars);
}

void page_write(struct page *page)
{
	page_print(page,
		   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"generator\" content=\"tenon report\">\n"
		   "<title>Extensions: a report</title>\n<style>\n%s</style></head>\n<body>\n"
		   "<a class=\"skip\" href=\"#main\">To the report</a>\n"
		   "<main id=\"main\"><h1>Extensions: a report</h1>\n",
		   page_style);
	write_summary(page);
	for (size_t i = 0; i < page->count; i++)
		write_subject(page, i);
	write_graph(page);
	page_print(page, "</main></body></html>\n");
}
