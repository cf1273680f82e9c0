/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one JSON object. */
#include <inttypes.h>
#include <stdlib.h>
#include "inspect.h"
#include "signing.h"
#include "json.h"

static void add_domains(struct json_object *root, const struct report *report)
{
	struct json_object *list = json_list(root, "domain");
	struct domain_plan plans[MOST_DOMAIN_PLANS];
	size_t count = domain_plans(report, plans);

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_item(list);

		json_text(item, "unit", plans[i].unit);
		json_number(item, "regions", plans[i].regions);
		json_number(item, "code_bytes", plans[i].code_bytes);
		json_number(item, "data_bytes", plans[i].data_bytes);
		json_number(item, "stack_bytes", plans[i].stack);
	}
}

static void add_memory(struct json_object *root, const struct report *report)
{
	const struct llext_plan *plan = &report->plan;
	struct json_object *regions = json_list(root, "regions");
	struct json_object *memory = json_child(root, "memory");
	struct json_object *assumed = json_child(root, "assumed");

	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		struct json_object *region;

		if (plan->mem[i].bytes == 0)
			continue;
		region = json_item(regions);
		json_text(region, "name", region_name((enum llext_mem)i));
		json_number(region, "bytes", plan->mem[i].bytes);
		json_number(region, "align", plan->mem[i].align);
	}
	json_number(memory, "instruction_heap_bytes", plan->instr_bytes);
	json_number(memory, "instruction_heap_align", plan->instr_align);
	json_number(memory, "data_heap_bytes", plan->data_bytes);
	json_number(memory, "data_heap_align", plan->data_align);
	json_number(memory, "table_bytes", plan->table_bytes);
	json_number(memory, "transient_bytes", report->stream_bytes);
	json_number(memory, "transient_bytes_from_memory", plan->transient_bytes);
	json_number(memory, "veneers", plan->veneers);
	json_number(memory, "veneer_bytes", plan->veneer_bytes);
	json_number(memory, "got_slots", plan->got_slots);
	json_number(memory, "got_bytes", plan->got_bytes);
	json_unknown(root, "own_addresses");
	if (report->own_bytes != 0) {
		struct json_object *own = json_child(root, "own_addresses");

		json_number(own, "first", report->own_first);
		json_number(own, "last", report->own_last);
		json_number(own, "bytes", report->own_bytes);
	}
	add_domains(root, report);
	json_number(assumed, "firmware_at", report->desk.at.firmware);
	json_number(assumed, "heap_at", report->desk.at.heap);
	json_number(assumed, "heap_bytes", report->desk.at.heap_bytes);
	json_number_if(assumed, "instr_heap_at", report->desk.at.instr_heap != 0,
		       report->desk.at.instr_heap);
}

static void add_symbols(struct json_object *root, const struct report *report)
{
	struct json_object *exports = json_list(root, "exports");
	struct json_object *imports = json_list(root, "imports");

	for (size_t i = 0; i < report->export_count; i++) {
		const struct export_entry *entry = &report->exports[i];
		struct json_object *item = json_item(exports);

		json_text(item, "name", entry->name);
		json_text(item, "demangled", entry->plain);
		json_text(item, "type", entry->kind[0] != '\0' ? entry->kind : NULL);
		json_number(item, "address", entry->address);
		json_text(item, "section", entry->section);
		json_number(item, "offset", entry->offset);
		json_number(item, "size", entry->size);
	}
	for (size_t i = 0; i < report->imports.count; i++) {
		const struct import *import = &report->imports.list[i];
		struct json_object *item = json_item(imports);
		char *plain = demangled(import->name);

		json_text(item, "name", import->name);
		json_text(item, "demangled", plain);
		json_flag(item, "weak", import->weak);
		free(plain);
	}
}

static void add_relocations(struct json_object *root, const struct report *report)
{
	struct json_object *list = json_list(root, "relocations");

	for (size_t i = 0; i < report->relocations.count; i++) {
		const struct relocation_count *entry = &report->relocations.list[i];
		struct json_object *item = json_item(list);

		json_text(item, "name", entry->what.name);
		json_number(item, "type", entry->type);
		json_number(item, "count", entry->count);
		json_flag(item, "supported", entry->supported);
		json_text(item, "value", entry->what.value);
	}
	json_number(root, "relocations_elsewhere", report->relocations.elsewhere);
}

static void add_packing(struct json_object *root, const struct report *report)
{
	const struct packed_note *note = &report->packing.note;
	struct json_object *packed;
	char fingerprint[17];

	json_text(root, "packed", NULL);
	if (!report->packing.is_packed)
		return;
	packed = json_child(root, "packed");
	snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64, note->fingerprint);
	json_number(packed, "version", note->version);
	json_flag(packed, "bound", (note->flags & PACKED_BOUND) != 0);
	json_flag(packed, "names_needed", (note->flags & PACKED_NAMES) != 0);
	json_text(packed, "fingerprint", note->flags & PACKED_BOUND ? fingerprint : NULL);
	json_number(packed, "bound_imports", report->packing.bound);
	json_number(packed, "relocations", note->relocation_count);
	json_number(packed, "relocation_bytes", report->packing.relocation_bytes);
	json_number(packed, "high_relocations", note->high_count);
	json_number(packed, "got_first", note->got_first);
	json_number(packed, "got_count", note->got_count);
	json_number(packed, "veneer_first", note->veneer_first);
	json_number(packed, "veneer_count", note->veneer_count);
}

static void add_hints(struct json_object *root, const struct report *report)
{
	static const char *const effects[] = {"cost", "refused", "fault"};
	struct json_object *list = json_list(root, "hints");

	for (size_t i = 0; i < report->hints.count; i++) {
		const struct hint *hint = &report->hints.list[i];
		struct json_object *item = json_item(list);

		json_text(item, "what", hint->what);
		json_number(item, "bytes", hint->bytes);
		json_text(item, "of", hint->of);
		json_text(item, "remedy", hint->remedy);
		json_text(item, "effect", effects[hint->effect]);
	}
}

void report_print_json(const struct report *report, FILE *stream)
{
	const struct file *file = report->file;
	struct json_object *root = json_root("inspect");

	json_text(root, "file", file->path);
	json_text(root, "type", elf_type_name(file->type));
	json_text(root, "machine", report->desk.core->name);
	json_number_if(root, "entry", report->entry != 0, report->entry);
	json_text(root, "compiled_for", report->compiled_for);
	json_text(root, "useless", report->useless);
	json_number(root, "class", file->class == 1 ? 32 : 64);
	json_number(root, "flags", file->flags);
	json_number(root, "file_bytes", file->length);
	json_text(root, "build_id", report->build_id);
	json_text(root, "debug_file", report->debug_link);
	json_flag(root, "loads", report->loads);
	json_diag(root, &report->diag, report->desk.core->diag_format);
	json_compression(root, file->stored, file->block);
	json_object_object_add(root, "envelope", NULL);
	if (file->envelope != NULL)
		claims_print_json(file->envelope, json_child(root, "envelope"));
	add_packing(root, report);
	add_memory(root, report);
	map_print_json(report, root);
	add_symbols(root, report);
	add_relocations(root, report);
	add_hints(root, report);
	json_print(root, stream);
}
