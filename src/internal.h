/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that the stages of a load, and the API calls, offer each other. Each header that is
 * included here has one subject; this one has the rest: layout, the list of extensions, the load
 * itself. load.c has the order of the stages.
 */
#ifndef LLEXT_INTERNAL_H_
#define LLEXT_INTERNAL_H_

#include "hashed.h"
#include "load.h"
#include "optional.h"
#include "place.h"
#include "relocation.h"
#include "report.h"
#include "source_bytes.h"
#include "symbols.h"

/* ---- sort.c: heap sort, no recursion ---- */

/*
 * A load in steps may be left after each item; @less may do that, too, if it takes long. @ld may be
 * NULL in a build without steps.
 */
void llext_sort(const struct load *ld, void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context);

/* ---- layout.c, linked/segments.c ---- */

int llext_layout_sections(struct load *ld);
/*
 * fast/common_sections.c: lay out sections of code and constants, and those that are not loaded,
 * from @index up to @end. Each goes to its region. @return the index of the first that is another;
 * or @end.
 */
#if LLEXT_ON(CONFIG_LLEXT_QUICK) && !LLEXT_ARCH_LITERALS
uint32_t llext_layout_common(struct load *ld, uint32_t index, uint32_t end);
#else
#define llext_layout_common(ld, index, end) (index)
#endif
/* literals.c: decides which literals go before which code. */
int llext_literals_find(struct load *ld);
#if LINKED_FILES
int llext_layout_segments(struct load *ld);
int llext_fail_span(const struct load *ld); /* the segments' */
/* Do these bytes lie in one segment? Where they are none, its end counts as inside. */
bool llext_in_segments(const struct load *ld, elf_addr vaddr, elf_xword bytes);
#else
#define llext_layout_segments(ld)           (-ENOTSUP)
#define llext_in_segments(ld, vaddr, bytes) ((void)(vaddr), (void)(bytes), false)
#endif
int llext_layout_blocks(struct load *ld);
int llext_region_append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align,
			size_t *offset);
/* Add to what is laid out, to a part of it whose sum is *@total. @align is no 0. */
int llext_layout_extend(struct load *ld, size_t *total, elf_xword bytes, size_t align,
			size_t *offset);
int llext_exports_found(struct load *ld, uint32_t index); /* .exported_sym */
int llext_section_append(struct load *ld, uint32_t index, enum llext_mem region, size_t align);
enum llext_mem llext_section_region(const struct load *ld, const elf_shdr_t *shdr);
/*
 * What stands behind a stem in a name: nothing, or a dot and more; NULL: it is another name. *@stem
 * moves up to where they differ.
 */
static inline const char *llext_behind_stem(const char *name, const char **stem)
{
	while (**stem != '\0' && **stem == *name) {
		(*stem)++;
		name++;
	}
	return **stem == '\0' && (*name == '\0' || *name == '.') ? name : NULL;
}

/*
 * True if @name is one of the stems, or one of them followed by a dot. Each stem ends with NUL, and
 * another NUL ends the list.
 */
bool llext_name_is(const char *name, const char *stems);

/* The first region from @from on that has a section; LLEXT_MEM_COUNT: there is none. */
static inline unsigned int next_region(const struct load *ld, unsigned int from)
{
	uint32_t left = ld->layout.used_regions >> from;

	return left != 0 ? from + (unsigned int)__builtin_ctz(left) : LLEXT_MEM_COUNT;
}

/* For a domain, and if protection slots are scarce, code and constants share a block. */
static inline enum block region_block(const struct load *ld, enum llext_mem region)
{
	if (BLOCK_COUNT == 1 || region == LLEXT_MEM_TEXT)
		return BLOCK_TEXT;
	if (region == LLEXT_MEM_DATA || region == LLEXT_MEM_BSS)
		return BLOCK_DATA;
	return LLEXT_ON(CONFIG_LLEXT_CONSTANTS_WITH_CODE) || is_fenced(ld) ? BLOCK_TEXT
									   : BLOCK_RODATA;
}

/* ---- entry.c ---- */

