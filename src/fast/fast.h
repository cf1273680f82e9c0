/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fast part of a machine offers: loops over its commonest relocations in their ordinary
 * form. Such a loop stops before the first relocation that is not ordinary, and leaves that
 * untouched; the general code goes on from there, with every check and every message. For an
 * ordinary relocation both have the same result. A machine, or a build, without a fast part has the
 * stubs below.
 */
#ifndef LLEXT_FAST_H_
#define LLEXT_FAST_H_

#include <stdbool.h>
#include <stdint.h>
#include <llext/elf.h>

/* Which fast part this build has. */
#if LLEXT_ON(CONFIG_LLEXT_QUICK) && LLEXT_TARGET_ARM
#define LLEXT_FAST_ARM 1
#else
#define LLEXT_FAST_ARM 0
#endif
#if LLEXT_ON(CONFIG_LLEXT_QUICK) && (LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64)
#define LLEXT_FAST_RISCV 1
#else
#define LLEXT_FAST_RISCV 0
#endif

struct load;
struct table;
struct kind;

/* ---- reach: where branches may go ---- */

#if LLEXT_FAST_ARM
bool llext_fast_knows(uint32_t number);    /* loops apply relocations of this type */
bool llext_fast_branches(uint32_t number); /* made.reach says what branches of this type reach */
/* Compute, once for each load, what the common branches reach from everywhere in the heap. */
void llext_fast_reach(struct load *ld);
#else
#define llext_fast_knows(number) ((void)(number), LLEXT_FAST_RISCV)
#define llext_fast_reach(ld)     ((void)(ld))
#endif

/* True if a common branch or call at @p reaches @s. */
static inline bool llext_fast_reaches(elf_addr s, elf_addr p)
{
#if LLEXT_FAST_ARM
	return s - p - 4 + (1u << 24) < 1u << 25;
#elif LLEXT_FAST_RISCV /* the upper part is rounded for a lower part with a sign */
	return ELF_CLASS == 1 || (uint64_t)(s - p) + 0x80000800u <= 0xffffffffu;
#else
	(void)s, (void)p;
	return true;
#endif
}

/* ---- count and apply ---- */

#if LLEXT_FAST_RISCV
/* Count entries up to the first that is not ordinary. @return that one, or @end. */
const uint8_t *llext_fast_count(struct table *table, const uint8_t *entry, const uint8_t *end);
#else
static inline const uint8_t *llext_fast_count(struct table *table, const uint8_t *entry,
					      const uint8_t *end)
{
	(void)table;
	(void)end;
	return entry;
}
#endif

#if LLEXT_FAST_ARM || LLEXT_FAST_RISCV
/* Apply entries, one at least, up to the first that is not ordinary. @return that one, or @end. */
const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry,
				const uint8_t *end);
#else
static inline const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry,
					      const uint8_t *end)
{
	(void)table;
	(void)end;
	return entry;
}
#endif

#if LLEXT_FAST_ARM
/*
 * Likewise, with a shorter start: of a table without addends, in a load that applies all
 * relocations and keeps all symbols. It knows fewer types.
 */
const uint8_t *llext_fast_few(const struct table *table, const uint8_t *entry, const uint8_t *end);
#else
#define llext_fast_few llext_fast_apply
#endif

#endif /* LLEXT_FAST_H_ */
