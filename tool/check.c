/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon check: would these extensions load into that firmware? The firmware's own exports are given
 * to the core for its machine, which then loads each file at addresses that the machine has.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "inspect.h"
#include "kit.h"
#include "purpose.h"
#include "references.h"

static const char help[] =
	"Usage: tenon check [OPTION...] FILE... --against FIRMWARE\n"
	"\n"
	"Say whether each FILE would load into the firmware whose ELF file is FIRMWARE,\n"
	"and name every import that nothing provides. Several FILEs are taken in the\n"
	"order given: a later one can import what an earlier one exports. The files may\n"
	"be for any supported machine; nothing is run.\n"
	"\n"
	"FIRMWARE is what the linker wrote, with its section headers: the table of\n"
	"exports is read from it. The FILEs are relocated as on the device, so branches\n"
	"out of reach are found, too. Several FILEs are loaded together, in this order.\n"
	"The LLEXT heap is where symbols of it say: llext_heap_memory, or\n"
	"__llext_heap_start and __llext_heap_end. Where it has none, the heap is assumed\n"
	"behind its variables.\n"
	"\n"
	"Options:\n"
	"  -a, --against FIRMWARE the firmware's ELF file, its kit (folder, archive), or\n"
	"                         a list of names\n"
	"      --sandbox          for a domain: every import must have a gate, or be\n"
	"                         user-callable; reads FIRMWARE's symbols\n"
	"      --strict           what a linker only warns about, such as enums of\n"
	"                         another size, is an error\n"
	"      --isa NAME         what the processor has beyond what FIRMWARE is compiled\n"
	"                         for, as in -march (RISC-V)\n"
	"  -j, --json             the result as one JSON object\n"
	"      --heap-at ADDR     where the LLEXT heap is\n"
	"      --instr-heap-at ADDR\n"
	"                         a heap of its own for code, as on a Harvard machine\n"
	"  -s, --heap SIZE        size of each heap (default: as FIRMWARE has it, or what\n"
	"                         is needed; 4096, 64K, 1M)\n"
	"      --tls SIZE         room of each thread for extensions' thread-local\n"
	"                         variables\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon check codec.llext --against build/firmware.elf\n"
	"  tenon check base.llext filter.llext --against firmware.elf\n"
	"  tenon check --heap-at 0x20010000 --heap 64K codec.llext --against firmware.elf\n"
	"  tenon check --json codec.llext -a firmware.elf | jq '.files[].missing[].name'\n"
	"\n"
	"Exit status:\n"
	"  0  all FILEs would load\n"
	"  1  one would not, or FIRMWARE or a FILE cannot be read\n"
	"  2  wrong usage\n";

/* ---- one file ---- */

/* It would load, and then pass arguments that the firmware does not expect. */
static void refuse_wrong_calls(struct checked *checked)
{
	for (size_t i = 0; i < checked->imports.count && checked->loads; i++) {
		if (!checked->imports.list[i].surely_wrong)
			continue;
		checked->loads = false;
		checked->reason =
			need_text("it calls %s in another way than the firmware defines it",
				  printable(checked->imports.list[i].name));
	}
}

/* What a domain is refused although a trusted load has it. */
static void check_gates(const struct check *check, struct checked *checked)
{
	char *lacking = gates_lacking(&check->gates, &checked->file, &checked->imports);

	if (checked->file.type != ET_REL)
		checked->reason = need_text("only relocatable files can be sandboxed");
	else if (file_has_section_with(&checked->file, SHF_ALLOC | SHF_TLS) &&
		 !check->gates.thread_local_variables)
		checked->reason = need_text("thread-local variables have no place in a domain");
	else if (lacking != NULL)
		checked->reason = need_text("no gate in the firmware for %s", lacking);
	checked->loads = checked->reason == NULL;
	free(lacking);
}

/* An address of 0 means to a load that a symbol is missing; and C++ has other names than C. */
static void note_why_missing(const struct check *check, struct checked *checked)
{
	const struct builtins *builtins = &check->firmware.builtins;
	/* The two structures differ in const only. */
	const struct llext_symtable firmware = {builtins->count,
						(struct llext_symbol *)builtins->list};

	imports_note_null(&checked->imports, "the firmware", &firmware);
	if (check->firmware.file != NULL)
		imports_note_cxx(&checked->imports, "the firmware", check->firmware.file);
	for (size_t i = 0; &check->files[i] != checked; i++) {
		if (check->files[i].ext == NULL)
			continue;
		imports_note_null(&checked->imports, check->files[i].name,
				  &check->files[i].ext->exp_tab);
		imports_note_cxx(&checked->imports, check->files[i].name, &check->files[i].file);
	}
}

