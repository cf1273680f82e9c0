/* SPDX-License-Identifier: Apache-2.0 */
/* An ELF file that says of a firmware what a build of extensions must know, and no more. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "gates.h"
#include "kit.h"
#include "purpose.h"
#include "program.h"

struct bytes {
	uint8_t *at;
	size_t length;
};

struct stub {
	const struct firmware *firmware;
	bool only_names; /* nothing more is known of the firmware */
	size_t word;
	bool wide;
	struct bytes out;
	struct bytes names; /* of sections */
	struct bytes headers;
	unsigned int sections;
	uint64_t has_at; /* where the text of FIRMWARE_HAS is, behind the table; 0: there is none */
};

static size_t append(struct bytes *bytes, const void *from, size_t length)
{
	size_t offset = bytes->length;

	bytes->at = need_more(bytes->at, offset + length + 1, 1);
	if (from != NULL)
		memcpy(bytes->at + offset, from, length);
	else
		memset(bytes->at + offset, 0, length);
	bytes->length += length;
	return offset;
}

static void put_word(struct bytes *bytes, uint64_t value, size_t width)
{
	uint8_t raw[8];

	for (size_t i = 0; i < width; i++)
		raw[i] = (uint8_t)(value >> (8 * i));
	(void)append(bytes, raw, width);
}

static void align(struct bytes *bytes)
{
	(void)append(bytes, NULL, -bytes->length & 7);
}

/* The fields of a header in the file's class, of 4 bytes or of a word. */
static void put_section(struct stub *stub, const char *name, uint32_t type, uint64_t flags,
			uint64_t addr, uint64_t offset, uint64_t size, uint32_t link,
			uint64_t entry)
{
	size_t at = name[0] != '\0' ? append(&stub->names, name, strlen(name) + 1) : 0;
	struct bytes *out = &stub->headers;

	put_word(out, at, 4);
	put_word(out, type, 4);
	put_word(out, flags, stub->word);
	put_word(out, addr, stub->word);
	put_word(out, offset, stub->word);
	put_word(out, size, stub->word);
	put_word(out, link, 4);
	put_word(out, type == SHT_SYMTAB, 4); /* one past the last local symbol */
	put_word(out, type == SHT_NULL ? 0 : 1, stub->word);
	put_word(out, entry, stub->word);
	stub->sections++;
}

static void put_segment(struct stub *stub, struct bytes *out, uint32_t flags, uint64_t offset,
			uint64_t addr, uint64_t file_bytes, uint64_t memory_bytes)
{
	put_word(out, PT_LOAD, 4);
	if (stub->wide)
		put_word(out, flags, 4);
	put_word(out, offset, stub->word);
	put_word(out, addr, stub->word);
	put_word(out, addr, stub->word);
	put_word(out, file_bytes, stub->word);
	put_word(out, memory_bytes, stub->word);
	if (!stub->wide)
		put_word(out, flags, 4);
	put_word(out, 1, stub->word);
}

/*
 * The firmware's records, one by one, and behind them the names. @return the address of the first
 * record: where the names end is known, so the table is put at the end of what addresses there are.
 */
static void make_table(const struct stub *stub, uint64_t addr, struct bytes *table, size_t *records)
{
	const struct llext_const_symbol *list = stub->firmware->table;
	size_t count = stub->firmware->records;
	uint64_t name = addr + count * 2 * stub->word;

	for (size_t i = 0; i < count; i++) {
		put_word(table, name, stub->word);
		put_word(table, (uint64_t)(uintptr_t)list[i].addr, stub->word);
		name += strlen(list[i].name) + 1;
	}
	*records = table->length;
	for (size_t i = 0; i < count; i++)
		(void)append(table, list[i].name, strlen(list[i].name) + 1);
}

/* The one text that a command reads by its symbol. */
static void add_has(struct stub *stub, uint64_t addr, struct bytes *table)
{
	const char *has = firmware_has(stub->firmware->file);

	if (has != NULL)
		stub->has_at = addr + append(table, has, strlen(has) + 1);
}

