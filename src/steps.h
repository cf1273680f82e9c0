/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points at which a load in steps may be left: llext/steps.h. Elsewhere they are no code. What
 * takes longer the larger a file is, or the more is loaded, goes through one of these.
 *
 * At such a point all memory that the load has must be noted in its struct load, or in its
 * extension, since a cancellation does not come back there. What others own may have changed
 * behind it: of the list of extensions only what step_next() returns is sure to be there.
 */
#ifndef LLEXT_SRC_STEPS_H_
#define LLEXT_SRC_STEPS_H_

#include "load.h"

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
struct llext_load_steps;

void llext_step_spend(const struct load *ld, size_t units);
size_t llext_step_share(const struct load *ld, size_t bytes, size_t unit);
/* llext.c: the extension of the load's name; behind the last one it looks at none can be added. */
struct llext *llext_find_in_steps(const struct load *ld);
struct llext *llext_step_first(const struct load *ld);
struct llext *llext_step_next(const struct load *ld);
void llext_steps_withdrawn(
	const struct llext *ext); /* it is off the list, and ->next still leads on */
struct llext *
llext_steps_loading(unsigned int index); /* what a load in steps has placed, or NULL */
bool llext_steps_for(const struct k_mem_domain *domain); /* is a load in steps for it going on? */

/* steps/bounded.c */
void llext_step_copy(const struct load *ld, void *to, const void *from, size_t bytes);
void llext_step_clear(const struct load *ld, void *mem, size_t bytes);
const char *llext_step_find(const struct load *ld, const char *text, char c, size_t bytes);
int llext_step_compare(const struct load *ld, const char *a, const char *b);
const void *llext_step_import(const struct load *ld, const char *name, struct llext **provider);

/* Which load's wishes are meant: dependencies.c. 0: that of llext_load(). */
void llext_want_for(unsigned int number);

static inline __attribute__((always_inline)) bool is_stepped(const struct load *ld)
{
	return ld->steps != NULL;
}

/* So much has been done; SIZE_MAX: as much as a step may do. */
static inline __attribute__((always_inline)) void step_point(const struct load *ld, size_t units)
{
	if (is_stepped(ld))
		llext_step_spend(ld, units);
}
#else
#define is_stepped(ld)                    ((void)(ld), false)
#define step_point(ld, units)             ((void)(ld), (void)(units))
/* What only loads in steps would call. */
#define llext_step_share(ld, bytes, unit) ((size_t)0)
#define llext_step_first(ld)              ((struct llext *)NULL)
#define llext_step_next(ld)               ((struct llext *)NULL)
#define llext_step_import(ld, name, from) ((const void *)NULL)
#define llext_step_find(ld, text, c, n)   ((const char *)NULL)
#define llext_step_compare(ld, a, b)      (0)
#define llext_step_copy(ld, to, from, n)  ((void)0)
#define llext_step_clear(ld, mem, bytes)  ((void)0)
#define llext_steps_withdrawn(ext)        ((void)(ext))
#define llext_steps_for(domain)           (false)
#endif

/* Of @bytes bytes, those that one step may take, if @unit of them count as one. */
static inline __attribute__((always_inline)) size_t step_share(const struct load *ld, size_t bytes,
							       size_t unit)
{
	(void)unit;
	return is_stepped(ld) ? llext_step_share(ld, bytes, unit) : bytes;
}

/* Looking a name up in the firmware's tables, by halves, counts as so many items. */
#define STEP_LOOKUP 6

/* One of many that take a few instructions each. */
static inline __attribute__((always_inline)) void step_brief(const struct load *ld, size_t index)
{
	(void)index;
	if (is_stepped(ld) && index % 8 == 0)
		step_point(ld, 1);
}

/* ---- the list of extensions ---- */

static inline struct llext *step_first(const struct load *ld)
{
	return is_stepped(ld) ? llext_step_first(ld) : llext_first();
}

static inline struct llext *step_next(const struct load *ld, const struct llext *ext)
{
	return is_stepped(ld) ? llext_step_next(ld) : ext->next;
}

/* ---- bytes and names ---- */

static inline void step_copy(const struct load *ld, void *to, const void *from, size_t bytes)
{
	if (is_stepped(ld))
		llext_step_copy(ld, to, from, bytes);
	else
		memcpy(to, from, bytes);
}

static inline void step_clear(const struct load *ld, void *mem, size_t bytes)
{
	if (is_stepped(ld))
		llext_step_clear(ld, mem, bytes);
	else
		memset(mem, 0, bytes);
}

/* Likewise, memory that is aligned, by words. */
#define step_clear_words(ld, mem, bytes)                                                           \
	(is_stepped(ld) ? llext_step_clear(ld, mem, bytes) : llext_clear_words(mem, bytes))

/* memchr() */
static inline const char *step_find(const struct load *ld, const char *text, char c, size_t bytes)
{
	return is_stepped(ld) ? llext_step_find(ld, text, c, bytes) : memchr(text, c, bytes);
}

/* strlen() */
static inline size_t step_length(const struct load *ld, const char *text)
{
	if (is_stepped(ld))
		return (uintptr_t)llext_step_find(ld, text, '\0', SIZE_MAX) - (uintptr_t)text;
	return strlen(text);
}

/* strcmp() */
static inline int step_compare(const struct load *ld, const char *a, const char *b)
{
	return is_stepped(ld) ? llext_step_compare(ld, a, b) : strcmp(a, b);
}

#endif /* LLEXT_SRC_STEPS_H_ */
