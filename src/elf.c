/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF header, the tables that it refers to, and their strings, checked once. section_headers.c
 * checks the section headers.
 */
#include "internal.h"
#include "steps.h"

/* Say what check_ident() has found. In a build without diagnostics nothing is left of this. */
static int wrong_ident(const struct load *ld)
{
	const unsigned char *ident = ld->file.ehdr.e_ident;

	if (memcmp(ident, "\177ELF", 4) != 0)
		return llext_fail(ld, -ENOEXEC, "not an ELF file");
	if (ident[EI_CLASS] != ELF_CLASS)
		return llext_diag_sizes(
			llext_fail(ld, -ENOEXEC, "wrong ELF class (1: 32-bit, 2: 64-bit)"),
			ELF_CLASS, ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return llext_fail(ld, -ENOEXEC, "not little-endian");
	return llext_fail(ld, -ENOEXEC, "unknown ELF version");
}

static int check_ident(const struct load *ld)
{
	static const union {
		unsigned char bytes[8];
		uint32_t words[2];
	} right = {{0x7f, 'E', 'L', 'F', ELF_CLASS, ELFDATA2LSB, EV_CURRENT}};
	uint32_t words[2];

	memcpy(words, ld->file.ehdr.e_ident, sizeof(words));
	/* The last byte says for which system it is: any. */
	if (words[0] != right.words[0] || ((words[1] ^ right.words[1]) & 0xffffff) != 0 ||
	    ld->file.ehdr.e_version != EV_CURRENT)
		return wrong_ident(ld);
	return 0;
}

static int wrong_abi(const struct load *ld)
{
	return llext_diag_sizes(llext_fail(ld, -ENOEXEC, llext_arch_check(&ld->file.ehdr)), 0,
				ld->file.ehdr.e_machine);
}

/* Is the file of a type that this build loads? */
static bool accepts_type(const struct load *ld)
{
	uint32_t type = ld->file.ehdr.e_type;

	if (type == ET_REL)
		return LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_OBJECT) ||
		       LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_RELOCATABLE);
	return (type == ET_DYN && LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)) || is_executable(ld);
}

static int check_ehdr(struct load *ld)
{
	const elf_ehdr_t *ehdr = &ld->file.ehdr;
	int rc = check_ident(ld);

	if (rc != 0)
		return rc;
	if (ehdr->e_type != ET_REL)
		ld->headers.linked = ehdr->e_type;
	if (!accepts_type(ld))
		return llext_diag_sizes(
			llext_fail(ld, -ENOEXEC,
				   "this ELF type is not accepted (1: REL, 2: EXEC, 3: DYN)"),
			LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) ? ET_DYN : ET_REL, ehdr->e_type);
	/* Without code there is no ABI to disagree on: see check_code(). */
	ld->file.other_abi = llext_arch_check(ehdr) != NULL;
	if (ld->file.other_abi && (ehdr->e_machine != llext_arch.machine || is_linked(ld)))
		return wrong_abi(ld);
	if (ehdr->e_shoff == 0)
		return llext_fail(ld, -ENOEXEC, "no section headers");
	if (ehdr->e_ehsize != sizeof(elf_ehdr_t) || ehdr->e_shentsize != sizeof(elf_shdr_t))
		return llext_fail(ld, -ENOEXEC, "wrong size of ELF or section header");
	return 0;
}

#if LLEXT_ON(CONFIG_LLEXT_EXTENDED_SECTIONS)
/* If numbers do not fit e_shnum and e_shstrndx, they are in the first section header. */
static int extended_numbers(struct load *ld, uint32_t *names)
{
	elf_shdr_t first;
	int rc;

	if (ld->headers.section_count != 0 && *names != SHN_XINDEX)
		return 0;
	rc = llext_source_read(ld, (size_t)ld->file.ehdr.e_shoff, &first, sizeof(first));
	if (rc != 0)
		return rc;
	if (ld->headers.section_count == 0) {
		if (first.sh_size < SHN_LORESERVE || first.sh_size > UINT32_MAX)
			return llext_fail(ld, -ENOEXEC, "no sections");
		ld->headers.section_count = (uint32_t)first.sh_size;
	}
	if (*names == SHN_XINDEX)
		*names = first.sh_link;
	return 0;
}
#else
#define extended_numbers(ld, names) (0)
#endif

