/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared objects: their linker has fixed all addresses, and with them where everything lies in the
 * file. What no loader reads is left out. Relative relocations become SHT_RELR in the room that
 * they had themselves, where the dynamic section has room to say so, so that the file stays one for
 * every dynamic linker.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include "debug_file.h"
#include "pack.h"

#define DYNAMIC_RELRSZ  35 /* DT_RELRSZ, DT_RELR, DT_RELRENT (gABI); not in every <elf.h> */
#define DYNAMIC_RELR    36
#define DYNAMIC_RELRENT 37

struct shared {
	struct pack *pack;
	const struct file *file;
	size_t word;
	uint8_t *bytes; /* a copy of what the segments have */
	size_t length;
	size_t alloc_count; /* sections up to the last one that is loaded */
	uint32_t table;     /* of relocations, that gives its end to SHT_RELR; 0: none */
	uint64_t kept;      /* bytes of that */
	uint64_t relr_offset, relr_addr, relr_bytes;
};

/* ---- what the segments have ---- */

static size_t segments_end(const struct file *file)
{
	size_t count, end = 0;
	GElf_Ehdr ehdr;
	GElf_Phdr phdr;

	if (elf_getphdrnum(file->elf, &count) != 0 || gelf_getehdr(file->elf, &ehdr) == NULL)
		return 0;
	end = (size_t)ehdr.e_phoff + count * ehdr.e_phentsize;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(file->elf, (int)i, &phdr) != NULL && phdr.p_type == PT_LOAD &&
		    phdr.p_offset + phdr.p_filesz > end)
			end = (size_t)(phdr.p_offset + phdr.p_filesz);
	}
	return end <= file->length ? end : 0;
}

/* The bytes of a word at a virtual address; NULL where the file has none. */
static uint8_t *word_at(const struct shared *shared, uint64_t address)
{
	size_t count;
	GElf_Phdr phdr;

	if (elf_getphdrnum(shared->file->elf, &count) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(shared->file->elf, (int)i, &phdr) != NULL &&
		    phdr.p_type == PT_LOAD && address >= phdr.p_vaddr &&
		    phdr.p_filesz >= shared->word &&
		    address - phdr.p_vaddr <= phdr.p_filesz - shared->word)
			return shared->bytes + phdr.p_offset + (address - phdr.p_vaddr);
	}
	return NULL;
}

/* ---- the dynamic section ---- */

struct dynamic {
	uint8_t *entries;
	size_t count, spare; /* null entries, one of which must remain */
};

/* Is it loaded, with its bytes in the copy of what the segments have? */
static bool lies_in_segments(const struct shared *shared, const struct section_header *header)
{
	return (header->flags & SHF_ALLOC) && header->bytes != NULL &&
	       header->offset + header->size <= shared->length;
}

static struct dynamic find_dynamic(const struct shared *shared)
{
	struct dynamic dynamic = {0};
	struct section_header header;

	for (size_t i = 0; file_next_section(shared->file, &i, &header);) {
		if (header.type != SHT_DYNAMIC || !lies_in_segments(shared, &header))
			continue;
		dynamic.entries = shared->bytes + header.offset;
		dynamic.count = (size_t)header.size / (2 * shared->word);
	}
	while (dynamic.spare < dynamic.count &&
	       file_word(dynamic.entries + (dynamic.count - 1 - dynamic.spare) * 2 * shared->word,
			 shared->word) == DT_NULL)
		dynamic.spare++;
	return dynamic;
}

/* The value of an entry, or NULL. */
static uint8_t *dynamic_value(const struct shared *shared, const struct dynamic *dynamic,
			      uint64_t tag)
{
	for (size_t i = 0; i < dynamic->count; i++) {
		uint8_t *entry = dynamic->entries + i * 2 * shared->word;

		if (file_word(entry, shared->word) == tag)
			return entry + shared->word;
	}
	return NULL;
}

static bool says(const struct shared *shared, const struct dynamic *dynamic, uint64_t tag,
		 uint64_t value)
{
	const uint8_t *at = dynamic_value(shared, dynamic, tag);

	return at != NULL && file_word(at, shared->word) == value;
}

