/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caches and W^X: after it the extension's code can be run and nothing of it is both writable and
 * executable. Optional, see CONFIG_LLEXT_PROTECT.
 */
#include "../internal.h"
#if SANDBOX
#include <llext/domain_port.h>
#endif

#if LLEXT_ON(CONFIG_LLEXT_PROTECT)

void llext_fit(const struct load *ld, size_t *bytes, size_t *align)
{
	size_t granule = llext_port.granule;

	if (*align == 0)
		*align = 1;
#if SANDBOX
	if (domain_of(ld) != NULL) {
		llext_domain_port_fit(bytes, align);
		return;
	}
#else
	(void)ld;
#endif
	if (llext_port.fit != NULL) {
		llext_port.fit(bytes, align);
	} else if (granule > 1) {
		if (*align < granule)
			*align = granule;
		(void)round_up(bytes, granule);
	}
}

/* Memory that the caller placed is the caller's to protect, and so is data used in place. */
static bool ours_to_protect(const struct load *ld, const struct piece *piece)
{
	return !is_pre_located(ld) && !piece->in_domain &&
	       (!piece->in_place || piece->access == LLEXT_ACCESS_RX);
}

static int not_protected(const struct load *ld, const struct piece *piece, int rc)
{
	unsigned int left = 0, needed = 0;

	(void)piece; /* without diagnostics nothing is said of it */
	if (rc == -ENOSPC && llext_port.slots != NULL)
		needed = llext_port.slots(1, &left);
	rc = llext_fail(ld, rc < 0 ? rc : -EIO,
			needed != 0 ? "too few slots of the protection unit are free"
				    : "the port could not protect the memory");
	llext_diag_section_name(piece->access == LLEXT_ACCESS_RX ? "text" : "read-only data");
	if (needed != 0)
		llext_diag_values(needed, left);
	else
		llext_diag_values((int64_t)piece->extent.bytes, rc);
	return rc;
}

static int protect_piece(const struct load *ld, struct piece *piece)
{
	int rc;

	if (piece->access == LLEXT_ACCESS_RX && llext_port.sync != NULL)
		llext_port.sync(&piece->extent);
	if (llext_port.granule == 0 || llext_port.protect == NULL || !ours_to_protect(ld, piece))
		return 0;
	rc = llext_port.protect(&piece->extent, (enum llext_access)piece->access);
	if (rc != 0) {
		return not_protected(ld, piece, rc);
	}
	piece->guarded = true;
	return 0;
}

int llext_protect(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < priv->piece_count; i++) {
		if (priv->pieces[i].access != LLEXT_ACCESS_RW) /* as it is already */
			rc = protect_piece(ld, &priv->pieces[i]);
	}
	return rc;
}

int llext_unprotect(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	int rc = 0;

	for (size_t i = 0; i < priv->piece_count; i++) {
		struct piece *piece = &priv->pieces[i];
		int one;

		if (!piece->guarded)
			continue;
		one = llext_port.protect(&piece->extent, piece->in_place
								 ? (enum llext_access)piece->before
								 : LLEXT_ACCESS_RW);
		piece->guarded = one != 0;
		if (one != 0 && rc == 0)
			rc = one < 0 ? one : -EIO;
	}
	return rc;
}

#endif /* CONFIG_LLEXT_PROTECT */
