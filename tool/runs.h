/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of relocations (docs/packed.md), which stand before the compact ones of a table of type
 * SHT_LLEXT_RUNS. Those of a run are alike, and have their addends in their places.
 */
#ifndef TENON_RUNS_H_
#define TENON_RUNS_H_

#include "crel.h"

#define SHT_LLEXT_RUNS 0x6c6c7801u

/* The section that the relocations are for. */
struct runs_target {
	uint16_t machine;
	unsigned char class; /* EI_CLASS */
	uint8_t *bytes;
	uint64_t size, align;
};

/*
 * Move those relocations that runs can have from @crel, where they are in the order of their
 * places, to runs, and their addends to their places. @compact: which ones have to stay, by index.
 * @return the bytes of the runs, to be freed; NULL: there are none.
 */
uint8_t *runs_encode(const struct runs_target *target, struct crel *crel, const bool *compact,
		     size_t *length);

/* Is it a table of packed files: compact relocations, perhaps with runs before them? */
static inline bool is_compact(const struct section_header *table)
{
	return table->type == SHT_CREL || table->type == SHT_LLEXT_RUNS;
}

/* Does a section hold relocations, in whichever form? Those of RELR are none: they have no type. */
static inline bool is_relocations(const struct section_header *table)
{
	return table->type == SHT_REL || table->type == SHT_RELA || is_compact(table);
}

/* The relocations of such a table; false where it is malformed: then there is nothing to free. */
bool compact_decode(const struct file *file, const struct section_header *table, struct crel *crel);

#endif /* TENON_RUNS_H_ */
