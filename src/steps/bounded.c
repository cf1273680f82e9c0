/* SPDX-License-Identifier: Apache-2.0 */
/* What functions of the C library do in one go, done in pieces of which a step takes some. */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include <llext/steps.h>

#define COPIED  16 /* bytes that count as one item */
#define CLEARED 64
#define LETTERS 12

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void llext_step_copy(const struct load *ld, void *to, const void *from, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		size_t piece = llext_step_share(ld, bytes - done, COPIED);

		llext_copy((uint8_t *)to + done, (const uint8_t *)from + done, piece);
		done += piece;
		step_point(ld, 1 + piece / COPIED);
	}
}

/* By words, but for the bytes before the first and behind the last: memset() may go by bytes. */
static void clear(uint8_t *mem, size_t bytes)
{
	size_t before = least(-(uintptr_t)mem % sizeof(uint32_t), bytes);
	size_t words = (bytes - before) & ~(sizeof(uint32_t) - 1);

	memset(mem, 0, before);
	llext_clear_words(mem + before, words);
	memset(mem + before + words, 0, bytes - before - words);
}

void llext_step_clear(const struct load *ld, void *mem, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		size_t piece = llext_step_share(ld, bytes - done, CLEARED);

		clear((uint8_t *)mem + done, piece);
		done += piece;
		step_point(ld, piece / CLEARED);
	}
}

const char *llext_step_find(const struct load *ld, const char *text, char c, size_t bytes)
{
	for (;;) {
		size_t piece = least(bytes, LETTERS);
		const char *found = memchr(text, c, piece);

		step_point(ld, 1);
		if (found != NULL || piece == bytes)
			return found;
		text += piece;
		bytes -= piece;
	}
}

int llext_step_compare(const struct load *ld, const char *a, const char *b)
{
	for (;;) {
		int order = strncmp(a, b, LETTERS);

		step_point(ld, 1);
		if (order != 0 || memchr(a, '\0', LETTERS) != NULL)
			return order;
		a += LETTERS;
		b += LETTERS;
	}
}

#if LLEXT_ON(CONFIG_LLEXT_LINKED_HASH)
static uint32_t hash_of(const struct load *ld, const struct hashed *table, const char *name)
{
	uint32_t hash = llext_hashed_start(table);

	for (;;) {
		if (ld->steps->searched == NULL)
			return 0;
		hash = llext_hashed_hash(table, hash, name, LETTERS);
		if (memchr(name, '\0', LETTERS) != NULL)
			return hash;
		step_point(ld, 1);
		name += LETTERS;
	}
}

/* search() where the extension's own hash table is used. */
static const void *search_hashed(const struct load *ld, const struct hashed *table,
				 const char *name)
{
	struct hash_walk walk = {0};
	uint32_t hash = hash_of(ld, table, name), symbol = 0;
	size_t same = 0;

	if (ld->steps->searched != NULL)
		llext_hashed_begin(table, hash, &walk);
	while (ld->steps->searched != NULL && (walk.at != 0 || symbol != 0)) {
		if (symbol == 0) {
			symbol = llext_hashed_step(table, &walk);
			same = 0;
		} else if (strncmp(name + same, llext_hashed_name(table, symbol) + same, LETTERS) !=
			   0) {
			symbol = 0;
		} else if (memchr(name + same, '\0', LETTERS) == NULL) {
			same += LETTERS;
		} else {
			const void *address = llext_hashed_address(table, symbol);

			if (address != NULL)
				return address;
			symbol = 0;
		}
		step_point(ld, 1);
	}
	return NULL;
}
#else
#define search_hashed(ld, table, name) ((const void *)NULL)
#endif

/* It is not found, either, where the extension goes meanwhile. */
static const void *search(const struct load *ld, const struct llext *ext, const char *name)
{
	const struct llext_symbol *syms = ext->exp_tab.syms;
	size_t low = 0, high = ext->exp_tab.sym_cnt, same = 0;

	ld->steps->searched = (struct llext *)(uintptr_t)ext;
	if (hashed_table(&ext->exp_tab) != NULL)
		return search_hashed(ld, hashed_table(&ext->exp_tab), name);
	while (low < high && ld->steps->searched != NULL) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(name + same, syms[middle].name + same, LETTERS);

		if (order == 0 && memchr(name + same, '\0', LETTERS) == NULL) {
			same += LETTERS; /* and on, with the same symbol */
		} else if (order == 0) {
			return syms[middle].addr;
		} else {
			same = 0;
			low = order > 0 ? middle + 1 : low;
			high = order > 0 ? high : middle;
		}
		step_point(ld, 1);
	}
	return NULL;
}

/* As llext_import_of_others() */
const void *llext_step_import(const struct load *ld, const char *name, struct llext **provider)
{
	for (struct llext *ext = step_first(ld); ext != NULL; ext = step_next(ld, ext)) {
		const void *addr = NULL;

		if (llext_sandbox_may_use(ld, ext))
			addr = search(ld, ext, name);
		if (addr == NULL)
			continue;
		*provider = ext;
		return addr;
	}
	return NULL;
}

#endif /* CONFIG_LLEXT_STEPS */
