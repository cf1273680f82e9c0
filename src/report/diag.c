/* SPDX-License-Identifier: Apache-2.0 */
/* The diagnostic record. The stage that finds a fault fills it; the first fault is kept. */
#include "../internal.h"
#include "../text.h"

#if LLEXT_ON(CONFIG_LLEXT_DIAG)

static struct llext_diag only_record;

static struct llext_diag *record(void)
{
	return llext_port.diag != NULL ? llext_port.diag() : &only_record;
}

const struct llext_diag *llext_last_diag(void)
{
	return record();
}

void llext_diag_clear(void)
{
	struct llext_diag *diag = record();

	/* Do not clear the whole record: this runs in every load. */
	diag->error = 0;
	diag->missing_count = 0;
	diag->missing_len = 0;
}

static void copy_name(char *out, const char *name)
{
	size_t length = 0;

	while (length < CONFIG_LLEXT_DIAG_NAME_LEN && name[length] != '\0')
		length++;
	memcpy(out, name, length);
	out[length] = '\0';
}

int llext_fail(const struct load *ld, int error, const char *what)
{
	struct llext_diag *diag = record();

	diag->error = error;
	diag->stage = ld != NULL ? ld->stage : LLEXT_STAGE_LIFECYCLE;
	diag->what = what;
	diag->relocation = NULL;
	diag->relocation_type = 0;
	diag->section[0] = diag->symbol[0] = '\0';
	diag->has_offset = diag->has_values = false;
	diag->offset = 0;
	diag->expected = diag->found = 0;
	return error;
}

void llext_diag_section_name(const char *name)
{
	copy_name(record()->section, name);
}

const char *llext_access_name(unsigned int access)
{
	return access == LLEXT_ACCESS_RX   ? "text"
	       : access == LLEXT_ACCESS_RO ? "read-only data"
					   : "data";
}

int llext_diag_offset(int error, size_t offset)
{
	struct llext_diag *diag = record();

	diag->has_offset = true;
	diag->offset = offset;
	return error;
}

void llext_diag_values(int64_t expected, int64_t found)
{
	struct llext_diag *diag = record();

	diag->has_values = true;
	diag->expected = expected;
	diag->found = found;
}

int llext_diag_sizes(int error, size_t expected, size_t found)
{
	llext_diag_values((int64_t)expected, (int64_t)found);
	return error;
}

void llext_diag_symbol_name(const char *name)
{
	copy_name(record()->symbol, name);
}

/*
 * The name at @offset of a table. If the load has freed its copy, @names, it is read again, to
 * @buffer.
 */
static const char *name_in(struct load *ld, const char *names, const struct string_table *table,
			   size_t offset, char *buffer)
{
	size_t bytes = table->length - offset;

	if (offset >= table->length)
		return "";
	if (names != NULL)
		return names + offset;
	if (bytes > CONFIG_LLEXT_DIAG_NAME_LEN)
		bytes = CONFIG_LLEXT_DIAG_NAME_LEN;
	buffer[bytes] = '\0';
	return llext_source_read(ld, table->offset + offset, buffer, bytes) == 0 ? buffer : "";
}

static const char *section_name(struct load *ld, uint32_t section, char *buffer)
{
	elf_word name;

	if (section >= ld->headers.section_count)
		return "";
	name = ld->headers.shdrs[section].sh_name;
	if (section < ld->file.first && /* its header is gone, which begins with the name */
	    llext_source_read(ld, (size_t)ld->file.ehdr.e_shoff + section * sizeof(elf_shdr_t),
			      &name, sizeof(name)) != 0)
		return "";
	return name_in(ld, ld->headers.names, &ld->file.names, name, buffer);
}

/* A symbol's name, or for a section's symbol the section's. */
static const char *symbol_name(struct load *ld, uint32_t symbol, char *buffer)
{
	elf_sym_t sym;

	if (symbol >= ld->symbols.count || llext_symbol_read(ld, symbol, &sym) != 0)
		return "";
	if (ELF_ST_TYPE(sym.st_info) == STT_SECTION)
		return section_name(ld, sym.st_shndx, buffer);
	return name_in(ld, ld->headers.strings, &ld->file.strings, sym.st_name, buffer);
}

/* Add the name of a section or a symbol. Reads the file: not on the way of a good load. */
static void add_name(const struct load *ld, uint32_t index, bool symbol)
{
	struct load *reader = (struct load *)(uintptr_t)ld;
	struct llext_diag kept = *record();
	char buffer[CONFIG_LLEXT_DIAG_NAME_LEN + 1];
	const char *name =
		symbol ? symbol_name(reader, index, buffer) : section_name(reader, index, buffer);

	*record() = kept; /* a read that failed must not replace what is being reported */
	copy_name(symbol ? record()->symbol : record()->section, name);
}

