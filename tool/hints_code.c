/* SPDX-License-Identifier: Apache-2.0 */
/* Hints that need a closer look: at relocations, at code, at the layout that a load makes. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include "inspect.h"

/* ---- position-independent code where nobody asks for it ---- */

static void hint_got(struct report *report)
{
	if (report->file->type == ET_REL && report->plan.got_slots > 0)
		hint_add(&report->hints,
			 need_text("position-independent code: %zu GOT entr%s, and a load from it "
				   "at each use",
				   report->plan.got_slots,
				   report->plan.got_slots == 1 ? "y" : "ies"),
			 report->plan.got_bytes, "RAM", "-fno-pic (-fno-pie), without -fno-plt");
}

/* ---- Arm: calls through a register where the loader would make a veneer ---- */

struct arm_calls {
	size_t literals; /* words in code that get a symbol's address */
	size_t branches; /* BL, B.W with a relocation */
	size_t indirect; /* BLX with a register, in Thumb code */
};

static void count_arm_relocations(const struct file *file, size_t table, struct arm_calls *calls)
{
	size_t count = file_relocation_count(file, table);
	struct relocation relocation;

	for (size_t i = 0; i < count; i++) {
		if (!file_relocation(file, table, i, &relocation))
			continue;
		switch (relocation.type) {
		case R_ARM_ABS32:
			calls->literals++;
			break;
		case R_ARM_THM_PC22: /* THM_CALL */
		case R_ARM_THM_JUMP24:
		case R_ARM_CALL:
		case R_ARM_JUMP24:
			calls->branches++;
			break;
		default:
			break;
		}
	}
}

static struct arm_calls count_arm_calls(const struct file *file)
{
	struct section_header header, target;
	struct arm_calls calls = {0};

	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header))
			continue;
		if (file_relocation_count(file, i) != 0 &&
		    file_section(file, header.info, &target) && (target.flags & SHF_EXECINSTR))
			count_arm_relocations(file, i, &calls);
		if (!(header.flags & SHF_EXECINSTR) || header.bytes == NULL)
			continue;
		for (uint64_t at = 0; at + 2 <= header.size; at += 2) {
			if ((file_word(header.bytes + at, 2) & 0xff87) == 0x4780)
				calls.indirect++;
		}
	}
	return calls;
}

static void hint_long_calls(struct report *report)
{
	struct arm_calls calls;
	size_t bytes;

	if (report->file->machine != EM_ARM || report->file->type != ET_REL)
		return;
	calls = count_arm_calls(report->file);
	if (calls.literals < 3 || calls.indirect < 3 || calls.branches > calls.indirect)
		return;
	bytes = 4 * (calls.literals < calls.indirect ? calls.literals : calls.indirect);
	hint_add(&report->hints,
		 need_text("calls through registers (%zu), as -mlong-calls makes them",
			   calls.indirect),
		 bytes, "RAM at least", "no -mlong-calls: the loader makes veneers where needed");
}

/* ---- functions that the linker cannot leave out ---- */

static void hint_function_sections(struct report *report)
{
	const struct file *file = report->file;
	size_t table = file_symbol_table(file, true), count = file_symbol_count(file, table);
	size_t index = file_find_section(file, ".text"), functions = 0;
	struct section_header text, other;
	struct symbol symbol;

	if (file->type != ET_REL || index == 0 || !file_section(file, index, &text))
		return;
	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &other) && (other.flags & SHF_EXECINSTR) &&
		    other.size != 0 && strncmp(other.name, ".text.", 6) == 0)
			return;
	}
	for (size_t i = 1; i < count; i++) {
		if (file_symbol(file, table, i, &symbol) && symbol.type == STT_FUNC &&
		    symbol.section == index)
			functions++;
	}
	if (functions > 1 && text.size >= 256)
		hint_add(&report->hints,
			 need_text("%zu functions share a section: those never used stay",
				   functions),
			 text.size, "RAM at most",
			 "-ffunction-sections -fdata-sections, then ld -r --gc-sections");
}

/* ---- holes that alignment makes ---- */

