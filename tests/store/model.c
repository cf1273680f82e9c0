/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "model.h"

uint32_t model_random(struct model *model)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 17;
	model->random ^= model->random << 5;
	return model->random;
}

static struct model *model_of(const struct llext_flash *flash)
{
	return (struct model *)(uintptr_t)flash;
}

static int model_read(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	struct model *model = model_of(flash);
	uint8_t *to = out;

	if (offset > model->size || bytes > model->size - offset) {
		fprintf(stderr, "wild read of %zu bytes at %zu\n", bytes, offset);
		abort();
	}
	if (model->off || ++model->reads == model->fail_read)
		return -EIO;
	memcpy(out, model->bytes + offset, bytes);
	if (bytes == 0)
		return 0;
	for (size_t word = offset / flash->unit; word <= (offset + bytes - 1) / flash->unit;
	     word++) {
		if (model->words[word] == WORD_UNREADABLE)
			return -EIO;
	}
	for (size_t i = 0; i < bytes; i++) {
		if (model->weak[offset + i] != 0)
			to[i] ^= (uint8_t)(model->weak[offset + i] & model_random(model));
	}
	return 0;
}

/* Bits go from erased to programmed, never back. */
static uint8_t programmed(const struct model *model, uint8_t old, uint8_t new)
{
	return model->flash.erased != 0 ? old & new : old | new;
}

static void program_word(struct model *model, size_t word, const uint8_t *data)
{
	size_t unit = model->flash.unit;

	if (model->words[word] == WORD_UNCERTAIN)
		model->gambles++;
	else if (model->words[word] != WORD_ERASED)
		model->violations++;
	for (size_t i = 0; i < unit; i++)
		model->bytes[word * unit + i] =
			programmed(model, model->bytes[word * unit + i], data[i]);
	model->words[word] = WORD_PROGRAMMED;
}

/* One to three bits of a word. */
static void weaken(struct model *model, size_t word)
{
	unsigned bits = 1 + model_random(model) % 3;

	while (bits-- > 0)
		model->weak[word * model->flash.unit + model_random(model) % model->flash.unit] |=
			(uint8_t)(1u << model_random(model) % 8);
}

static bool may_read_as_erased(const struct model *model, size_t word)
{
	for (size_t i = word * model->flash.unit; i < (word + 1) * model->flash.unit; i++) {
		if (((model->bytes[i] ^ model->flash.erased) & ~model->weak[i]) != 0)
			return false;
	}
	return true;
}

/* What becomes of the word at which power failed. */
static void cut_word(struct model *model, size_t word, const uint8_t *data)
{
	size_t unit = model->flash.unit;

	switch (model->cut) {
	case CUT_TORN:
		/* If nothing of it can be seen, nobody can know. */
		model->words[word] = WORD_UNCERTAIN;
		for (size_t i = 0; i < unit; i++) {
			uint8_t *byte = &model->bytes[word * unit + i];
			uint8_t some = (uint8_t)model_random(model), old = *byte;

			some = model->flash.erased != 0 ? some | data[i] : some & data[i];
			*byte = programmed(model, old, some);
			if (*byte != old)
				model->words[word] = WORD_PROGRAMMED;
		}
		break;
	case CUT_READ_ERROR:
		model->words[word] = WORD_UNREADABLE;
		break;
	case CUT_WEAK:
		program_word(model, word, data);
		weaken(model, word);
		if (may_read_as_erased(model, word))
			model->words[word] = WORD_UNCERTAIN;
		break;
	case CUT_WEAK_BLANK:
		model->words[word] = WORD_UNCERTAIN;
		model->weak[word * unit + model_random(model) % unit] |=
			(uint8_t)(1u << model_random(model) % 8);
		break;
	default:
		break;
	}
}

/* Power fails now: returns how many words or blocks are done. */
static size_t at_cut(struct model *model, size_t count)
{
	model->off = model->cut != CUT_SILENT;
	if (model->cut == CUT_DONE)
		return count;
	if (model->cut == CUT_NOT_DONE || model->cut == CUT_SILENT)
		return 0;
	return model->prefix % count;
}

static int model_program(const struct llext_flash *flash, size_t offset, const void *data,
			 size_t bytes)
{
	struct model *model = model_of(flash);
	size_t unit = flash->unit, first = offset / unit, count = bytes / unit, done = count;
	const uint8_t *from = data;

	if (offset % LLEXT_FLASH_PIECE != 0 || bytes % LLEXT_FLASH_PIECE != 0 || bytes == 0 ||
	    offset > model->size || bytes > model->size - offset)
		model->violations++;
	if (model->off || model->violations > 0)
		return -EIO;
	if (++model->operations == model->fail_operation)
		return -EIO;
	if (model->operations == model->cut_at)
		done = at_cut(model, count);
	for (size_t i = 0; i < done; i++)
		program_word(model, first + i, from + i * unit);
	if (done < count && model->operations == model->cut_at)
		cut_word(model, first + done, from + done * unit);
	return model->off ? -EIO : 0;
}

