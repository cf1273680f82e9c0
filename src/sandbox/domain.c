/* SPDX-License-Identifier: Apache-2.0 */
/* Memory domains: their memory, its parts, and what becomes of them. */
#include "sandbox.h"
#include "../arena.h"

#if SANDBOX

static bool is_used(const struct k_mem_domain *domain)
{
	if (domain->extensions > 0 || domain->level != NULL || llext_steps_for(domain))
		return true;
	/* A call that ends badly is counted before it lets go of the domain. */
	__atomic_signal_fence(__ATOMIC_ACQUIRE);
	return domain->endings > 0;
}

static int make(struct k_mem_domain *domain, const struct llext_domain_config *config)
{
	int rc = llext_domain_port_open();

	if (rc == 0)
		rc = llext_arena_init(&domain->arena, config->mem, config->bytes);
	if (rc != 0)
		return rc;
	domain->config = config;
	rc = llext_domain_port_parts(domain);
	if (rc != 0)
		domain->config = NULL;
	return rc;
}

/* In the place of a load, which could be for this domain. @config NULL: it ends. */
static int replace(struct k_mem_domain *domain, const struct llext_domain_config *config)
{
	int rc = llext_enter();

	if (rc != 0)
		return rc;
	if (is_used(domain)) {
		rc = -EBUSY;
	} else {
		release_resources(domain);
		llext_domain_port_drop(domain);
		*domain = (struct k_mem_domain){0};
		if (config != NULL)
			rc = make(domain, config);
	}
	llext_leave();
	return rc;
}

int llext_domain_init(struct k_mem_domain *domain, const struct llext_domain_config *config)
{
	if (domain == NULL || config == NULL || config->mem == NULL || config->stack_bytes == 0 ||
	    config->bytes > LLEXT_DOMAIN_PART_MOST || config->stack_bytes > config->bytes ||
	    config->heap_bytes > config->bytes ||
	    config->heap_bytes % LLEXT_DOMAIN_HEAP_UNIT != 0 ||
	    (config->heap_bytes != 0) != (config->heap_map != NULL))
		return -EINVAL;
	return replace(domain, config);
}

int llext_domain_fini(struct k_mem_domain *domain)
{
	return domain != NULL && domain->config != NULL ? replace(domain, NULL) : -EINVAL;
}

/* ---- parts ---- */

struct llext_domain_part *llext_domain_part(const struct k_mem_domain *domain, unsigned int index)
{
	struct k_mem_domain *it = (struct k_mem_domain *)(uintptr_t)domain;

	return index < LLEXT_DOMAIN_OWN_PARTS
		       ? &it->parts[index]
		       : &domain->config->more->parts[index - LLEXT_DOMAIN_OWN_PARTS];
}

struct llext_domain_part *llext_domain_part_at(const struct k_mem_domain *domain, uintptr_t at)
{
	for (unsigned int i = 0; i < domain->part_count; i++) {
		struct llext_domain_part *part = llext_domain_part(domain, i);

		if (at - part->start < part->bytes)
			return part;
	}
	return NULL;
}

unsigned int llext_domain_parts_left(const struct k_mem_domain *domain)
{
	unsigned int most =
		domain->config->more != NULL ? CONFIG_LLEXT_DOMAIN_PARTS : LLEXT_DOMAIN_OWN_PARTS;

	if (most > llext_domain_port.parts)
		most = llext_domain_port.parts;

	return most > domain->part_count ? most - domain->part_count : 0;
}

int llext_domain_add_part(struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			  enum llext_access access, bool shared)
{
	int rc;

	if (llext_domain_parts_left(domain) == 0)
		return -ENOSPC;
	*llext_domain_part(domain, domain->part_count++) = (struct llext_domain_part){
		start, bytes & LLEXT_DOMAIN_PART_MOST, (unsigned int)access & 3u, shared};
	rc = llext_domain_port_parts(domain);
	if (rc != 0)
		llext_domain_remove_part(domain, start);
	return rc;
}

/* Their order is that of their numbers: the first extension's text comes first. */
void llext_domain_remove_part(struct k_mem_domain *domain, uintptr_t start)
{
	unsigned int count = domain->part_count, i = 0;

	while (i < count && llext_domain_part(domain, i)->start != start)
		i++;
	if (i == count)
		return;
	for (; i + 1 < count; i++)
		*llext_domain_part(domain, i) = *llext_domain_part(domain, i + 1);
	domain->part_count--;
}