static int section_numbers(struct load *ld, uint32_t *names)
{
	int rc;

	ld->headers.section_count = ld->file.ehdr.e_shnum;
	*names = ld->file.ehdr.e_shstrndx;
	rc = extended_numbers(ld, names);
	if (rc == 0 &&
	    (ld->headers.section_count < 2 || *names == 0 || *names >= ld->headers.section_count))
		rc = llext_fail(ld, -ENOEXEC, "no section names");
	return rc;
}

/* An object with nothing but data, as objcopy -I binary makes it, is good for any ABI. */
static int check_code(const struct load *ld)
{
	for (uint32_t i = 1; ld->file.other_abi && i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if ((shdr->sh_flags & SHF_ALLOC) && (shdr->sh_flags & SHF_EXECINSTR) &&
		    shdr->sh_size != 0)
			return wrong_abi(ld);
	}
	return 0;
}

/* Reading these bytes would fail, too; this gives a better message. */
static bool say_outside(const struct load *ld, size_t offset, size_t bytes)
{
	return LLEXT_ON(CONFIG_LLEXT_DIAG) && !fits(offset, bytes, ld->source.length);
}

static int open_strings(struct load *ld, uint32_t section, const char **strings,
			struct string_table *table)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[section];
	size_t bytes = (size_t)shdr->sh_size;
	const void *view;
	int rc;

	if (shdr->sh_type != SHT_STRTAB)
		return llext_fail_section(ld, -ENOEXEC, section, "not a string table");
	if (bytes == 0 || say_outside(ld, (size_t)shdr->sh_offset, bytes))
		return llext_fail_section(ld, -ENOEXEC, section,
					  "string table is empty or not inside the file");
	rc = llext_source_view(ld, (size_t)shdr->sh_offset, bytes, bytes, 1, &view);
	if (rc != 0)
		return rc;
	/* Without a NUL at the end, reading a name could leave the table, even for a message. */
	if (((const char *)view)[bytes - 1] != '\0')
		return llext_fail_section(ld, -ENOEXEC, section,
					  "string table does not end with NUL");
	*strings = view;
	*table = (struct string_table){(size_t)shdr->sh_offset, bytes};
	return 0;
}

/* True if a load has copies of all that it looks at. */
static bool has_copies(const struct load *ld)
{
	return ld->source.whole == NULL && ld->ldr->peek == NULL;
}

/* True if what the file says of all sections is shown or kept when they are loaded. */
static bool shows_sections(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_DEBUGGER) || LLEXT_LOG_LEVEL >= LLEXT_LOG_DBG ||
	       ld->param->keep_section_info;
}

/* True if a later step asks for sections' names. */
static bool needs_names(const struct load *ld)
{
	return shows_sections(ld) || ld->layout.by_name || ld->layout.detached_count > 0 ||
	       ld->layout.tls != 0 || ld->file.ehdr.e_entry != 0;
}

/*
 * Free the sections' names once these are laid out: a file with a section for each function has
 * many. A diagnostic reads the one that it needs again.
 */
void llext_names_drop(struct load *ld)
{
	if (ld->ldr->seek == NULL || !has_copies(ld) || needs_names(ld) ||
	    !llext_transient_free(ld, ld->headers.names))
		return;
	ld->headers.names = NULL;
	ld->source.transient_most = ld->source.transient_bytes;
	ld->source.transient_bytes -= ld->file.names.length;
}

int llext_strings_open(struct load *ld)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[ld->headers.symtab];
	enum llext_stage stage = ld->stage;
	int rc;

	if (has_no_names(ld) && ld->headers.shdrs[shdr->sh_link].sh_type == SHT_STRTAB)
		return 0;
	ld->stage = LLEXT_STAGE_ELF; /* whenever it is found, the fault is of the file's form */
	rc = open_strings(ld, shdr->sh_link, &ld->headers.strings, &ld->file.strings);
	if (rc == 0)
		ld->stage = stage;
	return rc;
}

