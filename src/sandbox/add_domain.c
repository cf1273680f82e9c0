/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trusted extension joins a domain. Its load has kept for this what a load for a domain makes:
 * pieces that the unit can fence in, and slots through which it calls what has a gate. Slots that
 * jumped to the functions become traps; the stack comes from the domain's memory.
 */
#include "sandbox.h"
#include "../steps.h"

#if SANDBOX

/* ---- the load ---- */

bool llext_sandbox_may_join(const struct load *ld)
{
	return ld->param->domain_later && is_plain(ld);
}

void llext_sandbox_find_gate(const char *name, struct found_import *found)
{
	const struct llext_gate *gate = llext_sandbox_gate(name);

	if (gate == NULL)
		return;
	if (!(gate->flags & LLEXT_GATE_USER))
		found->gate = gate;
	else if (is_user_text((uintptr_t)gate->function))
		found->addr = gate->function;
}

/* An RTOS's switch may save registers below the data: the domain picks the stack pointer. */
size_t llext_sandbox_lead(const struct load *ld, enum llext_access access)
{
	return is_fenced(ld) && domain_of(ld) == NULL && access == LLEXT_ACCESS_RW
		       ? llext_domain_port.red_zone
		       : 0;
}

size_t llext_sandbox_table_bytes(const struct load *ld)
{
	if (!is_fenced(ld) || domain_of(ld) != NULL || has_variables(ld)) /* cannot join */
		return 0;
	return ld->sandbox.gate_count * sizeof(*ld->sandbox.gates);
}

/* What the slots lead to, once they are traps. */
static int keep_gates(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	size_t bytes = llext_sandbox_table_bytes(ld);

	if (bytes == 0)
		return 0;
	priv->gates_later = llext_table_alloc(bytes, bytes);
	if (priv->gates_later == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the gates");
	memcpy(priv->gates_later, ld->sandbox.gates, bytes);
	ld->ext->alloc_size += bytes;
	return 0;
}

int llext_sandbox_fill_later(struct load *ld, uint8_t *mem, uintptr_t at)
{
	size_t bytes = llext_domain_port.slot_bytes;

	for (uint32_t i = 1; i < ld->sandbox.gate_count; i++) {
		mem += bytes;
		at += bytes;
		if (!llext_domain_port_jump(mem, at, ld->sandbox.functions[i]))
			return llext_fail(ld, -ENOEXEC, "the function of a gate is out of reach");
		step_point(ld, 1);
	}
	return keep_gates(ld);
}

/* ---- what may join ---- */

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
			return llext_fail_extension(ext, -ENOTSUP,
						    "code in a dense heap cannot join a domain");
		if (llext_domain_check_part(domain, piece->extent.load, piece->extent.bytes,
					    (enum llext_access)piece->access) != 0)
			return llext_fail_extension(ext, -EINVAL,
						    "the unit cannot fence in the extension");
	}
	return 0;
}

static int check(const struct llext *ext, const struct k_mem_domain *domain)
{
	const struct llext_private *priv = ext->priv;

	if (domain->config == NULL)
		return llext_fail_extension(ext, -EINVAL, "the domain is not initialised");
	if (priv->domain != NULL)
		return llext_fail_extension(ext, -EBUSY, "it is in another domain");
	if (priv->gates_later == NULL)
		return llext_fail_extension(ext, -ENOTSUP, "it was not loaded to join a domain");
	if (priv->in_slot)
		return llext_fail_extension(ext, -EBUSY, "a slot calls its functions");
	if (llext_is_changing(ext))
		return llext_fail_extension(ext, -EBUSY,
					    "its initialisers or finalisers are running");
	if (llext_is_wanted(ext) || used_outside(ext, domain))
		return llext_fail_extension(ext, -EBUSY, "other extensions use its symbols");
	return check_pieces(ext, domain);
}

/* ---- the join ---- */

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
	rc = llext_domain_add_part(domain, extent.load, bytes, LLEXT_ACCESS_RW, false);
	if (rc != 0) {
		llext_domain_free_piece(domain, &extent, LLEXT_ACCESS_RW);
		return llext_fail_extension(ext, rc, "the domain has no region left for a stack");
	}
	llext_domain_set_stack(domain, ext, &extent);
	domain->own_stack = true;
	return 0;
}

static void drop_stack(struct k_mem_domain *domain)
{
	const struct llext_extent extent = {(void *)domain->way.stack, domain->way.stack,
					    llext_domain_stack_bytes(domain)};

	llext_domain_remove_part(domain, domain->way.stack);
	llext_domain_free_piece(domain, &extent, LLEXT_ACCESS_RW);
}

static struct llext *any_in(const struct k_mem_domain *domain)
{
	struct llext *ext = llext_first();

	while (ext != NULL && (ext->priv->domain != domain || !ext->priv->entered))
		ext = ext->next;
	return ext;
}

/* It goes with the data that it lies before, or else with the last extension. */
void llext_domain_leave_stack(struct k_mem_domain *domain)
{
	domain->stack_owner = domain->own_stack ? any_in(domain) : NULL;
	if (domain->stack_owner != NULL) {
		llext_domain_prepare(domain);
		return;
	}
	if (domain->own_stack)
		drop_stack(domain);
	domain->own_stack = false;
	domain->way = (struct llext_domain_way){0};
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
	if (rc == 0) {
		rc = llext_unprotect(ext, NULL);
		if (rc != 0)
			llext_domain_leave(ext);
	}
	if (rc != 0) {
		priv->joined = false;
		priv->domain = NULL;
		return rc;
	}
	make_traps(ext);
	llext_unwind_remove(ext); /* exceptions have no place in a domain */
	return 0;
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
		if (rc == 0 && !llext_domain_hold(domain))
			rc = llext_fail_extension(ext, -EBUSY, "the domain is running");
		if (rc == 0) {
			rc = join(ext, domain);
			llext_domain_let_go(domain);
		}
	}
	llext_leave();
	return rc;
}

#endif /* SANDBOX */