int llext_domain_check_part(const struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			    enum llext_access access)
{
	/* What it has: its memory, then its parts. */
	uintptr_t other = (uintptr_t)domain->config->mem;
	size_t other_bytes = domain->config->bytes;

	if (bytes > LLEXT_DOMAIN_PART_MOST)
		return -EINVAL;
	for (unsigned int i = 0;; i++) {
		const struct llext_domain_part *part;

		if (start - other < other_bytes || other - start < bytes)
			return -EINVAL;
		if (i == domain->part_count)
			return llext_domain_port_check(start, bytes, access);
		part = llext_domain_part(domain, i);
		other = part->start;
		other_bytes = part->bytes;
	}
}

/* Without @bytes it is taken back. */
static int replace_shared(struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			  enum llext_access access)
{
	int rc = 0;

	llext_domain_remove_part(domain, start);
	if (bytes != 0) {
		rc = llext_domain_check_part(domain, start, bytes, access);
		if (rc == 0)
			rc = llext_domain_add_part(domain, start, bytes, access, true);
	}
	llext_domain_port_drop(domain);
	return rc;
}

/*
 * Under the lock: no other thread loads or unloads anything of it, or restarts it. If it is held,
 * it is this one that does, and takes back what gates have given out.
 */
static int share(struct k_mem_domain *domain, uintptr_t start, size_t bytes,
		 enum llext_access access)
{
	const struct llext_domain_part *part;
	bool in_gate = llext_domain_current() == domain, held;
	int rc = 0;

	if (domain->config == NULL)
		return -EINVAL;
	part = llext_domain_part_at(domain, start);
	if (part != NULL ? part->start != start || !part->shared : bytes == 0)
		return -EINVAL;
	held = llext_domain_hold(domain);
	if (in_gate) /* can the domain go on with other parts? */
		rc = llext_domain_port_reload(domain);
	else if (!held && domain->level != &llext_domain_nobody)
		rc = -EBUSY;
	if (rc != 0)
		return rc;
	rc = replace_shared(domain, start, bytes, access);
	if (held)
		llext_domain_let_go(domain);
	if (in_gate)
		(void)llext_domain_port_reload(domain);
	return rc;
}

int llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
		       enum llext_access access)
{
	int rc;

	if (domain == NULL || mem == NULL ||
	    (access != LLEXT_ACCESS_RW && access != LLEXT_ACCESS_RO))
		return -EINVAL;
	llext_lock();
	rc = share(domain, (uintptr_t)mem, bytes, access);
	llext_unlock();
	return rc;
}

bool llext_domain_has(const struct k_mem_domain *domain, uintptr_t start, size_t bytes,
		      enum llext_access access)
{
	/* Most pointers are to the stack and the data of the only extension. */
	if (domain->stack_owner != NULL &&
	    within(start, bytes, domain->way.stack, llext_domain_stack_bytes(domain)))
		return true;
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		if ((part->access == LLEXT_ACCESS_RW || access == LLEXT_ACCESS_RO) &&
		    within(start, bytes, part->start, part->bytes))
			return true;
	}
	return false;
}

bool llext_domain_has_function(const struct k_mem_domain *domain, uintptr_t function)
{
	const struct llext_domain_part *part =
		llext_domain_part_at(domain, (uintptr_t)code_address((elf_addr)function));

	return part != NULL && part->access == LLEXT_ACCESS_RX;
}

/* ---- extensions in it ---- */

struct llext *llext_domain_extension_at(const struct k_mem_domain *domain, uintptr_t address)
{
	struct llext *ext = llext_first();

	while (ext != NULL &&
	       (ext->priv->domain != domain ||
		address - (uintptr_t)ext->mem[LLEXT_MEM_TEXT] >= ext->mem_size[LLEXT_MEM_TEXT]))
		ext = llext_next(ext);
	return ext;
}

void llext_domain_prepare(struct k_mem_domain *domain)
{
	const struct llext_private *priv = domain->stack_owner->priv;
	struct llext_domain_part *first = domain->parts, before = *first;
	struct llext_domain_part *text = llext_domain_part_at(domain, (uintptr_t)priv->gates);

	domain->way.sp = (domain->way.stack + domain->config->stack_bytes) & ~(uintptr_t)15;
	llext_domain_port_way(domain, (uintptr_t)priv->gates, priv->gates_bytes);
	*first = *text;
	*text = before;
#ifndef LLEXT_DOMAIN_OWN_CALL /* there it says that the unit has it, too */
	if (llext_domain_can_call(domain))
		domain->text_bytes = first->bytes;
#endif
}