static void set_dynamic(const struct shared *shared, struct dynamic *dynamic, uint64_t tag,
			uint64_t value)
{
	uint8_t *at = dynamic_value(shared, dynamic, tag);

	if (at == NULL) {
		at = dynamic->entries + (dynamic->count - dynamic->spare--) * 2 * shared->word;
		image_put_word(at, shared->word, tag);
		at += shared->word;
	}
	image_put_word(at, shared->word, value);
}

/* ---- SHT_RELR ---- */

static int by_value(const void *a, const void *b)
{
	return compare_numbers(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* An address, then bitmaps of the words behind it (gABI, "Relative Relocation Table"). */
static size_t encode_relr(const struct shared *shared, const uint64_t *places, size_t count,
			  uint64_t *entries)
{
	size_t bits = 8 * shared->word - 1, filled = 0;

	for (size_t i = 0; i < count;) {
		uint64_t base = places[i] + shared->word;

		entries[filled++] = places[i++];
		for (;;) {
			uint64_t bitmap = 0;

			for (; i < count && (places[i] - base) / shared->word < bits; i++)
				bitmap |= (uint64_t)1 << ((places[i] - base) / shared->word);
			if (bitmap == 0)
				break;
			entries[filled++] = bitmap << 1 | 1;
			base += bits * shared->word;
		}
	}
	return filled;
}

/* May this relocation be one of SHT_RELR? Then its addend is in its place afterwards. */
static bool is_relative(const struct shared *shared, const struct section_header *table,
			const struct relocation *relocation)
{
	struct llext_desk_reloc what;
	uint8_t *place;

	shared->pack->core->reloc(relocation->type, &what);
	if (what.kind != LLEXT_DESK_RELATIVE || relocation->symbol != 0 ||
	    relocation->offset % shared->word != 0)
		return false;
	place = word_at(shared, relocation->offset);
	return place != NULL &&
	       (table->type == SHT_REL ||
		shared->pack->core->encode(relocation->type, place, relocation->offset,
					   (uint64_t)relocation->addend) == 0);
}

/* Move what can be moved; the others close up. */
static void move_relative(struct shared *shared, struct dynamic *dynamic, size_t index,
			  const struct section_header *table)
{
	bool has_addends = table->type == SHT_RELA;
	size_t count = file_relocation_count(shared->file, index), moved = 0, filled;
	size_t entry = image_relocation_bytes(shared->file->class, has_addends);
	uint64_t *places = need(count, sizeof(*places)), *entries;
	uint8_t *out = shared->bytes + table->offset;
	struct relocation relocation;

	for (size_t i = 0; file_relocation(shared->file, index, i, &relocation); i++) {
		if (is_relative(shared, table, &relocation)) {
			places[moved++] = relocation.offset;
			continue;
		}
		memmove(out, shared->bytes + table->offset + i * entry, entry);
		out += entry;
	}
	if (moved == 0) {
		free(places);
		return;
	}
	qsort(places, moved, sizeof(*places), by_value);
	entries = need(2 * moved, sizeof(*entries));
	filled = encode_relr(shared, places, moved, entries);
	shared->table = (uint32_t)index;
	shared->kept = (count - moved) * entry;
	shared->relr_offset = table->offset + shared->kept;
	shared->relr_addr = table->addr + shared->kept;
	shared->relr_bytes = filled * shared->word;
	memset(out, 0, moved * entry);
	for (size_t i = 0; i < filled; i++)
		image_put_word(out + i * shared->word, shared->word, entries[i]);
	shared->pack->relative = moved;
	set_dynamic(shared, dynamic, has_addends ? DT_RELASZ : DT_RELSZ, shared->kept);
	if (dynamic_value(shared, dynamic, has_addends ? DT_RELACOUNT : DT_RELCOUNT) != NULL)
		set_dynamic(shared, dynamic, has_addends ? DT_RELACOUNT : DT_RELCOUNT, 0);
	set_dynamic(shared, dynamic, DYNAMIC_RELR, shared->relr_addr);
	set_dynamic(shared, dynamic, DYNAMIC_RELRSZ, shared->relr_bytes);
	set_dynamic(shared, dynamic, DYNAMIC_RELRENT, shared->word);
	free(entries);
	free(places);
}

/* Two relocations of one place would be one afterwards. */
static bool places_differ(const struct shared *shared, size_t index)
{
	size_t count = file_relocation_count(shared->file, index);
	uint64_t *places = need(count, sizeof(*places));
	struct relocation relocation;
	bool differ = true;

	for (size_t i = 0; file_relocation(shared->file, index, i, &relocation); i++)
		places[i] = relocation.offset;
	qsort(places, count, sizeof(*places), by_value);
	for (size_t i = 1; i < count; i++)
		differ = differ && places[i] - places[i - 1] >= shared->word;
	free(places);
	return differ;
}

static void make_relr(struct shared *shared)
{
	struct dynamic dynamic = find_dynamic(shared);
	struct section_header table;

	/* Three entries are to be added, and a null one must remain. */
	if (dynamic.spare < 4 || dynamic_value(shared, &dynamic, DYNAMIC_RELR) != NULL)
		return;
	for (size_t i = 0; file_next_section(shared->file, &i, &table);) {
		bool has_addends = table.type == SHT_RELA;

		if ((table.type != SHT_REL && !has_addends) || !lies_in_segments(shared, &table) ||
		    table.addr % shared->word != 0)
			continue;
		if (says(shared, &dynamic, has_addends ? DT_RELA : DT_REL, table.addr) &&
		    says(shared, &dynamic, has_addends ? DT_RELASZ : DT_RELSZ, table.size) &&
		    places_differ(shared, i)) {
			move_relative(shared, &dynamic, i, &table);
			return;
		}
	}
}

/* ---- the file ---- */

static struct image_section header_of(const struct shared *shared, size_t index)
{
	struct section_header header;

	/* Numbers of sections stay as they are. */
	if (!file_section(shared->file, index, &header) || !(header.flags & SHF_ALLOC))
		return (struct image_section){.name = "", .type = SHT_NULL};
	return (struct image_section){
		.name = header.name,
		.type = header.type,
		.link = header.link < shared->alloc_count ? header.link : 0,
		.info = header.info,
		.flags = header.flags,
		.addr = header.addr,
		.align = header.align,
		.entry_size = header.entry_size,
		.size = index == shared->table && index != 0 ? shared->kept : header.size,
		.offset = header.offset,
	};
}

static void append(struct shared *shared, size_t align, const void *bytes, size_t length)
{
	size_t start = (size_t)align_up(shared->length, align);

	shared->bytes = need_more(shared->bytes, start + length, 1);
	memset(shared->bytes + shared->length, 0, start - shared->length);
	if (length != 0)
		memcpy(shared->bytes + start, bytes, length);
	shared->length = start + length;
}

static void append_section(struct shared *shared, struct image_section *sections, size_t *count,
			   const char *name, uint32_t type, const void *bytes, size_t length)
{
	struct image_section *section = &sections[(*count)++];

	append(shared, 4, bytes, length);
	*section = (struct image_section){.name = name,
					  .type = type,
					  .align = 4,
					  .size = length,
					  .offset = shared->length - length};
}

/* Names last, then the headers that refer to them. */
static void append_headers(struct shared *shared, struct image_section *sections, size_t count)
{
	size_t entry = shared->word == 8 ? 64 : 40, bytes = 1, at;
	uint8_t *header;
	char *names;

	sections[count++] = (struct image_section){
		.name = ".shstrtab", .type = SHT_STRTAB, .align = 1, .offset = shared->length};
	for (size_t i = 0; i < count; i++) {
		sections[i].name_offset = sections[i].name[0] != '\0' ? (uint32_t)bytes : 0;
		bytes += sections[i].name[0] != '\0' ? strlen(sections[i].name) + 1 : 0;
	}
	names = need(bytes, 1);
	for (size_t i = 0; i < count; i++)
		memcpy(names + sections[i].name_offset, sections[i].name, strlen(sections[i].name));
	sections[count - 1].size = bytes;
	append(shared, 1, names, bytes);
	free(names);
	append(shared, shared->word, NULL, 0);
	at = shared->length;
	header = need(count, entry);
	for (size_t i = 0; i < count; i++)
		image_put_section_header(header + i * entry, shared->file->class, &sections[i]);
	append(shared, shared->word, header, count * entry);
	free(header);
	image_put_word(shared->bytes + (shared->word == 8 ? 40 : 32), shared->word, at);
	image_put_word(shared->bytes + (shared->word == 8 ? 60 : 48), 2, count);
	image_put_word(shared->bytes + (shared->word == 8 ? 62 : 50), 2, count - 1);
	shared->pack->after.sections = count;
}

static void count_relocations(struct shared *shared)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(shared->file, &i, &header);) {
		if (header.flags & SHF_ALLOC)
			shared->pack->before.relocations += file_relocation_count(shared->file, i);
	}
	shared->pack->after.relocations = shared->pack->before.relocations;
	shared->pack->after.symbols = shared->pack->before.symbols;
}

