/* SPDX-License-Identifier: Apache-2.0 */
/* tenon inspect: what an extension is, needs and offers, for whatever machine it is. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "debug_file.h"
#include "explain.h"
#include "fit.h"
#include "inspect.h"
#include "purpose.h"
#include "runs.h"
#include "verifying.h"

static const char help[] =
	"Usage: tenon inspect [OPTION...] FILE\n"
	"\n"
	"Show what FILE is, the memory that it needs, its exports, imports and\n"
	"relocations, and how it could be built to take less. FILE may be for any\n"
	"supported machine: nothing of it is run. Missing imports are no error here; see\n"
	"tenon check.\n"
	"\n"
	"Veneers (for branches that do not reach their target) and GOT entries depend on\n"
	"where things are. Where nothing else is said, usual addresses of the machine are\n"
	"assumed; they are shown.\n"
	"\n"
	"Options:\n"
	"  -m, --map              only the memory, as bars: regions, veneers, padding,\n"
	"                         and what the machine's protection unit costs\n"
	"  -j, --json             as one JSON object\n"
	"      --firmware-at ADDR where the firmware's functions are\n"
	"      --heap-at ADDR     where the LLEXT heap is\n"
	"      --instr-heap-at ADDR\n"
	"                         a heap of its own for code, as on a Harvard machine\n"
	"      --decrypt-with KEY a key for an encrypted FILE: a private key in PEM, or\n"
	"                         16 bytes; without, only what its signer claims is shown\n"
	"  -s, --heap SIZE        size of each heap (default: what is needed; 4096, 64K,\n"
	"                         1M)\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon inspect codec.llext\n"
	"  tenon inspect --firmware-at 0x08000000 --heap-at 0x20010000 codec.llext\n"
	"  tenon inspect --map codec.llext\n"
	"  tenon inspect --json codec.llext | jq .memory.instruction_heap_bytes\n"
	"\n"
	"Exit status:\n"
	"  0  with its imports there, FILE would load\n"
	"  1  FILE cannot be read, no loader would take it, or nobody could use it; what\n"
	"     is wrong is printed\n"
	"  2  wrong usage\n";

/* ---- the dry run, then a load at the assumed addresses ---- */

/* All imports at the firmware's address. Bit 0 marks Thumb code, and does no harm to data. */
static void offer_imports(struct report *report)
{
	const struct llext_desk_core *core = report->desk.core;
	uint64_t address = report->assumed.at.firmware;

	if (core->machine == EM_ARM)
		address |= 1;
	else if (address == 0)
		address = 16; /* an address of 0 would mean that there is none */
	report->builtins.list = need(report->imports.count, sizeof(*report->builtins.list));
	for (size_t i = 0; i < report->imports.count; i++)
		report->builtins.list[report->builtins.count++] = (struct llext_const_symbol){
			report->imports.list[i].record, (const void *)(uintptr_t)address};
	builtins_sort(&report->builtins);
	(void)core->set_builtins(report->builtins.list, report->builtins.count);
}

/* The same once more, with pieces as the machine's protection unit has them. */
static void plan_protected(struct report *report, const struct llext_load_param *param)
{
	const struct llext_desk_core *core = report->desk.core;

	report->protection = protection_of(report->file);
	if (report->protection.name == NULL)
		return;
	core->set_protection(&report->protection.unit);
	if (desk_plan(&report->desk, report->file, param, false, &report->protected_plan) != 0)
		report->protected_plan = report->plan;
	core->set_protection(NULL);
}

static int plan_and_load(struct report *report)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan stream;
	int rc;

	rc = desk_plan(&report->desk, report->file, &param, false, &report->plan);
	report->protected_plan = report->plan;
	if (rc == 0) {
		if (report->assumed.with_protection)
			plan_protected(report, &param);
		rc = desk_plan(&report->desk, report->file, &param, true, &stream);
		report->stream_bytes = stream.transient_bytes;
	}
	if (rc == 0) {
		param.keep_section_info = true;
		rc = desk_load(&report->desk, report->file, "inspected", &param, false,
			       &report->ext);
	}
	return rc;
}

