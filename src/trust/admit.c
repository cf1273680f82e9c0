/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one question that a load asks about trust: may this be loaded? It asks when the source is
 * open and has not been read, and again when there is an extension, so that one answer that a fault
 * in the processor has changed does not matter.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_TRUST)

static const struct llext_claims *claims_of(const struct load *ld)
{
	return ld->ldr->claims != NULL ? ld->ldr->claims(ld->ldr) : NULL;
}

/* What is read anew must be the very file that was verified when it was loaded. */
static bool is_another_file(const struct load *ld, const struct llext_claims *claims)
{
#if SANDBOX
	const struct llext_claims *loaded =
		is_refill(ld) ? &ld->sandbox.refilled->priv->claims : NULL;

	return loaded != NULL && loaded->key != NULL &&
	       (claims == NULL || memcmp(claims->digest, loaded->digest, LLEXT_HASH_BYTES) != 0);
#else
	(void)ld;
	(void)claims;
	return false;
#endif
}

int llext_admit(struct load *ld)
{
	const struct llext_claims *claims = claims_of(ld);

	if (LLEXT_ON(CONFIG_LLEXT_TRUST_REQUIRED) && claims == NULL)
		return llext_fail(ld, -EPERM, "the loader has verified nothing");
	if (is_another_file(ld, claims))
		return llext_fail(ld, -EBADMSG, "not the file that was loaded");
	if (claims != NULL && claims->sandbox_only && domain_of(ld) == NULL)
		return llext_fail(ld, -EPERM, "allowed in a sandbox only");
	if (llext_port.authorize != NULL && llext_port.authorize(claims) != 0)
		return llext_fail(ld, -EPERM, "the firmware does not allow it");
	return 0;
}

int llext_admit_again(struct load *ld)
{
	const struct llext_claims *claims = claims_of(ld);
	int rc = llext_admit(ld);

	if (rc == 0 && claims != NULL) {
		ld->ext->priv->claims = *claims;
		ld->ext->priv->claims.manifest = NULL;
	}
	return rc;
}

const struct llext_claims *llext_identity(const struct llext *ext)
{
	return ext->priv->claims.key != NULL ? &ext->priv->claims : NULL;
}

#endif
