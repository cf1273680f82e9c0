/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware's ELF file says of the memory that extensions get: its heaps and its room for
 * thread-local variables, from symbols that docs/porting.md names, and the size of the library's
 * tables, which follows from the configuration, from DWARF.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <limits.h>
#include <string.h>
#include "attributes.h"
#include "firmware.h"

/* One heap: an object, or two symbols from a linker script. */
struct found {
	const char *object, *start, *end;
	uint64_t at, behind;
	bool has_start, has_end;
};

static void look_at(struct found *found, const struct symbol *symbol)
{
	if (strcmp(symbol->name, found->object) == 0 && symbol->size != 0) {
		found->at = symbol->value;
		found->behind = symbol->value + symbol->size;
		found->has_start = found->has_end = true;
	} else if (strcmp(symbol->name, found->start) == 0) {
		found->at = symbol->value;
		found->has_start = true;
	} else if (strcmp(symbol->name, found->end) == 0) {
		found->behind = symbol->value;
		found->has_end = true;
	}
}

static void take(const struct found *found, struct firmware_heap *heap)
{
	if (!found->has_start || !found->has_end || found->behind <= found->at ||
	    found->behind > INT64_MAX)
		return;
	*heap = (struct firmware_heap){found->at, found->behind - found->at};
}

/* The room is a pointer and a flag, then an array; all of it is aligned, and so is its size. Where
 * the array's size is no multiple of that, a few bytes less are found. */
static void take_tls_room(struct firmware *firmware, const struct file *file,
			  const struct symbol *symbol)
{
	uint64_t own = file->class == ELFCLASS64 ? 16 : 8;
	uint64_t align = symbol->size & (~symbol->size + 1);
	struct section_header header;

	firmware->has_tls = true;
	if (symbol->size <= own)
		return;
	/* A kit has sections without their alignment. */
	if (file_section(file, symbol->section, &header) && header.align != 0 &&
	    header.align < align)
		align = header.align;
	firmware->tls_align = align;
	firmware->tls_bytes = (symbol->size - own) & ~(align - 1);
}

/* ---- protection ---- */

/* The least of Tag_FP_arch that is FPv5. */
#define FP_ARCH_ARMV8 7

/* What ports/mcu does with the machine's unit. A part may have none: assume that it has. */
struct protection protection_of(const struct file *file)
{
	const struct attributes attributes = attributes_read(file);
	uint64_t arch = attributes.values[TAG_CPU_ARCH];

	switch (file->machine) {
	case EM_ARM:
		if (arch == ARM_V8_M_BASE || arch == ARM_V8_M_MAIN || arch == ARM_V8_1_M_MAIN)
			return (struct protection){"PMSAv8", {.granule = 32}};
		return (struct protection){"PMSAv7", {.granule = 32, .eighths = 256, .overlap = 1}};
	case EM_RISCV:
		return (struct protection){"PMP", {.granule = 4, .overlap = -1}};
	case EM_AARCH64:
		return (struct protection){"pages", {.granule = 4096}};
	default: /* Xtensa's regions are as large as the address space has eighths */
		return (struct protection){0};
	}
}

/*
 * How many slots the unit has, where that follows from the machine; 0: it does not. Of Armv7-M,
 * only a Cortex-M7's MPU may have more than eight, and only that has an FPU of FPv5.
 */
static unsigned slots_of(const struct file *file)
{
	enum { ARMV7M_SLOTS = 8, PMP_SLOTS = 7 /* ports/riscv_m/pmp.c */ };
	const struct attributes attributes = attributes_read(file);

	if (file->machine == EM_RISCV)
		return PMP_SLOTS;
	if (attributes.values[TAG_CPU_ARCH] != ARM_V7 &&
	    attributes.values[TAG_CPU_ARCH] != ARM_V7E_M)
		return 0;
	return attributes.values[TAG_FP_ARCH] < FP_ARCH_ARMV8 ? ARMV7M_SLOTS : 0;
}

/* A unit of no slots is none. */
static void set_slots(struct firmware *firmware, const struct symbol *said)
{
	struct protection *protection = &firmware->protection;

	if (protection->name == NULL)
		return;
	if (said->name == NULL)
		protection->unit.slots = slots_of(firmware->file);
	else if (said->value != 0)
		protection->unit.slots = said->value < UINT_MAX ? (unsigned)said->value : UINT_MAX;
	else
		*protection = (struct protection){0};
}

/* ---- symbols ---- */

/* The port of microcontrollers, and what it has beside where there is an unwinder. */
#define MCU_PORT "llext_mcu_log_level"

static bool is_unwinder(const char *name)
{
	return starts_with(name, "llext_mcu_unwind_add") || starts_with(name, "llext_eh_frame_add");
}

bool firmware_marks_unwinder(const char *name)
{
	return strcmp(name, MCU_PORT) == 0 || is_unwinder(name);
}

