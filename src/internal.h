/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stages of a load, and the calls behind it, offer each other, file by file. The stages
 * run in the order that load.c gives.
 */
#ifndef LLEXT_INTERNAL_H_
#define LLEXT_INTERNAL_H_

#include "load.h"

/* ---- report/diag.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
void llext_diag_clear(void);
int llext_fail(const struct load *ld, int error, const char *what);
void llext_diag_section(const struct load *ld, uint32_t section);
void llext_diag_section_name(const char *name);
void llext_diag_offset(uint64_t offset);
void llext_diag_values(int64_t expected, int64_t found);
void llext_diag_symbol(const struct load *ld, uint32_t symbol);
void llext_diag_symbol_name(const char *name);
void llext_diag_relocation(uint32_t type);
void llext_diag_loader(struct llext_loader *ldr);
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
#define llext_diag_loader(ldr)             ((void)0)
#define llext_diag_missing(name, index)    ((void)0)
#endif

/* ---- report/log.c ---- */

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

/* Fail because of a symbol. */
static inline int fail_symbol(const struct load *ld, int error, uint32_t symbol, const char *what)
{
	(void)what;
	error = llext_fail(ld, error, what);
	llext_diag_section(ld, ld->symtab);
	llext_diag_symbol(ld, symbol);
	(void)symbol;
	return error;
}

/* ---- heap.c ---- */

void *llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void llext_heap_free(enum llext_heap heap, void *mem);
/* Leave only so much of what was allocated. */
void llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes);
bool llext_heap_ready(void);
bool llext_heap_has_spare(size_t bytes); /* is so much of the data heap free, in whatever pieces? */
bool llext_heap_shared(void);            /* one arena for instructions and data */
#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
uintptr_t llext_heap_load_address(enum llext_heap heap, const void *mem);
#else
#define llext_heap_load_address(heap, mem) ((uintptr_t)(mem))
#endif
void llext_heap_range(enum llext_heap heap, elf_addr *low, elf_addr *high);

/* ---- sort.c: heap sort, no recursion ---- */

void llext_sort(void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context);

/* ---- loader.c ---- */

int llext_source_open(struct load *ld);
void llext_source_close(struct load *ld); /* frees what is transient, too */
#if CONFIG_LLEXT_WHOLE_BYTES > 0
int llext_source_read_whole(struct load *ld); /* if it is small */
#else
#define llext_source_read_whole(ld) (0)
#endif
int llext_source_read(struct load *ld, size_t offset, void *out, size_t bytes);
/* Bytes where the loader has them in memory (peek); NULL: it has not. */
const void *llext_source_peek(struct load *ld, size_t offset, size_t bytes);
/* Likewise, or in the load's own copy of a small file. */
const void *llext_source_at(struct load *ld, size_t offset, size_t bytes);
/*
 * Bytes that stay valid until the load ends: peeked if they are aligned to @align, else read to
 * transient memory.
 */
int llext_source_view(struct load *ld, size_t offset, size_t bytes, size_t align,
		      const void **view);
/* Memory for the length of the load, not zeroed. NULL: there is none, and that is reported. */
void *llext_transient(struct load *ld, size_t bytes, size_t align);
void llext_transient_free(struct load *ld, const void *mem); /* earlier than that */
void llext_transient_free_all(struct load *ld);
/* Copy bytes of the file to @mem, from a peek if there is one. */
int llext_source_copy(struct load *ld, size_t offset, uint8_t *mem, size_t bytes);

/*
 * A table of the file, read entry by entry: from a peek if there is one, else through the load's
 * window. There is one window, so one table is read at a time.
 */
struct stream {
	struct load *ld;
	const uint8_t *next; /* the bytes at hand */
	size_t ready;        /* how many */
	size_t offset;       /* in the file, of what is not at hand yet */
	size_t left;         /* bytes not at hand yet */
};

