/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of flash that loses power: words that are programmed once, bits that read now so and now
 * so, operations that are done in part or not at all.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <llext/store.h>

/* How an operation ends at which power fails. */
enum cut {
	CUT_NOT_DONE,
	CUT_DONE,       /* but nothing after it */
	CUT_PREFIX,     /* so many words, or blocks */
	CUT_TORN,       /* and random bits of the next */
	CUT_READ_ERROR, /* and the next cannot be read any more */
	CUT_WEAK,       /* and the next is done, but a few of its bits are not certain */
	CUT_WEAK_BLANK, /* and the next looks as before, but a bit is not certain */
	CUT_SILENT,     /* it says that it was done, and is not; power stays */
	CUTS
};

struct model {
	struct llext_flash flash; /* the first member */
	uint8_t *bytes;
	uint8_t *words;   /* per unit: enum word */
	uint8_t *weak;    /* per byte: bits that read at random */
	uint32_t *erases; /* per block */
	size_t size;

	unsigned operations; /* so far: each program, each erase of a block */
	unsigned cut_at;     /* at this operation; 0: never */
	enum cut cut;
	unsigned prefix;
	bool off;
	unsigned reads, fail_read; /* that read fails, once; 0: none */
	unsigned fail_operation;   /* that operation returns an error, once, and does not do it */
	unsigned violations;       /* a word was programmed twice, or not as the store promises */
	unsigned gambles; /* a word was programmed that somebody had begun and left no trace */
	uint32_t random;
};

enum word {
	WORD_ERASED,
	WORD_PROGRAMMED,
	WORD_UNREADABLE,
	WORD_UNCERTAIN, /* looks erased, but somebody began */
};

void model_make(struct model *model, unsigned unit, uint32_t block, unsigned blocks,
		uint8_t erased);
void model_free(struct model *model);
/* Power returns. Nothing is cut until that is set again. */
void model_restart(struct model *model);
void model_copy(struct model *to, const struct model *from);
uint32_t model_random(struct model *model);

#endif
