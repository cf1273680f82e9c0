/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of a shared object that stay in its own symbol table, and are looked up by its own hash
 * table: linked_hash.c.
 */
#ifndef LLEXT_HASHED_H_
#define LLEXT_HASHED_H_

#include "load.h"

struct hashed;

/* A search: the entries of the hash table that may be the name's. */
struct hash_walk {
	uint32_t hash;
	uint32_t at;   /* the next entry's symbol; 0: there is none */
	uint32_t left; /* entries that may still be looked at */
};

#if LLEXT_ON(CONFIG_LLEXT_LINKED_HASH)

/* True if the load leaves the exports in the file's symbol table. */
bool llext_hashed_wanted(struct load *ld);
/* The bytes that llext_hashed_build() allocates. */
size_t llext_hashed_bytes(void);
/* @return 1: exp_tab is made; 0: the file has no sound hash table; or a negative errno. */
int llext_hashed_build(struct load *ld);

/*
 * A table without entries has, in place of their address, that of its struct hashed plus 1: entries
 * never have an odd one. NULL: it is a table of entries.
 */
static inline const struct hashed *hashed_table(const struct llext_symtable *table)
{
	uintptr_t syms = (uintptr_t)table->syms;

	return table->sym_cnt == 0 && syms % 2 != 0 ? (const struct hashed *)(syms - 1) : NULL;
}

const void *llext_hashed_find(const struct hashed *table, const char *name);
/*
 * The next export from the symbol *@at on, which moves on, whose name begins with @prefix. @return
 * false: there is none.
 */
bool llext_hashed_next(const struct hashed *table, const char *prefix, size_t *at,
		       struct llext_const_symbol *symbol);

/* A search in steps: the name's hash, piece by piece; its entries; a symbol's name and address. */
uint32_t llext_hashed_start(const struct hashed *table);
uint32_t llext_hashed_hash(const struct hashed *table, uint32_t before, const char *name,
			   size_t length);
void llext_hashed_begin(const struct hashed *table, uint32_t hash, struct hash_walk *walk);
/* Take an entry. @return its symbol; 0: its hash is another one. */
uint32_t llext_hashed_step(const struct hashed *table, struct hash_walk *walk);
const char *llext_hashed_name(const struct hashed *table, uint32_t symbol);
const void *llext_hashed_address(const struct hashed *table, uint32_t symbol);

/* linked_labels.c: as llext_labels(), for linked files. */
const elf_sym_t *llext_linked_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym,
				     const elf_sym_t *end);

#else
#define llext_hashed_wanted(ld)                      ((void)(ld), false)
#define llext_hashed_bytes()                         ((size_t)0)
#define llext_hashed_build(ld)                       (0)
#define hashed_table(table)                          ((void)(table), (const struct hashed *)NULL)
#define llext_hashed_find(table, name)               ((const void *)NULL)
#define llext_hashed_next(table, prefix, at, symbol) ((void)(prefix), false)
#define llext_linked_labels(ld, first, sym, end)     llext_labels(ld, first, sym, end)
#endif

/*
 * Walk over a table of exports, from 0 in *@at on. Those whose names do not begin with @prefix may
 * be passed over. @return false: there are no more.
 */
static inline bool next_export(const struct llext_symtable *table, const char *prefix, size_t *at,
			       struct llext_const_symbol *symbol)
{
	if (hashed_table(table) != NULL)
		return llext_hashed_next(hashed_table(table), prefix, at, symbol);
	if (*at >= table->sym_cnt)
		return false;
	symbol->name = table->syms[*at].name;
	symbol->addr = table->syms[(*at)++].addr;
	return true;
}

#endif /* LLEXT_HASHED_H_ */