int llext_stream_open(struct stream *stream, struct load *ld, const elf_shdr_t *shdr);
/* Get at least @bytes bytes at hand, or all that are left where those are fewer. */
int llext_stream_refill(struct stream *stream, size_t bytes);

/* A copy of the next entry: the source may be unaligned, and must not change between two looks. */
int llext_stream_next(struct stream *stream, void *entry, size_t bytes);

/* Likewise, in a few instructions where the next entry is at hand and aligned. */
static inline int llext_stream_symbol(struct stream *stream, elf_sym_t *sym)
{
	if (stream->ready < sizeof(*sym) || (uintptr_t)stream->next % sizeof(elf_addr) != 0)
		return llext_stream_next(stream, sym, sizeof(*sym));
	*sym = *(const elf_sym_t *)(const void *)stream->next;
	stream->next += sizeof(*sym);
	stream->ready -= sizeof(*sym);
	return 0;
}

/* Processors on which a word at an odd address takes more than an instruction. */
#if defined(__riscv) || defined(__XTENSA__) ||                                                     \
	(defined(__arm__) && !defined(__ARM_FEATURE_UNALIGNED))
#define ALIGNED_WORDS_ONLY 1
#else
#define ALIGNED_WORDS_ONLY 0
#endif

/* A word at any address; at an aligned one, as tables have them, without a call of memcpy(). */
static inline elf_addr read_word(const uint8_t *mem)
{
	typedef elf_addr __attribute__((may_alias)) any_word;
	elf_addr word;

	if (ALIGNED_WORDS_ONLY && (uintptr_t)mem % sizeof(word) == 0)
		return *(const any_word *)(const void *)mem;
	memcpy(&word, mem, sizeof(word));
	return word;
}

/* ---- memory/word_memory.c: memory that takes whole words only, instead of memcpy(); all of TEXT's
 * is
 * ---- */

static inline bool llext_code_by_words(enum llext_mem region)
{
	return LLEXT_ON(CONFIG_LLEXT_WORD_CODE) && llext_port.write_code != NULL &&
	       region == LLEXT_MEM_TEXT;
}

void llext_code_read(void *to, const uint8_t *mem, size_t bytes);
void llext_code_write(uint8_t *mem, const void *from, size_t bytes);             /* NULL: zeros */
int llext_code_load(struct load *ld, size_t offset, uint8_t *mem, size_t bytes); /* of the file */

/* ---- trust/admit.c: may this be loaded? ---- */

#if LLEXT_ON(CONFIG_LLEXT_TRUST)
int llext_admit(struct load *ld);
int llext_admit_again(struct load *ld); /* and keep what was verified, with the extension */
#else
#define llext_admit(ld)       (0)
#define llext_admit_again(ld) (0)
#endif

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

/* ---- layout.c, linked/segments.c ---- */

int llext_layout_sections(struct load *ld);
#if LINKED_FILES
int llext_layout_segments(struct load *ld);
bool llext_in_segments(const struct load *ld, elf_addr vaddr); /* an end is inside, too */
#else
#define llext_layout_segments(ld)    (-ENOTSUP)
#define llext_in_segments(ld, vaddr) ((void)(vaddr), false)
#endif
int llext_layout_blocks(struct load *ld);
int llext_region_append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align,
			size_t *offset);
int llext_section_append(struct load *ld, uint32_t index, enum llext_mem region, size_t align);
enum llext_mem llext_section_region(const struct load *ld, const elf_shdr_t *shdr);
/* Is it one of these (each ends with NUL, and so do all), or does it begin with it and a dot? */
bool llext_name_is(const char *name, const char *stems);

/* In a domain, and where slots are few, code and constants are one block. */
static inline enum block region_block(const struct load *ld, enum llext_mem region)
{
	if (BLOCK_COUNT == 1 || region == LLEXT_MEM_TEXT)
		return BLOCK_TEXT;
	if (region == LLEXT_MEM_DATA || region == LLEXT_MEM_BSS)
		return BLOCK_DATA;
	return LLEXT_ON(CONFIG_LLEXT_CONSTANTS_WITH_CODE) || domain_of(ld) != NULL ? BLOCK_TEXT
										   : BLOCK_RODATA;
}

