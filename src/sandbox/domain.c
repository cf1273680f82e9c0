/* SPDX-License-Identifier: Apache-2.0 */
/* Memory domains: their memory, its parts, and what becomes of them. */
#include "sandbox.h"
#include "../arena.h"

#if SANDBOX

int llext_domain_init(struct k_mem_domain *domain, const struct llext_domain_config *config)
{
	int rc;

	if (domain == NULL || config == NULL || config->mem == NULL || config->stack_bytes == 0 ||
	    config->bytes > LLEXT_DOMAIN_PART_MOST || config->heap_bytes > config->bytes ||
	    config->heap_bytes % LLEXT_DOMAIN_HEAP_UNIT != 0 ||
	    (config->heap_bytes != 0) != (config->heap_map != NULL))
		return -EINVAL;
	if (domain->config != NULL && (domain->extensions > 0 || llext_steps_for(domain)))
		return -EBUSY;
	rc = llext_domain_port_open();
	if (rc != 0)
		return rc;
	*domain = (struct k_mem_domain){.config = config};
	rc = llext_arena_init(&domain->arena, config->mem, config->bytes);
	if (rc == 0)
		rc = llext_domain_port_parts(domain);
	if (rc != 0)
		domain->config = NULL;
	return rc;
}

int llext_domain_fini(struct k_mem_domain *domain)
{
	if (domain == NULL || domain->config == NULL)
		return -EINVAL;
	if (domain->extensions > 0 || domain->level != NULL || llext_steps_for(domain))
		return -EBUSY;
	llext_resources_release(domain);
	llext_domain_port_drop(domain);
	*domain = (struct k_mem_domain){0};
	return 0;
}

/* ---- parts ---- */

struct llext_domain_part *llext_domain_part(const struct k_mem_domain *domain, unsigned int index)
{
	struct k_mem_domain *it = (struct k_mem_domain *)(uintptr_t)domain;

	return index < LLEXT_DOMAIN_OWN_PARTS
		       ? &it->parts[index]
		       : &domain->config->more->parts[index - LLEXT_DOMAIN_OWN_PARTS];
}

/* Their order is that of their numbers: the first extension's text comes first. */
static void remove_part(struct k_mem_domain *domain, unsigned int index)
{
	domain->part_count--;
	for (; index < domain->part_count; index++)
		*llext_domain_part(domain, index) = *llext_domain_part(domain, index + 1);
	*llext_domain_part(domain, index) = (struct llext_domain_part){0};
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
			  enum llext_access access)
{
	int rc;

	if (llext_domain_parts_left(domain) == 0)
		return -ENOSPC;
	*llext_domain_part(domain, domain->part_count++) = (struct llext_domain_part){
		start, bytes & LLEXT_DOMAIN_PART_MOST, (unsigned int)access & 3u};
	rc = llext_domain_port_parts(domain);
	if (rc != 0)
		remove_part(domain, domain->part_count - 1u);
	return rc;
}

static unsigned int find_part(const struct k_mem_domain *domain, uintptr_t start)
{
	unsigned int i = 0;

	while (i < domain->part_count && llext_domain_part(domain, i)->start != start)
		i++;
	return i;
}

void llext_domain_remove_part(struct k_mem_domain *domain, uintptr_t start)
{
	unsigned int index = find_part(domain, start);

	if (index < domain->part_count)
		remove_part(domain, index);
}

static bool overlap(uintptr_t start, size_t bytes, uintptr_t other, size_t other_bytes)
{
	return start - other < other_bytes || other - start < bytes;
}

int llext_domain_check_part(const struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			    enum llext_access access)
{
	if (bytes > LLEXT_DOMAIN_PART_MOST ||
	    overlap(start, bytes, (uintptr_t)domain->config->mem, domain->config->bytes))
		return -EINVAL;
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		if (overlap(start, bytes, part->start, part->bytes))
			return -EINVAL;
	}
	return llext_domain_port_check(start, bytes, access);
}

/* Does an extension of the domain have a piece there? Of one that has joined, it is on the heap. */
static bool is_piece(const struct k_mem_domain *domain, uintptr_t start)
{
	unsigned int pin = llext_pin();
	bool found = false;

	for (const struct llext *ext = llext_first(); ext != NULL; ext = llext_next(ext)) {
		const struct llext_private *priv = ext->priv;

		for (size_t i = 0; priv->domain == domain && i < priv->piece_count; i++)
			found = found || priv->pieces[i].extent.load == start;
	}
	llext_unpin(pin);
	return found;
}

int llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
		       enum llext_access access)
{
	const struct k_mem_domain *current = llext_domain_current();
	uintptr_t start = (uintptr_t)mem;
	unsigned int index;
	int rc = 0;

