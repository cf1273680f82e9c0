/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is around ports/mcu/domain_unit.c in the tests of the two ports that have it: two domains,
 * interrupts that are masked, and what stands for src/sandbox.
 */
#ifndef DESK_UNIT_H_
#define DESK_UNIT_H_

#include <llext/domain_port.h>
#include "../common/must.h"
#include "mpu.h"

static int held, in_unit;
static struct llext_domain_more more;
static const struct llext_domain_config config = {.more = &more};
static struct k_mem_domain domain = {.config = &config}, other = {.config = &config};

uintptr_t llext_mpu_hold(void)
{
	return (uintptr_t)held++;
}

void llext_mpu_go_on(uintptr_t state)
{
	must(--held == (int)state);
}

struct llext_domain_part *llext_domain_part(const struct k_mem_domain *which, unsigned int index)
{
	struct k_mem_domain *it = (struct k_mem_domain *)(uintptr_t)which;

	return index < LLEXT_DOMAIN_OWN_PARTS ? &it->parts[index]
					      : &more.parts[index - LLEXT_DOMAIN_OWN_PARTS];
}

void llext_domain_in_unit(const struct k_mem_domain *which)
{
	must(held == 1);
	((struct k_mem_domain *)(uintptr_t)which)->text_bytes = 0x1234;
	in_unit++;
}

#endif /* DESK_UNIT_H_ */