/*
 * Is that why it is refused, though no exception needs the table? A firmware without an unwinder
 * takes the file, since it does not load the table.
 */
static bool in_unwind_table(const struct report *report)
{
	const struct llext_diag *diag = report->desk.core->last_diag();

	return diag->error == -ENOEXEC && strcmp(diag->section, ".eh_frame") == 0 &&
	       !file_handles_exceptions(report->file);
}

static void try_load(struct report *report)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	int rc;

	/* The names first: they are the imports that the second run shall find. */
	param.on_import = imports_add;
	param.user_data = &report->imports;
	(void)desk_plan(&report->desk, report->file, &param, false, &report->plan);
	offer_imports(report);

	rc = plan_and_load(report);
	if (rc != 0 && in_unwind_table(report)) {
		report->desk.core->set_unwinder(false);
		rc = plan_and_load(report);
		report->bad_unwind_table = rc == 0;
	}
	report->loads = rc == 0;
	if (rc != 0)
		report->diag = *report->desk.core->last_diag();
}

static bool load_at(struct report *report, const struct llext_desk_core *core, struct addresses at,
		    const struct assumption *assumed)
{
	if (assumed->firmware_given)
		at.firmware = assumed->at.firmware;
	assume_heap(assumed, &at);
	if (report->file->type == ET_DYN) /* its segments stay together */
		at.instr_heap = 0;
	report->assumed.at = at;
	if (!desk_open(&report->desk, core, at, !assumed->heap_bytes_given))
		return false;
	report->desk.may_move = !assumed->heap_given && assumed->at.instr_heap == 0;
	core->set_unwinder(true);
	try_load(report);
	return true;
}

/* Code for the first 2 GiB (-mcmodel=medlow), which the usual addresses of its machine are beyond?
 */
static bool is_for_low_addresses(const struct report *report, const struct assumption *assumed)
{
	const struct file *file = report->file;

	return file->machine == EM_RISCV && file->class == ELFCLASS64 && !report->loads &&
	       report->diag.relocation_type == R_RISCV_HI20 && !assumed->firmware_given &&
	       !assumed->heap_given && assumed->at.instr_heap == 0;
}

static void forget_load(struct report *report)
{
	desk_close(&report->desk);
	imports_free(&report->imports);
	builtins_free(&report->builtins);
}

/* An executable's sections, from the first to the last. */
static void find_own_addresses(struct report *report)
{
	struct section_header header;

	for (size_t i = 1; report->file->type == ET_EXEC && i < report->file->section_count; i++) {
		uint64_t last;

		if (!file_section(report->file, i, &header) || !(header.flags & SHF_ALLOC) ||
		    header.size == 0)
			continue;
		last = header.addr + header.size - 1;
		if (report->own_bytes == 0 || header.addr < report->own_first)
			report->own_first = header.addr;
		if (report->own_bytes == 0 || last > report->own_last)
			report->own_last = last;
		report->own_bytes += header.size;
	}
}

/* ---- exports ---- */

static const char *symbol_kind(uint8_t type)
{
	return type == STT_FUNC                           ? "function"
	       : type == STT_OBJECT || type == STT_COMMON ? "object"
							  : "";
}

static void add_export(struct report *report, const struct llext_symbol *symbol)
{
	struct export_entry *entry = &report->exports[report->export_count++];
	uint64_t address = (uintptr_t)symbol->addr, begins = address;
	const struct place *section, *place;

	/* A symbol at the end of its section lies in the next one, if in any. */
	section = address_section(&report->map, address);
	place = address_symbol(&report->map, address);
	*entry = (struct export_entry){.name = need_text("%s", symbol->name),
				       .plain = demangled(symbol->name),
				       .kind = "",
				       .address = address};
	if (section != NULL) {
		entry->section = section->name;
		entry->kind = section->type == LLEXT_MEM_TEXT ? "function" : "object";
		if (report->file->machine == EM_ARM && section->type == LLEXT_MEM_TEXT)
			begins &= ~(uint64_t)1; /* Thumb state, not part of the place */
		entry->offset = begins - section->low;
	}
	if (place != NULL && place->low == begins) {
		entry->size = place->size;
		if (symbol_kind(place->type)[0] != '\0')
			entry->kind = symbol_kind(place->type);
	}
}

