/* SPDX-License-Identifier: Apache-2.0 */
/* A fault in an extension: where it was, and the line that says so. For fault handlers: no lock. */
#include "../internal.h"
#include <llext/crash.h>

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

static void locate(uintptr_t address, struct llext_crash_place *place)
{
	struct llext_address info;

	*place = (struct llext_crash_place){0};
	if (llext_by_address((const void *)address, &info) != 0)
		return;
	*place = (struct llext_crash_place){
		.extension = info.name,
		.section = info.section,
		.offset = info.offset,
		.symbol = info.symbol,
		.symbol_offset = info.symbol_offset,
		.build_id = info.build_id,
		.build_id_bytes = info.build_id_bytes,
	};
}

void llext_crash_locate(struct llext_crash *crash)
{
	locate(crash->pc, &crash->where);
	locate(crash->lr, &crash->caller);
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
	put(line, place->section != NULL ? place->section : "?");
	put(line, " + ");
	put_hex(line, place->offset);
	if (place->symbol != NULL) {
		put(line, " (");
		put(line, place->extension);
		put(line, ": ");
		put(line, place->symbol);
		put(line, "+");
		put_hex(line, place->symbol_offset);
		put(line, ")");
	}
	if (place->build_id_bytes > 0)
		put(line, ", build id ");
	for (size_t i = 0; i < place->build_id_bytes; i++) {
		const char digits[] = {"0123456789abcdef"[place->build_id[i] >> 4],
				       "0123456789abcdef"[place->build_id[i] & 15], '\0'};

		put(line, digits);
	}
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
