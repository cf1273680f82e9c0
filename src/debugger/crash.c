/* SPDX-License-Identifier: Apache-2.0 */
/* A fault in an extension: where it was, and the line that says so. For fault handlers: no lock. */
#include "../internal.h"
#include "../call_site.h"
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

/* ---- the call chain ---- */

#define MOST_WORDS 256

static bool is_return_address(uintptr_t value)
{
	struct llext_address info;

	if (LLEXT_TARGET_ARM && (value & 1) == 0)
		return false;
	return llext_by_address((const void *)(value - 2), &info) == 0 &&
	       info.region == LLEXT_MEM_TEXT && may_return_to(info.ext, value);
}

__attribute__((no_sanitize("address"))) void llext_crash_walk(struct llext_crash *crash,
							      uintptr_t stack_end)
{
	uintptr_t place = aligned((size_t)crash->sp, sizeof(uintptr_t));

	crash->chain_count = 0;
	for (int i = 0;
	     i < MOST_WORDS && place >= crash->sp && place < stack_end &&
	     stack_end - place >= sizeof(uintptr_t) && crash->chain_count < LLEXT_CRASH_CHAIN;
	     i++, place += sizeof(uintptr_t)) {
		uintptr_t value = *(const volatile uintptr_t *)place;

		if (!is_return_address(value) || (crash->chain_count == 0 && value == crash->lr))
			continue; /* none, or what the function has saved of the register */
		crash->chain[crash->chain_count++] = value;
	}
}

/* ---- the line ---- */

static void put_section(struct text *text, const struct llext_crash_place *place)
{
	text_put(text, "extension ");
	text_put(text, place->extension);
	text_put(text, ", section ");
	text_put(text, place->section != NULL ? place->section : "?");
	text_put(text, " + ");
	text_put_hex(text, place->offset);
}

static void put_place(struct text *text, const struct llext_crash_place *place)
{
	put_section(text, place);
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
	for (unsigned int i = 0; i < crash->chain_count; i++) {
		struct llext_crash_place place;

		locate((uintptr_t)code_address((elf_addr)crash->chain[i]) - 2, &place);
		if (place.extension == NULL) /* unloaded by now */
			continue;
		text_put(&text, ", from ");
		put_section(&text, &place);
	}
	return text_end(&text);
}

#endif /* CONFIG_LLEXT_DEBUGGER */