static void collect_exports(struct report *report)
{
	const struct llext_symtable *table;

	if (report->ext == NULL)
		return;
	address_map_build(&report->map, report->file, report->ext, report->desk.core->section_info);
	table = &report->ext->exp_tab;
	report->exports = need(table->sym_cnt, sizeof(*report->exports));
	for (size_t i = 0; i < table->sym_cnt; i++)
		add_export(report, &table->syms[i]);
}

/* ---- notes ---- */

/* .note.gnu.build-id: name size, description size, type 3, "GNU", the bytes. */
static void find_build_id(struct report *report)
{
	struct section_header header;
	size_t length;
	char *text;

	if (!file_section(report->file, file_find_section(report->file, ".note.gnu.build-id"),
			  &header) ||
	    header.bytes == NULL || header.size < 16 || file_word(header.bytes, 4) != 4 ||
	    file_word(header.bytes + 8, 4) != NT_GNU_BUILD_ID)
		return;
	length = (size_t)file_word(header.bytes + 4, 4);
	if (length > header.size - 16 || length > 64)
		return;
	text = need(2 * length + 1, 1);
	for (size_t i = 0; i < length; i++)
		sprintf(text + 2 * i, "%02x", header.bytes[16 + i]);
	report->build_id = text;
}

/* ---- packed files ---- */

static void look_at_packing(struct report *report)
{
	const struct file *file = report->file;
	struct packing *packing = &report->packing;
	size_t table = file_symbol_table(file, false);
	struct section_header header;
	struct symbol symbol;

	packing->is_packed = packed_note_read(file, &packing->note);
	if (!packing->is_packed)
		return;
	for (size_t i = 1; i < file_symbol_count(file, table); i++)
		packing->bound += file_symbol(file, table, i, &symbol) &&
				  symbol.section == SHN_UNDEF && symbol.value != 0;
	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) && is_compact(&header))
			packing->relocation_bytes += header.size;
	}
}

/* ---- all of it ---- */

bool report_build(struct report *report, const struct file *file, const struct assumption *assumed)
{
	char *why;
	const struct llext_desk_core *core = desk_core_for(file, &why);
	struct section_header link;

	*report = (struct report){.file = file};
	if (core == NULL) {
		complain(file->path, "%s", why);
		free(why);
		return false;
	}
	report->assumed = *assumed;
	if (!load_at(report, core, machine_addresses(file->machine, file->class), assumed))
		return false;
	if (is_for_low_addresses(report, assumed)) {
		forget_load(report);
		report->low_addresses = true;
		if (!load_at(report, core, machine_low_addresses(), assumed))
			return false;
	}
	find_own_addresses(report);
	collect_exports(report);
	relocations_count(&report->relocations, file, core);
	if (report->ext != NULL)
		report->entry = (uintptr_t)core->entry(report->ext);
	report->compiled_for = fit_describe(file);
	report->useless = file_useless(file);
	find_build_id(report);
	report->debug_link = debug_link_name(file, &link);
	look_at_packing(report);
	hints_collect(report);
	hints_collect_code(report);
	return true;
}

bool report_takes(const struct report *report)
{
	char *hints;

	if (!report->loads) {
		hints = hints_why(report->file, EFFECT_REFUSED);
		complain_diag(report->file->path, &report->diag, report->desk.core->diag_format);
		fputs(hints != NULL ? hints : "", stderr);
		free(hints);
	} else if (report->useless != NULL) {
		complain(report->file->path, "%s", report->useless);
	}
	return report->loads && report->useless == NULL;
}

