/* SPDX-License-Identifier: Apache-2.0 */
/* A report as a page to read. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"
#include "inspect.h"
#include "signing.h"
#include "wrap.h"

static void title(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void title(FILE *stream, const char *format, ...)
{
	va_list args;

	fprintf(stream, "\n%s", style_on(stream, STYLE_TITLE));
	va_start(args, format);
	vfprintf(stream, format, args);
	va_end(args);
	fprintf(stream, "%s\n", style_off(stream));
}

static void print_entry(const struct report *report, FILE *stream)
{
	uint64_t address = report->desk.core->code_address(report->entry);
	const struct place *symbol = address_symbol(&report->map, address);

	fprintf(stream, "  %-10s 0x%" PRIx64, "entry", report->entry);
	if (symbol != NULL)
		fprintf(stream, " (%s + 0x%" PRIx64 ")", printable(symbol->name),
			address - symbol->low);
	fputc('\n', stream);
}

static void print_head(const struct report *report, FILE *stream)
{
	const struct file *file = report->file;

	fprintf(stream, "%s%s%s\n", style_on(stream, STYLE_TITLE), printable(file->path),
		style_off(stream));
	fprintf(stream, "  %-10s %s\n", "type", elf_type_name(file->type));
	fprintf(stream, "  %-10s %s (core %s)\n", "machine",
		machine_name(file->machine, file->class), report->desk.core->name);
	fprintf(stream, "  %-10s 0x%" PRIx32 "\n", "flags", file->flags);
	if (report->compiled_for != NULL)
		fprintf(stream, "  %-10s %s\n", "for", printable(report->compiled_for));
	fprintf(stream, "  %-10s %zu bytes\n", "file", file->length);
	if (file->stored != 0)
		fprintf(stream, "  %-10s to %zu bytes of LZ4, in blocks of %zu\n", "compressed",
			file->stored, file->block);
	if (report->entry != 0)
		print_entry(report, stream);
	if (report->build_id != NULL)
		fprintf(stream, "  %-10s %s\n", "build id", report->build_id);
	if (report->debug_link != NULL)
		fprintf(stream, "  %-10s %s\n", "debug file", printable(report->debug_link));
	if (report->loads)
		fprintf(stream, "  %-10s %syes%s, with its imports there%s\n", "loads",
			style_on(stream, STYLE_GOOD), style_off(stream),
			report->bad_unwind_table ? ", where no unwinder reads its damaged table"
						 : "");
	else
		fprintf(stream, "  %-10s %sno%s: %s\n", "loads", style_on(stream, STYLE_BAD),
			style_off(stream),
			diag_text(&report->diag, report->desk.core->diag_format));
	if (!report->loads)
		print_hint(stream, &report->diag);
	if (report->useless != NULL)
		fprintf(stream, "  %-10s %snone%s: it %s\n", "use", style_on(stream, STYLE_BAD),
			style_off(stream), report->useless);
}

static void print_envelope(const struct report *report, FILE *stream)
{
	const struct file *file = report->file;

	if (file->envelope == NULL)
		return;
	title(stream, "Signed (not verified here: tenon verify)");
	claims_print(file->envelope, file->envelope_bytes, stream);
}

static void print_packing(const struct report *report, FILE *stream)
{
	const struct packing *packing = &report->packing;
	const struct packed_note *note = &packing->note;

	if (!packing->is_packed)
		return;
	title(stream, "Packed (version %" PRIu32 ")", note->version);
	fprintf(stream, "  %-16s %10zu for %" PRIu32 " relocations\n", "CREL bytes",
		packing->relocation_bytes, note->relocation_count);
	if (note->flags & PACKED_BOUND)
		fprintf(stream, "  %-16s %10zu to the table with fingerprint %016" PRIx64 "\n",
			"bound imports", packing->bound, note->fingerprint);
	else
		fprintf(stream, "  %-16s %10s\n", "bound imports", "none");
	fprintf(stream, "  %-16s %10s\n", "names",
		note->flags & PACKED_NAMES ? "needed" : "needed where the table is another one");
	fprintf(stream, "  %-16s %10" PRIu32 " from %" PRIu32 " on\n", "GOT symbols",
		note->got_count, note->got_first);
	fprintf(stream, "  %-16s %10" PRIu32 " from %" PRIu32 " on: branch targets\n",
		"veneer symbols", note->veneer_count, note->veneer_first);
}

static void print_regions(const struct report *report, FILE *stream)
{
	fprintf(stream, "  %-16s %10s %6s\n", "region", "bytes", "align");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		const struct llext_plan_region *region = &report->plan.mem[i];

		if (region->bytes != 0)
			fprintf(stream, "  %-16s %10zu %6zu\n", region_name((enum llext_mem)i),
				region->bytes, region->align);
	}
}

static void print_domains(const struct report *report, FILE *stream)
{
	struct domain_plan plans[MOST_DOMAIN_PLANS];
	size_t count = domain_plans(report, plans);

	for (size_t i = 0; i < count; i++)
		fprintf(stream,
			"  %-16s %10" PRIu64 "         sandboxed, by a %s: %u regions, %" PRIu64
			" for code and constants, %" PRIu64 " for data with %u of stack\n",
			i == 0 ? "domain" : "", plans[i].code_bytes + plans[i].data_bytes,
			plans[i].unit, plans[i].regions, plans[i].code_bytes, plans[i].data_bytes,
			plans[i].stack);
}

static void print_memory(const struct report *report, FILE *stream)
{
	const struct llext_plan *plan = &report->plan;
	const struct addresses *at = &report->desk.at;

	title(stream, "Memory");
	print_regions(report, stream);
	if (report->file->type == ET_EXEC) {
		fprintf(stream, "  %-16s %10" PRIu64 "         0x%" PRIx64 " to 0x%" PRIx64 "\n",
			"own addresses", report->own_bytes, report->own_first, report->own_last);
	} else if (report->file->type == ET_DYN) {
		fprintf(stream, "  %-16s %10zu %6zu  one block\n", "heap", plan->data_bytes,
			plan->data_align);
	} else {
		fprintf(stream, "  %-16s %10zu %6zu\n", "instruction heap", plan->instr_bytes,
			plan->instr_align);
		fprintf(stream, "  %-16s %10zu %6zu\n", "data heap", plan->data_bytes,
			plan->data_align);
	}
	fprintf(stream, "  %-16s %10zu         in text: %zu veneer%s for branches out of reach\n",
		"veneers", plan->veneer_bytes, plan->veneers, plan->veneers == 1 ? "" : "s");
	fprintf(stream, "  %-16s %10zu         in rodata: %zu entr%s\n", "GOT", plan->got_bytes,
		plan->got_slots, plan->got_slots == 1 ? "y" : "ies");
	fprintf(stream, "  %-16s %10zu         beside these, for the loader's tables\n", "tables",
		plan->table_bytes);
	fprintf(stream,
		"  %-16s %10zu         freed after the load; %zu where the file is in memory\n",
		"during the load", report->stream_bytes, plan->transient_bytes);
	fprintf(stream,
		"  assuming the firmware near 0x%" PRIx64 ", a heap of %" PRIu64
		" bytes at 0x%" PRIx64,
		at->firmware, at->heap_bytes, at->heap);
	if (at->instr_heap != 0)
		fprintf(stream, " and one for code at 0x%" PRIx64, at->instr_heap);
	fprintf(stream, "\n");
	print_domains(report, stream);
}

static void print_exports(const struct report *report, FILE *stream)
{
	title(stream, "Exports (%zu)", report->export_count);
	for (size_t i = 0; i < report->export_count; i++) {
		const struct export_entry *entry = &report->exports[i];

		fprintf(stream, "  %-8s %8" PRIu64 "  %-24s", entry->kind, entry->size,
			printable(entry->name));
		if (entry->plain != NULL)
			fprintf(stream, "  %s", entry->plain);
		if (entry->section != NULL)
			fprintf(stream, "  at %s + 0x%" PRIx64 "\n", printable(entry->section),
				entry->offset);
		else
			fprintf(stream, "  at 0x%" PRIx64 "\n", entry->address);
	}
	if (report->ext == NULL)
		fprintf(stream, "  not known, because the file does not load\n");
}

static void print_imports(const struct report *report, FILE *stream)
{
	title(stream, "Imports (%zu)", report->imports.count);
	for (size_t i = 0; i < report->imports.count; i++) {
		const struct import *import = &report->imports.list[i];
		char *plain = demangled(import->name);

		fprintf(stream, "  %s%s%s%s\n", printable(import->name),
			import->weak ? "  weak: may be missing" : "", plain != NULL ? "  " : "",
			plain != NULL ? plain : "");
		free(plain);
	}
}

static void print_relocations(const struct report *report, FILE *stream)
{
	const struct relocations *relocations = &report->relocations;

	title(stream, "Relocations (%zu)", relocations->total);
	for (size_t i = 0; i < relocations->count; i++) {
		const struct relocation_count *entry = &relocations->list[i];
		char number[24];

		snprintf(number, sizeof(number), "type %" PRIu32, entry->type);
		fprintf(stream, "  %-28s %8zu  %s%s%s\n",
			entry->what.name != NULL ? entry->what.name : number, entry->count,
			style_on(stream, entry->supported ? STYLE_PLAIN : STYLE_BAD),
			entry->supported  ? entry->what.value
			: entry->what.tls ? "not supported: thread-local storage"
					  : "not supported",
			style_off(stream));
	}
	if (relocations->elsewhere > 0)
		fprintf(stream, "  and %zu in sections that are not loaded\n",
			relocations->elsewhere);
}

static void print_hints(const struct report *report, FILE *stream)
{
	if (report->hints.count == 0)
		return;
	title(stream, "Hints (%zu)", report->hints.count);
	for (size_t i = 0; i < report->hints.count; i++) {
		const struct hint *hint = &report->hints.list[i];

		fprintf(stream, "  %s%s%s", style_on(stream, STYLE_NOTE), hint->what,
			style_off(stream));
		if (hint->bytes != 0)
			fprintf(stream, ": %" PRIu64 " bytes of %s", hint->bytes, hint->of);
		fprintf(stream, "; %s\n", hint->remedy);
	}
}

static void print_all(const void *what, FILE *stream)
{
	const struct report *report = what;

	print_head(report, stream);
	print_envelope(report, stream);
	print_packing(report, stream);
	if (report->plan.relocations != 0 || report->loads)
		print_memory(report, stream);
	print_exports(report, stream);
	print_imports(report, stream);
	print_relocations(report, stream);
	print_hints(report, stream);
}

void report_print(const struct report *report, FILE *stream)
{
	wrap_print(stream, print_all, report);
}
