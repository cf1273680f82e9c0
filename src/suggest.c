/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed load says, with "did you mean": the exported name at the smallest distance. */
#include "internal.h"

#define LONGEST 63 /* longer names get no suggestion: stack and time stay bounded */

/* Levenshtein distance of @a (of @length bytes) and @b, or more than @limit. */
static size_t distance(const char *a, size_t length, const char *b, size_t limit)
{
	uint8_t row[LONGEST + 1];

	for (size_t i = 0; i <= length; i++)
		row[i] = (uint8_t)i;
	for (size_t j = 0; b[j] != '\0'; j++) {
		uint8_t diagonal = row[0], least;

		if (j >= LONGEST)
			return limit + 1;
		row[0] = least = (uint8_t)(j + 1);
		for (size_t i = 1; i <= length; i++) {
			uint8_t best = (uint8_t)(diagonal + (a[i - 1] != b[j]));

			diagonal = row[i];
			if (row[i] + 1 < best)
				best = (uint8_t)(row[i] + 1);
			if (row[i - 1] + 1 < best)
				best = (uint8_t)(row[i - 1] + 1);
			row[i] = best;
			if (best < least)
				least = best;
		}
		if (least > limit)
			return limit + 1;
	}
	return row[length];
}

struct search {
	const char *name;
	size_t length;
	size_t limit; /* only nearer names are of interest */
	const char *best;
};

static void consider(struct search *search, const char *candidate)
{
	size_t d = distance(search->name, search->length, candidate, search->limit);

	if (d <= search->limit && d > 0) {
		search->best = candidate;
		search->limit = d - 1;
	}
}

const char *llext_suggest(const char *name)
{
	struct search search = {.name = name, .length = strlen(name)};
	const struct llext_const_symbol *builtins;
	size_t count;

	if (search.length < 3 || search.length > LONGEST)
		return NULL;
	search.limit = search.length < 6 ? 1 : search.length / 3;
	builtins = llext_builtins(&count);
	for (size_t i = 0; i < count; i++)
		consider(&search, builtins[i].name);
	for (const struct llext *ext = llext_first(); ext != NULL; ext = ext->next) {
		for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
			consider(&search, ext->exp_tab.syms[i].name);
	}
	return search.best;
}

/* One line for the failure, and one for each missing import that the record has room for. */
void llext_log_failure(const char *name)
{
	const struct llext_diag *diag = llext_last_diag();
	char text[256];

	if (LLEXT_LOG_LEVEL < LLEXT_LOG_ERR || llext_port.log == NULL)
		return;
	(void)llext_diag_format(diag, text, sizeof(text));
	LOG(LLEXT_LOG_ERR, "%s is not loaded: %s", name, text);
	for (size_t at = 0; at < diag->missing_len; at += strlen(diag->missing + at) + 1) {
		const char *near = llext_suggest(diag->missing + at);

		LOG(LLEXT_LOG_ERR, "missing import: %s%s%s%s", diag->missing + at,
		    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
		    near != NULL ? "?)" : "");
	}
}
