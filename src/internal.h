/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stages of a load share: one struct load, which each stage reads and completes.
 * The stages run in the order in which they stand here; see load.c.
 */
#ifndef LLEXT_INTERNAL_H_
#define LLEXT_INTERNAL_H_

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <llext/llext.h>
#include <llext/inspect.h>
#include <llext/plan.h>
#include <llext/port.h>
#include "arch/arch.h"

/* Largest alignment that a section may ask for. */
#define MAX_ALIGN ((size_t)65536)
/* Most segments of a shared object. Linkers make four or five. */
#define MAX_SEGMENTS 8
/* No architecture's veneer is larger. */
#define MAX_VENEER 32
/* Most temporary pieces of memory that one load holds. */
#define MAX_TRANSIENT 16

/* ---- what lies where ---- */

/* Memory of an extension with one access; what is freed and protected as one. */
struct piece {
	struct llext_extent extent;
	uint8_t access; /* enum llext_access */
	uint8_t heap;   /* enum llext_heap */
	bool owned;     /* allocated from that heap, to be freed */
	bool in_place;  /* the loader's memory, which the port let us use */
	bool claimed;   /* the port's memory, to be released */
	bool guarded;   /* the port has protected it */
	uint8_t before; /* enum llext_access that it had */
};

/* One section, in the order of the section headers. */
struct section {
	elf_addr load;   /* load address */
	uint8_t *mem;    /* write address */
	uint8_t region;  /* enum llext_mem; LLEXT_MEM_COUNT: not loaded */
	uint8_t storage; /* enum section_storage */
	bool relocated;  /* a relocation section applies to it */
};

enum section_storage {
	SECTION_IN_REGION, /* part of its region */
	SECTION_IN_PLACE,  /* where the loader's peek has it */
	SECTION_DETACHED,  /* a copy of its own */
};

/* A region while it is laid out. */
struct region {
	size_t bytes;
	size_t align;
	size_t in_place_bytes;
	size_t filled; /* bytes written so far, used to zero the gaps */
	size_t offset; /* in its block */
};

/* Regions of like access are allocated as one block. */
enum block { BLOCK_TEXT, BLOCK_RODATA, BLOCK_DATA, BLOCK_COUNT };

/* Symbols that need an entry of some table: their indexes, ascending; the position is the slot. */
struct slots {
	uint32_t *symbols;
	size_t count;
	elf_addr load; /* load address of slot 0 */
	uint8_t *mem;  /* write address of slot 0 */
};

/* Values of one table's relocations that others of it refer to by their place. */
struct high {
	elf_addr place;
	elf_addr value;
};

struct highs {
	struct high *items;
	size_t count, room;
	bool unsorted;
};

/* Padding of which a linker keeps only what alignment needs: RELOC_ALIGN. */
struct padding {
	uint32_t section;
	elf_addr offset; /* in the section as the file has it */
	elf_addr bytes;
	elf_addr kept; /* of these */
	elf_addr cut;  /* bytes cut in the section up to here, these included */
};

struct paddings {
	struct padding *items; /* by section and offset */
	size_t count, room;
};

/* What is known of a symbol while loading, beside its value. */
#define SYMBOL_IMPORT   0x01 /* undefined in the file */
#define SYMBOL_UNLOADED 0x02 /* in a section that is not loaded; an import: missing so far */
#define SYMBOL_GOT      0x04 /* needs a GOT entry */
#define SYMBOL_VENEER   0x08 /* needs a veneer */
#define SYMBOL_COMMON   0x10 /* its value is an offset in .bss until that is placed */
#define SYMBOL_SPECIAL  0x20 /* the loader defines it: its value is an enum special until then */
#define SYMBOL_EXACT    0x40 /* its value is final already */
#define SYMBOL_TEXT     0x80 /* its value is an offset in the text region until that is placed */

/* Symbols that every linker defines, and so the loader. */
enum special { SPECIAL_GOT_BASE, SPECIAL_HANDLE };

struct segment {
	elf_addr vaddr;
	elf_addr memsz;
	elf_addr offset;
	elf_addr filesz;
	uint8_t access;
};

/* A load. Nothing of it outlives llext_load(). */
struct load {
	struct llext_loader *ldr;
	const struct llext_load_param *param;
	enum llext_stage stage;

	/* loader.c */
	size_t length; /* of the source; SIZE_MAX where the loader cannot tell */
	void *transient[MAX_TRANSIENT];
	size_t transient_count;
	size_t transient_bytes;
	bool prepared;

