/* SPDX-License-Identifier: Apache-2.0 */
/* Between domain_unit.c and a protection unit that has one domain at a time. */
#ifndef LLEXT_DOMAIN_UNIT_H_
#define LLEXT_DOMAIN_UNIT_H_

#include <llext/domain_port.h>

/* The domain that the unit has; NULL: none. */
extern const struct k_mem_domain *llext_domain_unit_has;

/* ---- what the unit's file offers; interrupts are masked ---- */

/*
 * It gets this domain's parts, and the text for all domains, in place of what it has. NULL: user
 * mode has access to nothing.
 */
void llext_domain_unit_write(const struct k_mem_domain *domain);

#endif /* LLEXT_DOMAIN_UNIT_H_ */
