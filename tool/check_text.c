/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a check as lines to read. */
#include <inttypes.h>
#include <stdlib.h>
#include "check.h"
#include "explain.h"
#include "kit.h"

#define MOST_RANGES 4

/* What the firmware decides when it runs. */
static void print_condition(const struct checked *checked, FILE *stream)
{
	uint64_t first, last;
	size_t count = 0;

	for (size_t at = 0; check_next_range(&checked->file, &at, &first, &last); count++) {
		if (count < MOST_RANGES)
			fprintf(stream, "%s0x%" PRIx64 " to 0x%" PRIx64,
				count == 0 ? "  if the firmware gives it " : ", ", first, last);
	}
	if (count > 0)
		fprintf(stream, "%s (llext_mcu_add_window(), or another port's claim())\n",
			count > MOST_RANGES ? " and more" : "");
}

static void print_good(const struct checked *checked, FILE *stream)
{
	const struct llext_plan *plan = &checked->plan;
	size_t found = 0;

	for (size_t i = 0; i < checked->imports.count; i++)
		found += checked->imports.list[i].found;
	fprintf(stream, "%s: %swould load%s: %zu import%s found, %zu bytes of heap",
		printable(checked->path), style_on(stream, STYLE_GOOD), style_off(stream), found,
		found == 1 ? "" : "s", plan->instr_bytes + plan->data_bytes + plan->table_bytes);
	if (plan->veneers != 0)
		fprintf(stream, ", %zu veneer%s", plan->veneers, plan->veneers == 1 ? "" : "s");
	fputc('\n', stream);
	print_condition(checked, stream);
	if (checked->from_memory_only)
		fprintf(stream,
			"  if it lies in memory: the heap has no room to load it from a file "
			"or another source that is read\n");
	for (size_t i = 0; i < checked->imports.count; i++) {
		const struct import *import = &checked->imports.list[i];

		if (import->provider != NULL)
			fprintf(stream, "  %s from %s\n", printable(import->name),
				printable(import->provider));
		else if (!import->found)
			fprintf(stream, "  %s is weak and missing: it will be 0\n",
				printable(import->name));
	}
}

/* Declared otherwise than the firmware defines it. */
static void print_mismatch(const struct import *import, FILE *stream)
{
	fprintf(stream, "  %s%s%s: %s is declared otherwise than the firmware has it%s%s\n",
		style_on(stream, import->surely_wrong ? STYLE_BAD : STYLE_NOTE),
		import->surely_wrong ? "error" : "warning", style_off(stream),
		printable(import->name), import->place != NULL ? ", referenced by " : "",
		import->place != NULL ? printable(import->place) : "");
	fprintf(stream, "    here:     %s\n", printable(import->declared));
	fprintf(stream, "    firmware: %s\n", printable(import->offered));
}

static void print_warnings(const struct checked *checked, FILE *stream)
{
	for (size_t i = 0; i < checked->imports.count; i++) {
		if (checked->imports.list[i].declared != NULL)
			print_mismatch(&checked->imports.list[i], stream);
	}
	for (size_t i = 0; i < checked->fit.count; i++) {
		if (checked->fit.list[i].level < FIT_ERROR)
			fprintf(stream, "  %swarning%s: it has %s\n", style_on(stream, STYLE_NOTE),
				style_off(stream), checked->fit.list[i].text);
	}
}

/* Is something missing of which its own line does not say what to do? */
static bool has_plainly_missing(const struct imports *imports)
{
	for (size_t i = 0; i < imports->count; i++) {
		const struct import *import = &imports->list[i];

		if (!import->found && !import->weak && !import->tls && import->note == NULL &&
		    import->suggestion == NULL)
			return true;
	}
	return false;
}

/* Compiled for something else: what for, and by which flags it would fit. */
static void print_unfit(const struct check *check, const struct checked *checked, FILE *stream)
{
	const char *from;
	char *ours, *theirs, *flags;

	if (checked->reason == NULL || fit_first(&checked->fit, FIT_ERROR) == NULL)
		return;
	ours = fit_describe(&checked->file);
	theirs = fit_describe(&check->firmware_file);
	flags = kit_flags(&check->firmware_file, &from);
	if (ours != NULL && theirs != NULL)
		fprintf(stream, "    here:     %s\n    firmware: %s\n", printable(ours),
			printable(theirs));
	if (flags != NULL && flags[0] != '\0')
		fprintf(stream, "  %shint%s: compile it with the firmware's flags: %s\n",
			style_on(stream, STYLE_NOTE), style_off(stream), printable(flags));
	free(ours);
	free(theirs);
	free(flags);
}

static void print_bad(const struct check *check, const struct checked *checked, FILE *stream)
{
	size_t missing = imports_missing(&checked->imports);
	bool hinted;

	fprintf(stream, "%s: %swould not load%s", printable(checked->path),
		style_on(stream, STYLE_BAD), style_off(stream));
	if (checked->reason != NULL)
		fprintf(stream, ": %s\n", printable(checked->reason));
	else if (missing != 0)
		fprintf(stream, ": %zu import%s missing\n", missing,
			missing == 1 ? " is" : "s are");
	else
		fprintf(stream, ": it cannot be read\n");
	print_unfit(check, checked, stream);
	hinted = imports_print_missing(&checked->imports, stream);
	if (missing == 0)
		print_hint(stream, &checked->diag);
	else if (checked->reason == NULL && !hinted && has_plainly_missing(&checked->imports))
		fprintf(stream,
			"  %shint%s: export it in the firmware, as `tenon exports` writes it, or "
			"link it into the extension by `ld -r` (E0701)\n",
			style_on(stream, STYLE_NOTE), style_off(stream));
	fputs(checked->hints != NULL ? checked->hints : "", stream);
}

void check_print(const struct check *check, FILE *stream)
{
	const struct addresses *at = &check->desk.at;
	const struct llext_desk_unit *unit = &check->firmware.protection.unit;

	for (size_t i = 0; i < check->count; i++) {
		if (check->files[i].loads)
			print_good(&check->files[i], stream);
		else
			print_bad(check, &check->files[i], stream);
		print_warnings(&check->files[i], stream);
	}
	fprintf(stream, "%s: %s, %zu export%s; %s heap of %" PRIu64 " bytes at 0x%" PRIx64,
		printable(check->firmware_path), check->firmware.core->name,
		check->firmware.records, check->firmware.records == 1 ? "" : "s",
		check_has_heap(check) ? "its" : "assuming a", at->heap_bytes, at->heap);
	if (at->instr_heap != 0)
		fprintf(stream, " and one for code at 0x%" PRIx64, at->instr_heap);
	if (unit->slots != 0)
		fprintf(stream, ", %s of %u slots", check->firmware.protection.name, unit->slots);
	fputc('\n', stream);
}
