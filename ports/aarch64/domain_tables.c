/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of domains on AArch64. Each domain has tables of its own, with an address space
 * number (ASID): its parts are EL0's, the rest is as in the firmware's tables, of which they share
 * those of the third level that have no part of the domain. EL0 has access to nothing there but the
 * text for all domains. The firmware always runs with its own tables, so nothing is written to
 * tables in use.
 *
 * There are tables for a few domains; where more are called in turn, tables are made anew.
 */
#include <errno.h>
#include <stdbool.h>

#include "domain_aarch64.h"

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__aarch64__)

#include "../mcu/mpu.h"
#include "system.h"
#include "tables.h"

/* How many domains have tables at a time, and how many of the second and third level each. */
#ifndef CONFIG_LLEXT_AARCH64_CONTEXTS
#define CONFIG_LLEXT_AARCH64_CONTEXTS 4
#endif
#define MOST_TABLES 6

struct context {
	uint64_t level1[LEVEL1_ENTRIES] __attribute__((aligned(64)));
	llext_aarch64_table *tables;
	const struct k_mem_domain *domain; /* NULL: nobody's */
	unsigned int used;                 /* tables */
};

static llext_aarch64_table tables[CONFIG_LLEXT_AARCH64_CONTEXTS][MOST_TABLES];
static struct context contexts[CONFIG_LLEXT_AARCH64_CONTEXTS];
static unsigned int next_victim;
const struct k_mem_domain *llext_aarch64_loaded;
uint64_t llext_aarch64_ttbr;

/* ---- making them ---- */

/* The table that an entry leads to becomes one of the context's. */
static uint64_t *own(struct context *context, uint64_t *entry)
{
	const uint64_t *shared = (const uint64_t *)(uintptr_t)(*entry & ADDRESS);
	uint64_t *table;

	for (unsigned int i = 0; i < context->used; i++) {
		if (shared == context->tables[i])
			return context->tables[i];
	}
	table = context->tables[context->used++];
	for (unsigned int i = 0; i < ENTRIES; i++)
		table[i] = shared[i];
	*entry = (uintptr_t)table | TABLE;
	return table;
}

static uint64_t rights(enum llext_access access)
{
	/* What EL0 may execute, the firmware may not. */
	return PAGE_ENTRY | AP_USER | PXN | (access == LLEXT_ACCESS_RW ? 0 : AP_RO) |
	       (access == LLEXT_ACCESS_RX ? 0 : UXN);
}

static void add_part(struct context *context, const struct llext_domain_part *part)
{
	uint64_t bits = rights((enum llext_access)part->access);

	for (uintptr_t page = part->start; page - part->start < part->bytes; page += PAGE) {
		uint64_t *level2 = own(context, &context->level1[page / LEVEL2_ONE]);
		uint64_t *level3 = own(context, &level2[page % LEVEL2_ONE / LEVEL3_ONE]);

		level3[page % LEVEL3_ONE / PAGE] = page | bits;
	}
}

/* Nothing that the processor may have of its former tables is used again. */
static void make(struct context *context, const struct k_mem_domain *domain, uint64_t asid)
{
	context->used = 0;
	for (unsigned int i = 0; i < LEVEL1_ENTRIES; i++)
		context->level1[i] = llext_aarch64_level1[i];
	for (unsigned int i = 0; i < domain->part_count; i++)
		add_part(context, llext_domain_part(domain, i));
	context->domain = domain;
	system_forget_space(asid);
}

void llext_aarch64_load(const struct k_mem_domain *domain)
{
	uintptr_t before = llext_mpu_hold();
	unsigned int i = 0;

	while (i < CONFIG_LLEXT_AARCH64_CONTEXTS && contexts[i].domain != domain)
		i++;
	if (i == CONFIG_LLEXT_AARCH64_CONTEXTS) {
		i = next_victim++ % CONFIG_LLEXT_AARCH64_CONTEXTS;
		contexts[i].tables = tables[i];
		make(&contexts[i], domain, i + 1);
	}
	llext_aarch64_ttbr = (uintptr_t)contexts[i].level1 | (uint64_t)(i + 1) << ASID_SHIFT;
	llext_aarch64_loaded = domain;
	llext_mpu_go_on(before);
}

