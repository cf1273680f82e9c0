/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed load says, with "did you mean": the exported name at the smallest distance. */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_DIAG)

#define LONGEST 63 /* longer names get no suggestion: stack and time stay bounded */

/*
 * The distance of the first @i bytes of @a and the first @j bytes of @b, from the rows of those
 * before. Row j is rows[j % 3].
 */
static uint8_t step(const char *a, size_t i, const char *b, size_t j, uint8_t rows[3][LONGEST + 1])
{
	const uint8_t *last = rows[(j + 2) % 3];
	uint8_t best = (uint8_t)(last[i - 1] + (a[i - 1] != b[j - 1]));

	if (last[i] + 1 < best)
		best = (uint8_t)(last[i] + 1);
	if (rows[j % 3][i - 1] + 1 < best)
		best = (uint8_t)(rows[j % 3][i - 1] + 1);
	/* Two neighbours that changed places are one slip of the fingers. */
	if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
	    rows[(j + 1) % 3][i - 2] + 1 < best)
		best = (uint8_t)(rows[(j + 1) % 3][i - 2] + 1);
	return best;
}

/* Edit distance of @a (of @length bytes) and @b, or more than @limit. */
static size_t distance(const char *a, size_t length, const char *b, size_t limit)
{
	uint8_t rows[3][LONGEST + 1];
	uint8_t least_before = 0;
	size_t j;

	for (size_t i = 0; i <= length; i++)
		rows[0][i] = (uint8_t)i;
	for (j = 1; b[j - 1] != '\0'; j++) {
		uint8_t least = (uint8_t)j;

		if (j > LONGEST)
			return limit + 1;
		rows[j % 3][0] = (uint8_t)j;
		for (size_t i = 1; i <= length; i++) {
			rows[j % 3][i] = step(a, i, b, j, rows);
			if (rows[j % 3][i] < least)
				least = rows[j % 3][i];
		}
		if (least > limit && least_before > limit)
			return limit + 1;
		least_before = least;
	}
	return rows[(j + 2) % 3][length];
}

struct search {
	const char *name;
	size_t length;
	size_t limit; /* only nearer names are of interest */
	const char *best;
};

/* But for leading underscores, which compilers and assemblers add, it is the same name. */
static bool is_decorated(const char *a, const char *b)
{
	while (*a == '_')
		a++;
	while (*b == '_')
		b++;
	return strcmp(a, b) == 0;
}

static void consider(struct search *search, const char *candidate)
{
	size_t d = is_decorated(search->name, candidate)
			   ? 0
			   : distance(search->name, search->length, candidate, search->limit);

	if (d <= search->limit && strcmp(search->name, candidate) != 0) {
		search->best = candidate;
		search->limit = d > 0 ? d - 1 : 0;
	}
}

const char *llext_suggest(const char *name)
{
	struct search search = {.name = name, .length = strlen(name)};
	const struct llext_const_symbol *builtins;
	size_t count;

	/* A name that is there lacks something else, such as a gate. */
	if (search.length < 3 || search.length > LONGEST || llext_find_sym(NULL, name) != NULL)
		return NULL;
	search.limit = search.length < 6 ? 1 : search.length / 3;
	builtins = llext_builtins(&count);
	for (size_t i = 0; i < count; i++)
		consider(&search, builtins[i].name);
	for (const struct llext *ext = llext_first(); ext != NULL; ext = ext->next) {
		struct llext_const_symbol symbol;

		for (size_t at = 0; next_export(&ext->exp_tab, "", &at, &symbol);)
			consider(&search, symbol.name);
	}
	return search.best;
}

/* One line for the failure, and one for each missing import that the record has room for. */
void llext_log_failure(const char *name, bool briefly)
{
	const struct llext_diag *diag = llext_last_diag();
	char text[256];

	if (LLEXT_LOG_LEVEL < LLEXT_LOG_ERR || llext_port.log == NULL)
		return;
	(void)llext_diag_format(diag, text, sizeof(text));
	LOG(LLEXT_LOG_ERR, "%s is not loaded: %s", name, text);
	if (diag->missing_len > 0 && builtins_count() == 0)
		LOG(LLEXT_LOG_ERR, "the firmware's table of exports is empty: is "
				   "cmake/llext_export.ld in its link, and what exports, too?");
	for (size_t at = 0; !briefly && at < diag->missing_len;
	     at += strlen(diag->missing + at) + 1) {
		const char *near = llext_suggest(diag->missing + at);

		/* The first line has named all of them: only a suggestion is worth another. */
		if (near != NULL)
			LOG(LLEXT_LOG_ERR, "missing import: %s (did you mean %s?)",
			    diag->missing + at, near);
	}
}

#endif /* CONFIG_LLEXT_DIAG */
