/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in memory that changes while it is loaded, which no firmware should let happen: nobody
 * promises that the load notices. But it must not read or write where it should not, and nothing of
 * it may be left after an error. For each call of the loader, and each import that is reported, one
 * byte of the file becomes another one at that moment.
 *
 * changing [--read] FILE...
 *
 * --read: by a loader that has no peek. The library then has read each header once, into memory of
 * its own, so that headers may change as well, and names. It cannot read the file in one piece,
 * since the loader does not tell its length.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "image.h"
#include "world.h"

struct changing {
	struct llext_loader loader; /* the first member */
	uint8_t *bytes;
	size_t size, position;
	unsigned long events, when; /* the event at which it happens, counted from 1; 0: never */
	size_t at;
	uint8_t value, good;
};

static struct changing file;
static bool by_read;
/* Only these exports of plain.o: their names stand side by side, and are read once more. */
static const char *const beside[] = {"greeting", "limit"};
static bool listed;

static void event(void)
{
	if (++file.events != file.when)
		return;
	file.good = file.bytes[file.at];
	file.bytes[file.at] = file.value;
}

static int file_seek(struct llext_loader *ldr, size_t pos)
{
	(void)ldr;
	event();
	file.position = pos;
	return pos <= file.size ? 0 : -1;
}

static int file_read(struct llext_loader *ldr, void *out, size_t len)
{
	(void)ldr;
	event();
	if (len > file.size - file.position)
		return -1;
	memcpy(out, file.bytes + file.position, len);
	file.position += len;
	return 0;
}

static void *file_peek(struct llext_loader *ldr, size_t pos)
{
	(void)ldr;
	event();
	return pos < file.size ? file.bytes + pos : NULL;
}

static size_t file_length(struct llext_loader *ldr)
{
	(void)ldr;
	return file.size;
}

static void on_import(void *user_data, const struct llext_import *import)
{
	(void)user_data;
	(void)import;
	event();
}

/* AddressSanitizer sees if one has no end. */
static void read_names(const struct llext_symtable *table)
{
	static volatile size_t length;

	for (size_t i = 0; i < table->sym_cnt; i++)
		length = strlen(table->syms[i].name);
	(void)length;
}

/* @return how many events there were. */
static unsigned long load(unsigned long when, size_t at, uint8_t value)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;

	file.loader = (struct llext_loader){.read = file_read,
					    .seek = file_seek,
					    .peek = by_read ? NULL : file_peek,
					    .length = by_read ? NULL : file_length,
					    .storage = LLEXT_STORAGE_TEMPORARY};
	file.events = 0;
	file.when = when;
	file.at = at;
	file.value = value;
	param.on_import = on_import;
	if (listed) {
		param.exports = LLEXT_EXPORTS_LIST;
		param.export_names = beside;
		param.export_count = sizeof(beside) / sizeof(beside[0]);
	}
	if (llext_load(&file.loader, "changing", &ext, &param) == 0) {
		read_names(&ext->exp_tab);
		if (llext_unload(&ext) != 0)
			abort();
	}
	if (file.when != 0 && file.events >= file.when)
		file.bytes[at] = file.good;
	if (world_changed() != NULL) {
		fprintf(stderr, "event %lu, byte %zu becomes 0x%02x: %s\n", when, at, value,
			world_changed());
		exit(1);
	}
	return file.events;
}

/*
 * Symbols and relocations: the load looks at them more than once. And headers and names, where they
 * may change.
 */
static bool looked_at_again(size_t at)
{
	struct image image = {file.bytes, file.size};
	const elf_ehdr_t *ehdr = image_header(&image);

	if (by_read &&
	    (at < sizeof(*ehdr) ||
	     (at >= ehdr->e_shoff && at - ehdr->e_shoff < ehdr->e_shnum * sizeof(elf_shdr_t))))
		return true;
	for (unsigned int i = 1; i < image_header(&image)->e_shnum; i++) {
		const elf_shdr_t *shdr = image_section_at(&image, i);

		if ((shdr->sh_type == SHT_SYMTAB || shdr->sh_type == SHT_REL ||
		     shdr->sh_type == SHT_RELA || (by_read && shdr->sh_type == SHT_STRTAB)) &&
		    at >= shdr->sh_offset && at - shdr->sh_offset < shdr->sh_size)
			return true;
	}
	return false;
}

/* Numbers at which checks change their mind. */
static unsigned long each_value(unsigned long when, size_t at)
{
	const elf_ehdr_t *ehdr = (const elf_ehdr_t *)(const void *)file.bytes;
	uint8_t good = file.bytes[at], sections = (uint8_t)ehdr->e_shnum;
	const uint8_t values[] = {
		0, 0xff, 0x80, '@', sections, (uint8_t)(good + 1), (uint8_t)(good - 1)};

	for (size_t i = 0; i < sizeof(values); i++)
		(void)load(when, at, values[i]);
	return sizeof(values);
}

static unsigned long each_change(void)
{
	unsigned long tried = 0, events = load(0, 0, 0);

	for (unsigned long when = 1; when <= events; when++) {
		for (size_t at = 0; at < file.size; at++) {
			if (looked_at_again(at))
				tried += each_value(when, at);
		}
	}
	return tried;
}

int main(int argc, char **argv)
{
	unsigned long tried = 0;

	world_open();
	by_read = argc > 1 && strcmp(argv[1], "--read") == 0;
	for (int i = 1 + by_read; i < argc; i++) {
		file.bytes = fixture_read(argv[i], &file.size);
		listed = false;
		tried += each_change();
		listed = by_read;
		if (listed)
			tried += each_change();
		free(file.bytes);
	}
	world_close();
	printf("changes tried: %lu\n", tried);
	return tried > 0 ? 0 : 1;
}
