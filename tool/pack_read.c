/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first stage of tenon pack. Sections are put together as the loader lays them out: it has
 * loaded the file, and where it has put each section in its region is where the section goes in the
 * merged one. So the merged file gives the same image.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

#define LOADER_UNWIND 0x70000001u /* SHT_ARM_EXIDX, SHT_X86_64_UNWIND */

/* What is merged with what: regions, and parts of regions that the loader treats as one table. */
enum part {
	PART_TEXT,
	PART_RODATA,
	PART_EXPORT,
	PART_DATA,
	PART_PREINIT,
	PART_INIT,
	PART_FINI,
	PART_UNWIND,
	PART_TDATA,
	PART_TBSS,
	PART_BSS, /* the last one: see place_common() */
	PART_COUNT
};

static const struct {
	const char *name;
	uint32_t type, flags;
} parts[PART_COUNT] = {
	[PART_TEXT] = {".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR},
	[PART_RODATA] = {".rodata", SHT_PROGBITS, SHF_ALLOC},
	[PART_EXPORT] = {".exported_sym", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE},
	[PART_DATA] = {".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE},
	[PART_PREINIT] = {".preinit_array", SHT_PREINIT_ARRAY, SHF_ALLOC | SHF_WRITE},
	[PART_INIT] = {".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE},
	[PART_FINI] = {".fini_array", SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE},
	[PART_UNWIND] = {".eh_frame", SHT_PROGBITS, SHF_ALLOC},
	[PART_TDATA] = {".tdata", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS},
	[PART_TBSS] = {".tbss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS},
	[PART_BSS] = {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE},
};

/* A section of the input as the loader has it. */
struct placed {
	struct section_header header;
	enum part part;  /* PART_COUNT: not loaded */
	uint64_t offset; /* in its region */
};

static bool is_unwind(const struct pack *pack, const struct section_header *header)
{
	bool is_arm = pack->file->machine == EM_ARM;

	if (header->type == LOADER_UNWIND && (is_arm || pack->file->machine == EM_X86_64))
		return true;
	return !is_arm && strcmp(header->name, ".eh_frame") == 0;
}

static enum part part_of(const struct pack *pack, const struct section_header *header,
			 enum llext_mem region)
{
	if ((header->flags & (SHF_ALLOC | SHF_TLS)) == (SHF_ALLOC | SHF_TLS))
		return header->type == SHT_NOBITS ? PART_TBSS : PART_TDATA;
	switch (region) {
	case LLEXT_MEM_TEXT:
		return PART_TEXT;
	case LLEXT_MEM_DATA:
		return PART_DATA;
	case LLEXT_MEM_RODATA:
		return is_unwind(pack, header) ? PART_UNWIND : PART_RODATA;
	case LLEXT_MEM_BSS:
		return PART_BSS;
	case LLEXT_MEM_EXPORT:
		return PART_EXPORT;
	case LLEXT_MEM_PREINIT:
		return PART_PREINIT;
	case LLEXT_MEM_INIT:
		return PART_INIT;
	case LLEXT_MEM_FINI:
		return PART_FINI;
	default:
		return PART_COUNT;
	}
}

static struct placed *place_sections(const struct pack *pack)
{
	const struct report *report = pack->report;
	struct placed *placed = need(pack->file->section_count, sizeof(*placed));
	struct section_header header;
	uint64_t zeros = 0;

	for (size_t i = 0; i < pack->file->section_count; i++)
		placed[i].part = PART_COUNT;
	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		enum llext_mem region = LLEXT_MEM_COUNT;
		const void *load = NULL;
		size_t size;

		placed[i].header = header;
		if (pack->core->section_info(report->ext, (unsigned int)i, &region, &load, &size) !=
		    0)
			continue;
		placed[i].part = part_of(pack, &header, region);
		if (placed[i].part == PART_TBSS) { /* in no region: one behind the other */
			placed[i].offset = align_up(zeros, header.align);
			zeros = placed[i].offset + header.size;
			continue;
		}
		/* A region without any byte is nowhere. */
		if (placed[i].part != PART_COUNT && report->ext->mem_size[region] != 0)
			placed[i].offset = (uintptr_t)load - (uintptr_t)report->ext->mem[region];
	}
	return placed;
}

/* The loader packs what it takes for a table without regard to the sections' own alignment. */
static uint64_t alignment(const struct pack *pack, const struct placed *placed)
{
	switch (placed->part) {
	case PART_UNWIND:
		return 4;
	case PART_PREINIT:
	case PART_INIT:
	case PART_FINI:
		return image_word_bytes(pack->file->class);
	default:
		return placed->header.align > 1 ? placed->header.align : 1;
	}
}

static struct pack_section *add_section(struct pack *pack, const char *name, uint32_t type,
					uint64_t flags)
{
	struct pack_section *section = &pack->sections[pack->section_count++];

	*section = (struct pack_section){
		.name = name, .type = type, .flags = flags, .align = 1, .link = PACK_NONE};
	return section;
}

/* Nothing of them is anywhere yet. */
static void reset_inputs(struct pack *pack, const struct placed *placed)
{
	for (size_t i = 0; i < pack->file->section_count; i++)
		pack->inputs[i] =
			(struct pack_input){.section = PACK_NONE, .size = placed[i].header.size};
}

/* One section of the output for each of the input. */
static void keep_all(struct pack *pack, const struct placed *placed)
{
	pack->sections = need(pack->file->section_count, sizeof(*pack->sections));
	reset_inputs(pack, placed);
	for (size_t i = 1; i < pack->file->section_count; i++) {
		const struct section_header *header = &placed[i].header;
		struct pack_section *section;

		if (placed[i].part == PART_COUNT)
			continue;
		pack->inputs[i].section = (uint32_t)pack->section_count;
		section = add_section(pack, header->name, header->type,
				      header->flags &
					      (SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_TLS));
		section->align = alignment(pack, &placed[i]);
		section->size = header->size;
	}
}

/* The loader turns these around (src/cxx/init_arrays.c); among others, it is done here. */
static bool is_legacy(const struct placed *placed)
{
	return placed->header.type == SHT_PROGBITS &&
	       (strncmp(placed->header.name, ".ctors", 6) == 0 ||
		strncmp(placed->header.name, ".dtors", 6) == 0);
}

/* One for each part that the input has. */
static void merge(struct pack *pack, const struct placed *placed)
{
	pack->sections = need(PART_COUNT, sizeof(*pack->sections));
	reset_inputs(pack, placed);
	for (enum part part = 0; part < PART_COUNT; part++) {
		uint64_t low = UINT64_MAX, high = 0, align = 1;
		struct pack_section *section;
		const struct placed *first = NULL;

		for (size_t i = 1; i < pack->file->section_count; i++) {
			if (placed[i].part != part)
				continue;
			first = first != NULL ? first : &placed[i];
			low = placed[i].offset < low ? placed[i].offset : low;
			if (placed[i].offset + placed[i].header.size > high)
				high = placed[i].offset + placed[i].header.size;
			if (alignment(pack, &placed[i]) > align)
				align = alignment(pack, &placed[i]);
			pack->inputs[i].section = (uint32_t)pack->section_count;
		}
		if (first == NULL)
			continue;
		section = add_section(pack, parts[part].name, parts[part].type, parts[part].flags);
		section->align = align;
		section->size = high - low;
		if (part == PART_UNWIND && first->header.type == LOADER_UNWIND) {
			section->name = first->header.name;
			section->type = first->header.type;
		}
		for (size_t i = 1; i < pack->file->section_count; i++) {
			if (placed[i].part != part)
				continue;
			pack->inputs[i].offset = placed[i].offset - low;
			if ((part == PART_INIT || part == PART_FINI) && is_legacy(&placed[i]))
				pack->inputs[i].turned = image_word_bytes(pack->file->class);
		}
	}
}

/*
 * Would a function's address lose its instruction set state? The address in a merged section is the
 * sum of the state bit and of where the function's own section begins there, which is odd where
 * sections of bytes are in front of it. The loader adds the same up section by section.
 */
static bool loses_state(const struct pack *pack)
{
	size_t table = file_symbol_table(pack->file, false);
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(pack->file, table, &i, &symbol);) {
		if (symbol.type == STT_FUNC && symbol.section < pack->file->section_count &&
		    pack->inputs[symbol.section].section != PACK_NONE &&
		    pack->core->code_address(pack->inputs[symbol.section].offset) !=
			    pack->inputs[symbol.section].offset)
			return true;
	}
	return false;
}

/* Merged where it can be: the output's sections are then those of a load. */
static void make_sections(struct pack *pack, const struct placed *placed)
{
	if (pack->keep_sections) {
		keep_all(pack, placed);
		return;
	}
	merge(pack, placed);
	if (!loses_state(pack))
		return;
	warn_about(pack->file->path,
		   "a function lies behind an odd number of bytes: the sections are kept apart");
	pack->keep_sections = true;
	free(pack->sections);
	pack->section_count = 0;
	keep_all(pack, placed);
}

/* SHF_LINK_ORDER: an unwind table goes with its code. */
static void link_section(struct pack *pack, const struct section_header *header,
			 struct pack_section *section)
{
	if (!(header->flags & SHF_LINK_ORDER) || header->link >= pack->file->section_count ||
	    pack->inputs[header->link].section == PACK_NONE)
		return;
	section->flags |= SHF_LINK_ORDER;
	section->link = pack->inputs[header->link].section;
}

/* Its bytes; if @unit is not 0, the last words of so many bytes come first. */
static void copy_section(uint8_t *to, const struct section_header *header, unsigned int unit)
{
	if (unit == 0) {
		memcpy(to, header->bytes, header->size);
		return;
	}
	for (uint64_t at = 0; at + unit <= header->size; at += unit)
		memcpy(to + header->size - unit - at, header->bytes + at, unit);
}

static bool copy_bytes(struct pack *pack, const struct placed *placed)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		if (pack->sections[i].type != SHT_NOBITS)
			pack->sections[i].bytes = need(pack->sections[i].size, 1);
	}
	for (size_t i = 1; i < pack->file->section_count; i++) {
		const struct pack_input *input = &pack->inputs[i];
		const struct section_header *header = &placed[i].header;

		if (input->section == PACK_NONE)
			continue;
		pack->has_export_section |= placed[i].part == PART_EXPORT;
		link_section(pack, header, &pack->sections[input->section]);
		if (header->type == SHT_NOBITS)
			continue;
		if (header->bytes == NULL) {
			complain(pack->file->path, "malformed: %s does not lie inside the file",
				 printable(header->name));
			return false;
		}
		copy_section(pack->sections[input->section].bytes + input->offset, header,
			     input->turned);
	}
	return true;
}

