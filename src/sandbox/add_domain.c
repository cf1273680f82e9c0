/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trusted extension joins a domain. Its load has kept for this what a load for a domain makes:
 * pieces that the unit can fence in, and slots through which it calls what has a gate. Slots that
 * jumped to the functions become traps; the stack comes from the domain's memory.
 */
#include "sandbox.h"

#if SANDBOX

/* Code that trusted extensions call must not be a domain's. */
static bool used_outside(const struct llext *ext, const struct k_mem_domain *domain)
{
	for (const struct llext *user = llext_first(); user != NULL; user = user->next) {
		if (user->priv->domain == domain)
			continue;
		for (struct llext *const *used = user->dependency; *used != NULL; used++) {
			if (*used == ext)
				return true;
		}
	}
	return false;
}

static int check_pieces(const struct llext *ext, const struct k_mem_domain *domain)
{
	const struct llext_private *priv = ext->priv;

	for (size_t i = 0; i < priv->piece_count; i++) {
		const struct piece *piece = &priv->pieces[i];

		if (llext_heap_is_dense((enum llext_heap)piece->heap))
			return fail_extension(ext, -ENOTSUP,
					      "code in a dense heap cannot join a domain");
		if (llext_domain_check_part(domain, piece->extent.load, piece->extent.bytes,
					    (enum llext_access)piece->access) != 0)
			return fail_extension(ext, -EINVAL,
					      "the unit cannot fence in the extension");
	}
	return 0;
}

static int check(const struct llext *ext, const struct k_mem_domain *domain)
{
	const struct llext_private *priv = ext->priv;

	if (domain->config == NULL)
		return fail_extension(ext, -EINVAL, "the domain is not initialised");
	if (priv->domain != NULL)
		return fail_extension(ext, -EBUSY, "it is in another domain");
	if (priv->gates_later == NULL)
		return fail_extension(ext, -ENOTSUP, "it was not loaded to join a domain");
	if (priv->in_slot)
		return fail_extension(ext, -EBUSY, "a slot calls its functions");
	if (domain->level != NULL)
		return fail_extension(ext, -EBUSY, "the domain is running");
	if (llext_is_changing(ext))
		return fail_extension(ext, -EBUSY, "its initialisers or finalisers are running");
	if (llext_is_wanted(ext) || used_outside(ext, domain))
		return fail_extension(ext, -EBUSY, "other extensions use its symbols");
	return check_pieces(ext, domain);
}

static int make_stack(struct k_mem_domain *domain, struct llext *ext)
{
	size_t bytes = llext_sandbox_front_bytes(domain->config), align = 16;
	struct llext_extent extent;
	int rc;

	llext_domain_port_fit(&bytes, &align);
	rc = llext_domain_allocate(domain, LLEXT_ACCESS_RW, bytes, align, &extent);
	if (rc != 0)
		return rc;
	memset(extent.mem, 0, bytes);
	rc = llext_domain_add_part(domain, extent.load, bytes, LLEXT_ACCESS_RW);
	if (rc != 0) {
		llext_domain_free_piece(domain, &extent, LLEXT_ACCESS_RW);
		return fail_extension(ext, rc, "the domain has no region left for a stack");
	}
	llext_domain_set_stack(domain, ext, &extent);
	domain->own_stack = true;
	return 0;
}

void llext_domain_drop_stack(struct k_mem_domain *domain)
{
	const struct llext_extent extent = {(void *)domain->way.stack, domain->way.stack,
					    llext_domain_stack_bytes(domain)};

	llext_domain_remove_part(domain, domain->way.stack);
	llext_domain_free_piece(domain, &extent, LLEXT_ACCESS_RW);
}

static void make_traps(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	size_t room = priv->gates_bytes, bytes = llext_domain_port.slot_bytes;
	size_t count = priv->gates_bytes / bytes;
	uint8_t *mem = llext_write_address(ext, priv->gates, &room);

	for (size_t i = 0; i < count; i++)
		llext_sandbox_write(mem + i * bytes, (uintptr_t)priv->gates + i * bytes,
				    priv->gates_later[i]);
	for (size_t i = 0; llext_port.sync != NULL && i < priv->piece_count; i++) {
		if (priv->pieces[i].access == LLEXT_ACCESS_RX)
			llext_port.sync(&priv->pieces[i].extent);
	}
	llext_table_free(priv->gates_later);
	priv->gates_later = NULL;
	ext->alloc_size -= count * sizeof(*priv->gates_later);
}

static int join(struct llext *ext, struct k_mem_domain *domain)
{
	struct llext_private *priv = ext->priv;
	int rc = domain->stack_owner == NULL ? make_stack(domain, ext) : 0;

	if (rc != 0)
		return rc;
	priv->joined = true;
	rc = llext_domain_enter(domain, ext);
	/* From here on the domain's fence guards it, and the firmware does not execute it. */
	if (rc == 0)
		rc = llext_unprotect(ext, NULL);
	if (rc == 0) {
		make_traps(ext);
		llext_unwind_remove(ext); /* exceptions have no place in a domain */
	} else {
		llext_domain_leave(ext);
		priv->joined = false;
		priv->domain = NULL;
	}
	return rc;
}

int llext_add_domain(struct llext *ext, struct k_mem_domain *domain)
{
	int rc;

	if (ext == NULL || domain == NULL)
		return -EINVAL;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	llext_diag_clear();
	if (ext->priv->domain != domain) {
		rc = check(ext, domain);
		if (rc == 0)
			rc = join(ext, domain);
	}
	llext_leave();
	return rc;
}

#endif /* SANDBOX */
