/* SPDX-License-Identifier: Apache-2.0 */
/* A fault in an extension: where it was, and the line that says so. For fault handlers: no lock. */
#include "../internal.h"
#include "../text.h"
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

static void put_place(struct text *text, const struct llext_crash_place *place)
{
	text_put(text, "extension ");
	text_put(text, place->extension);
	text_put(text, ", section ");
	text_put(text, place->section != NULL ? place->section : "?");
	text_put(text, " + ");
	text_put_hex(text, place->offset);
	if (place->symbol != NULL) {
		text_put(text, " (");
		text_put(text, place->extension);
		text_put(text, ": ");
		text_put(text, place->symbol);
		text_put(text, "+");
		text_put_hex(text, place->symbol_offset);
		text_put(text, ")");
	}
	if (place->build_id_bytes > 0)
		text_put(text, ", build id ");
	for (size_t i = 0; i < place->build_id_bytes; i++) {
		const char digits[] = {"0123456789abcdef"[place->build_id[i] >> 4],
				       "0123456789abcdef"[place->build_id[i] & 15], '\0'};

		text_put(text, digits);
	}
}

size_t llext_crash_format(const struct llext_crash *crash, char *buf, size_t bytes)
{
	static const char *const causes[] = {"fault", "execution of data", "data access",
					     "undefined instruction", "misaligned access"};
	struct text text = {buf, bytes, 0};

	text_put(&text, "crash: ");
	text_put(&text, causes[crash->cause]);
	if (crash->has_address) {
		text_put(&text, ", address ");
		text_put_hex(&text, crash->address);
	}
	if (crash->where.extension != NULL || crash->caller.extension != NULL) {
		text_put(&text, crash->where.extension != NULL ? ", " : ", called from ");
		put_place(&text, crash->where.extension != NULL ? &crash->where : &crash->caller);
	}
	text_put(&text, ", pc ");
	text_put_hex(&text, crash->pc);
	text_put(&text, ", lr ");
	text_put_hex(&text, crash->lr);
	text_put(&text, ", cause ");
	text_put_hex(&text, crash->code);
	return text_end(&text);
}

#endif /* CONFIG_LLEXT_DEBUGGER */
