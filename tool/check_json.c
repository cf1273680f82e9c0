/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a check as one JSON object. */
#include "check.h"
#include "json.h"

static void add_import(struct json_object *list, const struct import *import)
{
	struct json_object *item = json_item(list);

	json_text(item, "name", import->name);
	json_flag(item, "weak", import->weak);
	json_flag(item, "found", import->found);
	json_text(item, "provider",
		  import->provider != NULL ? import->provider
		  : import->found          ? "firmware"
					   : NULL);
	json_text(item, "suggestion", import->suggestion);
	json_text(item, "referenced_by", import->place);
	json_text(item, "note", import->note);
	json_text(item, "declared", import->declared);
	json_text(item, "offered", import->offered);
	json_flag(item, "wrong_call", import->surely_wrong);
}

static void add_file(struct json_object *list, const struct check *check,
		     const struct checked *checked)
{
	static const char *const levels[] = {"warning", "unknown", "error"};
	struct json_object *item = json_item(list), *fit, *imports, *missing, *memory, *ranges;
	uint64_t first, last;

	json_text(item, "file", checked->path);
	json_flag(item, "loads", checked->loads);
	json_text(item, "reason", checked->reason);
	ranges = json_list(item, "needs_addresses");
	for (size_t at = 0; check_next_range(&checked->file, &at, &first, &last);) {
		struct json_object *range = json_item(ranges);

		json_number(range, "first", first);
		json_number(range, "last", last);
	}
	json_unknown(item, "loads_from_storage");
	if (check->heap_known && checked->loads)
		json_flag(item, "loads_from_storage", !checked->from_memory_only);
	json_flag(item, "executable_stack", checked->plan.executable_stack);
	json_diag(item, &checked->diag, check->firmware.core->diag_format);
	fit = json_list(item, "fit");
	for (size_t i = 0; i < checked->fit.count; i++) {
		struct json_object *finding = json_item(fit);

		json_text(finding, "level", levels[checked->fit.list[i].level]);
		json_text(finding, "text", checked->fit.list[i].text);
	}
	json_text(item, "hint", checked->hints);
	missing = json_list(item, "missing");
	imports = json_list(item, "imports");
	for (size_t i = 0; i < checked->imports.count; i++) {
		const struct import *import = &checked->imports.list[i];

		add_import(imports, import);
		if (!import->found && !import->weak)
			add_import(missing, import);
	}
	memory = json_child(item, "memory");
	json_number(memory, "instruction_heap_bytes", checked->plan.instr_bytes);
	json_number(memory, "data_heap_bytes", checked->plan.data_bytes);
	json_number(memory, "table_bytes", checked->plan.table_bytes);
	json_number(memory, "transient_bytes", checked->plan.transient_bytes);
	json_number_if(memory, "extension_bytes", checked->ext != NULL,
		       checked->ext != NULL ? checked->ext->alloc_size : 0);
	json_number(memory, "veneers", checked->plan.veneers);
	json_number(memory, "got_slots", checked->plan.got_slots);
}

void check_print_json(const struct check *check, FILE *stream)
{
	struct json_object *root = json_root("check"), *assumed, *files;

	json_text(root, "firmware", check->firmware_path);
	json_text(root, "machine", check->firmware.core->name);
	json_number(root, "firmware_exports", check->firmware.records);
	json_flag(root, "firmware_exports_sorted", !check->firmware.unsorted);
	json_flag(root, "loads", check->good);
	assumed = json_child(root, "assumed");
	json_number(assumed, "heap_at", check->desk.at.heap);
	json_number(assumed, "heap_bytes", check->desk.at.heap_bytes);
	json_flag(assumed, "heap_from_firmware", check_has_heap(check));
	json_text(assumed, "protection", check->firmware.protection.name);
	json_number_if(assumed, "protection_slots", check->firmware.protection.unit.slots != 0,
		       check->firmware.protection.unit.slots);
	json_number_if(assumed, "tls_bytes", check->firmware.has_tls || check->tls_given,
		       check->tls_given ? check->tls_bytes : check->firmware.tls_bytes);
	json_number_if(assumed, "instr_heap_at", check->desk.at.instr_heap != 0,
		       check->desk.at.instr_heap);
	files = json_list(root, "files");
	for (size_t i = 0; i < check->count; i++)
		add_file(files, check, &check->files[i]);
	json_print(root, stream);
}