int llext_domain_allocate(struct k_mem_domain *domain, enum llext_access access, size_t bytes,
			  size_t align, struct llext_extent *extent)
{
	struct llext_arena *arena = &domain->arena;
	size_t red = access == LLEXT_ACCESS_RW ? llext_domain_port.red_zone : 0;
	uint8_t *mem = bytes <= SIZE_MAX - red
			       ? llext_arena_alloc_biased(arena, bytes + red, align, red)
			       : NULL;
	struct llext_heap_stats stats;
	int rc;

	if (mem != NULL) {
		*extent = (struct llext_extent){mem + red, (uintptr_t)mem + red, bytes};
		return 0;
	}
	llext_arena_stats(arena, &stats);
	rc = llext_fail(NULL, -ENOMEM, "the domain's memory has no free piece of this size");
	llext_diag_values((int64_t)(bytes + red), (int64_t)stats.largest_free);
	return rc;
}

void llext_domain_free_piece(struct k_mem_domain *domain, const struct llext_extent *extent,
			     enum llext_access access)
{
	size_t red = access == LLEXT_ACCESS_RW ? llext_domain_port.red_zone : 0;

	(void)llext_arena_free(&domain->arena, (uint8_t *)extent->mem - red);
}

int llext_domain_enter(struct k_mem_domain *domain, struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	priv->domain = domain;
	priv->entered = true;
	domain->extensions++;
	llext_domain_port_drop(domain);
	for (size_t i = 0; i < priv->piece_count; i++) {
		const struct piece *piece = &priv->pieces[i];
		int rc = llext_domain_add_part(domain, piece->extent.load, piece->extent.bytes,
					       (enum llext_access)piece->access, false);

		if (rc != 0) {
			rc = llext_fail(NULL, rc, "the domain has no region left for a piece");
			llext_diag_section_name(piece->access == LLEXT_ACCESS_RW ? "data" : "text");
			llext_diag_values(domain->part_count, domain->part_count + 1);
			llext_domain_leave(ext);
			return rc;
		}
		if (piece->access == LLEXT_ACCESS_RW && domain->stack_owner == NULL)
			llext_domain_set_stack(domain, ext, &piece->extent);
	}
	if (domain->stack_owner == ext) {
		forget_heap(domain->config);
		llext_domain_prepare(domain);
	}
	return 0;
}

int llext_sandbox_join(struct load *ld)
{
	struct k_mem_domain *domain = domain_of(ld);
	int rc;

	if (domain == NULL)
		return 0;
	ld->ext->priv->has_front = ld->sandbox.has_front;
	if (!llext_domain_hold(domain)) /* a load in steps began before */
		return llext_fail(ld, -EBUSY, "the domain is running");
	rc = llext_domain_enter(domain, ld->ext);
	llext_domain_let_go(domain);
	return rc;
}

void llext_domain_leave(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	struct k_mem_domain *domain = priv->domain;
	struct llext_domain_fault *fault = domain->config->fault;

	if (fault != NULL && fault->extension == ext) {
		fault->extension = NULL;
		fault->symbol = NULL;
	}
	priv->entered = false;
	if (domain->stack_owner == ext)
		domain->text_bytes = 0;
	for (size_t i = 0; i < priv->piece_count; i++)
		llext_domain_remove_part(domain, priv->pieces[i].extent.load);
	if (domain->stack_owner == ext)
		llext_domain_leave_stack(domain);
	domain->extensions--;
	llext_domain_port_drop(domain);
	if (domain->extensions == 0)
		release_resources(domain);
}

bool llext_sandbox_hold(struct llext *ext)
{
	return llext_domain_hold(ext->priv->domain);
}

/* It is being unloaded. Where it has only just been loaded, nobody has held the domain. */
void llext_sandbox_leave(struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	if (priv->entered) {
		(void)llext_domain_hold(priv->domain);
		llext_domain_leave(ext);
		llext_domain_let_go(priv->domain);
	}
	llext_table_free(priv->gates_later);
	priv->gates_later = NULL;
}

int llext_sandbox_may_unload(const struct llext *ext)
{
	const struct k_mem_domain *domain = ext->priv->domain;
	bool others = domain->extensions > 1;

	if (domain->level != NULL)
		return -EBUSY;
	if (domain->stack_owner != ext || (others && domain->own_stack))
		return 0;
	return others || llext_steps_for(domain) ? -EBUSY : 0;
}

struct k_mem_domain *llext_domain_of(const struct llext *ext)
{
	return ext != NULL ? ext->priv->domain : NULL;
}

#endif /* SANDBOX */