/*
 * A file that is read takes more of the heap while it is loaded than one that lies in memory. If
 * only that is too much, it is no refusal, for how a firmware gets its files nobody says here.
 */
static int load(struct check *check, struct checked *checked, const struct llext_load_param *param)
{
	int rc = desk_load(&check->desk, &checked->file, checked->name, param, check->heap_known,
			   &checked->ext);

	if (rc != -ENOMEM || !check->heap_known)
		return rc;
	rc = desk_load(&check->desk, &checked->file, checked->name, param, false, &checked->ext);
	checked->from_memory_only = rc >= 0;
	return rc;
}

static void check_file(struct check *check, struct checked *checked)
{
	const struct file *file = &checked->file;
	const struct llext_desk_core *core = check->firmware.core;
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const char *useless;
	int rc;

	checked->imports.suggest = core->suggest;
	if (!file_open(&checked->file, checked->path)) {
		checked->reason = need_text("it cannot be read");
		return;
	}
	useless = file_useless(&checked->file);
	if (useless != NULL) {
		checked->reason = file_no_elf(&checked->file) != NULL ? need_text("%s", useless)
								      : need_text("it %s", useless);
		return;
	}
	param.on_import = imports_add;
	param.user_data = &checked->imports;
	if (!check_fits(check, checked)) {
		/* With other flags it would fit: say now what is missing then. */
		if (fit_first(&checked->fit, FIT_ERROR) != NULL) {
			(void)desk_plan(&check->desk, &checked->file, &param, false,
					&checked->plan);
			references_explain(file, &checked->imports, &check->interface,
					   check->firmware.file);
		}
		return;
	}
	rc = desk_plan(&check->desk, &checked->file, &param, false, &checked->plan);
	if (rc == 0) {
		param.on_import = NULL;
		rc = load(check, checked, &param);
	}
	checked->loads = rc >= 0;
	if (rc < 0) {
		checked->diag = *core->last_diag();
		checked->hints = hints_why(&checked->file, EFFECT_REFUSED);
		note_why_missing(check, checked);
	}
	references_explain(file, &checked->imports, &check->interface, check->firmware.file);
	refuse_wrong_calls(checked);
	if (rc < 0 && imports_missing(&checked->imports) == 0)
		checked->reason = need_text("%s", diag_text(&checked->diag, core->diag_format));
	if (checked->loads && check->sandbox)
		check_gates(check, checked);
}

/* ---- all files ---- */

/* Each file needs a name of its own; its place in the list makes it one. */
static char *name_of(const struct check *check, size_t index)
{
	const char *path = check->files[index].path, *slash = strrchr(path, '/');
	const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : path;

	for (size_t i = 0; i < index; i++) {
		if (strcmp(check->files[i].name, base) == 0)
			return need_text("%s (%zu)", base, index + 1);
	}
	return need_text("%s", base);
}

/* The heap: where the user says, or the firmware does, or else behind its variables. */
static struct addresses place_heap(const struct check *check, const struct assumption *assumed)
{
	const struct firmware *firmware = &check->firmware;
	const struct file *file = firmware->file;
	struct addresses at = machine_addresses(file->machine, file->class);

	at.firmware = firmware->code;
	if (firmware->heap.bytes != 0) {
		at.heap = firmware->heap.at;
		at.heap_bytes = firmware->heap.bytes;
		at.instr_heap = firmware->instr_heap.at;
		at.instr_heap_bytes = firmware->instr_heap.bytes;
	} else if (firmware->end != 0) {
		at.heap = (firmware->end + 0xfff) & ~(uint64_t)0xfff;
		if (at.heap > UINT32_MAX - at.heap_bytes && file->class == ELFCLASS32)
			at.heap = machine_addresses(file->machine, file->class).heap;
	}
	assume_heap(assumed, &at);
	return at;
}