/* ---- in_place/in_place.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_IN_PLACE)
int llext_in_place_open(struct load *ld);
void llext_in_place_begin(struct load *ld); /* what is used in place is going to be written to */
int llext_layout_pre_located(struct load *ld, uint32_t index);
bool llext_layout_by_itself(struct load *ld, uint32_t index, enum llext_mem region);
/* Lay a section out by itself if the loader or the caller has a reason to. @return true: done. */
static inline bool llext_layout_alone(struct load *ld, uint32_t index, enum llext_mem region)
{
	return (ld->ldr->storage != LLEXT_STORAGE_TEMPORARY ||
		ld->param->section_detached != NULL) &&
	       domain_of(ld) == NULL && llext_layout_by_itself(ld, index, region);
}
int llext_place_alone(struct load *ld, uint32_t index);
#else
#define llext_in_place_open(ld)               (0)
#define llext_in_place_begin(ld)              ((void)(ld))
#define llext_layout_pre_located(ld, index)   ((void)(index), -ENOTSUP)
#define llext_layout_alone(ld, index, region) (false)
#define llext_place_alone(ld, index)          (-ENOTSUP)
#endif

/* ---- cxx/init_arrays.c ---- */

/* 1: an array, laid out or kept for llext_layout_arrays(); 0: any other section. */
int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region);
#if LLEXT_ON(CONFIG_LLEXT_ARRAYS)
int llext_layout_arrays(struct load *ld);
int llext_arrays_finish(struct load *ld); /* when they have been relocated */
#else
#define llext_layout_arrays(ld) (0)
#endif

/* ---- sets/section_sets.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_SECTION_SETS)
uint32_t llext_set_hash(const char *name); /* of a C identifier; 0: it is none */
/* 1: @name is __start_ or __stop_ of sections of the file, and *@special says which; 0: no. */
int llext_set_bound(struct load *ld, const char *name, elf_addr *special);
elf_addr llext_set_bound_value(const struct load *ld, elf_addr special);
#else
#define llext_set_hash(name)               ((uint32_t)0)
#define llext_set_bound(ld, name, special) (0)
#define llext_set_bound_value(ld, special) ((elf_addr)0)
#endif

/* ---- cxx/unwind.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_UNWIND)
static inline bool llext_is_unwind_table(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];

	return shdr->sh_type == llext_arch.unwind_type ||
	       (shdr->sh_type == SHT_PROGBITS && llext_named(ld, shdr, ".eh_frame"));
}

void llext_unwind_found(struct load *ld, uint32_t index);
int llext_unwind_end(struct load *ld); /* room for the zero word that ends an .eh_frame */
int llext_unwind_add(struct load *ld);
void llext_unwind_remove(struct llext *ext);

static inline bool llext_unwind_wanted(const struct load *ld)
{
	/* Nothing is thrown out of a domain, or in it. */
	return llext_port.unwind_add != NULL && domain_of(ld) == NULL;
}
#else
static inline bool llext_is_unwind_table(const struct load *ld, uint32_t index)
{
	return ld->shdrs[index].sh_type == llext_arch.unwind_type;
}
#define llext_unwind_wanted(ld)       (false)
#define llext_unwind_found(ld, index) ((void)(index))
#define llext_unwind_end(ld)          (0)
#define llext_unwind_remove(ext)      ((void)(ext))
#endif

/* ---- linked/executable.c: what an executable has instead of layout, imports and place ---- */

#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)
int llext_executable_layout(struct load *ld);
int llext_executable_imports(struct load *ld); /* all that the file has are missing */
int llext_executable_place(struct load *ld);
#else
#define llext_executable_layout(ld)  (-ENOTSUP)
#define llext_executable_imports(ld) (-ENOTSUP)
#define llext_executable_place(ld)   (-ENOTSUP)
#endif

