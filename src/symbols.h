/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols: those of the file, its imports, and its exports. */
#ifndef LLEXT_SYMBOLS_H_
#define LLEXT_SYMBOLS_H_

#include "report.h"

/* ---- symbols.c ---- */

int llext_symbols_scan(struct load *ld);
int llext_symbols_finish(struct load *ld);
/* Common symbols, for which the loader has to find room, whatever is in them. */
int llext_check_common(const struct load *ld, uint32_t index, const elf_sym_t *sym);
int llext_symbol_read(struct load *ld, uint32_t symbol, elf_sym_t *out);

/* ---- imports.c ---- */

/* An export of another extension, the oldest that has it. NULL: none has. */
const void *llext_import_of_others(const struct load *ld, const char *name,
				   struct llext **provider);
/* The length of a name without its version: of NAME in NAME@VERSION or NAME@@VERSION. */
size_t llext_bare_length(const struct load *ld, const char *name);

/* The name of the sections at whose start or end @name is to be; NULL: it is no such name. */
const char *llext_bound_set(const char *name, bool *stop);
/* Check an import and look it up. Its value goes to values[at], its flags to flags[at]. */
int llext_import_scan(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym);
int llext_import_nameless(const struct load *ld, uint32_t index); /* an error */
/*
 * A relocation refers to an import that nothing provides: report it, and go on to find the others.
 */
int llext_import_missing(struct load *ld, uint32_t symbol);
/*
 * Nothing provides the import at @at of values[] and flags[]: an error once a relocation refers to
 * it.
 */
int llext_import_unknown(struct load *ld, uint32_t at, const char *name, bool tls);
struct found_import;
void llext_import_found(struct load *ld, const char *name, const struct found_import *found,
			bool weak);

/* ---- fast/labels.c ---- */

/*
 * Check labels, and keep them if symbols are kept by index: those from @sym on, which has the index
 * @first and is no import, up to @end. @return the first symbol that is no label, or @end.
 */
const elf_sym_t *llext_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym,
			      const elf_sym_t *end);
#if LLEXT_FAST_RISCV
/*
 * Likewise if all is placed, labels in sections that are loaded, the first of which is in one: keep
 * their values here.
 */
const elf_sym_t *llext_labels_keep(const struct load *ld, const elf_sym_t *sym,
				   const elf_sym_t *end, elf_addr *values);
#endif

/* ---- fast/bound_imports.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_QUICK) && LLEXT_ON(CONFIG_LLEXT_PACKED)
static inline bool is_bound_import(const struct load *ld, const elf_sym_t *sym)
{
	return ld->packed.bound && sym->st_value != 0;
}
/* Likewise bound imports of a packed file: take them from the firmware's table. */
const elf_sym_t *llext_bound_imports(struct load *ld, uint32_t first, const elf_sym_t *sym,
				     const elf_sym_t *end);
#else
#define is_bound_import(ld, sym)                 (false)
#define llext_bound_imports(ld, first, sym, end) (sym)
#endif

/* ---- fast/symtab_view.c, fast/symtab_blocks.c ---- */

#define NOT_KEPT UINT32_MAX

#if COUNTS_LATER
/*
 * If that pays, arrange to look symbols up in the symbol table itself instead of keeping them.
 */
int llext_symtab_view_open(struct load *ld);
/* A symbol's flags and, relative to its base, its value. Valid once everything is placed. */
uint8_t llext_symtab_view_get(const struct load *ld, uint32_t symbol, elf_addr *value);
#else
#define llext_symtab_view_open(ld)               (0)
#define llext_symtab_view_get(ld, symbol, value) (*(value) = 0, (uint8_t)0)
#endif

/* Index of the first symbol that is read before everything is placed. */
static inline uint32_t symtab_view_first(const struct load *ld)
{
#if LLEXT_FAST_RISCV
	return ld->symtab.kept_first;
#else
	(void)ld;
	return 0;
#endif
}

#if LLEXT_FAST_RISCV
/* Read a symbol, unless it is at hand. @return 1: it has been done; 0; or an error. */
int llext_symtab_view_read(struct load *ld, uint32_t symbol);

/* Blocks of local symbols, of which the ones that were read last are kept. */
#define SYMTAB_BLOCK  64u
#define SYMTAB_BLOCKS 16u

/*
 * A value for what is no label in a section that is loaded. If a label has it, it is taken for
 * none, and the load begins again without a view.
 */
