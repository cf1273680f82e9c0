/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stages of a load, and the calls behind it, offer each other. The headers that are
 * included here have one subject each; what is left is the order of things: layout, the list of
 * extensions, the load itself. The stages run in the order that load.c gives.
 */
#ifndef LLEXT_INTERNAL_H_
#define LLEXT_INTERNAL_H_

#include "load.h"
#include "optional.h"
#include "place.h"
#include "relocation.h"
#include "report.h"
#include "source_bytes.h"
#include "symbols.h"

/* ---- sort.c: heap sort, no recursion ---- */

void llext_sort(void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context);

/* ---- layout.c, linked/segments.c ---- */

int llext_layout_sections(struct load *ld);
int llext_literals_find(struct load *ld); /* literals.c: which go before which code */
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

/* ---- entry.c ---- */

void llext_entry_keep(struct load *ld); /* the entry's address, for llext_entry() */

/* ---- dependencies.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)
size_t llext_dependency_bytes(void); /* of the table of those that the load marked as wanted */
void llext_want(struct llext *ext);  /* mark it */
void llext_forget_wanted(void);
int llext_dependencies_record(struct load *ld);
void llext_dependencies_count(struct llext *ext, int change); /* in those that it uses */

bool llext_is_wanted(const struct llext *ext); /* by a load in steps */

static inline bool llext_has_dependents(const struct llext *ext)
{
	return ext->priv->dependents > 0;
}
#else
#define llext_dependency_bytes()              ((size_t)0)
#define llext_want(ext)                       ((void)(ext))
#define llext_forget_wanted()                 ((void)0)
#define llext_dependencies_count(ext, change) ((void)(ext))
#define llext_has_dependents(ext)             (false)
#define llext_is_wanted(ext)                  (false)
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