/* ---- symbols.c ---- */

int llext_symbols_scan(struct load *ld);
int llext_symbols_finish(struct load *ld);
int llext_symbol_read(struct load *ld, uint32_t symbol, elf_sym_t *out);

/* ---- imports.c ---- */

/* Check an import and look it up; what is found goes to values[at] and flags[at]. */
int llext_import_scan(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym);
/* A relocation refers to an import that nothing provides. All are collected. */
int llext_import_missing(struct load *ld, uint32_t symbol);
/* Nothing provides an import, at @at of values[] and flags[]: only a relocation to it matters. */
int llext_import_unknown(struct load *ld, uint32_t at, const char *name, bool tls);
void llext_import_found(struct load *ld, const char *name, const void *addr, struct llext *provider,
			bool weak, bool tls);

/* ---- fast/labels.c ---- */

/*
 * Check, and keep where symbols are kept by index, those of the @count symbols at hand, one at
 * least, that are labels in the regions, up to the first that is none; @first is its index.
 * @return how many.
 */
uint32_t llext_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym, uint32_t count);

/* ---- fast/symtab_view.c ---- */

#define NOT_KEPT UINT32_MAX

#if VENEERS_LATER
/* Keep no more of the symbols than needed, if the symbol table can be seen. */
int llext_symtab_view_open(struct load *ld);
uint32_t llext_symtab_view_keep(struct load *ld, uint32_t symbol, const elf_sym_t *sym);
/* A symbol's flags and, counted from what they say, its value, once everything is placed. */
uint8_t llext_symtab_view_get(const struct load *ld, uint32_t symbol, elf_addr *value);

/* A symbol's place in values[] and flags[]. */
static inline uint32_t kept_at(const struct load *ld, uint32_t symbol)
{
	if (ld->symtab_view == NULL)
		return symbol;
	return symbol >= ld->kept_first ? ld->kept[symbol - ld->kept_first] - 1u : NOT_KEPT;
}
#else
#define llext_symtab_view_open(ld)               (0)
#define llext_symtab_view_keep(ld, symbol, sym)  (symbol)
#define llext_symtab_view_get(ld, symbol, value) (*(value) = 0, (uint8_t)0)
#define kept_at(ld, symbol)                      (symbol)
#endif

static inline uint8_t symbol_flags(const struct load *ld, uint32_t symbol)
{
	elf_addr unused;

	if (symtab_view(ld) != NULL)
		return llext_symtab_view_get(ld, symbol, &unused);
	return ld->flags[symbol];
}

/* A weak import that nobody provides, to relocations that treat it in a way of their own. */
static inline bool is_absent(uint8_t flags, elf_addr value)
{
	return LLEXT_ARCH_ABSENT && value == 0 &&
	       (flags & (SYMBOL_IMPORT | SYMBOL_BASE)) == (SYMBOL_IMPORT | SYMBOL_EXACT);
}

/* A symbol's value, once everything is placed. */
static inline elf_addr symbol_value(const struct load *ld, uint32_t symbol)
{
	elf_addr value;
	uint8_t flags;

	if (symtab_view(ld) != NULL) {
		flags = llext_symtab_view_get(ld, symbol, &value);
	} else {
		flags = ld->flags[symbol];
		value = ld->values[symbol];
	}
	if (flags & (SYMBOL_GOT | SYMBOL_VENEER))
		return ld->targets[value].value;
	return value + ld->bases[flags & SYMBOL_BASE];
}

/* Is it a table of relocations, to be opened by llext_table_open()? */
static inline bool is_relocation_table(const elf_shdr_t *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA || shdr->sh_type == SHT_CREL;
}

/* ---- count.c, relocate.c ---- */

