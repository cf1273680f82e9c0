/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heap in a domain's own memory, of so many bytes and no more. What is allocated is noted
 * outside, where the domain cannot write: two bits for each piece of 16 bytes. A firmware that
 * offers none leaves this file out.
 */
#include "sandbox.h"

#if SANDBOX

#define UNIT      LLEXT_DOMAIN_HEAP_UNIT
#define USED      1u /* by an allocation that starts here, or before */
#define GOES_ON   2u /* it has started before */
#define PER_WORD  16
#define UNIT_BITS 3u

const struct llext_gate_check llext_gate_checks_none[1] = {{0, 0, 0, 0, 0}};

struct heap {
	uint32_t *map;
	size_t units;
	uintptr_t start;
};

/* That of the domain whose gate runs; without units where there is none. */
static struct heap heap_here(void)
{
	const struct k_mem_domain *domain = llext_domain_current();
	const struct llext_domain_config *config;

	if (domain == NULL)
		return (struct heap){NULL, 0, 0};
	config = domain->config;
	return (struct heap){config->heap_map, config->heap_bytes / UNIT,
			     domain->way.stack + llext_sandbox_stack_bytes(config)};
}

static unsigned int bits_of(const struct heap *heap, size_t unit)
{
	return heap->map[unit / PER_WORD] >> unit % PER_WORD * 2 & UNIT_BITS;
}

static void set_bits(const struct heap *heap, size_t unit, uint32_t bits)
{
	uint32_t *word = &heap->map[unit / PER_WORD];
	unsigned int shift = (unsigned int)(unit % PER_WORD * 2);

	*word = (*word & ~(UNIT_BITS << shift)) | bits << shift;
}

/* The first of so many free units, or heap->units. */
static size_t find(const struct heap *heap, size_t count)
{
	size_t length = 0;

	for (size_t unit = 0; unit < heap->units; unit++) {
		length = bits_of(heap, unit) == 0 ? length + 1 : 0;
		if (length == count)
			return unit + 1 - count;
	}
	return heap->units;
}

void *llext_domain_alloc(size_t bytes)
{
	struct heap heap = heap_here();
	size_t count = bytes / UNIT + (bytes % UNIT != 0 || bytes == 0), first;

	if (count > heap.units)
		return NULL;
	first = find(&heap, count);
	if (first == heap.units)
		return NULL;
	for (size_t i = 0; i < count; i++)
		set_bits(&heap, first + i, i == 0 ? USED : USED | GOES_ON);
	return (void *)(heap.start + first * UNIT);
}

int llext_domain_free(void *mem)
{
	struct heap heap = heap_here();
	size_t offset = (uintptr_t)mem - heap.start, unit = offset / UNIT;

	if (unit >= heap.units || offset % UNIT != 0 || bits_of(&heap, unit) != USED)
		return -EINVAL;
	do
		set_bits(&heap, unit++, 0);
	while (unit < heap.units && bits_of(&heap, unit) == (USED | GOES_ON));
	return 0;
}

#endif /* SANDBOX */