/* ---- symbols ---- */

bool pack_is_common(const struct pack *pack, const struct symbol *symbol)
{
	return symbol->section == SHN_COMMON ||
	       (symbol->section == SHN_X86_64_LCOMMON && pack->file->machine == EM_X86_64);
}

/* Room behind .bss, symbol by symbol, as the loader gives it. */
static void place_common(struct pack *pack, struct pack_symbol *symbol)
{
	struct pack_section *bss =
		pack->section_count > 0 ? &pack->sections[pack->section_count - 1] : NULL;
	uint64_t align = symbol->in.value > 1 ? symbol->in.value : 1;

	if (bss == NULL || bss->type != SHT_NOBITS)
		bss = add_section(pack, parts[PART_BSS].name, SHT_NOBITS, parts[PART_BSS].flags);
	symbol->section = (uint32_t)(bss - pack->sections);
	symbol->value = align_up(bss->size, align);
	bss->size = symbol->value + symbol->in.size;
	if (align > bss->align)
		bss->align = align;
}

/* Does a symbol lie inside its section? See src/exports_global.c. */
static bool lies_inside(const struct pack *pack, const struct symbol *in)
{
	uint64_t size;

	if (in->section >= pack->file->section_count)
		return true;
	size = pack->inputs[in->section].size;
	return in->type == STT_FUNC ? pack->core->code_address(in->value) < size
				    : in->value <= size;
}