int llext_relocate_count(struct load *ld);
/* Note that a symbol needs a GOT entry (SYMBOL_GOT) or a veneer (SYMBOL_VENEER). */
void llext_need(struct load *ld, uint32_t symbol, uint8_t what);
int llext_add_tables(struct load *ld); /* room for ld->got and ld->veneers */
/* True if a branch of this type cannot reach @to from somewhere in the code heap. */
bool llext_may_miss(const struct reloc_type *type, elf_addr to);
/* Likewise, by the type's number. */
bool llext_branch_may_miss(const struct load *ld, uint32_t number, elf_addr to);
int llext_relocate_table(struct load *ld, uint32_t index);
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

int llext_place(struct load *ld);                    /* memory and addresses */
int llext_fill(struct load *ld);                     /* bytes */
size_t llext_extension_bytes(const struct load *ld); /* of struct llext and all, less its name */
#if LINKED_FILES
int llext_place_segments(struct load *ld);
elf_addr llext_relro_split(const struct load *ld, const struct segment *segment);
#else
#define llext_place_segments(ld)       (-ENOTSUP)
#define llext_relro_split(ld, segment) ((void)(segment), (elf_addr)0)
#endif
struct piece *llext_add_piece(struct load *ld, const struct llext_extent *extent,
			      enum llext_access access);
int llext_allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			 size_t align, struct llext_extent *extent);
void llext_widen_region(struct llext *ext, enum llext_mem region, uintptr_t load, size_t bytes);
enum llext_access llext_region_access(const struct load *ld, enum llext_mem region);
int llext_unplace(struct llext *ext);

/* ---- pieces.c ---- */

uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes);
/* Likewise, but NULL where the extension may write. In one piece it may write everywhere. */
#if ONE_PIECE
#define llext_constant_address llext_write_address
#else
const uint8_t *llext_constant_address(const struct llext *ext, elf_addr load, size_t *bytes);
#endif
bool llext_in_text(const struct llext *ext, elf_addr address);
bool llext_contains(const struct llext *ext, elf_addr address);
elf_addr llext_handle(const struct llext *ext); /* __dso_handle: some address inside */

/* ---- veneers.c ---- */

/* A target's value is known but for its base. */
void llext_target_finish(struct load *ld, size_t index);
void llext_veneer_fill(const struct load *ld, size_t index);
int llext_fill_slots(struct load *ld);

/* ---- fast/veneers_later.c ---- */

#if VENEERS_LATER
int llext_veneers_reserve(struct load *ld); /* one for each import */
/* True if veneers are made later and the symbol kept at @at is an import without one. */
bool llext_veneer_lacks(const struct load *ld, uint32_t at);
int llext_veneer_give(struct load *ld, uint32_t at);
int llext_veneers_trim(struct load *ld); /* give back the room for those that nothing needs */
#else
#define llext_veneers_reserve(ld)  (0)
#define llext_veneer_lacks(ld, at) (false)
#define llext_veneer_give(ld, at)  (0)
#endif

/* ---- src/tls/ ---- */

#define LLEXT_TLS_SUFFIX ".tls" /* of the names of exports */

/* A thread-local variable: of the extension itself, or of another or the firmware. */
static inline bool is_own_tls(uint8_t flags)
{
	return LLEXT_ON(CONFIG_LLEXT_TLS) && (flags & SYMBOL_BASE) == SYMBOL_TLS;
}

static inline bool is_tls(uint8_t flags)
{
	return is_own_tls(flags) ||
	       (LLEXT_ON(CONFIG_LLEXT_TLS) && (flags & SYMBOL_BASE) == SYMBOL_TLS_IMPORT);
}

struct table;
struct reloc;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
int llext_tls_layout(struct load *ld);
int llext_tls_segment(struct load *ld, const elf_phdr_t *phdr);
int llext_tls_check_segment(struct load *ld); /* when the others are known */
/* More of the block. */
int llext_tls_extend(struct load *ld, elf_xword bytes, size_t align, elf_addr *offset);
/* tls_symbols.c */
int llext_tls_refuse(const struct load *ld);                         /* if the port has no room */
bool llext_tls_defines(const struct load *ld, const elf_sym_t *sym); /* in such a section? */
int llext_tls_define(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym);
int llext_tls_import(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym,
		     const struct llext_const_symbol *bound);