#define NO_LABEL ((elf_addr)-1)

struct symtab_blocks {
	uint32_t firsts[SYMTAB_BLOCKS]; /* the first symbol of each block; NOT_KEPT: none */
	elf_addr values[SYMTAB_BLOCKS * SYMTAB_BLOCK]; /* by symbol, modulo their number */
	elf_sym_t buffer[SYMTAB_BLOCK];
};

/* A local symbol's value; NO_LABEL: it is not at hand, or no label. */
static inline elf_addr symtab_view_label(const struct symtab_blocks *blocks, uint32_t symbol)
{
	return blocks->firsts[symbol / SYMTAB_BLOCK % SYMTAB_BLOCKS] ==
			       symbol - symbol % SYMTAB_BLOCK
		       ? blocks->values[symbol % (SYMTAB_BLOCKS * SYMTAB_BLOCK)]
		       : NO_LABEL;
}
#else
#define llext_symtab_view_read(ld, symbol) ((void)(symbol), 0)
#endif

#if VENEERS_LATER
uint32_t llext_symtab_view_keep(struct load *ld, uint32_t symbol, const elf_sym_t *sym);

/* A symbol's place in values[] and flags[]. */
static inline uint32_t kept_at(const struct load *ld, uint32_t symbol)
{
	if (ld->symbols.view == NULL)
		return symbol;
	return symbol >= ld->symtab.kept_first
		       ? ld->symtab.kept[symbol - ld->symtab.kept_first] - 1u
		       : NOT_KEPT;
}
#else
#define kept_at(ld, symbol) (symbol)
#endif

static inline uint8_t symbol_flags(const struct load *ld, uint32_t symbol)
{
	elf_addr unused;

	if (LLEXT_FAST_RISCV || has_symtab_view(ld)) /* one of them for both saves code */
		return llext_symtab_view_get(ld, symbol, &unused);
	return ld->symbols.flags[symbol];
}

/* True for a symbol of a kind and a visibility that others may use. */
static inline bool is_exportable(const elf_sym_t *sym)
{
	uint8_t type = ELF_ST_TYPE(sym->st_info), bind = ELF_ST_BIND(sym->st_info);

	return (bind == STB_GLOBAL || bind == STB_WEAK) &&
	       ELF_ST_VISIBILITY(sym->st_other) != STV_HIDDEN &&
	       ELF_ST_VISIBILITY(sym->st_other) != STV_INTERNAL &&
	       (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE ||
		type == STT_COMMON || type == STT_TLS) &&
	       sym->st_shndx != SHN_UNDEF;
}

/* True for a weak import that nobody provides, on machines whose relocations treat it specially. */
static inline bool is_absent(uint8_t flags, elf_addr value)
{
	return LLEXT_ARCH_ABSENT && value == 0 &&
	       (flags & (SYMBOL_IMPORT | SYMBOL_BASE)) == (SYMBOL_IMPORT | SYMBOL_EXACT);
}

/* A symbol's flags and, relative to its base, its value, or the index of its target. */
static inline uint8_t symbol_get(const struct load *ld, uint32_t symbol, elf_addr *value)
{
	if (has_symtab_view(ld))
		return llext_symtab_view_get(ld, symbol, value);
	*value = ld->symbols.values[symbol];
	return ld->symbols.flags[symbol];
}

/* A symbol's value, from what symbol_get() gives. Valid once everything is placed. */
static inline elf_addr final_value(const struct load *ld, uint8_t flags, elf_addr value)
{
	if (flags & (SYMBOL_GOT | SYMBOL_VENEER))
		return ld->made.targets[value].value;
	return value + ld->bases[flags & SYMBOL_BASE];
}

static inline elf_addr symbol_value(const struct load *ld, uint32_t symbol)
{
	elf_addr value;
	uint8_t flags = symbol_get(ld, symbol, &value);

	return final_value(ld, flags, value);
}

/* These two likewise, where a call does not matter. */
elf_addr llext_symbol_value(const struct load *ld, uint32_t symbol);
uint8_t llext_symbol_flags(const struct load *ld, uint32_t symbol);

/* True for the type of the tables of packed files. */
static inline bool is_compact_type(uint32_t type)
{
	/* Nearly all types are lower numbers. */
	return type >= SHT_CREL && (type == SHT_CREL || type == SHT_LLEXT_RUNS);
}