void llext_domain_port_drop(const struct k_mem_domain *domain)
{
	uintptr_t before = llext_mpu_hold();

	for (unsigned int i = 0; i < CONFIG_LLEXT_AARCH64_CONTEXTS; i++) {
		if (contexts[i].domain == domain)
			contexts[i].domain = NULL;
	}
	if (llext_aarch64_loaded == domain)
		llext_aarch64_loaded = NULL;
	llext_mpu_go_on(before);
}

int llext_domain_port_reload(const struct k_mem_domain *domain)
{
	llext_domain_port_drop(domain);
	llext_aarch64_load(domain);
	return 0;
}

void llext_domain_port_resume(const struct k_mem_domain *domain)
{
	if (domain != llext_aarch64_loaded)
		llext_aarch64_load(domain);
}

/* ---- what they can express ---- */

void llext_domain_port_fit(size_t *bytes, size_t *align)
{
	*bytes = (*bytes + PAGE - 1) & ~(PAGE - 1);
	if (*align < PAGE)
		*align = PAGE;
}

/* Whole pages of the firmware's, and none to be written that it may not write. */
int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access)
{
	uint64_t bad = AP_USER | (access == LLEXT_ACCESS_RW ? AP_RO : 0);

	if (((start | bytes) & (PAGE - 1)) != 0 || bytes == 0 || start + bytes < start ||
	    start + bytes > LEVEL1_ENTRIES * LEVEL2_ONE)
		return -EINVAL;
	for (uintptr_t page = start; page < start + bytes; page += PAGE) {
		const uint64_t *table =
			(const uint64_t *)(uintptr_t)(llext_aarch64_level1[page / LEVEL2_ONE] &
						      ADDRESS);
		uint64_t entry = table[page % LEVEL2_ONE / LEVEL3_ONE];

		if ((entry & TABLE) != TABLE)
			return -EINVAL;
		table = (const uint64_t *)(uintptr_t)(entry & ADDRESS);
		entry = table[page % LEVEL3_ONE / PAGE];
		if ((entry & TABLE) != TABLE || (entry & bad))
			return -EINVAL;
	}
	return 0;
}

/* Has the part something in the @at'th piece of this size? */
static bool touches(const struct llext_domain_part *part, uintptr_t at, uintptr_t size)
{
	return at >= part->start / size && at <= (part->start + part->bytes - 1) / size;
}

/* How many pieces of this size the parts have something in. */
static unsigned int touched(const struct k_mem_domain *domain, uintptr_t size)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);
		uintptr_t at = part->start / size, last = (part->start + part->bytes - 1) / size;

		for (; at <= last && count <= MOST_TABLES; at++) {
			unsigned int first = 0;

			while (!touches(llext_domain_part(domain, first), at, size))
				first++;
			count += first == i;
		}
	}
	return count;
}

int llext_domain_port_parts(const struct k_mem_domain *domain)
{
	uintptr_t start = ((uintptr_t)domain->config->mem + PAGE - 1) & ~(PAGE - 1);
	uintptr_t end = ((uintptr_t)domain->config->mem + domain->config->bytes) & ~(PAGE - 1);

	/* At first: can the domain's memory be parts at all? */
	if (domain->part_count == 0)
		return end > start ? llext_domain_port_check(start, end - start, LLEXT_ACCESS_RW)
				   : -EINVAL;
	return touched(domain, LEVEL2_ONE) + touched(domain, LEVEL3_ONE) <= MOST_TABLES ? 0
											: -ENOSPC;
}

#endif