int llext_tls_export(struct load *ld, const char *name, size_t length, elf_addr *offset);
bool llext_tls_inside(const struct load *ld, const elf_sym_t *sym);
/* tls.c again */
int llext_tls_place(struct load *ld);
int llext_tls_start(struct load *ld);
void llext_tls_release(const struct llext *ext);
void llext_tls_each(void (*fn)(intptr_t offset, const void *image, size_t image_bytes,
			       size_t bytes));
/* tls_index.c */
const void *llext_tls_intrinsic(const char *name);
int llext_tls_count(const struct table *table, const struct reloc *reloc);
void llext_tls_fill(const struct load *ld);
int llext_tls_check(const struct table *table, const struct reloc *reloc, uint8_t flags);
int llext_tls_evaluate(const struct table *table, const struct reloc *reloc, elf_addr s, elf_addr a,
		       elf_addr p, elf_addr *value);
void llext_tls_descriptor(const struct load *ld, uint8_t *mem, uint32_t symbol, elf_addr s,
			  elf_addr a);
#else
#define llext_tls_layout(ld)                 (0)
#define llext_tls_segment(ld, phdr)          (0)
#define llext_tls_check_segment(ld)          (0)
#define llext_tls_refuse(ld)                 (0)
#define llext_tls_place(ld)                  (0)
#define llext_tls_release(ext)               ((void)(ext))
#define llext_tls_fill(ld)                   ((void)(ld))
#define llext_tls_count(table, reloc)        (0)
#define llext_tls_check(table, reloc, flags) (0)
#define llext_tls_inside(ld, sym)            (true)
#endif

/* ---- packed/packed.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_PACKED)
static inline bool is_packed(const struct load *ld)
{
	return ld->packed.yes;
}

int llext_packed_open(struct load *ld);
/* The firmware's export that an import is bound to; NULL: look its name up. */
const struct llext_const_symbol *llext_packed_import(const struct load *ld, elf_addr ordinal);
int llext_packed_branch(struct load *ld, uint32_t index, const elf_sym_t *sym);
int llext_packed_room(struct load *ld);
/* The firmware's table of exports is another one, be it at the same address. */
void llext_packed_builtins_changed(void);
#else
#define is_packed(ld)                       ((void)(ld), false)
#define llext_packed_open(ld)               (0)
#define llext_packed_import(ld, ordinal)    ((const struct llext_const_symbol *)NULL)
#define llext_packed_branch(ld, index, sym) (0)
#define llext_packed_room(ld)               (0)
#define llext_packed_builtins_changed()     ((void)0)
#endif

/* ---- builtins.c: the firmware's table of exports ---- */

extern const struct llext_const_symbol *llext_builtins_start, *llext_builtins_end;

static inline size_t builtins_count(void)
{
	return ((uintptr_t)llext_builtins_end - (uintptr_t)llext_builtins_start) /
	       sizeof(*llext_builtins_start);
}

/* ---- exports.c ---- */

int llext_exports_build(struct load *ld);
int llext_exports_measure(struct load *ld, size_t *bytes); /* of the table to be built */
struct llext_symbol *llext_exports_allocate(struct load *ld, size_t bytes);

/* ---- fast/sort_names.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_QUICK)
/* Sort a table of exports. @return false: it would take too long, and is in any order. */
bool llext_sort_names(struct llext_symbol *syms, size_t count);
#else
#define llext_sort_names(syms, count) (false)
#endif