	/* elf.c */
	elf_ehdr_t ehdr;
	const elf_shdr_t *shdrs;
	uint32_t section_count;
	const char *names; /* section names */
	size_t names_length;
	uint32_t symtab; /* index of the symbol table's section */
	const char *strings;
	size_t strings_length;
	size_t name_budget; /* bytes of names that may still be measured: keeps work linear */

	/* layout.c */
	struct section *sections;
	struct region regions[LLEXT_MEM_COUNT];
	struct segment segments[MAX_SEGMENTS];
	size_t segment_count;
	elf_addr image_low; /* lowest vaddr of a shared object's segments */
	elf_addr relro_end; /* end of what is read-only after relocation; 0: none */
	size_t image_bytes;
	size_t image_align;
	size_t ctors_bytes; /* at the end of LLEXT_MEM_INIT */
	size_t dtors_bytes; /* at the end of LLEXT_MEM_FINI */
	uint32_t exports;   /* index of .exported_sym; 0: none */
	uint32_t unwind;    /* index of the unwind table's first section; 0: none */
	size_t unwind_bytes;
	uint32_t tls; /* index of a thread-local section; 0: none */
	bool text_relocated;
	size_t detached_count;
	struct {
		size_t bytes, align;
	} blocks[BLOCK_COUNT];

	/* symbols.c */
	uint32_t symbol_count;
	elf_addr *values; /* by symbol index */
	uint8_t *flags;   /* by symbol index: SYMBOL_* */
	size_t imports;
	size_t imports_missing;

	/* count.c */
	size_t relocation_count;
	struct slots got;
	struct slots veneers;
	struct highs highs;
	struct paddings paddings;

	/* place.c */
	struct llext *ext;
	size_t piece_room;
	struct llext_extent image; /* a shared object's block */
};

/* The private half of struct llext. */
struct llext_private {
	struct piece *pieces;
	size_t piece_count;
	unsigned int dependents; /* loaded extensions that use this one */
	bool wanted;             /* the load that is going on uses it */
	size_t ctors_bytes;
	size_t dtors_bytes;
	const void *unwind;
	size_t unwind_bytes;
	void *export_table; /* heap memory behind exp_tab */
	void *dependency_table;
	struct exit_function *exit_functions;
	/* kept for inspect.h */
	elf_shdr_t *shdrs;
	struct section *sections;
	char *names;
	size_t names_length;
	uint32_t section_count;
};

/* The address that a pointer to code has, without state bits. */
static inline elf_addr code_address(elf_addr pointer)
{
	return pointer & ~llext_arch.state_bits;
}

/* ---- arithmetic on what a file says ---- */

