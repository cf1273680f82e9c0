/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file, whole in memory, read through libelf. Nothing that it says is trusted: what libelf
 * refuses to give is absent, and bytes are given out only where they lie in the file.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "runs.h"
#include "signing.h"

/* A table of compact relocations, decoded when it is first asked for. */
struct decoded {
	struct crel crel;
	bool done;
};

static void read_header(struct file *file)
{
	const uint8_t *b = file->bytes;
	struct section_header header;
	GElf_Ehdr ehdr;

	if (file->length < EI_NIDENT || memcmp(b, ELFMAG, SELFMAG) != 0)
		return;
	file->class = b[EI_CLASS] == ELFCLASS32 || b[EI_CLASS] == ELFCLASS64 ? b[EI_CLASS] : 0;
	file->little_endian = b[EI_DATA] == ELFDATA2LSB;
	if (file->class == 0 || !file->little_endian)
		return;
	(void)elf_version(EV_CURRENT);
	file->elf = elf_memory((char *)file->bytes, file->length);
	if (file->elf == NULL || gelf_getehdr(file->elf, &ehdr) == NULL) {
		(void)elf_end(file->elf);
		file->elf = NULL;
		return;
	}
	file->type = ehdr.e_type;
	file->machine = ehdr.e_machine;
	file->flags = ehdr.e_flags;
	file->entry = ehdr.e_entry;
	if (elf_getshdrnum(file->elf, &file->section_count) != 0)
		file->section_count = 0;
	for (size_t i = 1; i < file->section_count && file->decoded == NULL; i++) {
		if (file_section(file, i, &header) && is_compact(&header))
			file->decoded = need(file->section_count, sizeof(*file->decoded));
	}
}

void file_from_memory(struct file *file, const char *path, const void *bytes, size_t length)
{
	*file = (struct file){.path = path, .length = length};
	file->bytes = need(length, 1);
	memcpy(file->bytes, bytes, length);
	read_header(file);
}

static bool read_all(struct file *file, FILE *stream)
{
	size_t room = 0, got;

	do {
		room = room == 0 ? 65536 : 2 * room;
		file->bytes = need_more(file->bytes, room, 1);
		got = fread(file->bytes + file->length, 1, room - file->length, stream);
		file->length += got;
	} while (file->length == room);
	return !ferror(stream);
}

bool file_read(struct file *file, const char *path)
{
	struct stat st;
	FILE *stream;
	bool good;

	*file = (struct file){.path = path};
	errno = 0;
	stream = fopen(path, "rbe");
	if (stream == NULL) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	if (fstat(fileno(stream), &st) == 0 && S_ISDIR(st.st_mode)) {
		complain(path, "%s", strerror(EISDIR));
		(void)fclose(stream);
		return false;
	}
	good = read_all(file, stream);
	if (!good)
		complain(path, "%s", strerror(errno));
	(void)fclose(stream);
	return good;
}

bool file_open(struct file *file, const char *path)
{
	if (!file_read(file, path) || !envelope_strip(file) || !lz4_expand(file))
		return false;
	read_header(file);
	return true;
}

void file_close(struct file *file)
{
	if (file->elf != NULL)
		(void)elf_end(file->elf);
	for (size_t i = 0; file->decoded != NULL && i < file->section_count; i++)
		free(file->decoded[i].crel.list);
	free(file->decoded);
	free(file->bytes);
	free(file->envelope);
	*file = (struct file){0};
}

/* ---- sections ---- */

bool file_section(const struct file *file, size_t index, struct section_header *out)
{
	Elf_Scn *scn = file->elf != NULL ? elf_getscn(file->elf, index) : NULL;
	size_t names;
	GElf_Shdr shdr;

	if (scn == NULL || gelf_getshdr(scn, &shdr) == NULL)
		return false;
	*out = (struct section_header){
		.type = shdr.sh_type,
		.link = shdr.sh_link,
		.info = shdr.sh_info,
		.flags = shdr.sh_flags,
		.addr = shdr.sh_addr,
		.offset = shdr.sh_offset,
		.size = shdr.sh_size,
		.align = shdr.sh_addralign,
		.entry_size = shdr.sh_entsize,
	};
	if (elf_getshdrstrndx(file->elf, &names) == 0)
		out->name = elf_strptr(file->elf, names, shdr.sh_name);
	if (out->name == NULL)
		out->name = "";
	if (shdr.sh_type != SHT_NOBITS && shdr.sh_type != SHT_NULL &&
	    shdr.sh_offset <= file->length && shdr.sh_size <= file->length - shdr.sh_offset)
		out->bytes = file->bytes + shdr.sh_offset;
	return true;
}

bool file_next_section(const struct file *file, size_t *index, struct section_header *out)
{
	while (++*index < file->section_count) {
		if (file_section(file, *index, out))
			return true;
	}
	return false;
}

bool file_next_relocations(const struct file *file, size_t *index, struct section_header *table)
{
	while (file_next_section(file, index, table)) {
		if (is_relocations(table) && table->info < file->section_count)
			return true;
	}
	return false;
}

bool file_next_loaded_relocations(const struct file *file, size_t *index)
{
	struct section_header table, target;

	while (file_next_relocations(file, index, &table)) {
		if (file_section(file, table.info, &target) && (target.flags & SHF_ALLOC))
			return true;
	}
	return false;
}

size_t file_find_section(const struct file *file, const char *name)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(file, &i, &header);) {
		if (strcmp(header.name, name) == 0)
			return i;
	}
	return 0;
}

bool file_has_section_with(const struct file *file, uint64_t flags)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(file, &i, &header);) {
		if ((header.flags & flags) == flags && header.size != 0)
			return true;
	}
	return false;
}