/* Nothing of the firmware's lies there: the table's address is not the device's, only its content
 * is. */
static uint64_t table_address(const struct stub *stub)
{
	return stub->wide ? UINT64_C(0x7fffffff00000000) : UINT32_C(0xffc00000);
}

/* Sections that other commands look at, whole: how the firmware is compiled. */
static bool is_attribute(const struct section_header *header)
{
	return strcmp(header->name, ".ARM.attributes") == 0 ||
	       strcmp(header->name, ".riscv.attributes") == 0 ||
	       strcmp(header->name, ".xtensa.info") == 0 ||
	       strcmp(header->name, ".note.gnu.property") == 0 ||
	       strcmp(header->name, ".llext_groups") == 0;
}

static void put_sections(struct stub *stub, uint64_t table_offset, size_t records)
{
	const struct file *file = stub->firmware->file;
	struct section_header header;

	put_section(stub, "", SHT_NULL, 0, 0, 0, 0, 0, 0);
	put_section(stub, ".llext_export", SHT_PROGBITS, SHF_ALLOC, table_address(stub),
		    table_offset, records, 0, 0);
	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header) || strcmp(header.name, ".llext_export") == 0)
			continue;
		if (is_attribute(&header) && header.bytes != NULL) {
			align(&stub->out);
			put_section(stub, header.name, header.type,
				    header.flags & ~(uint64_t)SHF_ALLOC, 0,
				    append(&stub->out, header.bytes, (size_t)header.size),
				    header.size, 0, 0);
		} else if ((header.flags & SHF_ALLOC) &&
			   !stub->only_names) { /* where it lies, and nothing of what is there */
			put_section(stub, header.name, SHT_NOBITS, header.flags, header.addr, 0,
				    header.size, 0, 0);
		}
	}
}

/* Those by which commands find heap, protection unit and gates, and the loader's other marks, but
 * not the table's. */
static bool is_mark(const struct stub *stub, const struct symbol *symbol)
{
	const char *name = symbol->name;

	if (symbol->section == SHN_UNDEF)
		return false;
	if (strcmp(name, FIRMWARE_HAS) == 0)
		return stub->has_at != 0;
	return (strstr(name, "llext") != NULL && strstr(name, "heap") != NULL) ||
	       strcmp(name, "__llext_mcu_slots") == 0 || strcmp(name, "llext_tls_block") == 0 ||
	       strcmp(name, "llext_sandbox_allocate") == 0 || firmware_marks_unwinder(name) ||
	       gates_mark(name);
}

static void put_symbols(struct stub *stub)
{
	const struct file *file = stub->firmware->file;
	size_t symbols = file_symbol_table(file, true), count = file_symbol_count(file, symbols);
	struct bytes table = {0}, strings = {0};
	struct section_header header;
	struct symbol symbol;
	size_t offset;

	/* Whether the firmware's were stripped is to be seen of the stub, too. */
	if (!file_section(file, symbols, &header) || header.type != SHT_SYMTAB)
		return;
	(void)append(&table, NULL, stub->wide ? 24 : 16);
	(void)append(&strings, "", 1);
	for (size_t i = 1; i < count; i++) {
		if (!file_symbol(file, symbols, i, &symbol) || !is_mark(stub, &symbol))
			continue;
		if (strcmp(symbol.name, FIRMWARE_HAS) == 0)
			symbol.value = stub->has_at;
		put_word(&table, append(&strings, symbol.name, strlen(symbol.name) + 1), 4);
		if (!stub->wide) {
			put_word(&table, symbol.value, 4);
			put_word(&table, symbol.size, 4);
		}
		put_word(&table, GELF_ST_INFO(STB_GLOBAL, symbol.type), 1);
		put_word(&table, 0, 1);
		put_word(&table, SHN_ABS, 2);
		if (stub->wide) {
			put_word(&table, symbol.value, 8);
			put_word(&table, symbol.size, 8);
		}
	}
	align(&stub->out);
	offset = append(&stub->out, table.at, table.length);
	put_section(stub, ".symtab", SHT_SYMTAB, 0, 0, offset, table.length, stub->sections + 1,
		    stub->wide ? 24 : 16);
	offset = append(&stub->out, strings.at, strings.length);
	put_section(stub, ".strtab", SHT_STRTAB, 0, 0, offset, strings.length, 0, 0);
	free(table.at);
	free(strings.at);
}