/* ---- exports_global.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)
int llext_exports_from_symbols(struct load *ld);
int llext_globals_measure(struct load *ld, size_t *count, size_t *name_bytes);
#else
static inline int llext_exports_from_symbols(const struct load *ld)
{
	if (ld->param->exports == LLEXT_EXPORTS_NONE)
		return 0;
	return llext_fail(ld, -ENOTSUP, "no .exported_sym, and this build exports nothing else");
}
static inline int llext_globals_measure(const struct load *ld, size_t *count, size_t *name_bytes)
{
	*count = *name_bytes = 0;
	return llext_exports_from_symbols(ld);
}
#endif

/* ---- memory/protect.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_PROTECT)
int llext_protect(struct load *ld);
int llext_unprotect(struct llext *ext);
/* Size and alignment of a protected piece. */
void llext_fit(const struct load *ld, size_t *bytes, size_t *align);
#else
#define llext_unprotect(ext)        (0)
#define llext_fit(ld, bytes, align) ((void)0)
#endif

/* ---- sandbox/ ---- */

#if SANDBOX
/* How many functions to run at its end a sandboxed extension may register. */
#ifndef CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS
#define CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS 32
#endif
int llext_exit_function_add(struct llext *ext, void (*function)(void *argument), void *argument);
int llext_sandbox_open(struct load *ld); /* may this load be for its domain? */
int llext_sandbox_no_tls(const struct load *ld);
int llext_sandbox_gates(struct load *ld); /* room for the slot that calls return to */
/* What provides an import in the domain: *found, and *gate where the way there is a gate. */
int llext_sandbox_find(struct load *ld, const char *name, const void **addr,
		       struct llext **provider, const struct llext_gate **gate);
/* A slot for a gate: the symbol's value is where it will be. */
int llext_sandbox_slot(struct load *ld, uint32_t at, const struct llext_gate *gate);
void llext_sandbox_stack(struct load *ld); /* the domain's, before the data */
int llext_sandbox_allocate(struct load *ld, enum llext_access access, size_t bytes, size_t align,
			   struct llext_extent *extent);
void llext_sandbox_free(struct llext *ext, const struct llext_extent *extent,
			enum llext_access access);
int llext_sandbox_fill(struct load *ld); /* the slots */
int llext_sandbox_join(struct load *ld);
void llext_sandbox_leave(struct llext *ext);
int llext_sandbox_may_unload(const struct llext *ext);
/* A function of an extension in a domain, called by the library. */
int llext_sandbox_run(const struct llext *ext, elf_addr function, void *argument);
int llext_load_refill(struct load *ld);                  /* load.c */
void llext_heap_window(const struct llext_arena *arena); /* heap.c: what llext_heap_range() says */
#else
#define llext_sandbox_no_tls(ld)                                 (0)
#define llext_sandbox_gates(ld)                                  (0)
#define llext_sandbox_stack(ld)                                  ((void)(ld))
#define llext_sandbox_allocate(ld, access, bytes, align, extent) (-ENOTSUP)
#define llext_sandbox_free(ext, extent, access)                  ((void)(ext))
#define llext_sandbox_leave(ext)                                 ((void)(ext))
#define llext_sandbox_may_unload(ext)                            (0)
#define llext_sandbox_run(ext, function, argument)               (-ENOTSUP)
#endif

/* ---- entry.c ---- */

void llext_entry_keep(const struct load *ld); /* the entry's address, for llext_entry() */

/* ---- inspect/inspect.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_INSPECT)
int llext_inspect_keep(struct load *ld);
void llext_inspect_drop(struct llext *ext);
#else
#define llext_inspect_drop(ext) ((void)(ext))
#endif

/* ---- debugger/debugger.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
int llext_debugger_keep(struct load *ld);
/* Of a loaded extension. @return its length; 0: it has none, and *build_id is NULL. */
size_t llext_debugger_build_id(const struct llext *ext, const uint8_t **build_id);
void llext_debugger_show(const struct llext *ext); /* after it was added to the list */
void llext_debugger_drop(struct llext *ext);       /* before its memory is freed */
#else
#define llext_debugger_show(ext) ((void)(ext))
#define llext_debugger_drop(ext) ((void)(ext))
#endif