/* A file without .exported_sym exports what its linker would: see src/exports_global.c. */
static bool is_export(const struct pack *pack, const struct pack_symbol *symbol)
{
	const struct symbol *in = &symbol->in;

	/* The record of a thread-local variable in .exported_sym says its name only. */
	return (!pack->has_export_section || in->type == STT_TLS) &&
	       pack_wants_export(pack, in->name) && !pack_is_import(symbol) &&
	       in->name[0] != '\0' && (in->bind == STB_GLOBAL || in->bind == STB_WEAK) &&
	       (in->visibility == STV_DEFAULT || in->visibility == STV_PROTECTED) &&
	       (in->type == STT_FUNC || in->type == STT_OBJECT || in->type == STT_NOTYPE ||
		in->type == STT_COMMON || in->type == STT_TLS) &&
	       (symbol->section != PACK_NONE || in->section == SHN_ABS ||
		pack_is_common(pack, in)) &&
	       lies_inside(pack, in);
}

/* Where a section of the input begins, or ends, in that of the output. */
static uint64_t bound(const struct pack *pack, size_t index, bool stop)
{
	const struct pack_input *input = &pack->inputs[index];

	return stop ? input->offset + input->size : input->offset;
}

/*
 * __start_NAME and __stop_NAME of sections of the file: the loader could not find those by their
 * names any more. They become labels in the first of them, or in the last: src/sets/.
 */