/* Segments as they were, without bytes, and one that has the table. */
static unsigned int put_segments(struct stub *stub, struct bytes *out, const struct bytes *table,
				 uint64_t offset)
{
	size_t count;
	GElf_Phdr phdr;
	unsigned int made = 1;

	put_segment(stub, out, PF_R, offset, table_address(stub), table->length, table->length);
	if (stub->only_names) {
		struct addresses usual = machine_addresses(stub->firmware->file->machine,
							   stub->firmware->file->class);

		put_segment(stub, out, PF_R | PF_X, 0, usual.firmware, 0, 1);
		put_segment(stub, out, PF_R | PF_W, 0, usual.heap, 0, 0);
		return 3;
	}
	if (elf_getphdrnum(stub->firmware->file->elf, &count) != 0)
		return made;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(stub->firmware->file->elf, (int)i, &phdr) == NULL ||
		    phdr.p_type != PT_LOAD)
			continue;
		put_segment(stub, out, phdr.p_flags, 0, phdr.p_vaddr, 0, phdr.p_memsz);
		made++;
	}
	return made;
}

static void put_header(struct stub *stub, unsigned int segments, uint64_t segments_at,
		       uint64_t sections_at)
{
	const struct file *file = stub->firmware->file;
	struct bytes header = {0};
	const uint8_t ident[EI_NIDENT] = {0x7f,        'E',         'L',       'F',
					  file->class, ELFDATA2LSB, EV_CURRENT};

	(void)append(&header, ident, sizeof(ident));
	put_word(&header, ET_EXEC, 2); /* a position-independent program is where it says here */
	put_word(&header, file->machine, 2);
	put_word(&header, EV_CURRENT, 4);
	put_word(&header, 0, stub->word);
	put_word(&header, segments_at, stub->word);
	put_word(&header, sections_at, stub->word);
	put_word(&header, file->flags, 4);
	put_word(&header, stub->wide ? 64 : 52, 2);
	put_word(&header, stub->wide ? 56 : 32, 2);
	put_word(&header, segments, 2);
	put_word(&header, stub->wide ? 64 : 40, 2);
	put_word(&header, stub->sections, 2);
	put_word(&header, stub->sections - 1, 2);
	memcpy(stub->out.at, header.at, header.length);
	free(header.at);
}

static uint8_t *make_stub(const struct firmware *firmware, bool only_names, size_t *length)
{
	bool wide = firmware->file->class == ELFCLASS64;
	struct stub stub = {
		.firmware = firmware, .only_names = only_names, .wide = wide, .word = wide ? 8 : 4};
	struct bytes table = {0}, segments = {0};
	size_t records, table_at, segments_at, sections_at;
	unsigned int segment_count;

	(void)append(&stub.out, NULL, wide ? 64 : 56); /* the header comes last */
	(void)append(&stub.names, "", 1);
	make_table(&stub, table_address(&stub), &table, &records);
	add_has(&stub, table_address(&stub), &table);
	table_at = append(&stub.out, table.at, table.length);
	align(&stub.out);
	segment_count = put_segments(&stub, &segments, &table, table_at);
	segments_at = append(&stub.out, segments.at, segments.length);
	put_sections(&stub, table_at, records);
	put_symbols(&stub);
	put_section(&stub, ".shstrtab", SHT_STRTAB, 0, 0, stub.out.length,
		    stub.names.length + sizeof(".shstrtab"), 0, 0);
	(void)append(&stub.out, stub.names.at, stub.names.length);
	align(&stub.out);
	sections_at = append(&stub.out, stub.headers.at, stub.headers.length);
	put_header(&stub, segment_count, segments_at, sections_at);
	free(table.at);
	free(segments.at);
	free(stub.names.at);
	free(stub.headers.at);
	*length = stub.out.length;
	return stub.out.at;
}