/* True for a table of relocations that llext_walk_table() takes. */
static inline bool is_relocation_table(const elf_shdr_t *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA ||
	       is_compact_type(shdr->sh_type);
}

/* ---- builtins.c: the firmware's table of exports ---- */

extern const struct llext_const_symbol *llext_builtins_start, *llext_builtins_end;

static inline size_t builtins_count(void)
{
	return ((uintptr_t)llext_builtins_end - (uintptr_t)llext_builtins_start) /
	       sizeof(*llext_builtins_start);
}

/*
 * Search a table that is sorted by name. find_sym.c has a loop of its own, in which names are
 * compared without a call.
 */
static inline __attribute__((always_inline)) const void *
find_by_halves(const struct llext_const_symbol *syms, size_t count, const char *name,
	       int (*compare)(const char *name, const char *other))
{
	while (count > 0) {
		const struct llext_const_symbol *middle = &syms[count / 2];
		int order = compare(name, middle->name);

		if (order == 0)
			return middle->addr;
		if (order > 0) {
			syms = middle + 1;
			count--;
		}
		count /= 2;
	}
	return NULL;
}

/* ---- exports.c ---- */

int llext_exports_build(struct load *ld);
/* The bytes of the table that will be built. */
int llext_exports_measure(struct load *ld, size_t *bytes);
struct llext_symbol *llext_exports_allocate(struct load *ld, size_t count, size_t name_bytes);

/* A record of .exported_sym: struct llext_const_symbol as the target's compiler lays it out. */
struct export_record {
	elf_addr name;
	elf_addr addr;
};

/* The order of the names so far. */
struct name_order {
	const char *last;      /* before the first one "" */
	size_t behind;         /* bytes that may be read behind any of them, its NUL included */
	size_t above;          /* how many of them are above the one before */
	size_t bytes_of_names; /* common_exports.c's; UNKNOWN: it was not there yet */
	bool by_words;         /* there are READ_BEHIND_NAME bytes behind the last one's NUL */
};

#define UNKNOWN SIZE_MAX

/* ---- fast/common_exports.c ---- */

/*
 * Read records to @symbols, from index @from up to @count. @return the index of the first one that
 * is not as most are, or invalid; or @count.
 */
#if LLEXT_ON(CONFIG_LLEXT_QUICK)
size_t llext_exports_common(struct load *ld, const uint8_t *records, size_t from, size_t count,
			    struct llext_symbol *symbols, struct name_order *order);
#else
#define llext_exports_common(ld, records, from, count, symbols, order) (from)
#endif

/* ---- fast/sort_names.c ---- */

/* Names are read four bytes at once where the machine can, so these may be behind a name. */
#define READ_BEHIND_NAME 3

#if LLEXT_ON(CONFIG_LLEXT_QUICK)
/*
 * Sort a table of exports. So many bytes may be read @behind each name, its NUL included. *@equal:
 * two names are equal. @return false: it would take too long; the table is in any order.
 */
bool llext_sort_names(struct llext_symbol *syms, size_t count, size_t behind, bool *equal);
#else
#define llext_sort_names(syms, count, behind, equal) (false)
#endif

/* ---- exports_global.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)
/* Get ready to note which symbols are exported, if they are to be noted. */
int llext_globals_open(struct load *ld);
/* Note which are of @count symbols from @sym on, which have been scanned, and the index @index. */
void llext_globals_note(struct load *ld, uint32_t index, const elf_sym_t *sym, uint32_t count);
/* Make the table of those that are noted, without their addresses. */
int llext_globals_enter(struct load *ld);
int llext_exports_from_symbols(struct load *ld);
/* Find out what their names take; those that were not noted are noted now. */
int llext_globals_measure(struct load *ld);
#else
#define llext_globals_open(ld)                    (0)
#define llext_globals_note(ld, index, sym, count) ((void)(index), (void)(sym), (void)(count))
#define llext_globals_enter(ld)                   (0)
static inline int llext_exports_from_symbols(const struct load *ld)
{
	if (ld->param->exports == LLEXT_EXPORTS_NONE)
		return 0;
	return llext_fail(ld, -ENOTSUP, "no .exported_sym, and this build exports nothing else");
}
#define llext_globals_measure(ld)                 llext_exports_from_symbols(ld)
#endif

#endif /* LLEXT_SYMBOLS_H_ */
