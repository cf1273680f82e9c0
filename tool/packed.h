/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed files: an ET_REL file in the order in which a loader needs it, with compact relocations
 * and a note that says what a loader must know before it reads them.
 */
#ifndef TENON_PACKED_H_
#define TENON_PACKED_H_

#include "crel.h"
#include "firmware.h"

#define PACKED_NOTE    ".note.llext"
#define PACKED_VERSION 2  /* the newest */
#define PACKED_PLAIN   1  /* of a file without SHT_LLEXT_RUNS */
#define PACKED_BOUND   1u /* imports have ordinals, and the fingerprint says of which table */
#define PACKED_NAMES   2u /* the names are needed even where the fingerprint matches */

/* The note's description. */
struct packed_note {
	uint32_t version, flags;
	uint32_t got_first, got_count;
	uint32_t veneer_first, veneer_count;
	uint32_t high_count;       /* most RELOC_HIGH relocations of one table */
	uint32_t relocation_count; /* of all tables */
	uint64_t fingerprint;
};
#define PACKED_NOTE_BYTES (12 + 8 + 40)

/* The firmware's exports in the order of its table. */
struct packed_names {
	const char **list;
	size_t count;
	uint64_t fingerprint;
};

void packed_note_write(const struct packed_note *note, uint8_t out[PACKED_NOTE_BYTES]);
/* False where the file has no note, or one of another version. */
bool packed_note_read(const struct file *file, struct packed_note *note);
/* FNV-1a of all names, NULs included. */
uint64_t packed_fingerprint(const struct packed_names *names);
/* The names of a firmware's table, record by record, and the fingerprint that the device computes
 * from them; the list is to be freed. */
void packed_names_of(struct packed_names *names, const struct firmware *firmware);

/* The plain file that a packed one stands for, to be freed; NULL, with a complaint: malformed. */
uint8_t *packed_expand(const struct file *file, size_t *length);

/* ---- image.c: an ELF file put together, section by section ---- */

struct image_section {
	const char *name;
	uint32_t type, link, info;
	uint64_t flags, addr, align, entry_size, size;
	const uint8_t *bytes; /* NULL where it has none in the file */
	uint32_t name_offset;
	uint64_t offset;
};

struct image_symbol {
	uint32_t name; /* offset in the string table */
	uint8_t info, other;
	uint16_t section;
	uint64_t value, size;
};

/* What the sections point to: memory that is to be freed when the file is there. */
struct owned {
	void **list;
	size_t count;
};
void *own(struct owned *owned, void *bytes); /* returns @bytes; NULL stays NULL */
void owned_free(struct owned *owned);

/*
 * An ET_REL file: header, section headers, then @sections in order; the first is the null section,
 * the second is where the section names go. To be freed.
 */
uint8_t *image_build(const struct file *like, struct image_section *sections, size_t count,
		     size_t *length);
void image_put_section_header(uint8_t *at, unsigned char class,
			      const struct image_section *section);
size_t image_word_bytes(unsigned char class); /* of an address */
size_t image_symbol_bytes(unsigned char class);
void image_put_symbol(uint8_t *at, unsigned char class, const struct image_symbol *symbol);
size_t image_relocation_bytes(unsigned char class, bool has_addends);
void image_put_relocation(uint8_t *at, unsigned char class, bool has_addends,
			  const struct relocation *relocation);
void image_put_word(uint8_t *at, size_t bytes, uint64_t value);

#endif /* TENON_PACKED_H_ */
