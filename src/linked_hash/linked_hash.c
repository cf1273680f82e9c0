/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups by the hash table that the linker has made for a dynamic linker: SHT_GNU_HASH, or the
 * gABI's SHT_HASH. Symbols, names and hash table are read where they are loaded, in memory that the
 * extension cannot write to. Only what bounds a search is checked at the load. A search checks what
 * it comes across: numbers of symbols, names, and that an address lies in the extension.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_LINKED_HASH)

/* Linkers make 20 to 40. A symbol's section is known by a bit. */
#define MOST_SECTIONS 64

struct hashed {
	const struct llext *ext;
	elf_addr bias;   /* load address minus address in the file */
	uint64_t loaded; /* a bit for each section: it is loaded */
	const elf_sym_t *syms;
	const char *names; /* the last of name_bytes bytes is NUL */
	size_t name_bytes;
	uint32_t first, count; /* symbols [first, count) can be found */
	const uint32_t *buckets, *chain;
	uint32_t bucket_count;
	/* Of SHT_GNU_HASH: a filter, of a power of two of words; NULL: it is SHT_HASH. */
	const elf_addr *filter;
	uint32_t filter_mask, filter_shift;
};

/* The words that either kind of table begins with. */
enum {
	GNU_BUCKETS,
	GNU_FIRST,
	GNU_FILTER,
	GNU_SHIFT,
	GNU_WORDS,
	SYSV_BUCKETS = 0,
	SYSV_CHAIN,
	SYSV_WORDS
};

/* ---- at the load ---- */

/* The file's hash table, SHT_GNU_HASH if it has both; 0: there is none that is loaded. */
static uint32_t find_section(const struct load *ld)
{
	uint32_t found = 0;

	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		if (ld->layout.sections[i].region == LLEXT_MEM_COUNT)
			continue;
		/* Two versions of a name may be there, which the hash table does not tell apart. */
		if (shdr->sh_type == SHT_GNU_VERDEF)
			return 0;
		if (shdr->sh_link == ld->headers.symtab &&
		    (shdr->sh_type == SHT_GNU_HASH || (shdr->sh_type == SHT_HASH && found == 0)))
			found = i;
	}
	return found;
}

/* Words of the hash table's header. For llext_plan(), nothing is placed. */
static int read_header(struct load *ld, uint32_t index, uint32_t header[GNU_WORDS])
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	size_t bytes = (shdr->sh_type == SHT_GNU_HASH ? GNU_WORDS : SYSV_WORDS) * sizeof(*header);

	if (shdr->sh_size < bytes)
		return -ENOEXEC;
	if (ld->ext == NULL)
		return llext_source_read(ld, (size_t)shdr->sh_offset, header, bytes);
	memcpy(header, ld->layout.sections[index].mem, bytes);
	return 0;
}

/* Is the section that large? No sum of numbers of 32 bits is too large for 64. */
static bool has_words(const elf_shdr_t *shdr, uint64_t words)
{
	return words <= shdr->sh_size / sizeof(uint32_t);
}

static bool fits_gnu(const struct load *ld, const elf_shdr_t *shdr, const uint32_t *header)
{
	uint32_t first = header[GNU_FIRST], count = ld->symbols.count;
	uint64_t filter = (uint64_t)header[GNU_FILTER] * (sizeof(elf_addr) / sizeof(*header));

	return header[GNU_BUCKETS] != 0 && is_power_of_two(header[GNU_FILTER]) && first != 0 &&
	       first <= count &&
	       has_words(shdr, GNU_WORDS + filter + header[GNU_BUCKETS] + (count - first));
}

static bool fits_sysv(const struct load *ld, const elf_shdr_t *shdr, const uint32_t *header)
{
	return header[SYSV_BUCKETS] != 0 && header[SYSV_CHAIN] >= ld->symbols.count &&
	       has_words(shdr, (uint64_t)SYSV_WORDS + header[SYSV_BUCKETS] + header[SYSV_CHAIN]);
}

/* A section that lies in constants of the extension, aligned for its entries; NULL: it does not. */
static const void *constants(const struct load *ld, uint32_t index, size_t align)
{
	size_t room;
	const uint8_t *mem =
		llext_constant_address(ld->ext, ld->layout.sections[index].load, &room);

	return mem != NULL && room >= ld->headers.shdrs[index].sh_size &&
			       (uintptr_t)mem % align == 0
		       ? mem
		       : NULL;
}

