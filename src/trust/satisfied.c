/* SPDX-License-Identifier: Apache-2.0 */
/* Is what a manifest says it imports from loaded, and new enough? */
#include <errno.h>
#include <llext/llext.h>
#include <llext/trust.h>

/* As semantic versions have it: another major number is another interface. */
static bool is_enough(const struct llext_version *found, const struct llext_version *least)
{
	if (found->major != least->major)
		return false;
	if (found->minor != least->minor)
		return found->minor > least->minor;
	return found->patch >= least->patch;
}

static bool is_loaded(const struct llext_claimed_import *import)
{
	const struct llext *ext = llext_by_name(import->name);
	const struct llext_claims *claims = ext != NULL ? llext_identity(ext) : NULL;

	return claims != NULL && is_enough(&claims->version, &import->version);
}

int llext_claims_satisfied(const struct llext_claims *claims, struct llext_claimed_import *missing)
{
	struct llext_claimed_import import;
	int rc;

	for (size_t i = 0; (rc = llext_claims_import(claims, i, &import)) == 0; i++) {
		if (!is_loaded(&import)) {
			if (missing != NULL)
				*missing = import;
			return -ENODATA;
		}
	}
	return rc == -ENOENT ? 0 : rc;
}
