/* SPDX-License-Identifier: Apache-2.0 */
/* Does the firmware have the version of its exports that the extension was written for? */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)

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

static int fail_version(const char *name, const char *what, uint32_t needed, uint32_t offered,
			const struct load *ld)
{
	int error = llext_fail(ld, -EPROTO, what);

	llext_diag_symbol_name(name);
	llext_diag_values(needed, offered);
	(void)name;
	(void)needed;
	(void)offered;
	return error;
}

/* Each of them: an extension that is linked from several may need several. */
static int compare(const struct load *ld, const char *name, const struct version *offered)
{
	struct version needed;

	if (!read_version(name, "llext_needs_abi.", &needed))
		return 0;
	if (needed.major != offered->major)
		return fail_version(name, "the firmware's exports have another major version",
				    needed.major, offered->major, ld);
	if (needed.minor > offered->minor)
		return fail_version(name,
				    "the firmware's exports are older than the extension needs",
				    needed.minor, offered->minor, ld);
	return 0;
}

int llext_abi_check(struct load *ld)
{
	const struct llext_symtable *exports = &ld->ext->exp_tab;
	const struct llext_const_symbol *builtins;
	struct version offered;
	size_t count, at = 0;
	int rc = 0;

	builtins = llext_builtins(&count);
	while (at < count && !read_version(builtins[at].name, "llext_abi.", &offered))
		at++;
	for (size_t i = 0; at < count && rc == 0 && i < exports->sym_cnt; i++)
		rc = compare(ld, exports->syms[i].name, &offered);
	return rc;
}

#endif /* CONFIG_LLEXT_ABI_VERSION */
