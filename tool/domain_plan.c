/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon inspect: what a domain would take. The pieces are those of a load for a domain: code with
 * constants and gate slots, data behind the stack, each as large as the protection unit has them.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include "inspect.h"

#define STACK 1024

/* Sizes as llext_domain_port_fit() of the ports has them. */
static uint64_t fit_granule(uint64_t bytes, uint64_t granule)
{
	return (bytes + granule - 1) / granule * granule;
}

/* PMSAv7: a power of two, from 256 bytes on in eighths. */
static uint64_t fit_eighths(uint64_t bytes)
{
	uint64_t size = 32;

	while (size < bytes)
		size *= 2;
	return fit_granule(bytes, size < 256 ? size : size / 8);
}

static const struct {
	uint16_t machine;
	unsigned char class; /* 0: either */
	const char *unit;
	unsigned int granule; /* 0: eighths of a power of two */
	unsigned int slot;    /* bytes of a gate slot */
} units[] = {
	{EM_ARM, 0, "PMSAv7 MPU", 0, 8},     {EM_ARM, 0, "PMSAv8 MPU", 32, 8},
	{EM_RISCV, 1, "PMP", 16, 8},         {EM_RISCV, 2, "PMP", 16, 16},
	{EM_X86_64, 0, "process", 4096, 32},
};

size_t domain_plans(const struct report *report, struct domain_plan *plans)
{
	const struct llext_plan *plan = &report->plan;
	uint64_t code = 0, data = STACK;
	size_t count = 0;

	/* Only relocatable files go into domains. */
	if (report->file->type != ET_REL)
		return 0;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		const struct llext_plan_region *region = &plan->mem[i];
		bool is_data = i == LLEXT_MEM_DATA || i == LLEXT_MEM_BSS;
		uint64_t *sum = is_data ? &data : &code;

		if (region->bytes != 0 && region->align != 0)
			*sum = fit_granule(*sum, region->align) + region->bytes;
	}
	/* A domain has a place for them where the firmware can give code the thread pointer. */
	if (plan->tls_bytes != 0)
		data = fit_granule(data, plan->tls_align) + plan->tls_bytes;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t slots = (plan->imports + 1) * units[i].slot;
		uint64_t all = code - plan->veneer_bytes + slots;

		if (units[i].machine != report->file->machine ||
		    (units[i].class != 0 && units[i].class != report->file->class))
			continue;
		plans[count++] = (struct domain_plan){
			.unit = units[i].unit,
			.regions = 2,
			.stack = STACK,
			.code_bytes = units[i].granule != 0 ? fit_granule(all, units[i].granule)
							    : fit_eighths(all),
			.data_bytes = units[i].granule != 0 ? fit_granule(data, units[i].granule)
							    : fit_eighths(data),
		};
	}
	return count;
}