static void define_bound(const struct pack *pack, struct symbol *in)
{
	bool stop = strncmp(in->name, "__stop_", 7) == 0;
	const char *name = in->name + (stop ? 7 : 8);
	struct section_header header;
	size_t found = 0;

	if (in->section != SHN_UNDEF || (!stop && strncmp(in->name, "__start_", 8) != 0) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
		    strlen(name))
		return;
	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		if (pack->inputs[i].section == PACK_NONE || strcmp(header.name, name) != 0)
			continue;
		if (found == 0 || (stop ? bound(pack, i, true) > bound(pack, found, true)
					: bound(pack, i, false) < bound(pack, found, false)))
			found = i;
	}
	if (found == 0)
		return;
	in->section = (uint32_t)found;
	in->value = stop ? pack->inputs[found].size : 0;
	in->type = STT_NOTYPE;
	in->visibility = STV_HIDDEN; /* it is no export */
}

static bool read_symbols(struct pack *pack)
{
	size_t table = file_symbol_table(pack->file, false);

	pack->symbol_count = file_symbol_count(pack->file, table);
	pack->symbols = need(pack->symbol_count, sizeof(*pack->symbols));
	for (size_t i = 0; i < pack->symbol_count; i++) {
		struct pack_symbol *symbol = &pack->symbols[i];

		if (!file_symbol(pack->file, table, i, &symbol->in)) {
			complain(pack->file->path, "malformed: symbol %zu cannot be read", i);
			return false;
		}
		if (!pack->keep_sections)
			define_bound(pack, &symbol->in);
		/* libelf is stricter about the table of names than a load is. */
		if (i != 0 && pack_is_import(symbol) && symbol->in.bind != STB_LOCAL &&
		    symbol->in.name[0] == '\0') {
			complain(pack->file->path,
				 "malformed: the name of symbol %zu cannot be read", i);
			return false;
		}
		symbol->section = PACK_NONE;
		if (pack_is_common(pack, &symbol->in) && !pack->keep_sections)
			place_common(pack, symbol);
		else if (i != 0 && symbol->in.section < pack->file->section_count)
			symbol->section = pack->inputs[symbol->in.section].section;
		symbol->exported = i != 0 && is_export(pack, symbol);
		/* The loader gives room to each common symbol that is left. */
		symbol->kept = symbol->exported ||
			       (symbol->section == PACK_NONE && pack_is_common(pack, &symbol->in));
	}
	return true;
}

/* Once it is known what is cut: where in the output's section. */
static void move_symbols(struct pack *pack)
{
	for (size_t i = 1; i < pack->symbol_count; i++) {
		struct pack_symbol *symbol = &pack->symbols[i];
		const struct pack_input *input;

		if (symbol->section == PACK_NONE || pack_is_common(pack, &symbol->in))
			continue;
		input = &pack->inputs[symbol->in.section];
		symbol->value = pack_moved(input, symbol->in.value);
		if (pack->sections[symbol->section].relaxed && symbol->in.value <= input->size &&
		    symbol->in.size <= input->size - symbol->in.value)
			symbol->in.size = pack_moved(input, symbol->in.value + symbol->in.size) -
					  symbol->value;
	}
}

bool pack_is_import(const struct pack_symbol *symbol)
{
	return symbol->in.section == SHN_UNDEF;
}

/* ---- relocations ---- */

static bool bad_relocation(const struct pack *pack, const struct section_header *table,
			   const struct relocation *relocation, const char *what)
{
	const char *symbol = relocation->symbol < pack->symbol_count
				     ? pack->symbols[relocation->symbol].in.name
				     : "";
	struct llext_desk_reloc type;
	char *name;

	pack->core->reloc(relocation->type, &type);
	name = type.name != NULL ? need_text("%s", type.name) : need_text("%u", relocation->type);
	complain(pack->file->path, "%s at 0x%llx: relocation %s%s%s %s", printable(table->name),
		 (unsigned long long)relocation->offset, name, symbol[0] != '\0' ? " to " : "",
		 printable(symbol), what);
	free(name);
	return false;
}