void llext_diag_section(const struct load *ld, uint32_t section)
{
	add_name(ld, section, false);
}

void llext_diag_symbol(const struct load *ld, uint32_t symbol)
{
	add_name(ld, symbol, true);
}

int llext_fail_section(const struct load *ld, int error, uint32_t section, const char *what)
{
	(void)llext_fail(ld, error, what);
	llext_diag_section(ld, section);
	return error;
}

int llext_fail_symbol(const struct load *ld, int error, uint32_t symbol, const char *what)
{
	(void)llext_fail_section(ld, error, ld->headers.symtab, what);
	llext_diag_symbol(ld, symbol);
	return error;
}

int llext_fail_extension(const struct llext *ext, int error, const char *what)
{
	(void)llext_fail(NULL, error, what);
	llext_diag_symbol_name(ext->name);
	return error;
}

int llext_fail_changed(const struct load *ld)
{
	return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
}

int llext_fail_seek(const struct load *ld)
{
	return llext_fail(ld, -ENOTSUP,
			  "the loader cannot seek: that takes a packed file (tenon pack)");
}

void llext_diag_relocation(uint32_t type)
{
	struct llext_diag *diag = record();

	diag->relocation_type = type;
	diag->relocation = llext_arch_name(type);
}

void llext_diag_loader(struct llext_loader *ldr)
{
	if (ldr->explain != NULL)
		ldr->explain(ldr, record());
}

void llext_diag_missing(const char *name, size_t index)
{
	struct llext_diag *diag = record();
	size_t length = 0, room = sizeof(diag->missing) - diag->missing_len;

	/* Between two steps of a load others may have used the record. */
	if (diag->missing_count != index)
		diag->missing_len = 0;
	diag->missing_count = index + 1;
	while (length < room && name[length] != '\0')
		length++;
	if (length < room) { /* with its NUL */
		memcpy(diag->missing + diag->missing_len, name, length + 1);
		diag->missing_len += length + 1;
	}
}

const char *llext_stage_name(enum llext_stage stage)
{
	static const char names[][sizeof("lifecycle")] = {
		"none",  "loader",   "elf",     "layout",  "symbols",
		"place", "relocate", "exports", "protect", "lifecycle"};

	return (size_t)stage < sizeof(names) / sizeof(names[0]) ? names[stage] : "?";
}

/* ---- as text ---- */

static void put_number(struct text *text, uint64_t value, unsigned int base)
{
	char digits[24];
	size_t i = sizeof(digits);

	digits[--i] = '\0';
	do {
		digits[--i] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (base == 16)
		text_put(text, "0x");
	text_put(text, digits + i);
}

static void put_value(struct text *text, const char *label, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	text_put(text, label);
	if (value < 0)
		text_put(text, "-");
	put_number(text, magnitude, magnitude > 65535 ? 16 : 10);
}

/* A part of the line that has something to say. */
static void put_named(struct text *text, const char *label, const char *name)
{
	if (name[0] == '\0')
		return;
	text_put(text, label);
	text_put(text, name);
}

static void put_missing(struct text *text, const struct llext_diag *diag)
{
	size_t named = 0;

	for (size_t at = 0; at < diag->missing_len; at += strlen(diag->missing + at) + 1)
		put_named(text, named++ == 0 ? ": " : ", ", diag->missing + at);
	if (named < diag->missing_count) {
		text_put(text, " and ");
		put_number(text, diag->missing_count - named, 10);
		text_put(text, " more");
	}
}

size_t llext_diag_format(const struct llext_diag *diag, char *buf, size_t size)
{
	struct text text = {buf, size, 0};

	if (diag->error == 0) {
		text_put(&text, "no error");
	} else {
		text_put(&text, llext_stage_name(diag->stage));
		put_named(&text, ": ", diag->what != NULL ? diag->what : "failed");
		put_named(&text, ", section ", diag->section);
		if (diag->has_offset) {
			text_put(&text, ", offset ");
			put_number(&text, diag->offset, 16);
		}
		if (diag->relocation != NULL || diag->relocation_type != 0) {
			put_named(&text, ", relocation ",
				  diag->relocation != NULL ? diag->relocation : "type");
			text_put(&text, " (");
			put_number(&text, diag->relocation_type, 10);
			text_put(&text, ")");
		}
		put_named(&text, ", symbol ", diag->symbol);
		if (diag->has_values) {
			put_value(&text, ", expected ", diag->expected);
			put_value(&text, ", found ", diag->found);
		}
		put_missing(&text, diag);
	}
	return text_end(&text);
}

#endif /* CONFIG_LLEXT_DIAG */