/* @return the section of a hash table that can be used, and its header; 0: there is none. */
static uint32_t find_sound(struct load *ld, uint32_t header[GNU_WORDS])
{
	uint32_t index;
	const elf_shdr_t *shdr;

	if (ld->param->exports != LLEXT_EXPORTS_HASHED || !is_shared_object(ld) ||
	    ld->headers.section_count > MOST_SECTIONS || ld->layout.exports != 0 ||
	    ld->layout.tls != 0 || domain_of(ld) != NULL || is_pre_located(ld) || is_stepped(ld) ||
	    llext_code_by_words(LLEXT_MEM_TEXT))
		return 0;
	index = find_section(ld);
	if (index == 0 || read_header(ld, index, header) != 0)
		return 0;
	shdr = &ld->headers.shdrs[index];
	return (shdr->sh_type == SHT_GNU_HASH ? fits_gnu(ld, shdr, header)
					      : fits_sysv(ld, shdr, header))
		       ? index
		       : 0;
}

bool llext_hashed_wanted(struct load *ld)
{
	uint32_t header[GNU_WORDS];

	return find_sound(ld, header) != 0;
}

size_t llext_hashed_bytes(void)
{
	return sizeof(struct hashed);
}

static void use_gnu(struct hashed *table, const uint32_t *words)
{
	table->first = words[GNU_FIRST];
	table->bucket_count = words[GNU_BUCKETS];
	table->filter = (const elf_addr *)(const void *)(words + GNU_WORDS);
	table->filter_mask = words[GNU_FILTER] - 1;
	table->filter_shift = words[GNU_SHIFT];
	table->buckets = (const uint32_t *)(const void *)(table->filter + words[GNU_FILTER]);
	table->chain = table->buckets + table->bucket_count;
}

static void use_sysv(struct hashed *table, const uint32_t *words)
{
	table->first = 1;
	table->bucket_count = words[SYSV_BUCKETS];
	table->buckets = words + SYSV_WORDS;
	table->chain = table->buckets + table->bucket_count;
}

/* Fill all but what depends on the kind. @return false: what it needs is not among constants. */
static bool use_symbols(const struct load *ld, struct hashed *table)
{
	uint32_t symtab = ld->headers.symtab, strings = ld->headers.shdrs[symtab].sh_link;

	if (ld->layout.sections[symtab].region == LLEXT_MEM_COUNT ||
	    ld->layout.sections[strings].region == LLEXT_MEM_COUNT)
		return false;
	for (uint32_t i = 1; i < ld->headers.section_count; i++)
		table->loaded |= (uint64_t)(ld->layout.sections[i].region != LLEXT_MEM_COUNT) << i;
	table->ext = ld->ext;
	table->bias = (elf_addr)ld->linked.image.load - ld->linked.image_low;
	table->count = ld->symbols.count;
	table->name_bytes = ld->file.strings.length;
	table->syms = constants(ld, symtab, sizeof(elf_addr));
	table->names = constants(ld, strings, 1);
	/* A relocation may have written there since the file was checked. */
	return table->syms != NULL && table->names != NULL &&
	       table->names[table->name_bytes - 1] == '\0';
}

int llext_hashed_build(struct load *ld)
{
	struct hashed table = {0}, *kept;
	uint32_t header[GNU_WORDS], index = find_sound(ld, header);
	bool gnu = ld->headers.shdrs[index].sh_type == SHT_GNU_HASH;
	const uint32_t *words;

	if (index == 0 || !use_symbols(ld, &table))
		return 0;
	words = constants(ld, index, gnu ? sizeof(elf_addr) : sizeof(*words));
	if (words == NULL)
		return 0;
	if (gnu)
		use_gnu(&table, words);
	else
		use_sysv(&table, words);
	kept = (void *)llext_exports_allocate(ld, 0, sizeof(*kept));
	if (kept == NULL)
		return -ENOMEM;
	*kept = table;
	ld->ext->exp_tab = (struct llext_symtable){0, (void *)((uintptr_t)kept + 1)};
	return 1;
}

/* ---- look-ups ---- */

