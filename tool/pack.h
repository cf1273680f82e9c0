/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stages of `tenon pack` share. Each stage completes what the one before it made:
 *
 * - pack_read.c: sections as the loader lays them out, merged; symbols, and relocations in them
 * - pack_cut.c: padding that a linker must cut (RISC-V)
 * - pack_relax.c: calls that a linker may make shorter (RISC-V), if it is wanted
 * - pack_resolve.c: relocations whose value depends on no load address are applied
 * - pack_exports.c: exports are sorted by name
 * - pack_fold.c: the others refer to sections instead of to symbols in them
 * - pack_bind.c: imports get their place in the firmware's table
 * - pack_debug.c: a file for debuggers, if it is wanted
 * - pack_write.c: the file
 * - pack_report.c: what was done
 *
 * The input has been loaded by the core of its machine before: what the core checks holds.
 */
#ifndef TENON_PACK_H_
#define TENON_PACK_H_

#include "firmware.h"
#include "inspect.h"
#include "packed.h"

#define PACK_NONE UINT32_MAX

struct pack_relocation {
	uint64_t offset; /* in its section of the output */
	int64_t addend;  /* read from the place where the table has none */
	uint32_t type;
	uint32_t symbol;  /* of the input */
	uint32_t section; /* folded: what it refers to instead; else PACK_NONE */
	uint32_t order;   /* in the input */
	bool resolved;
	bool shares; /* its place with another one */
};

/* A section of the output that is loaded. */
struct pack_section {
	const char *name;
	uint32_t type;
	uint64_t flags, align, size;
	uint32_t link;  /* a section of this list, or PACK_NONE */
	uint8_t *bytes; /* NULL where it has none in the file */
	struct pack_relocation *relocations;
	size_t relocation_count, relocation_room;
	bool has_addends;
	bool has_runs;         /* its table is of SHT_LLEXT_RUNS */
	bool relaxed;          /* calls in it were made shorter, so it is not as long as it was */
	bool referred;         /* relocations refer to its symbol */
	uint32_t symbol_index; /* of that, in the output */
	bool left_out;         /* empty, and nothing refers to it */
};

/* Bytes of a section of the input of which the output may have fewer: padding, or a call. */
struct pack_cut {
	uint64_t offset; /* in the input's section */
	uint64_t bytes, kept;
	uint64_t cut; /* up to here, these included */
	bool call;
	uint8_t link;     /* a call's: the register that the return address goes to */
	uint32_t section; /* a call's target: in this section of the input ... */
	uint64_t target;  /* ... at this offset */
};

/* Where a section of the input went. */
struct pack_input {
	uint32_t section; /* of the output; PACK_NONE: not loaded */
	uint64_t offset;  /* in that */
	uint64_t size;    /* in the input */
	uint64_t left;    /* of these bytes, in the output */
	struct pack_cut *cuts;
	size_t cut_count, cut_room;
	unsigned int least; /* bytes that a call in it must keep */
	unsigned int
		turned; /* its words, of so many bytes, are in the reverse order; 0: they are not */
};

/* A symbol of the input. */
struct pack_symbol {
	struct symbol in;
	uint32_t section; /* of the output, or PACK_NONE */
	uint64_t value;   /* in that */
	bool kept;        /* the output has it */
	bool exported;
	bool got;    /* needs an entry of the GOT */
	bool branch; /* may need a veneer: for a relocation of this type ... */
	uint32_t branch_type, branch_bits; /* ... which reaches so far */
	bool hidden;                       /* local in the input, global in the output */
	uint32_t index;                    /* in the output */
	uint64_t ordinal;                  /* 1 + place in the firmware's table; 0: none */
};

struct pack_numbers {
	size_t file_bytes, sections, symbols, relocations;
};

struct pack {
	const struct file *file;
	const struct llext_desk_core *core;
	const struct report *report; /* the file as loaded */
	bool keep_sections, relax;
	uint32_t format;            /* the newest version that the file may be of */
	enum llext_exports exports; /* of a file without .exported_sym */
	const char *const *export_names;
	size_t export_count;
	const char *const *kept_names; /* sections that are not loaded, and shall stay */
	size_t kept_count;

	struct pack_section *sections;
	size_t section_count;
	struct pack_input *inputs; /* by section index of the input */
	struct pack_symbol *symbols;
	size_t symbol_count;
	bool has_export_section;

	const struct packed_names *names; /* of the firmware's exports, or NULL */
	const char *debug_path;           /* the unstripped file */
	bool debug_given, debug_wanted;   /* it is to be made, and is then in debug_image */
	uint8_t *debug_image;
	size_t debug_length;