bool file_wants_executable_stack(const struct file *file)
{
	struct section_header header;
	GElf_Phdr phdr;
	size_t count = 0;

	if (file->type == ET_REL)
		return file_section(file, file_find_section(file, ".note.GNU-stack"), &header) &&
		       (header.flags & SHF_EXECINSTR) != 0;
	if (file->elf == NULL || elf_getphdrnum(file->elf, &count) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(file->elf, (int)i, &phdr) != NULL && phdr.p_type == PT_GNU_STACK)
			return (phdr.p_flags & PF_X) != 0;
	}
	return false;
}

/* The entries of a table, where its header is sound: their number, or 0. */
static Elf_Data *table_data(const struct file *file, size_t table, size_t *count)
{
	struct section_header header;
	Elf_Scn *scn = file->elf != NULL ? elf_getscn(file->elf, table) : NULL;
	Elf_Data *data;
	Elf_Type type;
	size_t entry;

	*count = 0;
	if (scn == NULL || table == 0 || !file_section(file, table, &header) ||
	    header.bytes == NULL)
		return NULL;
	type = header.type == SHT_RELA  ? ELF_T_RELA
	       : header.type == SHT_REL ? ELF_T_REL
					: ELF_T_SYM;
	if (type == ELF_T_SYM && header.type != SHT_SYMTAB && header.type != SHT_DYNSYM)
		return NULL;
	entry = gelf_fsize(file->elf, type, 1, EV_CURRENT);
	data = elf_getdata(scn, NULL);
	if (entry == 0 || data == NULL || data->d_buf == NULL || data->d_type != type)
		return NULL;
	*count = data->d_size / entry;
	return data;
}

/* ---- symbols ---- */

size_t file_symbol_table(const struct file *file, bool full)
{
	struct section_header header;
	size_t dynamic = 0;

	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header))
			continue;
		if (header.type == SHT_SYMTAB && (full || file->type != ET_DYN))
			return i;
		if (header.type == SHT_DYNSYM && dynamic == 0)
			dynamic = i;
	}
	return dynamic;
}

size_t file_symbol_count(const struct file *file, size_t table)
{
	size_t count;

	(void)table_data(file, table, &count);
	return count;
}

bool file_symbol(const struct file *file, size_t table, size_t index, struct symbol *out)
{
	struct section_header header;
	size_t count;
	Elf_Data *data = table_data(file, table, &count);
	GElf_Sym sym;

	if (data == NULL || index >= count || gelf_getsym(data, (int)index, &sym) == NULL ||
	    !file_section(file, table, &header))
		return false;
	*out = (struct symbol){
		.name = elf_strptr(file->elf, header.link, sym.st_name),
		.bind = GELF_ST_BIND(sym.st_info),
		.type = GELF_ST_TYPE(sym.st_info),
		.visibility = GELF_ST_VISIBILITY(sym.st_other),
		.section = sym.st_shndx,
		.value = sym.st_value,
		.size = sym.st_size,
	};
	if (out->name == NULL)
		out->name = "";
	return true;
}

bool file_next_symbol(const struct file *file, size_t table, size_t *index, struct symbol *out)
{
	return file_symbol(file, table, ++*index, out);
}

bool file_find_symbol(const struct file *file, const char *name, struct symbol *out)
{
	size_t table = file_symbol_table(file, true);

	for (size_t i = 0; file_next_symbol(file, table, &i, out);) {
		if (out->section != SHN_UNDEF && strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

/* ---- relocations ---- */

/* NULL where it is no such table. One that is malformed has no entries. */
static const struct crel *compact_table(const struct file *file, size_t table)
{
	struct section_header header;
	struct decoded *decoded;

	if (file->decoded == NULL || table >= file->section_count ||
	    !file_section(file, table, &header) || !is_compact(&header))
		return NULL;
	decoded = &file->decoded[table];
	if (!decoded->done && header.bytes != NULL)
		(void)compact_decode(file, &header, &decoded->crel);
	decoded->done = true;
	return &decoded->crel;
}

bool file_relocation_addends(const struct file *file, size_t table)
{
	const struct crel *crel = compact_table(file, table);
	struct section_header header;

	if (crel != NULL)
		return crel->has_addends;
	return file_section(file, table, &header) && header.type == SHT_RELA;
}

size_t file_relocation_count(const struct file *file, size_t table)
{
	const struct crel *crel = compact_table(file, table);
	struct section_header header;
	size_t count = 0;

	if (crel != NULL)
		return crel->count;
	if (file_section(file, table, &header) &&
	    (header.type == SHT_REL || header.type == SHT_RELA))
		(void)table_data(file, table, &count);
	return count;
}

bool file_relocation(const struct file *file, size_t table, size_t index, struct relocation *out)
{
	const struct crel *crel = compact_table(file, table);
	size_t count;
	Elf_Data *data = crel == NULL ? table_data(file, table, &count) : NULL;
	GElf_Rela rela = {0};
	GElf_Rel rel;

	if (crel != NULL && index < crel->count) {
		*out = crel->list[index];
		return true;
	}

	if (data == NULL || index >= count)
		return false;
	if (data->d_type == ELF_T_RELA) {
		if (gelf_getrela(data, (int)index, &rela) == NULL)
			return false;
	} else {
		if (data->d_type != ELF_T_REL || gelf_getrel(data, (int)index, &rel) == NULL)
			return false;
		rela.r_offset = rel.r_offset;
		rela.r_info = rel.r_info;
	}
	*out = (struct relocation){rela.r_offset, (uint32_t)GELF_R_SYM(rela.r_info),
				   (uint32_t)GELF_R_TYPE(rela.r_info), rela.r_addend};
	return true;
}

uint64_t file_word(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}
