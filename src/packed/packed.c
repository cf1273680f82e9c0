/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed files (docs/packed.md): ELF files in the order in which a load needs their parts, so that
 * the source need not seek. Relocations come late, so a note at the beginning says how much room
 * they will need. Imports may be bound: then the file says which of the firmware's exports each is.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_PACKED)

#define NOTE_SECTION 2 /* its place in a packed file */
#define NOTE_WORDS   10
#define VERSIONS     2 /* 1 to this one; the second has SHT_LLEXT_RUNS */

struct note {
	uint32_t name_bytes, desc_bytes, type;
	char name[8];
	uint32_t words[NOTE_WORDS];
};

enum word {
	WORD_VERSION,
	WORD_FLAGS,
	WORD_GOT_FIRST,
	WORD_GOT_COUNT,
	WORD_VENEER_FIRST,
	WORD_VENEER_COUNT,
	WORD_HIGH_COUNT,
	WORD_RELOCATION_COUNT,
	WORD_FINGERPRINT_LOW,
	WORD_FINGERPRINT_HIGH,
};

#define FLAG_BOUND 1u /* imports have their place in the table of this fingerprint */
#define FLAG_NAMES 2u /* but symbols' names are needed */

/* The last table whose fingerprint was computed, since that reads every name. */
static const struct llext_const_symbol *known;

void llext_packed_builtins_changed(void)
{
	known = NULL;
}

/* @ld: a load, perhaps in steps; NULL: none */
static uint64_t builtins_fingerprint(const struct load *ld)
{
	static size_t known_count;
	static uint64_t known_fingerprint;
	uint64_t fingerprint = 0xcbf29ce484222325u; /* FNV-1a, 64 bits */
	size_t count;
	const struct llext_const_symbol *symbols = llext_builtins(&count);

	if (symbols == known && count == known_count && known != NULL)
		return known_fingerprint;
	for (size_t i = 0; i < count; i++) {
		const char *name = symbols[i].name;

		do {
			fingerprint = (fingerprint ^ (uint8_t)*name) * 0x100000001b3u;
		} while (*name++ != '\0');
		if (ld != NULL)
			step_point(ld, 2);
	}
	known = symbols;
	known_count = count;
	known_fingerprint = fingerprint;
	return fingerprint;
}

uint64_t llext_builtins_fingerprint(void)
{
	return builtins_fingerprint(NULL);
}

static int check_note(struct load *ld, const struct note *note)
{
	const uint32_t *words = note->words;
	uint32_t symbols = (uint32_t)(ld->headers.shdrs[ld->headers.symtab].sh_size /
				      sizeof(elf_sym_t)); /* checked later */
	int rc;

	if (note->name_bytes != 6 || note->desc_bytes != sizeof(note->words) || note->type != 1 ||
	    memcmp(note->name, "LLEXT\0\0", sizeof(note->name)) != 0)
		return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
					  "malformed note of a packed file");
	if (words[WORD_VERSION] - 1 >= VERSIONS) {
		rc = llext_fail_section(ld, -ENOTSUP, NOTE_SECTION,
					"packed in a way that this version does not know");
		return llext_diag_sizes(rc, VERSIONS, words[WORD_VERSION]);
	}
	if (!fits(words[WORD_GOT_FIRST], words[WORD_GOT_COUNT], symbols) ||
	    !fits(words[WORD_VENEER_FIRST], words[WORD_VENEER_COUNT], symbols) ||
	    words[WORD_HIGH_COUNT] > words[WORD_RELOCATION_COUNT] ||
	    words[WORD_RELOCATION_COUNT] > ld->source.length)
		return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
					  "the note of a packed file counts more than there is");
	return 0;
}