/* The sections of a region as it was loaded: their sizes, and the one of largest alignment. */
static uint64_t region_contents(const struct report *report, int region, uint64_t *align,
				const char **name)
{
	struct section_header header;
	uint64_t sum = 0;

	*align = 0;
	*name = "";
	for (size_t i = 1; i < report->map.section_count; i++) {
		const struct place *place = &report->map.sections[i];

		if (place->name == NULL || place->type != region ||
		    !file_section(report->file, i, &header))
			continue;
		sum += place->size;
		if (header.align > *align) {
			*align = header.align;
			*name = place->name;
		}
	}
	return sum;
}

static uint64_t common_bytes(const struct file *file)
{
	size_t table = file_symbol_table(file, false), count = file_symbol_count(file, table);
	struct symbol symbol;
	uint64_t sum = 0;

	for (size_t i = 1; i < count; i++) {
		if (file_symbol(file, table, i, &symbol) && symbol.section == SHN_COMMON)
			sum += symbol.size;
	}
	return sum;
}

static void hint_padding(struct report *report)
{
	for (int i = 0; report->file->type == ET_REL && i < LLEXT_MEM_COUNT; i++) {
		uint64_t align, bytes = report->plan.mem[i].bytes;
		const char *name;
		uint64_t used = region_contents(report, i, &align, &name);

		if (report->ext == NULL || bytes == 0)
			continue;
		if (i == LLEXT_MEM_TEXT)
			used += report->plan.veneer_bytes;
		if (i == LLEXT_MEM_RODATA)
			used += report->plan.got_bytes;
		if (i == LLEXT_MEM_BSS)
			used += common_bytes(report->file);
		if (used < bytes && bytes - used >= 64 && bytes - used > bytes / 16)
			hint_add(&report->hints,
				 need_text("holes in region %s: %s is aligned to %llu",
					   region_name((enum llext_mem)i), printable(name),
					   (unsigned long long)align),
				 bytes - used, "RAM",
				 "smaller alignment (attributes, -fno-align-functions, -Os)");
	}
}

/* ---- instrumentation ---- */

static void hint_instrumented(struct report *report)
{
	static const struct {
		const char *stem, *what, *remedy;
	} kinds[] = {
		{"__ubsan_", "checks for undefined behaviour", "-fno-sanitize=undefined"},
		{"__asan_", "checks of addresses", "-fno-sanitize=address"},
		{"__gcov_", "counting of coverage", "no --coverage"},
		{"__llvm_prf", "counting of coverage", "no -fprofile-instr-generate"},
		{"mcount", "profiling", "no -pg"},
		{"__fentry__", "profiling", "no -pg"},
		{"_mcount", "profiling", "no -pg"},
		{"__stack_chk_fail", "stack protector in functions", "-fno-stack-protector"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (size_t j = 0; j < report->imports.count; j++) {
			if (strncmp(report->imports.list[j].name, kinds[i].stem,
				    strlen(kinds[i].stem)) != 0)
				continue;
			hint_add(&report->hints, need_text("%s", kinds[i].what), 0, "RAM",
				 kinds[i].remedy);
			break;
		}
	}
}

/* ---- exports that nobody has asked for ---- */

#define MANY_EXPORTS 16

static void hint_exports(struct report *report)
{
	uint64_t bytes = 0, image = report->plan.instr_bytes + report->plan.data_bytes;

	if (report->export_count < MANY_EXPORTS ||
	    file_find_section(report->file, ".exported_sym") != 0)
		return;
	/* A name and an address each, and the text. */
	for (size_t i = 0; i < report->export_count; i++)
		bytes += 2 * (report->file->class == ELFCLASS64 ? 8 : 4) +
			 strlen(report->exports[i].name) + 1;
	if (bytes > image / 16)
		hint_add(&report->hints,
			 need_text("%zu exports: all global symbols, with their names",
				   report->export_count),
			 bytes, "RAM",
			 "tenon pack --export NAMES, the load parameter exports, or "
			 "EXPORT_SYMBOL()");
}

void hints_collect_code(struct report *report)
{
	hint_exports(report);
	hint_got(report);
	hint_long_calls(report);
	hint_function_sections(report);
	hint_padding(report);
	hint_instrumented(report);
}