void llext_entry_keep(struct load *ld); /* the entry's address, for llext_entry() */

/* ---- dependencies.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)
size_t llext_dependency_bytes(void); /* of the table of extensions that the load has marked */
void llext_want(struct llext *ext);  /* mark it */
void llext_forget_wanted(const struct load *ld); /* NULL: not in a load */
int llext_dependencies_record(struct load *ld);
void llext_dependencies_drop(struct llext *ext); /* it uses no others any more */

bool llext_is_wanted(const struct llext *ext); /* a load in steps has marked it */

static inline bool llext_has_dependents(const struct llext *ext)
{
	return ext->priv->dependents > 0;
}
#else
#define llext_dependency_bytes()     ((size_t)0)
#define llext_want(ext)              ((void)(ext))
#define llext_forget_wanted(ld)      ((void)(ld))
#define llext_dependencies_drop(ext) ((void)(ext))
#define llext_has_dependents(ext)    (false)
#define llext_is_wanted(ext)         (false)
#endif

/* ---- locks.c ---- */

/*
 * Enclose whatever changes the list of extensions. llext_enter() takes the lock; it returns -EBUSY
 * if it is called from within a load or unload, that is, from one of its callbacks.
 */
int llext_enter(void);
void llext_leave(void);

#if LLEXT_ON(CONFIG_LLEXT_LOCK)
void llext_lock(void);
void llext_unlock(void);
void llext_guard(void);
void llext_unguard(void);
bool llext_relax(void); /* false: the port cannot */
/* When this returns, no reader sees any more what was taken off a list before. */
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
 * The list of extensions, oldest first. A caller that walks over it must hold the lock, the guard,
 * or a pin; with a pin alone it must use llext_next().
 */
struct llext *llext_first(void);
struct llext *llext_next(const struct llext *ext); /* for those who hold a pin */
void llext_publish(struct llext *ext);             /* put one into the list that has been loaded */
/*
 * Names with different tags differ, so their letters need not be compared. Names that begin alike
 * mostly differ in their length or at their end, so these make the tag, and the last two letters
 * its lowest bits.
 */
uint32_t llext_name_tag(const char *name, size_t length);
/* One of the name is loaded: count one more user, or set *@ext to NULL. @return as llext_load() */
int llext_join(struct llext **ext, const struct llext_load_param *param);
/*
 * Clear memory by words: memset() of a small device's C library may go byte by byte. @mem is
 * aligned.
 */
void llext_clear_words(void *mem, size_t bytes);

/* ---- lifecycle.c ---- */

/* Are initialisers or finalisers running? */
static inline bool llext_is_changing(const struct llext *ext)
{
	return ext->priv->changing;
}
/* Run the initialisers once more, without counting a caller: its data is as just after its load. */
int llext_bringup_again(struct llext *ext);

/* ---- load.c ---- */

extern const struct llext_load_param llext_default_param;
/* Run the steps before the allocation; llext_load() and llext_plan() share them. */
int llext_examine(struct load *ld);
/* Run all steps. If one fails, undo all of them. */
int llext_load_run(struct load *ld);
void llext_load_undo(struct load *ld); /* nothing of it is left but what the load itself has */

/* ---- restart.c ---- */

/* The beginning of a load: nothing has been done. Without parameters, it has the default ones. */
void llext_load_clear(struct load *ld, struct llext_loader *ldr, const char *name,
		      const struct llext_load_param *param);
/* Run a load, twice if need be, and close the source. */
int llext_load_whole(struct load *ld);
/*
 * Load an extension that is not loaded yet: restart.c, or small/small_load.c. *@ext is NULL before,
 * and after an error.
 */
int llext_load_new(struct llext_loader *ldr, const char *name, struct llext **ext,
		   const struct llext_load_param *param);
/* True if this load may apply relocations without having counted what they need. */
bool llext_may_count_later(const struct load *ld);
/*
 * The file needs counting after all: ask for the load to begin again. @return the error that the
 * step must return.
 */
int llext_count_first(struct load *ld);

#endif /* LLEXT_INTERNAL_H_ */