static inline bool is_power_of_two(elf_xword value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* Does [offset, offset + bytes) lie within [0, limit)? Never overflows. */
static inline bool fits(uint64_t offset, uint64_t bytes, uint64_t limit)
{
	return offset <= limit && bytes <= limit - offset;
}

/* Round up to a power of two; false where that overflows. */
static inline bool round_up(size_t *value, size_t align)
{
	if (align <= 1)
		return true;
	if (*value > SIZE_MAX - (align - 1))
		return false;
	*value = (*value + align - 1) & ~(align - 1);
	return true;
}

/* A shared object. Folds to a constant where a build has one type. */
static inline bool is_shared_object(const struct load *ld)
{
	if (!CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
		return false;
	if (!CONFIG_LLEXT_TYPE_ELF_OBJECT && !CONFIG_LLEXT_TYPE_ELF_RELOCATABLE &&
	    !CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)
		return true;
	return ld->ehdr.e_type == ET_DYN;
}

/* A file that runs at its own addresses only. */
static inline bool is_executable(const struct load *ld)
{
	return CONFIG_LLEXT_TYPE_ELF_EXECUTABLE && ld->ehdr.e_type == ET_EXEC;
}

/* What a linker has laid out for good, in segments; there a symbol's value is an address. */
static inline bool is_linked(const struct load *ld)
{
	return is_shared_object(ld) || is_executable(ld);
}

/* ---- diag.c ---- */

#if CONFIG_LLEXT_DIAG
void llext_diag_clear(void);
int llext_fail(const struct load *ld, int error, const char *what);
void llext_diag_section(const struct load *ld, uint32_t section);
void llext_diag_section_name(const char *name);
void llext_diag_offset(uint64_t offset);
void llext_diag_values(int64_t expected, int64_t found);
void llext_diag_symbol(const struct load *ld, uint32_t symbol);
void llext_diag_symbol_name(const char *name);
void llext_diag_relocation(uint32_t type);
void llext_diag_missing(const char *name, size_t index);
void llext_log_failure(const char *name);
#else
#define llext_log_failure(name)            ((void)(name))
#define llext_diag_clear()                 ((void)0)
#define llext_fail(ld, error, what)        ((void)(ld), (error))
#define llext_diag_section(ld, section)    ((void)0)
#define llext_diag_section_name(name)      ((void)0)
#define llext_diag_offset(offset)          ((void)0)
#define llext_diag_values(expected, found) ((void)0)
#define llext_diag_symbol(ld, symbol)      ((void)0)
#define llext_diag_symbol_name(name)       ((void)0)
#define llext_diag_relocation(type)        ((void)0)
#define llext_diag_missing(name, index)    ((void)0)
#endif

void llext_log_addresses(const struct load *ld, const char *name); /* for gdb */
void llext_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Levels above the configured one vanish with their arguments. */
#define LOG(level, ...)                                                                            \
	do {                                                                                       \
		if ((level) <= LLEXT_LOG_LEVEL)                                                    \
			llext_log(level, __VA_ARGS__);                                             \
	} while (0)

/* Fail because of a section. */
static inline int fail_section(const struct load *ld, int error, uint32_t section, const char *what)
{
	(void)what;
	error = llext_fail(ld, error, what);
	llext_diag_section(ld, section);
	(void)section;
	return error;
}

/* ---- heap.c ---- */

void *llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void llext_heap_free(enum llext_heap heap, void *mem);
bool llext_heap_ready(void);
bool llext_heap_shared(void); /* one arena for instructions and data */
uintptr_t llext_heap_load_address(enum llext_heap heap, const void *mem);
void llext_heap_range(enum llext_heap heap, elf_addr *low, elf_addr *high);

/* ---- sort.c: heap sort, no recursion ---- */

void llext_sort(void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context);

/* ---- loader.c ---- */

int llext_source_open(struct load *ld);
void llext_source_close(struct load *ld); /* frees what is transient, too */
int llext_source_read(struct load *ld, size_t offset, void *out, size_t bytes);
const void *llext_source_peek(struct load *ld, size_t offset, size_t bytes);
/* Bytes for the length of the load: peeked where aligned so, else read to transient memory. */
int llext_source_view(struct load *ld, size_t offset, size_t bytes, size_t align,
		      const void **view);
void *llext_transient(struct load *ld, size_t bytes, size_t align); /* zeroed; NULL: no memory */

/* Read a table of the file entry by entry, in large pieces. */
struct stream {
	struct load *ld;
	const uint8_t
		*next; /* the entries at hand: in the buffer, or all where they can be peeked */
	size_t ready;  /* bytes at hand */
	size_t offset; /* in the file, of what is not at hand yet */
	size_t left;   /* bytes not at hand yet */
	uint8_t buffer[384]; /* a multiple of every entry size: 8, 12, 16, 24 */
};

void llext_stream_open(struct stream *stream, struct load *ld, const elf_shdr_t *shdr);
int llext_stream_refill(struct stream *stream, size_t bytes);

/*
 * A copy of the next entry: the source may be unaligned, and must not change between two looks.
 * With a size that the compiler knows, the copy is a few loads.
 */
static inline int stream_next(struct stream *stream, void *entry, size_t bytes)
{
	if (stream->ready < bytes) {
		int rc = llext_stream_refill(stream, bytes);

		if (rc != 0)
			return rc;
	}
	memcpy(entry, stream->next, bytes);
	stream->next += bytes;
	stream->ready -= bytes;
	return 0;
}

/* ---- code.c: memory that takes whole words only, instead of memcpy(); all of TEXT's is ---- */

static inline bool llext_code_by_words(enum llext_mem region)
{
	return CONFIG_LLEXT_WORD_CODE && llext_port.write_code != NULL && region == LLEXT_MEM_TEXT;
}

void llext_code_read(void *to, const uint8_t *mem, size_t bytes);
void llext_code_write(uint8_t *mem, const void *from, size_t bytes);             /* NULL: zeros */
int llext_code_load(struct load *ld, size_t offset, uint8_t *mem, size_t bytes); /* of the file */

/* ---- elf.c ---- */

int llext_elf_open(struct load *ld);
const char *llext_section_name(const struct load *ld, uint32_t section);
/* The length of a name at @offset of the string table, charged to the budget. */
int llext_name_length(struct load *ld, size_t offset, size_t *length);

/* ---- attributes.c ---- */

#if LLEXT_ARCH_ATTRIBUTES
int llext_attributes_check(struct load *ld);
#else
#define llext_attributes_check(ld) (0)
#endif

/* ---- layout.c, segments.c ---- */

int llext_layout_sections(struct load *ld);
int llext_layout_segments(struct load *ld);
int llext_layout_blocks(struct load *ld);
int llext_region_append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align,
			size_t *offset);
enum block llext_region_block(enum llext_mem region);
enum llext_mem llext_section_region(const struct load *ld, uint32_t index);
bool llext_is_unwind_table(const struct load *ld, uint32_t index);

/* ---- fixed.c: the way of an executable, where the others are laid out and relocated ---- */

int llext_fixed_layout(struct load *ld);
int llext_fixed_imports(struct load *ld); /* all that the file has are missing */
int llext_fixed_place(struct load *ld);

/* ---- symbols.c ---- */

int llext_symbols_scan(struct load *ld);
int llext_symbols_finish(struct load *ld);
/* A relocation refers to an import that nothing provides. All are collected. */
int llext_import_missing(struct load *ld, uint32_t symbol);
int llext_symbol_read(struct load *ld, uint32_t symbol, elf_sym_t *out);
int llext_slots_build(struct load *ld, struct slots *slots, uint8_t flag);
size_t llext_slots_find(const struct slots *slots, uint32_t symbol);

/* ---- count.c, relocate.c ---- */

int llext_relocate_count(struct load *ld);
int llext_relocate(struct load *ld);

/* ---- padding.c ---- */

#if LLEXT_ARCH_PADDING
int llext_padding_find(struct load *ld);
/* Cut the padding of a section whose bytes are in place. */
void llext_padding_cut(const struct load *ld, uint32_t section);
/* Where a byte of a section is after that. */
elf_addr llext_padding_moved(const struct load *ld, uint32_t section, elf_addr offset);
#else
#define llext_padding_find(ld)                   (0)
#define llext_padding_cut(ld, section)           ((void)0)
#define llext_padding_moved(ld, section, offset) (offset)
#endif

/* ---- place.c, unplace in it undoes everything ---- */

int llext_place(struct load *ld, const char *name);
size_t llext_extension_bytes(const struct load *ld); /* of struct llext and all, less its name */
int llext_place_segments(struct load *ld);
elf_addr llext_relro_split(const struct load *ld, const struct segment *segment);
struct piece *llext_add_piece(struct load *ld, const struct llext_extent *extent,
			      enum llext_access access);
int llext_allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			 size_t align, struct llext_extent *extent);
void llext_widen_region(struct llext *ext, enum llext_mem region, uintptr_t load, size_t bytes);
void llext_fill_slots(struct load *ld);
int llext_unplace(struct llext *ext);
uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes);
/* Likewise, but NULL where the extension may write. */
const uint8_t *llext_constant_address(const struct llext *ext, elf_addr load, size_t *bytes);
bool llext_in_text(const struct llext *ext, elf_addr address);
bool llext_contains(const struct llext *ext, elf_addr address);
elf_addr llext_handle(const struct llext *ext); /* __dso_handle: some address inside */