void report_unload(struct report *report)
{
	address_map_free(&report->map);
	if (report->ext != NULL)
		(void)report->desk.core->unload(&report->ext);
	if (report->desk.core != NULL)
		desk_close(&report->desk);
}

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->export_count; i++) {
		free(report->exports[i].name);
		free(report->exports[i].plain);
	}
	for (size_t i = 0; i < report->hints.count; i++)
		free(report->hints.list[i].what);
	free(report->exports);
	free(report->hints.list);
	free(report->relocations.list);
	free(report->build_id);
	free(report->compiled_for);
	report_unload(report);
	builtins_free(&report->builtins);
	imports_free(&report->imports);
}

/* ---- the command line ---- */

enum { OPTION_FIRMWARE = 256, OPTION_HEAP, OPTION_INSTR };

/* What is asked for instead of the whole in words, and keys for what is encrypted. */
struct forms {
	bool json, map;
	struct verifying keys;
};

static int parse(int argc, char **argv, struct assumption *assumed, struct forms *forms,
		 const char **path)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"map", no_argument, NULL, 'm'},
		{"heap", required_argument, NULL, 's'},
		{"firmware-at", required_argument, NULL, OPTION_FIRMWARE},
		{"heap-at", required_argument, NULL, OPTION_HEAP},
		{"instr-heap-at", required_argument, NULL, OPTION_INSTR},
		{"decrypt-with", required_argument, NULL, OPTION_DECRYPT},
		{NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jms:", options, NULL)) != -1) {
		bool good = true;

		switch (option) {
		case 'j':
			forms->json = true;
			break;
		case 'm':
			forms->map = true;
			break;
		case 's':
			good = assumed->heap_bytes_given =
				parse_size(optarg, (uint64_t)1 << 31, &assumed->at.heap_bytes) &&
				assumed->at.heap_bytes >= 4096;
			break;
		case OPTION_FIRMWARE:
			good = assumed->firmware_given =
				parse_size(optarg, INT64_MAX, &assumed->at.firmware);
			break;
		case OPTION_HEAP:
			good = assumed->heap_given =
				parse_size(optarg, INT64_MAX, &assumed->at.heap);
			break;
		case OPTION_INSTR:
			good = parse_size(optarg, INT64_MAX, &assumed->at.instr_heap);
			break;
		case OPTION_DECRYPT:
			if (!verifying_add_secret(&forms->keys, optarg))
				return EXIT_REFUSED;
			files_decrypt(&forms->keys);
			break;
		case ':':
			return wrong_usage("inspect", "'%s' needs a value",
					   printable(option_at_fault(argv)));
		default:
			return wrong_usage("inspect", "no option '%s'",
					   printable(option_at_fault(argv)));
		}
		if (!good)
			return wrong_usage("inspect", "'%s' is no %s", printable(optarg),
					   option == 's' ? "size from 4K to 2G" : "address");
	}
	if (argc - optind != 1)
		return wrong_usage("inspect",
				   optind == argc ? "no FILE given" : "more than one FILE given");
	*path = argv[optind];
	return EXIT_GOOD;
}

static int inspect_command(int argc, char **argv)
{
	struct assumption assumed = {0};
	struct forms forms = {0};
	bool good = false;
	const char *path = NULL;
	struct report report;
	struct file file;
	int code = parse(argc, argv, &assumed, &forms, &path);

	if (code != EXIT_GOOD) {
		verifying_free(&forms.keys);
		return code;
	}
	assumed.with_protection = forms.map || forms.json;
	if (file_open(&file, path)) {
		if (report_build(&report, &file, &assumed)) {
			good = report.loads && report.useless == NULL;
			if (forms.map && !forms.json && good)
				map_print(&report, stdout);
			else
				(forms.json ? report_print_json : report_print)(&report, stdout);
		}
		report_free(&report);
	} else if (file.envelope != NULL && file.envelope->sealed && !forms.json) {
		claims_print(file.envelope, file.envelope_bytes, stdout);
	}
	file_close(&file);
	verifying_free(&forms.keys);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_inspect = {"inspect", "show what an extension needs, offers and costs",
					help, inspect_command};