static void erase_block(struct model *model, size_t block)
{
	size_t bytes = model->flash.block, unit = model->flash.unit;

	memset(model->bytes + block * bytes, model->flash.erased, bytes);
	memset(model->weak + block * bytes, 0, bytes);
	memset(model->words + block * bytes / unit, WORD_ERASED, bytes / unit);
}

static bool reads_as_erased(const struct model *model, size_t block)
{
	const uint8_t *bytes = model->bytes + block * model->flash.block;

	for (size_t i = 0; i < model->flash.block; i++) {
		if (bytes[i] != model->flash.erased)
			return false;
	}
	return true;
}

/* An erase that was cut: what the bits are is anybody's guess. */
static void cut_block(struct model *model, size_t block)
{
	size_t bytes = model->flash.block, start = block * bytes, unit = model->flash.unit;

	if (model->cut < CUT_TORN)
		return;
	for (size_t i = 0; i < bytes; i++) {
		uint8_t bits = (uint8_t)model_random(model);

		if (model->cut == CUT_WEAK || model->cut == CUT_WEAK_BLANK)
			bits = model->cut == CUT_WEAK ? 0xff : 0;
		model->bytes[start + i] =
			(uint8_t)((model->bytes[start + i] & ~bits) | (model->flash.erased & bits));
	}
	/* Words that were partly erased must not be programmed. */
	memset(model->words + start / unit, WORD_PROGRAMMED, bytes / unit);
	for (unsigned i = 0; i < 8; i++) {
		size_t word = (start + model_random(model) % bytes) / unit;

		if (model->cut == CUT_READ_ERROR)
			model->words[word] = WORD_UNREADABLE;
		else if (model->cut != CUT_TORN)
			weaken(model, word);
	}
}

static int model_erase(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	struct model *model = model_of(flash);

	if (offset % flash->block != 0 || bytes % flash->block != 0 || offset > model->size ||
	    bytes > model->size - offset)
		model->violations++;
	if (model->off || model->violations > 0)
		return -EIO;
	for (size_t block = offset / flash->block; block < (offset + bytes) / flash->block;
	     block++) {
		if (++model->operations == model->fail_operation)
			return -EIO;
		model->erases[block]++;
		if (model->operations != model->cut_at) {
			erase_block(model, block);
			continue;
		}
		/* An erase that was left out and leaves nothing to be seen is one that was done. */
		if (at_cut(model, 1) == 1 ||
		    (model->cut == CUT_SILENT && reads_as_erased(model, block)))
			erase_block(model, block);
		else if (model->cut != CUT_SILENT)
			cut_block(model, block);
		if (model->off)
			return -EIO;
	}
	return 0;
}

void model_make(struct model *model, unsigned unit, uint32_t block, unsigned blocks, uint8_t erased)
{
	size_t size = (size_t)block * blocks;

	memset(model, 0, sizeof(*model));
	model->flash = (struct llext_flash){
		.read = model_read,
		.program = model_program,
		.erase = model_erase,
		.block = block,
		.blocks = (uint16_t)blocks,
		.unit = (uint8_t)unit,
		.erased = erased,
	};
	model->bytes = malloc(size);
	model->words = calloc(size / unit, 1);
	model->weak = calloc(size, 1);
	model->erases = calloc(blocks, sizeof(*model->erases));
	if (model->bytes == NULL || model->words == NULL || model->weak == NULL ||
	    model->erases == NULL)
		abort();
	memset(model->bytes, erased, size);
	model->size = size;
	model->random = 0x2545f491u;
}

void model_free(struct model *model)
{
	free(model->bytes);
	free(model->words);
	free(model->weak);
	free(model->erases);
}

void model_restart(struct model *model)
{
	model->off = false;
	model->cut_at = model->fail_read = model->fail_operation = 0;
	model->operations = model->reads = 0;
}

void model_copy(struct model *to, const struct model *from)
{
	memcpy(to->bytes, from->bytes, from->size);
	memcpy(to->words, from->words, from->size / from->flash.unit);
	memcpy(to->weak, from->weak, from->size);
	memcpy(to->erases, from->erases, from->flash.blocks * sizeof(*from->erases));
	to->violations = from->violations;
	to->gambles = from->gambles;
	model_restart(to);
}