/* ---- cxx/cxa.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)
void llext_exit_functions_run(struct llext *ext, bool call);
/* Those of a thread that ends, of all extensions. */
void llext_thread_exit_functions_run(const void *thread);
const void *llext_exit_intrinsic(const char *name); /* of which the next is true */
/* The first two letters rule out most names. */
static inline bool may_be_exit_intrinsic(const char *name)
{
	return (name[0] == '_' && name[1] == '_') || (name[0] == 'a' && name[1] == 't');
}
#else
#define llext_exit_functions_run(ext, call) ((void)(ext))
#define llext_thread_exit_functions_run(t)  ((void)(t))
#define llext_exit_intrinsic(name)          (NULL)
#define may_be_exit_intrinsic(name)         (false)
#endif

/* ---- dependencies.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)
size_t llext_dependency_bytes(void); /* of the table of those that the load marked as wanted */
void llext_forget_wanted(void);
int llext_dependencies_record(struct load *ld);
void llext_dependencies_count(struct llext *ext, int change); /* in those that it uses */

static inline bool llext_has_dependents(const struct llext *ext)
{
	return ext->priv->dependents > 0;
}
#else
#define llext_dependency_bytes()              ((size_t)0)
#define llext_forget_wanted()                 ((void)0)
#define llext_dependencies_count(ext, change) ((void)(ext))
#define llext_has_dependents(ext)             (false)
#endif

/* ---- locks.c ---- */

/*
 * Around what changes the list of extensions: the lock, and -EBUSY where a load or unload that goes
 * on has called back to get here.
 */
int llext_enter(void);
void llext_leave(void);

#if LLEXT_ON(CONFIG_LLEXT_LOCK)
void llext_lock(void);
void llext_unlock(void);
void llext_guard(void);
void llext_unguard(void);
bool llext_relax(void); /* false: the port cannot */
/* What was taken off a list is seen by no reader any more when this returns. */
void llext_wait_for_readers(void);
#else
#define llext_lock()             ((void)0)
#define llext_unlock()           ((void)0)
#define llext_guard()            ((void)0)
#define llext_unguard()          ((void)0)
#define llext_relax()            (false)
#define llext_wait_for_readers() ((void)0)
#endif

/* ---- llext.c ---- */

/*
 * The list of extensions, oldest first. Whoever walks over it holds the lock, the guard, or a pin;
 * with a pin alone, by llext_next().
 */
struct llext *llext_first(void);
struct llext *llext_next(const struct llext *ext); /* for those who hold a pin */
/* The list begins and ends to have an extension, with what it depends on. Under the lock. */
void llext_publish(struct llext *ext);
void llext_withdraw(struct llext *ext);
/* memset() to 0: that of a small device's C library may go byte by byte. @mem is aligned. */
void llext_clear_words(void *mem, size_t bytes);

/* ---- lifecycle.c ---- */

bool llext_is_changing(const struct llext *ext); /* are initialisers or finalisers running? */
/* The initialisers once more, whoever has brought it up: its data is as at its load. */
int llext_bringup_again(struct llext *ext);

/* ---- load.c ---- */

extern const struct llext_load_param llext_default_param;
/* The steps up to, and without, the allocation; llext_load() and llext_plan() share them. */
int llext_examine(struct load *ld);
/* All steps; undone where one fails. */
int llext_load_run(struct load *ld);

/* ---- restart.c ---- */

/* A load, which may run twice, until the source is closed. */
int llext_load_new(struct load *ld);
/* True if this load may apply relocations without having counted what they need. */
bool llext_may_count_later(const struct load *ld);
/* The file needs counting after all: the load begins again. @return the error to return. */
int llext_count_first(struct load *ld);

#endif /* LLEXT_INTERNAL_H_ */