uint32_t llext_hashed_hash(const struct hashed *table, uint32_t before, const char *name,
			   size_t length)
{
	uint32_t hash = before;

	for (size_t i = 0; i < length && name[i] != '\0'; i++) {
		if (table->filter != NULL) {
			hash = hash * 33 + (uint8_t)name[i];
		} else {
			hash = (hash << 4) + (uint8_t)name[i];
			hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
		}
	}
	return hash;
}

uint32_t llext_hashed_start(const struct hashed *table)
{
	return table->filter != NULL ? 5381 : 0;
}

/* Does the filter let the hash pass? It has two bits for each name, in one word. */
static bool passes(const struct hashed *table, uint32_t hash)
{
	const uint32_t bits = 8 * sizeof(elf_addr);
	elf_addr word;

	if (table->filter == NULL)
		return true;
	word = table->filter[hash / bits & table->filter_mask];
	return (word >> hash % bits & word >> (hash >> table->filter_shift % 32) % bits & 1) != 0;
}

void llext_hashed_begin(const struct hashed *table, uint32_t hash, struct hash_walk *walk)
{
	walk->hash = hash;
	walk->left = table->count;
	walk->at = passes(table, hash) ? table->buckets[hash % table->bucket_count] : 0;
}

uint32_t llext_hashed_step(const struct hashed *table, struct hash_walk *walk)
{
	uint32_t symbol = walk->at, entry;

	walk->at = 0;
	if (symbol < table->first || symbol >= table->count || walk->left-- == 0)
		return 0;
	if (table->filter == NULL) {
		walk->at = table->chain[symbol];
		return symbol;
	}
	/* The symbol's hash. Its lowest bit says that the symbol is the last of its bucket. */
	entry = table->chain[symbol - table->first];
	if (!(entry & 1))
		walk->at = symbol + 1;
	return (entry ^ walk->hash) >> 1 == 0 ? symbol : 0;
}

const char *llext_hashed_name(const struct hashed *table, uint32_t symbol)
{
	uint32_t name = table->syms[symbol].st_name;

	return name < table->name_bytes ? table->names + name : "";
}

const void *llext_hashed_address(const struct hashed *table, uint32_t symbol)
{
	const elf_sym_t *sym = &table->syms[symbol];
	elf_addr address = table->bias + sym->st_value;
	bool inside;

	if (!is_exportable(sym) || ELF_ST_TYPE(sym->st_info) == STT_TLS ||
	    llext_hashed_name(table, symbol)[0] == '\0')
		return NULL;
	if (sym->st_shndx == SHN_ABS)
		return (const void *)(uintptr_t)sym->st_value;
	if (sym->st_shndx >= MOST_SECTIONS || !(table->loaded >> sym->st_shndx & 1))
		return NULL;
	/* Linkers put symbols such as _end behind what they name, but no code begins there. */
	inside = ELF_ST_TYPE(sym->st_info) == STT_FUNC
			 ? llext_in_text(table->ext, address)
			 : llext_contains(table->ext, address) ||
				   llext_contains(table->ext, address - 1);
	return inside ? (const void *)(uintptr_t)address : NULL;
}

const void *llext_hashed_find(const struct hashed *table, const char *name)
{
	uint32_t hash = llext_hashed_hash(table, llext_hashed_start(table), name, SIZE_MAX);
	const void *address = NULL;
	struct hash_walk walk;

	llext_hashed_begin(table, hash, &walk);
	while (walk.at != 0 && address == NULL) {
		uint32_t symbol = llext_hashed_step(table, &walk);

		if (symbol != 0 && strcmp(llext_hashed_name(table, symbol), name) == 0)
			address = llext_hashed_address(table, symbol);
	}
	return address;
}

bool llext_hashed_next(const struct hashed *table, const char *prefix, size_t *at,
		       struct llext_const_symbol *symbol)
{
	uint32_t i = *at < table->first ? table->first : (uint32_t)*at, count = table->count;
	size_t length = strlen(prefix);
	const char *name = "";
	const void *address = NULL;

	for (; i < count && address == NULL; i++) {
		name = llext_hashed_name(table, i);
		if (length == 0 || (name[0] == prefix[0] && strncmp(name, prefix, length) == 0))
			address = llext_hashed_address(table, i);
	}
	*symbol = (struct llext_const_symbol){name, address};
	*at = i;
	return address != NULL;
}

#endif /* CONFIG_LLEXT_LINKED_HASH */
