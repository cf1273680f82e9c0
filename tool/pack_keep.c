/* SPDX-License-Identifier: Apache-2.0 */
/* What of the input no loader needs, and what becomes of it: names of exports, sections that are
 * not loaded, the entry point. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "attributes.h"
#include "pack.h"

/* ---- exports ---- */

bool pack_wants_export(const struct pack *pack, const char *name)
{
	if (pack->exports != LLEXT_EXPORTS_LIST)
		return pack->exports == LLEXT_EXPORTS_ALL;
	for (size_t i = 0; i < pack->export_count; i++) {
		if (strcmp(pack->export_names[i], name) == 0)
			return true;
	}
	return false;
}

static bool defines(const struct pack *pack, const char *name)
{
	size_t table = file_symbol_table(pack->file, false);
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(pack->file, table, &i, &symbol);) {
		if (symbol.section != SHN_UNDEF && symbol.bind != STB_LOCAL &&
		    strcmp(symbol.name, name) == 0)
			return true;
	}
	return false;
}

/* ---- sections that are not loaded ---- */

bool pack_keeps(const struct pack *pack, const struct section_header *header)
{
	for (size_t i = 0; i < pack->kept_count; i++) {
		if (strcmp(pack->kept_names[i], header->name) == 0)
			return !(header->flags & SHF_ALLOC) && header->bytes != NULL;
	}
	return false;
}

bool pack_check_names(const struct pack *pack)
{
	for (size_t i = 0; i < pack->kept_count; i++) {
		if (file_find_section(pack->file, pack->kept_names[i]) == 0) {
			complain(pack->file->path, "has no section %s (--keep-section)",
				 printable(pack->kept_names[i]));
			return false;
		}
	}
	for (size_t i = 0; i < pack->export_count; i++) {
		if (!defines(pack, pack->export_names[i])) {
			complain(pack->file->path, "defines no symbol %s (--export)",
				 printable(pack->export_names[i]));
			return false;
		}
	}
	if (pack->exports != LLEXT_EXPORTS_ALL &&
	    file_find_section(pack->file, ".exported_sym") != 0) {
		complain(pack->file->path,
			 "says itself what it exports (.exported_sym): --export is for files that "
			 "do not");
		return false;
	}
	return true;
}

static bool is_attributes(const struct section_header *header)
{
	return strcmp(header->name, ".ARM.attributes") == 0 ||
	       strcmp(header->name, ".riscv.attributes") == 0 ||
	       strcmp(header->name, ".xtensa.info") == 0;
}

/* Tables of an object file, debug information, and what only a linker reads. */
static bool is_usual(const struct section_header *header)
{
	static const char *const stems[] = {".debug",
					    ".zdebug",
					    ".stab",
					    ".comment",
					    ".note.",
					    ".gnu_debuglink",
					    ".gnu.lto_",
					    ".gnu.debuglto_",
					    ".llvm_addrsig",
					    ".llvm.",
					    ".xt.",
					    ".gdb_index",
					    ".gnu.build.attributes",
					    ".group",
					    ".eh_frame",
					    ".ARM.exidx",
					    ".ARM.extab"};

	switch (header->type) {
	case SHT_NULL:
	case SHT_SYMTAB:
	case SHT_STRTAB:
	case SHT_REL:
	case SHT_RELA:
	case SHT_CREL:
	case SHT_RELR:
	case SHT_GROUP:
	case SHT_SYMTAB_SHNDX:
		return true;
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
		if (starts_with(header->name, stems[i]))
			return true;
	}
	return is_attributes(header);
}

void pack_find_lost(struct pack *pack)
{
	struct section_header header;

	pack->lost = need(pack->file->section_count, sizeof(*pack->lost));
	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		if ((header.flags & SHF_ALLOC) || header.size == 0 || is_usual(&header) ||
		    pack_keeps(pack, &header))
			continue;
		pack->lost[pack->lost_count++] = (struct pack_dropped){header.name, header.size};
	}
}

void pack_each_kept(const struct pack *pack,
		    void (*add)(void *context, const struct image_section *section), void *context)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		if (header.bytes == NULL || (header.flags & SHF_ALLOC) ||
		    (!is_attributes(&header) && !pack_keeps(pack, &header)))
			continue;
		add(context, &(struct image_section){.name = header.name,
						     .type = header.type,
						     .align = header.align > 1 ? header.align : 1,
						     .bytes = header.bytes,
						     .size = header.size});
	}
	/* The stack that it asks for is not given; but a loader says so. */
	if (file_wants_executable_stack(pack->file))
		add(context, &(struct image_section){.name = ".note.GNU-stack",
						     .type = SHT_PROGBITS,
						     .flags = SHF_EXECINSTR,
						     .align = 1});
}

/* ---- the entry point ---- */

uint64_t pack_entry(const struct pack *pack)
{
	uint64_t entry = pack->file->entry, offset = pack->core->code_address(entry);
	struct section_header header;
	size_t first = 0;

	/* As the loader looks for it: src/entry.c. */
	for (size_t i = 1; entry != 0 && i < pack->file->section_count; i++) {
		if (!file_section(pack->file, i, &header) || !(header.flags & SHF_ALLOC) ||
		    !(header.flags & SHF_EXECINSTR) || pack->inputs[i].section == PACK_NONE)
			continue;
		if (first == 0 || strcmp(header.name, ".text") == 0)
			first = i;
		if (strcmp(header.name, ".text") == 0)
			break;
	}
	if (first == 0 || !file_section(pack->file, first, &header))
		return 0;
	if (offset >= header.size) {
		warn_about(pack->file->path,
			   "its entry point lies in no code, and is not kept: 0x%llx",
			   (unsigned long long)entry);
		return 0;
	}
	return pack_moved(&pack->inputs[first], offset) | (entry - offset);
}
