/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relocation against a symbol that the file defines becomes one against its section: the symbol's
 * value goes into the addend, and the symbol may go. Where the addend has no room for it, or where
 * the symbol itself is what counts, the symbol stays.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

/* Store an addend where a load will read it. False where there is no room for it. */
static bool store_addend(const struct pack *pack, struct pack_section *section,
			 const struct pack_relocation *relocation, int64_t addend)
{
	uint8_t *place = section->bytes + relocation->offset, copy[PACK_MOST_PLACE];
	size_t room = pack_room(section, relocation->offset);

	/* An instruction that takes upper bits of a value has its addend in the same field. */
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		memcpy(copy, place, room);
		if (pack->core->encode(relocation->type, copy, relocation->offset,
				       (uint64_t)addend << shift) == 0 &&
		    pack->core->addend(relocation->type, copy) == addend) {
			memcpy(place, copy, room);
			return true;
		}
	}
	return false;
}

/* Is it the symbol that counts, not only its value? */
static bool needs_symbol(const struct pack_section *section, const struct pack_symbol *symbol,
			 const struct llext_desk_reloc *what)
{
	if (symbol->in.section != SHN_ABS && symbol->section == PACK_NONE)
		return true; /* an import */
	if (what->kind == LLEXT_DESK_GOT || what->kind == LLEXT_DESK_GOT_BASE ||
	    what->kind == LLEXT_DESK_PAIR)
		return true;
	/* A branch that its veneer may extend; a word in a table is none, whatever its type says.
	 */
	return what->branch && (section->flags & SHF_EXECINSTR) && symbol->in.type != STT_SECTION;
}

/* None of the file's own: an import, or a constant. */
static bool is_outside(const struct pack_symbol *symbol)
{
	return symbol->in.section == SHN_ABS || pack_is_import(symbol);
}

static bool fold(struct pack *pack, struct pack_section *section,
		 struct pack_relocation *relocation)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	uint64_t value = pack_symbol_value(pack, symbol, relocation->addend);
	uint64_t sum = (uint64_t)relocation->addend + value;
	int64_t addend = pack->file->class == ELFCLASS32 ? (int32_t)(uint32_t)sum : (int64_t)sum;

	if (!section->has_addends && value != 0) {
		if (relocation->shares || !store_addend(pack, section, relocation, addend))
			return false;
	}
	relocation->addend = addend;
	if (symbol->section == PACK_NONE) {
		relocation->symbol = 0; /* a constant */
		return true;
	}
	relocation->section = symbol->section;
	pack->sections[symbol->section].referred = true;
	return true;
}

static void fold_one(struct pack *pack, struct pack_section *section,
		     struct pack_relocation *relocation)
{
	struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	struct llext_desk_reloc what;

	if (relocation->symbol == 0)
		return;
	pack->core->reloc(relocation->type, &what);
	if (!needs_symbol(section, symbol, &what) && fold(pack, section, relocation))
		return;
	symbol->kept = true;
	symbol->got |= what.kind == LLEXT_DESK_GOT;
	if (!what.branch || (!(section->flags & SHF_EXECINSTR) && !pack_is_import(symbol)))
		return;
	/* To somewhere behind the symbol it goes by a veneer of its own. */
	if (what.offset && relocation->addend != what.bias && is_outside(symbol)) {
		pack->offset_branches++;
		return;
	}
	/* The one of the shortest reach says whether there must be a veneer. */
	if (!symbol->branch || what.bits < symbol->branch_bits) {
		symbol->branch_type = relocation->type;
		symbol->branch_bits = what.bits;
	}
	symbol->branch = true;
}

void pack_fold(struct pack *pack)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		struct pack_section *section = &pack->sections[i];

		for (size_t j = 0; j < section->relocation_count; j++) {
			if (!section->relocations[j].resolved)
				fold_one(pack, section, &section->relocations[j]);
		}
	}
	for (size_t i = 1; i < pack->symbol_count; i++) {
		struct pack_symbol *symbol = &pack->symbols[i];

		symbol->hidden = symbol->kept && symbol->branch && symbol->in.bind == STB_LOCAL;
	}
}