	struct pack_numbers before, after;
	/* Sections that somebody may miss: neither loaded nor of the usual kinds nor kept. */
	struct pack_dropped {
		const char *name;
		uint64_t size;
	} * lost;
	size_t lost_count;
	size_t kept_sections;   /* that pack_each_kept() finds */
	size_t offset_branches; /* with an addend of their own: pack_fold.c */
	size_t resolved, dropped, imports, bound;
	size_t relative;      /* moved to SHT_RELR */
	size_t stored, block; /* of an LZ4 frame: its bytes, and those of a block's content */
	size_t image_bytes;   /* of sections that have bytes */
	struct {
		size_t calls, marked;     /* auipc and jalr; those that a linker may change */
		size_t jumps, compressed; /* what became of them: jal, and c.j or c.jal */
		size_t bytes;             /* that the image is smaller by */
	} relaxation;
};

/* All stages: the packed file, to be freed; NULL, with a complaint, where there is none. */
uint8_t *pack_file(struct pack *pack, size_t *length);
/* Each complains and returns false where the file cannot be packed. */
bool pack_read(struct pack *pack);
bool pack_cut(struct pack *pack);
bool pack_resolve(struct pack *pack);
void pack_sort_exports(struct pack *pack);
void pack_fold(struct pack *pack);
void pack_bind(struct pack *pack);
/* The whole file, to be freed. */
uint8_t *pack_write(struct pack *pack, size_t *length);
void pack_free(struct pack *pack);

/* Where a byte of a section of the input is in that of the output. */
uint64_t pack_moved(const struct pack_input *input, uint64_t offset);
struct pack_cut *pack_add_cut(struct pack_input *input, uint64_t offset, uint64_t bytes);
/* The alignment that padding is for. */
uint64_t pack_padding_alignment(const struct pack_cut *padding);
/* How much of each piece of padding is kept, and what all cuts add up to. False: it is none. */
bool pack_measure(struct pack_input *input);

/* pack_relax.c. The calls that may be shortened, as cuts that keep all their bytes. */
void pack_relax_find(struct pack *pack);
/* How much is kept of each, and where sections begin and end then. */
void pack_relax(struct pack *pack);
void pack_relax_write(const struct pack_cut *call, const uint8_t *from, uint8_t *to);
/* A relocation of the input as it is after that. */
void pack_relax_relocation(const struct pack *pack, const struct pack_input *input,
			   struct relocation *relocation);
/* Has it changed anything? */
bool pack_is_relaxed(const struct pack *pack);
/* Why there is nothing to relax; NULL where there is something. */
const char *pack_relax_nothing(const struct pack *pack);

/* pack_keep.c: what is not loaded. */
bool pack_wants_export(const struct pack *pack, const char *name);
/* Is this a section that --keep-section names? */
bool pack_keeps(const struct pack *pack, const struct section_header *header);
/* Complains and returns false where a name that was given is none of the file's. */
bool pack_check_names(const struct pack *pack);
void pack_find_lost(struct pack *pack);
/* Sections that stay though they are not loaded: build attributes, and those of --keep-section.
 * @add is called for each. */
void pack_each_kept(const struct pack *pack,
		    void (*add)(void *context, const struct image_section *section), void *context);
/* The entry point as an offset in the output's .text, with its state bit; 0: none. */
uint64_t pack_entry(const struct pack *pack);

/* pack_verify.c: is what is loaded from the output what the input gives? Complains if not. */
bool pack_verify(struct pack *pack, struct report *report, const uint8_t *image, size_t length);
/* pack_reorder.c: the input with its symbols in the output's order, to be freed, or NULL. */
uint8_t *pack_reordered(const struct pack *pack, size_t *length);

/* pack_report.c: what was done. */
void pack_count_before(struct pack *pack);
void pack_print(const struct pack *pack, const char *output);
void pack_print_json(const struct pack *pack, const char *output);

/* No value that is relocated has more bytes; LEB128 of 64 bits has 10. */
#define PACK_MOST_PLACE 16
/* Room of a section behind a place, for core->write(): at most that. */
size_t pack_room(const struct pack_section *section, uint64_t offset);
bool pack_is_import(const struct pack_symbol *symbol);
bool pack_is_common(const struct pack *pack, const struct symbol *symbol);
/* S of S + A, counted from the start of the symbol's section. */
uint64_t pack_symbol_value(const struct pack *pack, const struct pack_symbol *symbol,
			   int64_t addend);

/* A firmware's names, from its ELF file or from a list of them. */
struct bind_table {
	struct packed_names names;
	struct file file;
	struct firmware firmware;
	char *text;
};
bool bind_table_read(struct bind_table *table, const char *path, const struct file *extension);
void bind_table_free(struct bind_table *table);

/* pack_debug.c: what a debugger reads, to be freed; NULL, with a complaint, where it cannot be. */
uint8_t *pack_debug_file(const struct pack *pack, size_t *length);

/* pack_shared.c: a shared object keeps its addresses. */
uint8_t *pack_shared_object(struct pack *pack, size_t *length);

#endif /* TENON_PACK_H_ */