int llext_packed_open(struct load *ld)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[NOTE_SECTION];
	struct packed *packed = &ld->packed;
	struct note note;
	uint64_t fingerprint;
	int rc;

	if (is_linked(ld) || ld->headers.section_count <= NOTE_SECTION ||
	    shdr->sh_type != SHT_NOTE ||
	    strcmp(llext_section_name(ld, NOTE_SECTION), ".note.llext") != 0)
		return 0;
	if (shdr->sh_size != sizeof(note) || (shdr->sh_flags & SHF_ALLOC))
		return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
					  "malformed note of a packed file");
	rc = llext_source_read(ld, (size_t)shdr->sh_offset, &note, sizeof(note));
	if (rc == 0)
		rc = check_note(ld, &note);
	if (rc != 0)
		return rc;
	fingerprint = (uint64_t)note.words[WORD_FINGERPRINT_HIGH] << 32 |
		      note.words[WORD_FINGERPRINT_LOW];
	*packed = (struct packed){
		.yes = true,
		.bound = (note.words[WORD_FLAGS] & FLAG_BOUND) &&
			 fingerprint == builtins_fingerprint(ld),
		.got_first = note.words[WORD_GOT_FIRST],
		.got_count = note.words[WORD_GOT_COUNT],
		.veneer_first = note.words[WORD_VENEER_FIRST],
		.veneer_count = note.words[WORD_VENEER_COUNT],
		.high_count = note.words[WORD_HIGH_COUNT],
		.relocation_count = note.words[WORD_RELOCATION_COUNT],
	};
	packed->no_names = packed->bound && !(note.words[WORD_FLAGS] & FLAG_NAMES);
	return 0;
}

const struct llext_const_symbol *llext_packed_import(const struct load *ld, elf_addr ordinal)
{
	const struct llext_const_symbol *symbol;

	if (!ld->packed.bound || ordinal - 1 >= builtins_count())
		return NULL;
	symbol = &llext_builtins_start[(size_t)(ordinal - 1)];
	/* An export with address 0 is not used: it may be weak. */
	return symbol->addr != NULL ? symbol : NULL;
}

/* Reserve room for GOT entries and veneers by the note: the relocations cannot be read yet. */
int llext_packed_room(struct load *ld)
{
	const struct packed *packed = &ld->packed;
	size_t unused;

	for (uint32_t i = 0; i < packed->got_count; i++) {
		/*
		 * Neither the null symbol nor one in a section that is not loaded can have a slot.
		 */
		uint8_t flags = ld->symbols.flags[packed->got_first + i];

		step_brief(ld, i);
		if (packed->got_first + i == 0 || ((flags & SYMBOL_UNLOADED) && !is_tls(flags)))
			return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
						  "GOT entry for a symbol that is not loaded");
		llext_need(ld, packed->got_first + i, SYMBOL_GOT);
	}
	ld->made.pcrel_his.room = LLEXT_ARCH_PAIRS ? packed->high_count : 0;
	ld->made.offset_veneers.count = LLEXT_ARCH_OFFSET_BRANCH ? packed->high_count : 0;
	/* The sizes of these tables must not overflow: an entry takes MAX_VENEER bytes at most. */
	if ((uint64_t)packed->high_count * MAX_VENEER > SIZE_MAX)
		return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
					  "the note of a packed file counts more than there is");
	ld->made.relocation_count = packed->relocation_count;
	/*
	 * A dry run reads no relocations of a packed file. So exports are measured here, before
	 * those: then a dry run and a load report the same fault.
	 */
	return llext_exports_measure(ld, &unused);
}

bool llext_is_branch(elf_xword number)
{
	const struct reloc_type *type = llext_arch_reloc((uint32_t)number);

	return (uint32_t)number == number && (type->flags & RELOC_BRANCH) &&
	       type->value != RELOC_UNSUPPORTED;
}

/*
 * Reserve a veneer for an import or an absolute address that branches refer to, if one of them
 * might not reach it. In a packed file, st_size is the number of the branch type that reaches least
 * far.
 */
int llext_packed_branch(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	if (index - ld->packed.veneer_first >= ld->packed.veneer_count)
		return 0;
	if (!llext_is_branch(sym->st_size))
		return llext_fail_section(ld, -ENOEXEC, NOTE_SECTION,
					  "veneer for what is no relocation of a branch");
	if (!is_absent(ld->symbols.flags[index], ld->symbols.values[index]) &&
	    llext_may_miss(ld, (uint32_t)sym->st_size, ld->symbols.values[index]))
		llext_need(ld, index, SYMBOL_VENEER);
	return 0;
}

#endif /* CONFIG_LLEXT_PACKED */