/* ---- exports.c ---- */

int llext_exports_build(struct load *ld);
int llext_exports_measure(struct load *ld, size_t *bytes); /* of the table to be built */

/* ---- protect.c ---- */

int llext_protect(struct load *ld);
int llext_unprotect(struct llext *ext);
void llext_fit(size_t *bytes, size_t *align); /* size and alignment of a protected piece */
int llext_in_place_access(struct load *ld, const struct llext_extent *extent);

/* ---- inspect.c ---- */

#if CONFIG_LLEXT_INSPECT
int llext_inspect_keep(struct load *ld);
void llext_inspect_drop(struct llext *ext);
#else
static inline int llext_inspect_keep(const struct load *ld)
{
	return ld->param->keep_section_info ? -ENOTSUP : 0;
}
#define llext_inspect_drop(ext) ((void)(ext))
#endif

/* ---- cxa.c ---- */

void llext_exit_functions_run(struct llext *ext, bool call);
const void *llext_exit_intrinsic(const char *name);

/* ---- llext.c ---- */

struct llext *llext_first(void);
void llext_lock(void);
void llext_unlock(void);

/* The stages up to, and without, the allocation; llext_load() and llext_plan() share them. */
int llext_examine(struct load *ld);
int llext_load_new(struct load *ld, const char *name);
size_t llext_dependency_bytes(void); /* of the table of those that the load marked as wanted */
void llext_forget_wanted(void);

#endif /* LLEXT_INTERNAL_H_ */
