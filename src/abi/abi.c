/* SPDX-License-Identifier: Apache-2.0 */
/* Does the firmware have the version of its exports that the extension was written for? */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)

/* What the name of an export begins with that says which version the extension needs. */
#define NEEDS "llext_needs_abi."

struct version {
	uint32_t major, minor;
};

/* Decimal digits; *at moves behind them. False: none, or more than 16 bits. */
static bool read_number(const char **at, uint32_t *number)
{
	const char *first = *at;

	*number = 0;
	while (**at >= '0' && **at <= '9' && *number <= UINT16_MAX)
		*number = 10 * *number + (uint32_t)(*(*at)++ - '0');
	return *at != first && *number <= UINT16_MAX;
}

/* "llext_abi.1.4" behind the prefix "llext_abi.". False: another name. */
static bool read_version(const char *name, const char *prefix, struct version *version)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0)
		return false;
	name += length;
	return read_number(&name, &version->major) && *name++ == '.' &&
	       read_number(&name, &version->minor) && *name == '\0';
}

/* The first of the firmware's exports, which are sorted, that does not come before @name. */
static size_t first_from(const struct llext_const_symbol *builtins, size_t count, const char *name)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (strcmp(builtins[middle].name, name) < 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* The version of the firmware's exports. @return false: they have none. */
static bool find_offered(struct version *offered)
{
	static const char prefix[] = "llext_abi.";
	size_t count;
	const struct llext_const_symbol *builtins = llext_builtins(&count);

	for (size_t i = first_from(builtins, count, prefix);
	     i < count && strncmp(builtins[i].name, prefix, sizeof(prefix) - 1) == 0; i++) {
		if (read_version(builtins[i].name, prefix, offered))
			return true;
	}
	return false;
}

static int fail_version(const struct load *ld, const char *name, const char *what, uint32_t needed,
			uint32_t offered)
{
	int error = llext_fail(ld, -EPROTO, what);

	llext_diag_symbol_name(name);
	llext_diag_values(needed, offered);
	(void)name;
	(void)needed;
	(void)offered;
	return error;
}

static int compare(const struct load *ld, const char *name, const struct version *offered)
{
	struct version needed;

	if (!read_version(name, NEEDS, &needed))
		return 0;
	if (needed.major != offered->major)
		return fail_version(ld, name, "the firmware's exports have another major version",
				    needed.major, offered->major);
	if (needed.minor > offered->minor)
		return fail_version(ld, name,
				    "the firmware's exports are older than the extension needs",
				    needed.minor, offered->minor);
	return 0;
}

/* An extension that is linked from several may need several. */
int llext_abi_check(struct load *ld)
{
	struct llext_const_symbol symbol;
	struct version offered;
	int rc = 0;

	if (!find_offered(&offered))
		return 0;
	for (size_t at = 0; rc == 0 && next_export(&ld->ext->exp_tab, NEEDS, &at, &symbol);) {
		rc = compare(ld, symbol.name, &offered);
		step_brief(ld, at);
	}
	return rc;
}

#endif /* CONFIG_LLEXT_ABI_VERSION */