uint8_t *kit_stub(const struct firmware *firmware, size_t *length)
{
	return make_stub(firmware, false, length);
}

/* ---- what stands for a firmware ---- */

/* One name a line; what follows a # is for people. The names point into @text. */
static void read_names(struct firmware *firmware, char *text, const struct file *like)
{
	struct builtins *builtins = &firmware->builtins;
	char *save = NULL;
	uint64_t code = machine_addresses(like->machine, like->class).firmware;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t\r");
		line[strcspn(line, " \t\r")] = '\0';
		if (line[0] == '\0')
			continue;
		builtins->list =
			need_more(builtins->list, builtins->count + 1, sizeof(*builtins->list));
		builtins->list[builtins->count++] =
			(struct llext_const_symbol){line, (const void *)(uintptr_t)code};
	}
	builtins_sort(builtins);
	firmware->records = builtins->count;
	firmware->table = need(firmware->records, sizeof(*firmware->table));
	memcpy(firmware->table, builtins->list, firmware->records * sizeof(*firmware->table));
}

static void open_list(struct file *file, const struct file *like)
{
	struct firmware firmware = {.file = like};
	char *text = need_text("%.*s", (int)file->length, (const char *)file->bytes);
	const char *path = file->path;
	size_t length;
	uint8_t *stub;

	read_names(&firmware, text, like);
	file_close(file);
	stub = make_stub(&firmware, true, &length);
	file_from_memory(file, path, stub, length);
	free(stub);
	free(text);
	firmware_free(&firmware);
}

#define MOST_STUB_BYTES (64 * 1024 * 1024)

/* The two compressions that kits are packed with. */
static bool is_archive(const struct file *file)
{
	static const uint8_t gzip[] = {0x1f, 0x8b}, xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};

	return (file->length > sizeof(gzip) && memcmp(file->bytes, gzip, sizeof(gzip)) == 0) ||
	       (file->length > sizeof(xz) && memcmp(file->bytes, xz, sizeof(xz)) == 0);
}

/* A packed kit: of all that is in it only the file that stands for the firmware is unpacked. */
static bool open_archive(struct file *file)
{
	const char *path = file->path;
	const char *const argv[] = {"tar",
				    "--force-local",
				    "-xOf",
				    path,
				    "--wildcards",
				    "--no-wildcards-match-slash",
				    "*/firmware.elf",
				    NULL};
	size_t length;
	char *bytes = program_bytes(argv, MOST_STUB_BYTES, &length);

	if (bytes == NULL || length == 0) {
		free(bytes);
		complain(path, "is no packed development kit with a firmware.elf: unpack it "
			       "(tar xf), and give the firmware's ELF file or a list of names");
		return false;
	}
	file_close(file);
	file_from_memory(file, path, bytes, length);
	free(bytes);
	return true;
}

char *kit_inner(const char *folder, const char *name)
{
	char *inner = need_text("%s/%s", folder, name);

	if (access(inner, R_OK) == 0)
		return inner;
	free(inner);
	return NULL;
}

bool kit_open(struct file *file, const char *path, const char *like)
{
	struct file extension;
	struct stat st;
	bool good;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		char *inner = kit_inner(path, "firmware.elf"); /* the file keeps it */

		if (inner != NULL)
			return file_open(file, inner);
		*file = (struct file){.path = path};
		complain(path, "is a folder, but not that of a development kit: no firmware.elf");
		return false;
	}
	if (!file_open(file, path))
		return false;
	if (is_archive(file) && !open_archive(file))
		return false;
	if (file->class != 0)
		return true;
	if (file->length > INT32_MAX || file_names(file) <= 0 ||
	    file->bytes[file->length - 1] != '\n') {
		complain(path, "no list of names, and %s", file_no_elf(file));
		return false;
	}
	good = file_open(&extension, like) && extension.class != 0;
	if (good)
		open_list(file, &extension);
	else
		complain(path, "is a list of names, and %s does not say for which machine",
			 printable(like));
	file_close(&extension);
	return good;
}