void llext_strings_drop(struct load *ld)
{
	/*
	 * A diagnostic reads them again if the source can seek. If not, it cannot read a symbol,
	 * either, and so has no use for names.
	 */
	if (ld->layout.tls != 0)
		return;
	llext_transient_free(ld, ld->headers.strings);
	ld->headers.strings = NULL;
}

/*
 * True if symbols' names need not be read now. They may not be needed at all, and the source can go
 * back for them. If the file is in memory, there is nothing to gain.
 */
static bool may_read_later(const struct load *ld, const elf_shdr_t *strings)
{
	return LLEXT_ON(CONFIG_LLEXT_QUICK) && has_copies(ld) && ld->ldr->seek != NULL &&
	       strings->sh_size != 0 && strings->sh_type == SHT_STRTAB;
}

static int open_symbol_table(struct load *ld)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[ld->headers.symtab];
	elf_xword count = shdr->sh_size / sizeof(elf_sym_t);
	const elf_shdr_t *strings;

	if (ld->headers.symtab == 0)
		return llext_fail(ld, -ENOEXEC, "no symbol table");
	ld->symbols.count = (uint32_t)count;
	if (shdr->sh_entsize != sizeof(elf_sym_t) || shdr->sh_size % sizeof(elf_sym_t) != 0 ||
	    count == 0 || ld->symbols.count != count)
		return llext_fail_section(ld, -ENOEXEC, ld->headers.symtab,
					  "wrong size of symbol table");
	if (shdr->sh_info > count)
		return llext_fail_section(ld, -ENOEXEC, ld->headers.symtab,
					  "more local symbols than symbols");
	if (shdr->sh_link == 0 || shdr->sh_link >= ld->headers.section_count)
		return llext_fail_section(ld, -ENOEXEC, ld->headers.symtab, "no such string table");
	strings = &ld->headers.shdrs[shdr->sh_link];
	ld->file.strings =
		(struct string_table){(size_t)strings->sh_offset, (size_t)strings->sh_size};
	return may_read_later(ld, strings) ? 0 : llext_strings_open(ld);
}

const char *llext_section_name(const struct load *ld, uint32_t section)
{
	if (section >= ld->headers.section_count ||
	    ld->headers.shdrs[section].sh_name >= ld->file.names.length)
		return "";
	return ld->headers.names + ld->headers.shdrs[section].sh_name;
}

int llext_fail_names(const struct load *ld, size_t offset)
{
	return llext_diag_offset(llext_fail(ld, -ENOEXEC, "symbol names overlap without end"),
				 offset);
}

int llext_name_length(struct load *ld, size_t offset, size_t *length)
{
	/* The table ends with NUL, so this stays inside it. */
	*length = step_length(ld, ld->headers.strings + offset);
	return charge_name(ld, offset, *length);
}

/* Of so few sections, struct section of each is behind the copied headers: one allocation. */
#define FEW 64

static int open_section_headers(struct load *ld)
{
	size_t count = ld->headers.section_count, bytes = count * sizeof(elf_shdr_t);
	const void *view;
	int rc;

	if ((LLEXT_ON(CONFIG_LLEXT_EXTENDED_SECTIONS) &&
	     count > SIZE_MAX / (sizeof(elf_shdr_t) + sizeof(*ld->layout.sections))) ||
	    say_outside(ld, (size_t)ld->file.ehdr.e_shoff, bytes))
		return llext_diag_offset(
			llext_fail(ld, -ENOEXEC, "section headers do not lie inside the file"),
			(size_t)ld->file.ehdr.e_shoff);
	rc = llext_source_view(ld, (size_t)ld->file.ehdr.e_shoff, bytes,
			       count < FEW ? bytes + count * TABLE_BYTES(section) : bytes,
			       POINTER_BYTES, &view);
	if (rc != 0)
		return rc;
	ld->headers.shdrs = view;
	if (ld->headers.shdrs[0].sh_type != SHT_NULL)
		return llext_fail(ld, -ENOEXEC, "the first section header is not null");
	return 0;
}