	if (domain == NULL || domain->config == NULL || mem == NULL ||
	    (access != LLEXT_ACCESS_RW && access != LLEXT_ACCESS_RO) ||
	    start - (uintptr_t)domain->config->mem < domain->config->bytes ||
	    is_piece(domain, start))
		return -EINVAL;
	if (domain->level != NULL) { /* a gate runs: can the domain go on with other parts? */
		rc = llext_domain_port_reload(domain);
		if (rc != 0)
			return rc;
	}
	index = find_part(domain, start);
	if (index < domain->part_count)
		remove_part(domain, index);
	else if (bytes == 0)
		rc = -EINVAL;
	if (bytes != 0)
		rc = llext_domain_check_part(domain, start, bytes, access);
	if (rc == 0 && bytes != 0)
		rc = llext_domain_add_part(domain, start, bytes, access);
	llext_domain_port_drop(domain);
	if (domain->level != NULL)
		(void)llext_domain_port_reload(domain);
	/* Another one's gate may be doing this: that one goes on. */
	if (current != NULL && current != domain)
		llext_domain_port_resume(current);
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

size_t llext_domain_room(const struct k_mem_domain *domain, uintptr_t start)
{
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		if (start - part->start < part->bytes)
			return part->bytes - (start - part->start);
	}
	return 0;
}

bool llext_domain_has_function(const struct k_mem_domain *domain, uintptr_t function)
{
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		if (part->access == LLEXT_ACCESS_RX &&
		    (uintptr_t)code_address((elf_addr)function) - part->start < part->bytes)
			return true;
	}
	return false;
}

/* ---- extensions in it ---- */

/* What the outermost call of a function of this extension needs, which has the stack. */
static void prepare(struct k_mem_domain *domain)
{
	const struct llext_private *priv = domain->stack_owner->priv;
	struct llext_domain_part *first = domain->parts;

	domain->way.sp = (domain->way.stack + domain->config->stack_bytes) & ~(uintptr_t)15;
	llext_domain_port_way(domain, (uintptr_t)priv->gates, priv->gates_bytes);
	for (unsigned int i = 0; i < domain->part_count; i++) {
		struct llext_domain_part *part = llext_domain_part(domain, i), text = *part;

		if ((uintptr_t)priv->gates - text.start >= text.bytes)
			continue;
		*part = *first;
		*first = text;
	}
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
	int rc = 0;

	priv->domain = domain;
	priv->entered = true;
	domain->extensions++;
	llext_domain_port_drop(domain);
	for (size_t i = 0; rc == 0 && i < priv->piece_count; i++) {
		const struct piece *piece = &priv->pieces[i];

		rc = llext_domain_add_part(domain, piece->extent.load, piece->extent.bytes,
					   (enum llext_access)piece->access);
		if (rc == 0 && piece->access == LLEXT_ACCESS_RW && domain->stack_owner == NULL) {
			llext_domain_set_stack(domain, ext, &piece->extent);
		}
		if (rc != 0) {
			rc = llext_fail(NULL, rc, "the domain has no region left for a piece");
			llext_diag_section_name(piece->access == LLEXT_ACCESS_RW ? "data" : "text");
			llext_diag_values(domain->part_count, domain->part_count + 1);
		}
	}
	if (rc == 0 && domain->stack_owner == ext) {
		forget_heap(domain->config);
		prepare(domain);
	}
	return rc;
}

int llext_sandbox_join(struct load *ld)
{
	struct k_mem_domain *domain = domain_of(ld);

	if (domain == NULL)
		return 0;
	if (domain->level != NULL) /* since a load in steps began */
		return llext_fail(ld, -EBUSY, "the domain is running");
	return llext_domain_enter(domain, ld->ext);
}

static struct llext *any_in(const struct k_mem_domain *domain)
{
	struct llext *ext = llext_first();

	while (ext != NULL && (ext->priv->domain != domain || !ext->priv->entered))
		ext = ext->next;
	return ext;
}

/* It goes with the data that it lies before, or else with the last extension. */
static void leave_stack(struct k_mem_domain *domain)
{
	domain->stack_owner = domain->own_stack ? any_in(domain) : NULL;
	if (domain->stack_owner != NULL) {
		prepare(domain);
		return;
	}
	if (domain->own_stack)
		llext_domain_drop_stack(domain);
	domain->own_stack = false;
	domain->way = (struct llext_domain_way){0};
}

void llext_domain_leave(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	struct k_mem_domain *domain = priv->domain;

	priv->entered = false;
	if (domain->stack_owner == ext)
		domain->text_bytes = 0;
	for (size_t i = 0; i < priv->piece_count; i++)
		llext_domain_remove_part(domain, priv->pieces[i].extent.load);
	if (domain->stack_owner == ext)
		leave_stack(domain);
	domain->extensions--;
	llext_domain_port_drop(domain);
	if (domain->extensions == 0)
		llext_resources_release(domain);
}

/* It is being unloaded. */
void llext_sandbox_leave(struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	if (priv->entered)
		llext_domain_leave(ext);
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
