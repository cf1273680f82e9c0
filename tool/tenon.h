/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the command share. */
#ifndef TENON_H_
#define TENON_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <llext/llext.h>
#include <llext/plan.h>

/* Exit codes. A crash inside an extension gives EXIT_CRASH and the signal's number. */
#define EXIT_GOOD    0
#define EXIT_REFUSED 1
#define EXIT_USAGE   2
#define EXIT_TIMEOUT 124
#define EXIT_CRASH   128

/* One of the commands. */
struct command {
	const char *name;
	const char *summary; /* one line */
	const char *help;
	int (*run)(int argc, char **argv); /* returns an exit code */
};

extern const struct command command_new;
extern const struct command command_build;
extern const struct command command_run;
extern const struct command command_inspect;
extern const struct command command_check;
extern const struct command command_size;
extern const struct command command_exports;
extern const struct command command_graph;
extern const struct command command_report;
extern const struct command command_abi;
extern const struct command command_kit;
extern const struct command command_pack;
extern const struct command command_unpack;
extern const struct command command_key;
extern const struct command command_sign;
extern const struct command command_verify;
extern const struct command command_push;
extern const struct command command_symbolize;
extern const struct command command_explain;
extern const struct command command_doctor;
extern const struct command command_completion;

/* ---- output.c ---- */

enum style { STYLE_PLAIN, STYLE_TITLE, STYLE_GOOD, STYLE_BAD, STYLE_NOTE };

/* The codes that switch a style on and off; empty unless @stream is a terminal that wants them. */
const char *style_on(FILE *stream, enum style style);
const char *style_off(FILE *stream);
/* What is printed to @memory will be shown on @shown: styles are as there. NULL: no more. */
void style_stands_for(FILE *memory, FILE *shown);

/* What was complained of so far; NULL: no more. Wrong usage is one, too. Of very many, the newest
 * takes the place of the one before it. */