#if CONFIG_LLEXT_WHOLE_BYTES > 0 && !LLEXT_ARCH_LITERALS
/*
 * Compilers put groups first, one for each function that other files may have, too. They have been
 * checked, and no step needs more of them: the memory of their headers is spare. @return the index
 * behind them.
 */
static uint32_t pass_groups(struct load *ld)
{
	const elf_shdr_t *start = ld->headers.shdrs + 1, *shdr = start;

	if (shows_sections(ld) || is_linked(ld) || ld->ldr->storage != LLEXT_STORAGE_TEMPORARY)
		return 1;
	while (shdr->sh_type == SHT_GROUP) { /* a table of names, at least, is another section */
		step_point(ld, 1);
		shdr++;
	}
	ld->source.spare = (uint8_t *)(uintptr_t)start;
	ld->source.spare_bytes = (size_t)((uintptr_t)shdr - (uintptr_t)start) / BYTES_HERE(1);
	return (uint32_t)(shdr - ld->headers.shdrs);
}
#else
#define pass_groups(ld) (1)
#endif

static int open_sections(struct load *ld)
{
	size_t count = ld->headers.section_count;
	bool copied = has_copies(ld);
	uint32_t first = copied ? pass_groups(ld) : 1;
	struct section *sections;

	if (copied && count < FEW)
		sections = (void *)(uintptr_t)(ld->headers.shdrs + count);
	else
		sections = llext_transient(ld, count * TABLE_BYTES(section), POINTER_BYTES);
	if (sections == NULL)
		return -ENOMEM;
	step_clear_words(ld, sections, count * sizeof(*sections));
	for (uint32_t i = 1; i < first; i++) {
		step_brief(ld, i);
		sections[i].region = LLEXT_MEM_COUNT;
		sections[i].labels = 1 + (SYMBOL_UNLOADED | SYMBOL_EXACT);
	}
	ld->layout.sections = sections;
	ld->file.first = first;
	return 0;
}

int llext_elf_open(struct load *ld)
{
	uint32_t names;
	int rc = llext_source_read(ld, 0, &ld->file.ehdr, sizeof(ld->file.ehdr));

	if (rc == 0)
		rc = check_ehdr(ld);
	if (rc == 0 && ld->ldr->seek == NULL && ld->ldr->peek == NULL) {
		/* Of a packed file, the section headers come first. */
		rc = ld->file.ehdr.e_shoff == sizeof(elf_ehdr_t) ? llext_source_read_whole(ld)
								 : llext_fail_seek(ld);
	}
	if (rc == 0)
		rc = section_numbers(ld, &names);
	if (rc == 0)
		rc = open_section_headers(ld);
	if (rc == 0)
		rc = open_strings(ld, names, &ld->headers.names, &ld->file.names);
	if (rc == 0)
		rc = llext_sections_check(ld);
	if (rc == 0)
		rc = check_code(ld);
	if (rc == 0)
		rc = llext_packed_open(ld);
	/* In a build without packed files another check says what is not supported. */
	if (LLEXT_ON(CONFIG_LLEXT_PACKED) && rc == 0 && ld->ldr->seek == NULL &&
	    ld->ldr->peek == NULL && ld->source.whole == NULL && !is_packed(ld))
		rc = llext_fail_seek(ld);
	if (rc == 0)
		rc = open_symbol_table(ld);
	if (rc == 0 && !is_packed(ld)) /* whose ELF header says it */
		rc = llext_attributes_check(ld);
	/* Linkers let names share their ends. More sharing than this budget allows is malicious. */
	ld->file.name_budget = 16 * ld->file.strings.length + 65536;
	/* Once nothing looks at groups any more. */
	return rc != 0 ? rc : open_sections(ld);
}
