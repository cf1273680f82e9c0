/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caches and W^X: afterwards the extension's code can be run, and none of its memory is both
 * writable and executable. Optional, see CONFIG_LLEXT_PROTECT.
 */
#include "../internal.h"
#include "../steps.h"
#include "dense_heap.h"
#if SANDBOX
#include <llext/domain_port.h>
#endif

#if LLEXT_ON(CONFIG_LLEXT_PROTECT)

static void fit_port(size_t *bytes, size_t *align)
{
	size_t granule = llext_port.granule;

	if (llext_port.fit != NULL) {
		llext_port.fit(bytes, align);
	} else if (granule > 1) {
		if (*align < granule)
			*align = granule;
		(void)round_up(bytes, granule);
	}
}

void llext_fit(const struct load *ld, size_t *bytes, size_t *align)
{
	if (*align == 0)
		*align = 1;
	if (domain_of(ld) == NULL)
		fit_port(bytes, align);
#if SANDBOX
	if (is_fenced(ld))
		llext_domain_port_fit(bytes, align);
#endif
#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
	if (domain_of(ld) == NULL) /* or what the heap rounds it to would be a gap */
		(void)round_up(bytes, LLEXT_HEAP_UNIT);
#endif
}

/* Memory that the caller placed is the caller's to protect, and so is data used in place. */
static bool ours_to_protect(const struct load *ld, const struct piece *piece)
{
	return !is_pre_located(ld) && !piece->in_domain &&
	       (!piece->in_place || piece->access == LLEXT_ACCESS_RX);
}

static int not_protected(const struct load *ld, enum llext_access access, size_t bytes, int rc)
{
	unsigned int left = 0, needed = 0;

	(void)access, (void)bytes; /* without diagnostics nothing is said of them */
	if (rc == -ENOSPC && llext_port.slots != NULL)
		needed = llext_port.slots(1, &left);
	rc = llext_fail(ld, rc < 0 ? rc : -EIO,
			needed != 0 ? "too few slots of the protection unit are free"
				    : "the port could not protect the memory");
	llext_diag_section_name(llext_access_name(access));
	if (needed != 0)
		return llext_diag_sizes(rc, needed, left);
	llext_diag_values((int64_t)bytes, rc);
	return rc;
}

/* In a load in steps, this many bytes of code that caches are told of count as one item. */
#define STEP_SYNC 64
/* And a part that gets its access as so many. */
#define PART_UNITS 6

/* The part of an extent from @done on that one step may take, of so many bytes at most. */
static struct llext_extent part_of(const struct llext_extent *extent, size_t done, size_t most)
{
	size_t left = extent->bytes - done;

	return (struct llext_extent){(uint8_t *)extent->mem + done, extent->load + done,
				     left < most ? left : most};
}

static void sync(const struct load *ld, const struct llext_extent *extent)
{
	if (!is_stepped(ld)) {
		llext_port.sync(extent);
		return;
	}
	for (size_t done = 0; done < extent->bytes;) {
		struct llext_extent part =
			part_of(extent, done, step_share(ld, extent->bytes, STEP_SYNC));

		llext_port.sync(&part);
		done += part.bytes;
		step_point(ld, 1 + part.bytes / STEP_SYNC);
	}
}

/*
 * Give a piece an access: at once, or in a load in steps part by part if the port can do that. From
 * the first part on it is guarded.
 */
static int give_access(const struct load *ld, struct piece *piece, enum llext_access access)
{
	int rc = 0;

	if (ld == NULL || !is_stepped(ld) || llext_port.protect_part == 0)
		return llext_port.protect(&piece->extent, access);
	for (size_t done = 0; rc == 0 && done < piece->extent.bytes;) {
		struct llext_extent part = part_of(&piece->extent, done, llext_port.protect_part);

		rc = llext_port.protect(&part, access);
		piece->guarded = piece->guarded || rc == 0;
		done += part.bytes;
		step_point(ld, PART_UNITS);
	}
	return rc;
}

static int protect_piece(const struct load *ld, struct piece *piece)
{
	int rc;

	if (piece->access == LLEXT_ACCESS_RX && llext_port.sync != NULL)
		sync(ld, &piece->extent);
	if (llext_port.granule == 0 || llext_port.protect == NULL || !ours_to_protect(ld, piece))
		return 0;
	rc = give_access(ld, piece, (enum llext_access)piece->access);
	if (rc != 0)
		return not_protected(ld, (enum llext_access)piece->access, piece->extent.bytes, rc);
	piece->guarded = true;
	return 0;
}

int llext_protect(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < priv->piece_count; i++) {
		step_point(ld, 1);
		if (priv->pieces[i].access != LLEXT_ACCESS_RW) /* which it is already */
			rc = protect_piece(ld, &priv->pieces[i]);
	}
	return rc;
}

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
static bool can_protect(void)
{
	return llext_port.granule != 0 && llext_port.protect != NULL;
}

int llext_code_open(const struct load *ld, const struct llext_extent *extent)
{
	int rc = can_protect() ? llext_port.protect(extent, LLEXT_ACCESS_RW) : 0;

	return rc != 0 ? not_protected(ld, LLEXT_ACCESS_RX, extent->bytes, rc) : 0;
}

int llext_code_open_all(void)
{
	struct llext_extent area;

	llext_heap_instr_area(&area);
	return can_protect() ? llext_port.protect(&area, LLEXT_ACCESS_RW) : 0;
}

/*
 * It stays code, for the unit, or becomes that: a hole in which data could be written would take
 * slots. What a failed load has left there is cleared.
 */
static void llext_code_close(struct piece *piece)
{
	if (!piece->guarded && can_protect() && !llext_heap_is_last(piece->extent.mem)) {
		if (LLEXT_ON(CONFIG_LLEXT_WORD_CODE))
			llext_code_write(piece->extent.mem, NULL, piece->extent.bytes);
		else
			memset(piece->extent.mem, 0, piece->extent.bytes);
		if (llext_port.sync != NULL)
			llext_port.sync(&piece->extent);
		/* It needs no more slots, and if it fails, the memory can still be used. */
		(void)llext_port.protect(&piece->extent, LLEXT_ACCESS_RX);
	}
	piece->guarded = false;
}
#else
#define llext_code_close(piece) ((void)(piece))
#endif

int llext_unprotect(struct llext *ext, const struct load *ld)
{
	struct llext_private *priv = ext->priv;
	int rc = 0;

	for (size_t i = 0; i < priv->piece_count; i++) {
		struct piece *piece = &priv->pieces[i];
		int one;

		if (ld == NULL && piece->owned && llext_heap_is_dense((enum llext_heap)piece->heap))
			llext_code_close(piece);
		if (!piece->guarded)
			continue;
		one = give_access(ld, piece,
				  piece->in_place ? (enum llext_access)piece->before
						  : LLEXT_ACCESS_RW);
		piece->guarded = one != 0;
		if (one != 0 && rc == 0)
			rc = one < 0 ? one : -EIO;
	}
	return rc;
}

#endif /* CONFIG_LLEXT_PROTECT */
