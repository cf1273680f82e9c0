/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last stage: caches, W^X, unwind tables. After it the extension's code can be run and
 * nothing of it is both writable and executable.
 */
#include "internal.h"

void llext_fit(size_t *bytes, size_t *align)
{
	size_t granule = llext_port.granule;

	if (*align == 0)
		*align = 1;
	if (llext_port.fit != NULL) {
		llext_port.fit(bytes, align);
	} else if (granule > 1) {
		if (*align < granule)
			*align = granule;
		(void)round_up(bytes, granule);
	}
}

int llext_in_place_access(struct load *ld, const struct llext_extent *extent)
{
	if (llext_port.in_place == NULL)
		return llext_port.granule == 0 ? LLEXT_ACCESS_RX : -ENOTSUP;
	return llext_port.in_place(extent, llext_source_peek(ld, 0, 1),
				   ld->length == SIZE_MAX ? 0 : ld->length);
}

/* Memory that the caller placed is the caller's to protect, and so is data used in place. */
static bool ours_to_protect(const struct load *ld, const struct piece *piece)
{
	return !ld->param->pre_located && (!piece->in_place || piece->access == LLEXT_ACCESS_RX);
}

static int protect_piece(const struct load *ld, struct piece *piece)
{
	int rc;

	if (piece->access == LLEXT_ACCESS_RX && llext_port.sync != NULL)
		llext_port.sync(&piece->extent);
	if (llext_port.granule == 0 || llext_port.protect == NULL || !ours_to_protect(ld, piece) ||
	    piece->access == LLEXT_ACCESS_RW)
		return 0;
	rc = llext_port.protect(&piece->extent, (enum llext_access)piece->access);
	if (rc != 0) {
		rc = llext_fail(ld, rc < 0 ? rc : -EIO, "the port could not protect the memory");
		llext_diag_section_name(piece->access == LLEXT_ACCESS_RX ? "text"
									 : "read-only data");
		llext_diag_values((int64_t)piece->extent.bytes, rc);
		return rc;
	}
	piece->guarded = true;
	return 0;
}

/*
 * An .eh_frame must be followed by a zero word, in memory that is ours. Where the zero word is
 * the table's own last one, @bytes becomes what is before it.
 */
static bool table_ends(const struct load *ld, const struct section *section, size_t *bytes)
{
	static const uint8_t zero[4];
	size_t room;
	const uint8_t *mem = llext_write_address(ld->ext, section->load, &room);

	if (mem == NULL || *bytes < 4)
		return false;
	if (room - *bytes >= 4 && memcmp(mem + *bytes, zero, 4) == 0)
		return true;
	*bytes -= 4;
	return memcmp(mem + *bytes, zero, 4) == 0;
}

/* The table of the Arm EHABI has a length instead of an end. */
static bool needs_end(const struct load *ld)
{
	return ld->ehdr.e_machine != EM_ARM ||
	       ld->shdrs[ld->unwind].sh_type != llext_arch.unwind_type;
}

static int add_unwind(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	const struct section *section = &ld->sections[ld->unwind];
	size_t bytes = ld->unwind_bytes;
	int rc;

	if (bytes == 0 || ld->param->pre_located)
		return 0;
	if (needs_end(ld) && !table_ends(ld, section, &bytes)) {
		LOG(LLEXT_LOG_WRN, "%s: unwind table has no end, exceptions cannot pass",
		    ld->ext->name);
		return 0;
	}
	rc = llext_port.unwind_add(ld->ext, (const void *)(uintptr_t)section->load, bytes);
	if (rc != 0)
		return fail_section(ld, rc < 0 ? rc : -EIO, ld->unwind,
				    "the port refused the unwind table");
	priv->unwind = (const void *)(uintptr_t)section->load;
	priv->unwind_bytes = bytes;
	return 0;
}

int llext_protect(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < priv->piece_count; i++)
		rc = protect_piece(ld, &priv->pieces[i]);
	return rc == 0 ? add_unwind(ld) : rc;
}

int llext_unprotect(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	int rc = 0;

	if (priv->unwind != NULL)
		llext_port.unwind_remove(ext, priv->unwind, priv->unwind_bytes);
	priv->unwind = NULL;
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