/* A function without which the library has not the part. */
static const char *const part_functions[LIBRARY_PARTS] = {
	[PART_SHARED_OBJECTS] = "llext_relr_walk",
	[PART_EXECUTABLES] = "llext_executable_layout",
	[PART_PACKED_FILES] = "llext_packed_open",
	[PART_THREAD_LOCALS] = "llext_tls_define",
};

static bool is_source(const struct symbol *symbol, const char *name)
{
	return symbol->type == STT_FILE && strcmp(symbol->name, name) == 0;
}

/*
 * Link-time optimisation merges functions into their callers, but it also leaves no symbols of
 * source files: then nothing is known.
 */
static void find_parts(struct firmware *firmware)
{
	const struct file *file = firmware->file;
	size_t symbols = file_symbol_table(file, true);
	bool there[LIBRARY_PARTS] = {false}, loads = false, whole = false;
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(file, symbols, &i, &symbol);) {
		whole |= is_source(&symbol, "llext.c");
		firmware->small_core |= is_source(&symbol, "small_load.c");
		if (symbol.section == SHN_UNDEF || !starts_with(symbol.name, "llext_"))
			continue;
		loads = loads || strcmp(symbol.name, "llext_load") == 0;
		for (size_t part = 0; part < LIBRARY_PARTS; part++)
			there[part] = there[part] || strcmp(symbol.name, part_functions[part]) == 0;
	}
	for (size_t part = 0; part < LIBRARY_PARTS; part++)
		firmware->lacks[part] = loads && whole && !there[part];
}

static void read_symbols(struct firmware *firmware)
{
	const struct file *file = firmware->file;
	struct found data = {.object = "llext_heap_memory",
			     .start = "__llext_heap_start",
			     .end = "__llext_heap_end"},
		     instr = {.object = "llext_instr_heap_memory",
			      .start = "__llext_instr_heap_start",
			      .end = "__llext_instr_heap_end"};
	size_t symbols = file_symbol_table(file, true);
	struct symbol symbol, slots = {0};
	bool is_mcu = false, unwinder = false, whole = false, windows = false;

	for (size_t i = 0; file_next_symbol(file, symbols, &i, &symbol);) {
		if (symbol.section == SHN_UNDEF)
			continue;
		look_at(&data, &symbol);
		look_at(&instr, &symbol);
		if (symbol.type == STT_FUNC && strcmp(symbol.name, "llext_mcu_protect_heap") == 0)
			firmware->protection = protection_of(file);
		is_mcu = is_mcu || strcmp(symbol.name, MCU_PORT) == 0;
		unwinder = unwinder || is_unwinder(symbol.name);
		whole |= is_source(&symbol, "port.c");
		windows = windows || strcmp(symbol.name, "llext_mcu_add_window") == 0;
		if (strcmp(symbol.name, "__llext_mcu_slots") == 0)
			slots = symbol;
		if (symbol.type == STT_FUNC && strcmp(symbol.name, "llext_sandbox_allocate") == 0)
			firmware->tables.sandbox = true;
		if (symbol.type == STT_TLS && strcmp(symbol.name, "llext_tls_block") == 0)
			take_tls_room(firmware, file, &symbol);
	}
	firmware->no_unwinder = is_mcu && !unwinder;
	/* Link-time optimisation could have merged the function into its caller. */
	firmware->no_windows = is_mcu && whole && !windows;
	set_slots(firmware, &slots);
	take(&data, &firmware->heap);
	take(&instr, &firmware->instr_heap);
}

/* ---- the library's structures ---- */

static void look_at_structure(struct llext_desk_tables *tables, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	int bytes = dwarf_bytesize(die);

	if (name == NULL || bytes <= 0 || bytes > 4096)
		return;
	if (strcmp(name, "llext") == 0)
		tables->llext = (size_t)bytes;
	else if (strcmp(name, "llext_private") == 0)
		tables->llext_private = (size_t)bytes;
	else if (strcmp(name, "piece") == 0)
		tables->piece = (size_t)bytes;
}

/* Only a unit of the library has all three; a firmware may have a struct piece of its own. */
static bool read_unit(struct llext_desk_tables *tables, Dwarf_Die *unit)
{
	struct llext_desk_tables found = {0};
	Dwarf_Die die;

	for (int rc = dwarf_child(unit, &die); rc == 0; rc = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) == DW_TAG_structure_type)
			look_at_structure(&found, &die);
	}
	if (found.llext == 0 || found.llext_private == 0 || found.piece == 0)
		return false;
	*tables = found;
	return true;
}

static void read_dwarf(struct firmware *firmware)
{
	Dwarf *dwarf = dwarf_begin_elf(firmware->file->elf, DWARF_C_READ, NULL);
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;

	while (dwarf != NULL && dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) == 0) {
		if (type == DW_UT_compile && read_unit(&firmware->tables, &die))
			break;
	}
	if (dwarf != NULL)
		(void)dwarf_end(dwarf);
}

void firmware_memory(struct firmware *firmware)
{
	read_symbols(firmware);
	find_parts(firmware);
	read_dwarf(firmware);
}