/*
 * Load them all. A heap cannot grow while something is loaded on it: where it is too small for
 * them together, start again with a larger one, if it may grow. True where that is called for.
 */
static bool check_files(struct check *check, bool may_start_again)
{
	bool again = false;

	check->good = true;
	for (size_t i = 0; i < check->count && !again; i++) {
		struct checked *checked = &check->files[i];

		check->desk.may_grow = check->desk.may_grow && i == 0;
		check->desk.may_move = check->desk.may_move && i == 0;
		checked->name = name_of(check, i);
		check_file(check, checked);
		check->good = check->good && checked->loads;
		again = may_start_again && i > 0 && checked->diag.error == -ENOMEM;
	}
	return again;
}

static void let_go(struct check *check)
{
	for (size_t i = check->count; i-- > 0;) {
		struct checked *checked = &check->files[i];

		if (checked->ext != NULL)
			(void)check->firmware.core->unload(&checked->ext);
		imports_free(&checked->imports);
		free(checked->reason);
		free(checked->hints);
		free(checked->name);
		file_close(&checked->file);
		*checked = (struct checked){.path = checked->path};
	}
}

bool check_has_heap(const struct check *check)
{
	return check->firmware.heap.bytes != 0 && check->desk.at.heap == check->firmware.heap.at;
}

/* With prototypes: a kit has them apart from its firmware.elf. */
static bool read_interface(struct check *check)
{
	char *json = need_text("%s/kit.json", check->firmware_path);
	bool good = true;

	if (access(json, R_OK) == 0)
		good = interface_read(&check->interface, json);
	else
		interface_of_firmware(&check->interface, &check->firmware);
	free(json);
	return good;
}

#define MOST_OF_A_DOMAIN ((size_t)1 << 28)
#define MOST_ALIGN       ((size_t)65536) /* that a load accepts */
#define AMPLE_TLS        65536           /* where the firmware does not say what it has */

/* What the firmware's configuration makes of the library, of pieces of memory, of each thread. */
static void set_tables(struct check *check, bool heap_known)
{
	struct firmware *firmware = &check->firmware;
	struct llext_desk_unit *unit = &firmware->protection.unit;

	firmware->core->set_tables(&firmware->tables);
	firmware->core->set_unwinder(!firmware->no_unwinder && !check->sandbox);
	/* How many slots the pieces take depends on where the heap is. */
	if (!heap_known || check->desk.at.instr_heap != 0)
		unit->slots = 0;
	firmware->core->set_protection(firmware->protection.name != NULL ? unit : NULL);
	/* A domain has its thread-local variables in its own memory, not in a thread's room. */
	if (check->sandbox)
		firmware->core->set_tls_room(MOST_OF_A_DOMAIN, MOST_ALIGN);
	else
		firmware->core->set_tls_room((size_t)(check->tls_given    ? check->tls_bytes
						      : firmware->has_tls ? firmware->tls_bytes
									  : AMPLE_TLS),
					     (size_t)firmware->tls_align);
}

static bool check_all(struct check *check, const struct assumption *assumed)
{
	bool may_grow, may_move, again;

	if (!kit_open(&check->firmware_file, check->firmware_path, check->files[0].path) ||
	    !firmware_read(&check->firmware, &check->firmware_file))
		return false;
	if (check->sandbox && !gates_read(&check->gates, &check->firmware_file)) {
		complain(check->firmware_path, "its symbols, which name the gates, were stripped");
		return false;
	}
	may_grow = !assumed->heap_bytes_given && check->firmware.heap.bytes == 0;
	may_move = !assumed->heap_given && assumed->at.instr_heap == 0 &&
		   check->firmware.heap.bytes == 0;
	if (check->firmware.unsorted)
		warn_about(check->firmware_path,
			   "the table of exports is not in order of name: the firmware itself "
			   "would miss some; see SORT_BY_NAME in llext_export.ld");
	if (check->firmware.small_core)
		warn_about(check->firmware_path,
			   "it has the small core (src/small), which takes less than the library "
			   "that checks here");
	if (check->firmware.ambiguous != NULL)
		warn_about(check->firmware_path,
			   "exports %s twice, at two addresses: an extension may get either",
			   printable(check->firmware.ambiguous));
	if (!read_interface(check) ||
	    !desk_open(&check->desk, check->firmware.core, place_heap(check, assumed), may_grow))
		return false;
	check->heap_known = !may_grow;
	set_tables(check, check->firmware.heap.bytes != 0 || assumed->heap_given);
	(void)check->firmware.core->set_builtins(check->firmware.builtins.list,
						 check->firmware.builtins.count);
	do {
		check->desk.may_grow = may_grow;
		check->desk.may_move = may_move;
		again = check_files(check, may_grow);
		if (again) {
			let_go(check);
			check->desk.may_grow = true;
			again = desk_grow(&check->desk);
			may_grow = again;
			if (!again)
				(void)check_files(check, false);
		}
	} while (again);
	return true;
}