struct kept {
	struct shared *shared;
	struct image_section *sections;
	size_t count;
};

static void append_kept(void *context, const struct image_section *section)
{
	struct kept *kept = context;

	if (section->size != 0) /* PT_GNU_STACK asks for a stack here */
		append_section(kept->shared, kept->sections, &kept->count, section->name,
			       section->type, section->bytes, section->size);
}

/* The sections that symbols name must exist, though they are not loaded. */
static size_t last_named_section(const struct file *file)
{
	size_t table = file_symbol_table(file, false), last = 0;
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(file, table, &i, &symbol);) {
		if (symbol.section < file->section_count && symbol.section > last)
			last = symbol.section;
	}
	return last;
}

uint8_t *pack_shared_object(struct pack *pack, size_t *length)
{
	struct shared shared = {
		.pack = pack, .file = pack->file, .word = image_word_bytes(pack->file->class)};
	struct section_header header, link;
	struct image_section *sections;
	struct kept kept;
	size_t count;
	void *owned;

	shared.length = segments_end(pack->file);
	shared.alloc_count = last_named_section(pack->file) + 1;
	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		if ((header.flags & SHF_ALLOC) && i >= shared.alloc_count)
			shared.alloc_count = i + 1;
	}
	if (shared.length == 0 || shared.alloc_count >= SHN_LORESERVE - 8 - pack->kept_sections) {
		complain(pack->file->path, "malformed: its segments do not lie inside the file");
		return NULL;
	}
	if (!debug_link_find(pack->file, pack->debug_path, pack->debug_given, &link, &owned))
		return NULL;
	shared.bytes = need(shared.length, 1);
	memcpy(shared.bytes, pack->file->bytes, shared.length);
	pack->image_bytes = shared.length;
	make_relr(&shared);
	sections = need(shared.alloc_count + 8 + pack->kept_sections, sizeof(*sections));
	for (count = 0; count < shared.alloc_count; count++)
		sections[count] = header_of(&shared, count);
	if (shared.relr_bytes != 0)
		sections[count++] = (struct image_section){.name = ".relr.dyn",
							   .type = SHT_RELR,
							   .flags = SHF_ALLOC,
							   .addr = shared.relr_addr,
							   .align = shared.word,
							   .entry_size = shared.word,
							   .size = shared.relr_bytes,
							   .offset = shared.relr_offset};
	kept = (struct kept){&shared, sections, count};
	pack_each_kept(pack, append_kept, &kept);
	count = kept.count;
	append_section(&shared, sections, &count, ".gnu_debuglink", SHT_PROGBITS, link.bytes,
		       link.size);
	append_headers(&shared, sections, count);
	count_relocations(&shared);
	free(sections);
	free(owned);
	*length = shared.length;
	return shared.bytes;
}
