/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed load says, with "did you mean": the exported name at the smallest distance. */
#include "../internal.h"
#include "../text.h"

#if LLEXT_ON(CONFIG_LLEXT_DIAG)

#define LONGEST 63 /* longer names get no suggestion: stack and time stay bounded */

/* By the number of bytes of one name, the distance of these from the first ones of another. */
typedef uint8_t row_t[LONGEST + 1];

static unsigned int lower(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * The distance of the first @i bytes of @a and the first @j bytes of @b, from the row so far, and
 * those of one and two bytes less of @b.
 */
static unsigned int step(const char *a, size_t i, const char *b, size_t j, const uint8_t *row,
			 const uint8_t *last, const uint8_t *before)
{
	unsigned int best = lower(last[i - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u),
				  lower(last[i], row[i - 1]) + 1u);

	/* Two neighbours that changed places are one slip of the fingers. */
	if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
		best = lower(best, before[i - 2] + 1u);
	return best;
}

/* Edit distance of @a (of @length bytes) and @b, or more than @limit. */
static size_t distance(const char *a, size_t length, const char *b, size_t limit)
{
	row_t rows[3];
	uint8_t *row = rows[0], *last = rows[1], *before = rows[2];
	unsigned int least_before = 0;

	for (size_t i = 0; i <= length; i++)
		last[i] = (uint8_t)i;
	for (size_t j = 1; b[j - 1] != '\0'; j++) {
		unsigned int least = (unsigned int)j;
		uint8_t *spare = before;

		if (j > LONGEST)
			return limit + 1;
		row[0] = (uint8_t)j;
		for (size_t i = 1; i <= length; i++) {
			row[i] = (uint8_t)step(a, i, b, j, row, last, before);
			least = lower(least, row[i]);
		}
		if (least > limit && least_before > limit)
			return limit + 1;
		least_before = least;
		before = last;
		last = row;
		row = spare;
	}
	return last[length];
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

/* Both names of a suggestion are shown as they are. */
static bool is_shown(const char *name)
{
	while (is_printable(*name))
		name++;
	return *name == '\0';
}

static void consider(struct search *search, const char *candidate)
{
	size_t d = is_decorated(search->name, candidate)
			   ? 0
			   : distance(search->name, search->length, candidate, search->limit);

	if (d <= search->limit && is_shown(candidate) && strcmp(search->name, candidate) != 0) {
		search->best = candidate;
		search->limit = d > 0 ? d - 1 : 0;
	}
}

const char *llext_suggest(const char *name)
{
	struct search search = {.name = name, .length = strlen(name)};
	const struct llext_const_symbol *builtins;
	size_t count;

	if (!is_shown(name))
		return NULL;
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
		LOG(LLEXT_LOG_ERR,
		    "the firmware's link needs cmake/llext_export.ld, and what exports");
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