/* ---- the command line ---- */

enum { OPTION_HEAP = 256, OPTION_INSTR, OPTION_STRICT, OPTION_ISA, OPTION_SANDBOX, OPTION_TLS };

static bool parse_option(int option, struct check *check, struct assumption *assumed, bool *json)
{
	switch (option) {
	case 'a':
		check->firmware_path = optarg;
		return true;
	case 'j':
		*json = true;
		return true;
	case OPTION_STRICT:
		check->strict = true;
		return true;
	case OPTION_SANDBOX:
		check->sandbox = true;
		return true;
	case OPTION_ISA:
		check->isa = optarg;
		return strncmp(optarg, "rv", 2) == 0;
	case 's':
		assumed->heap_bytes_given =
			parse_size(optarg, (uint64_t)1 << 31, &assumed->at.heap_bytes) &&
			assumed->at.heap_bytes != 0;
		return assumed->heap_bytes_given;
	case OPTION_TLS:
		check->tls_given = parse_size(optarg, 1 << 24, &check->tls_bytes);
		return check->tls_given;
	case OPTION_HEAP:
		assumed->heap_given = parse_size(optarg, INT64_MAX, &assumed->at.heap);
		return assumed->heap_given;
	default:
		return parse_size(optarg, INT64_MAX, &assumed->at.instr_heap);
	}
}

static int parse(int argc, char **argv, struct check *check, struct assumption *assumed, bool *json)
{
	static const struct option options[] = {
		{"against", required_argument, NULL, 'a'},
		{"json", no_argument, NULL, 'j'},
		{"sandbox", no_argument, NULL, OPTION_SANDBOX},
		{"strict", no_argument, NULL, OPTION_STRICT},
		{"isa", required_argument, NULL, OPTION_ISA},
		{"heap", required_argument, NULL, 's'},
		{"tls", required_argument, NULL, OPTION_TLS},
		{"heap-at", required_argument, NULL, OPTION_HEAP},
		{"instr-heap-at", required_argument, NULL, OPTION_INSTR},
		{NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":a:js:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("check",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (!parse_option(option, check, assumed, json))
			return wrong_usage("check", "'%s' is no %s", printable(optarg),
					   option == 's'          ? "size up to 2G"
					   : option == OPTION_TLS ? "size up to 16M"
					   : option == OPTION_ISA ? "name such as rv64gcv"
								  : "address");
	}
	if (check->firmware_path == NULL)
		return wrong_usage("check", "no --against FIRMWARE given");
	if (optind == argc)
		return wrong_usage("check", "no FILE given");
	check->count = (size_t)(argc - optind);
	check->files = need(check->count, sizeof(*check->files));
	for (size_t i = 0; i < check->count; i++)
		check->files[i].path = argv[optind + (int)i];
	return EXIT_GOOD;
}

static int check_command(int argc, char **argv)
{
	struct assumption assumed = {0};
	struct check check = {0};
	bool json = false, done;
	int code = parse(argc, argv, &check, &assumed, &json);

	if (code != EXIT_GOOD)
		return code;
	done = check_all(&check, &assumed);
	if (done)
		(json ? check_print_json : check_print)(&check, stdout);
	code = done && check.good ? EXIT_GOOD : EXIT_REFUSED;
	let_go(&check);
	if (check.desk.core != NULL)
		desk_close(&check.desk);
	interface_free(&check.interface);
	gates_free(&check.gates);
	firmware_free(&check.firmware);
	file_close(&check.firmware_file);
	free(check.files);
	return code;
}

const struct command command_check = {"check", "say whether extensions would load into a firmware",
				      help, check_command};