struct complaint {
	char *subject; /* or NULL */
	char *text;
};
const struct complaint *complaint_at(size_t index);
/* The text of the last one; NULL: there was none. */
const char *last_complaint(void);
/* Keep complaints, and do not print them. */
void complain_quietly(bool quiet);
/* "tenon: SUBJECT: text" on standard error; @subject may be NULL. */
void complain(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warn_about(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As complain(), then where to find help. Returns EXIT_USAGE. */
int wrong_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The option that getopt_long() has refused just now. */
char *option_at_fault(char **argv);

/* Memory, or the end of the program with a message. */
void *need(size_t count, size_t bytes);                 /* zeroed */
void *need_more(void *old, size_t count, size_t bytes); /* as realloc */
char *need_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* @list, with room for one more than @count; @room is how many it has room for. */
void *need_room(void *list, size_t count, size_t *room, size_t bytes);

/* What qsort() wants to know: negative, 0 or positive. */
static inline int compare_numbers(uint64_t x, uint64_t y)
{
	return (x > y) - (x < y);
}

/* By a number, and where it is the same, by another one. */
static inline int compare_pairs(uint64_t x, uint64_t y, uint64_t then_x, uint64_t then_y)
{
	return x != y ? compare_numbers(x, y) : compare_numbers(then_x, then_y);
}

/* @align is a power of two; 0 and 1 ask for nothing. */
static inline uint64_t align_up(uint64_t value, uint64_t align)
{
	return align > 1 ? (value + align - 1) & ~(align - 1) : value;
}

bool starts_with(const char *text, const char *start);
/* A path without its folders; NULL stays NULL. */
const char *base_name(const char *path);
/*
 * A name from a file, which may contain anything, as printable UTF-8: other bytes as \xNN.
 * Valid until the eighth call after this one.
 */
const char *printable(const char *name);
/* The C++ or Rust name behind a mangled one, or NULL; bounded in length. To be freed. */
char *demangled(const char *name);
/*
 * "led_set" of "led_set(int)"; NULL for what extern "C" is no remedy for: members of classes and
 * namespaces, operators, templates. To be freed.
 */
char *unqualified(const char *demangled_name);
/* A diagnostic record as one printable line; valid as printable() says. */
const char *diag_text(const struct llext_diag *diag,
		      size_t (*format)(const struct llext_diag *, char *, size_t));

/* ---- options.c ---- */

/* 12, 0x40, 64K, 16M: sizes and addresses. False where it is none or above @limit. */
bool parse_size(const char *text, uint64_t limit, uint64_t *value);

/* ---- write.c ---- */

/* Write a file, whole or not at all. Complains and returns false where that fails. */
bool write_output(const char *path, const uint8_t *bytes, size_t length);
/* Do both names lead to one file? */
bool same_file(const char *a, const char *b);
/* A new folder for files that do not stay, to be freed; complains and returns NULL where there can
 * be none. */
char *temporary_folder(const char *purpose);
/* A new folder; a folder with all that is in it, gone. Both complain and return false where they
 * fail. */
bool make_folder(const char *path);
bool remove_folder(const char *path);

/* ---- machine.c ---- */

const char *elf_type_name(uint16_t type);
const char *machine_name(uint16_t machine, unsigned char class);
/* Where extensions commonly lie on a machine: what is assumed unless the user says otherwise. */
struct addresses {
	uint64_t firmware; /* an address in the firmware's code */
	uint64_t heap;
	uint64_t instr_heap; /* 0: one heap for both */
	uint64_t heap_bytes;
	uint64_t instr_heap_bytes; /* 0: as many */
};
/* Of a 64-bit machine whose memory is in the first 2 GiB. */
struct addresses machine_low_addresses(void);
struct addresses machine_addresses(uint16_t machine, unsigned char class);

/* ---- elffile.c: a file, whole in memory ---- */

struct file {
	const char *path;
	uint8_t *bytes;
	size_t length;
	unsigned char class; /* 0 where it is no ELF file */
	bool little_endian;
	uint16_t type, machine;
	uint32_t flags;
	uint64_t entry; /* e_entry */
	void *elf;      /* Elf *; NULL where libelf cannot read it */
	size_t section_count;
	/* Of a compressed file: its bytes on disk, and the most content of one of its blocks. */
	size_t stored, block; /* 0: it is not compressed */
	/* Tables of compact relocations that have been decoded, by section; NULL: none yet. */
	struct decoded *decoded;
	/* Of a signed file: what its envelope claims, and its bytes with it. */
	struct opened *envelope; /* NULL: it is not signed */
	size_t envelope_bytes;
};

/*
 * Read @path, out of its envelope and decompressed; complains and returns false where that fails.
 * file_close() in any case.
 */
bool file_open(struct file *file, const char *path);
/* Its bytes only, as they are. Likewise. */
bool file_read(struct file *file, const char *path);
/* The same from memory, which is copied. */
void file_from_memory(struct file *file, const char *path, const void *bytes, size_t length);
void file_close(struct file *file);

struct section_header {
	const char *name; /* never NULL */
	uint32_t type, link, info;
	uint64_t flags, addr, offset, size, align, entry_size;
	const uint8_t *bytes; /* NULL where it has none, or not all in the file */
};
/* False where there is no such section. */
bool file_section(const struct file *file, size_t index, struct section_header *out);
/* The first one behind *@index that can be read, whose number *@index becomes; false: none. */
bool file_next_section(const struct file *file, size_t *index, struct section_header *out);
/* The same of tables of relocations of sections that there are. */
bool file_next_relocations(const struct file *file, size_t *index, struct section_header *table);
/* The same of those of sections that are loaded. */
bool file_next_loaded_relocations(const struct file *file, size_t *index);
size_t file_find_section(const struct file *file, const char *name); /* 0: none */
/* Has one all of these flags, and a size? */
bool file_has_section_with(const struct file *file, uint64_t flags);
/* Does it say that its code needs a stack that can be executed? */
bool file_wants_executable_stack(const struct file *file);

struct symbol {
	const char *name; /* never NULL */
	uint8_t bind, type, visibility;
	uint32_t section;
	uint64_t value, size;
};
/* The section of the symbol table that a load uses, or a debugger (@full). 0: none. */
size_t file_symbol_table(const struct file *file, bool full);
size_t file_symbol_count(const struct file *file, size_t table);
bool file_symbol(const struct file *file, size_t table, size_t index, struct symbol *out);
/* The one behind *@index, which becomes its number; false: it was the last one. */
bool file_next_symbol(const struct file *file, size_t table, size_t *index, struct symbol *out);
/* The first that is defined under this name, of those that a debugger uses. False: there is none.
 */
bool file_find_symbol(const struct file *file, const char *name, struct symbol *out);

struct relocation {
	uint64_t offset;
	uint32_t symbol, type;
	int64_t addend; /* 0 in SHT_REL */
};
size_t file_relocation_count(const struct file *file, size_t table);
bool file_relocation_addends(const struct file *file, size_t table); /* of their own */
bool file_relocation(const struct file *file, size_t table, size_t index, struct relocation *out);

/* A little-endian word of @bytes bytes. */
uint64_t file_word(const uint8_t *at, size_t bytes);

/* ---- compress.c: a file in an LZ4 frame ---- */

/* The frame, to be freed. @block: bytes of content of each block. */
uint8_t *lz4_compress(const uint8_t *bytes, size_t count, size_t block, bool checksums,
		      size_t *length);
/* What the frame holds in place of it, where @file is one. Complains and returns false: unsound. */
bool lz4_expand(struct file *file);

/* ---- address.c: what lies at an address of a loaded extension ---- */

struct place {
	uint64_t low, high; /* load addresses: [low, high) */
	const char *name;   /* in the file */
	uint64_t size;      /* as the file says */
	uint32_t section;
	uint8_t type, bind; /* of a symbol */
};

struct address_map {
	struct place *sections; /* by section index; those not loaded have no name */
	size_t section_count;
	struct place *ordered; /* those that have bytes, sorted by address */
	size_t ordered_count;
	struct place *symbols; /* sorted by address */
	size_t symbol_count;
};

typedef int section_info_fn(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			    const void **addr, size_t *size);

/* @file must stay open. Needs section data kept (keep_section_info). */
void address_map_build(struct address_map *map, const struct file *file, const struct llext *ext,
		       section_info_fn *section_info);
/*
 * Adds the symbols of another file whose sections are the same, by name and size; of those that are
 * not, none. @file must stay open, too.
 */
void address_map_add(struct address_map *map, const struct file *file);
void address_map_free(struct address_map *map);
/* The section, and the symbol in it, at an address; NULL where there is none. */
const struct place *address_section(const struct address_map *map, uint64_t address);
const struct place *address_symbol(const struct address_map *map, uint64_t address);
const char *region_name(enum llext_mem region);

/* ---- imports.c: the undefined symbols of a file ---- */

struct import {
	char *name;
	char *record;     /* its name in a table of exports */
	char *suggestion; /* "did you mean"; NULL: none */
	char *provider;   /* another file's name; NULL: the firmware, or nobody */
	bool weak, found, tls;
	char *note; /* what to do about a missing one; NULL: nothing */
	/* What references_explain() found out; NULL: nothing. */
	char *place;              /* of the first reference: "effect.c:12" */
	char *declared, *offered; /* prototypes that differ */
	bool surely_wrong;        /* they cannot go together */
};

struct imports {
	struct import *list;
	size_t count, suggestions;
	const struct file *firmware; /* a board's, where @suggest is not at hand; or NULL */
	const char *(*suggest)(const char *name); /* near names for what is missing; may be NULL */
};

/* May @near be what was meant by the missing @name? */
bool import_is_near(const char *name, const char *near);
/* For llext_load_param.on_import, with a struct imports as user_data. */
void imports_add(void *user_data, const struct llext_import *import);
size_t imports_missing(const struct imports *imports);
/* Say of what is missing that @provider exports it at address 0, which an import cannot have. */
void imports_note_null(struct imports *imports, const char *provider,
		       const struct llext_symtable *exports);
/* Say of what is missing that @file, of @provider, has a C++ function of that name. */
void imports_note_cxx(struct imports *imports, const char *provider, const struct file *file);
/* "f(int)" for f, where a file defines that; or NULL. To be freed. */
char *file_cxx_function(const struct file *file, const char *name);
/* What is missing and not weak, one per line. True: with a hint. */
bool imports_print_missing(const struct imports *imports, FILE *stream);
void imports_free(struct imports *imports);

#endif /* TENON_H_ */