/*
 * The place of a relocation: it moves with its word where copy_section() has turned words around.
 * Labels do not. The loader turns only words around, too.
 */
static uint64_t moved_place(const struct pack_input *input, uint64_t offset)
{
	uint64_t byte;

	if (input->turned != 0 && offset < input->size) {
		byte = offset % input->turned;
		offset = input->size - input->turned - (offset - byte) + byte;
	}
	return pack_moved(input, offset);
}

/* As it is in the output, where its bytes are already. */
static bool move_relocation(struct pack *pack, const struct section_header *table,
			    struct relocation *relocation, bool has_addends, uint64_t *moved)
{
	const struct pack_input *input = &pack->inputs[table->info];
	const struct pack_section *section = &pack->sections[input->section];
	struct llext_desk_reloc what;

	*moved = moved_place(input, relocation->offset);
	pack->core->reloc(relocation->type, &what);
	if (!has_addends && *moved <= section->size && what.bytes <= section->size - *moved)
		relocation->addend = pack->core->addend(relocation->type, section->bytes + *moved);
	if (pack->relax) {
		pack_relax_relocation(pack, input, relocation);
		pack->core->reloc(relocation->type, &what);
	}
	return *moved <= section->size && what.bytes <= section->size - *moved;
}

static bool add_relocation(struct pack *pack, const struct section_header *table,
			   const struct relocation *from, bool has_addends)
{
	struct pack_section *section = &pack->sections[pack->inputs[table->info].section];
	struct relocation relocation = *from;
	struct llext_desk_reloc what;
	uint64_t moved;

	pack->core->reloc(from->type, &what);
	pack->before.relocations++;
	if (what.tls && what.kind == LLEXT_DESK_OTHER)
		return bad_relocation(pack, table, from,
				      "is of the dynamic models of thread-local storage, which a "
				      "packed file cannot have: compile with "
				      "-ftls-model=initial-exec");
	if (what.kind == LLEXT_DESK_OTHER || what.dynamic || from->symbol >= pack->symbol_count)
		return bad_relocation(pack, table, from, "is not supported");
	if (what.kind == LLEXT_DESK_NONE || what.kind == LLEXT_DESK_ALIGN) {
		pack->dropped++; /* padding: see pack_cut() */
		return true;
	}
	if (section->bytes == NULL ||
	    !move_relocation(pack, table, &relocation, has_addends, &moved))
		return bad_relocation(pack, table, from, "lies outside its section");
	section->relocations = need_room(section->relocations, section->relocation_count,
					 &section->relocation_room, sizeof(*section->relocations));
	section->has_addends |= has_addends;
	section->relocations[section->relocation_count] = (struct pack_relocation){
		.offset = moved,
		.addend = relocation.addend,
		.type = relocation.type,
		.symbol = relocation.symbol,
		.section = PACK_NONE,
		.order = (uint32_t)section->relocation_count,
	};
	section->relocation_count++;
	return true;
}

static bool read_relocations(struct pack *pack)
{
	struct section_header table;
	struct relocation relocation;

	for (size_t i = 0; file_next_relocations(pack->file, &i, &table);) {
		bool has_addends = file_relocation_addends(pack->file, i);

		if (pack->inputs[table.info].section == PACK_NONE)
			continue;
		for (size_t j = 0; file_relocation(pack->file, i, j, &relocation); j++) {
			if (!add_relocation(pack, &table, &relocation, has_addends))
				return false;
		}
	}
	return true;
}

bool pack_read(struct pack *pack)
{
	struct placed *placed = place_sections(pack);
	bool good;

	pack->inputs = need(pack->file->section_count, sizeof(*pack->inputs));
	make_sections(pack, placed);
	/* Room for a .bss that holds nothing but common symbols. */
	pack->sections =
		need_more(pack->sections, pack->section_count + 1, sizeof(*pack->sections));
	good = copy_bytes(pack, placed) && read_symbols(pack) && pack_cut(pack) &&
	       read_relocations(pack);
	if (good)
		move_symbols(pack);
	free(placed);
	return good;
}

void pack_free(struct pack *pack)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		free(pack->sections[i].bytes);
		free(pack->sections[i].relocations);
	}
	for (size_t i = 0; pack->inputs != NULL && i < pack->file->section_count; i++)
		free(pack->inputs[i].cuts);
	free(pack->lost);
	free(pack->debug_image);
	free(pack->sections);
	free(pack->inputs);
	free(pack->symbols);
}
