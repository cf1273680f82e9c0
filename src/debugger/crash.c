/* SPDX-License-Identifier: Apache-2.0 */
/* A fault in an extension: where it was, and the line that says so. For fault handlers: no lock. */
#include "../internal.h"
#include <llext/crash.h>
#include <llext/debugger.h>

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

/* The exported symbol that a place belongs to: the last one at or before it in its section. */
static void nearest_symbol(const struct llext *ext, const struct llext_debug_section *section,
			   uintptr_t address, struct llext_crash_place *place)
{
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++) {
		const struct llext_symbol *symbol = &ext->exp_tab.syms[i];
		uintptr_t start = (uintptr_t)code_address((elf_addr)(uintptr_t)symbol->addr);

		if (start < section->addr || start > address)
			continue;
		if (place->symbol != NULL && place->symbol_offset <= address - start)
			continue;
		place->symbol = symbol->name;
		place->symbol_offset = address - start;
	}
}

static void locate(uintptr_t address, struct llext_crash_place *place)
{
	*place = (struct llext_crash_place){0};
	for (const struct llext_debug_extension *one = llext_debug.first; one != NULL;
	     one = one->next) {
		for (size_t i = 0; i < one->count; i++) {
			const struct llext_debug_section *section = &one->sections[i];

			if (address < section->addr || address - section->addr >= section->bytes)
				continue;
			place->extension = one->name;
			place->section = section->name;
			place->offset = address - section->addr;
			nearest_symbol(one->ext, section, address, place);
			return;
		}
	}
}

void llext_crash_locate(struct llext_crash *crash)
{
	locate((uintptr_t)code_address((elf_addr)crash->pc), &crash->where);
	locate((uintptr_t)code_address((elf_addr)crash->lr), &crash->caller);
}

/* ---- the line ---- */

struct line {
	char *text;
	size_t bytes, length;
};

static void put(struct line *line, const char *text)
{
	for (; *text != '\0'; text++) {
		if (line->length + 1 < line->bytes)
			line->text[line->length] = *text;
		line->length++;
	}
}

static void put_hex(struct line *line, uintptr_t value)
{
	char digits[2 * sizeof(value) + 1];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value != 0);
	put(line, "0x");
	put(line, digits + at);
}

static void put_place(struct line *line, const struct llext_crash_place *place)
{
	put(line, "extension ");
	put(line, place->extension);
	put(line, ", section ");
	put(line, place->section);
	put(line, " + ");
	put_hex(line, place->offset);
	if (place->symbol == NULL)
		return;
	put(line, " (");
	put(line, place->extension);
	put(line, ": ");
	put(line, place->symbol);
	put(line, "+");
	put_hex(line, place->symbol_offset);
	put(line, ")");
}

size_t llext_crash_format(const struct llext_crash *crash, char *text, size_t bytes)
{
	static const char *const causes[] = {"fault", "execution of data", "data access",
					     "undefined instruction", "misaligned access"};
	struct line line = {text, bytes, 0};

	put(&line, "crash: ");
	put(&line, causes[crash->cause]);
	if (crash->has_address) {
		put(&line, ", address ");
		put_hex(&line, crash->address);
	}
	if (crash->where.extension != NULL || crash->caller.extension != NULL) {
		put(&line, crash->where.extension != NULL ? ", " : ", called from ");
		put_place(&line, crash->where.extension != NULL ? &crash->where : &crash->caller);
	}
	put(&line, ", pc ");
	put_hex(&line, crash->pc);
	put(&line, ", lr ");
	put_hex(&line, crash->lr);
	put(&line, ", cause ");
	put_hex(&line, crash->code);
	if (bytes != 0)
		text[line.length < bytes ? line.length : bytes - 1] = '\0';
	return line.length;
}

#endif /* CONFIG_LLEXT_DEBUGGER */
