/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on Cortex-M: between the files of this folder. */
#ifndef LLEXT_DOMAIN_CORTEX_M_H_
#define LLEXT_DOMAIN_CORTEX_M_H_

#include <llext/domain_port.h>
#include "domain_m.h"

/* ---- domain.c, for handlers ---- */

/* A gate with something to be checked, or in floating-point registers. @return the frame of its
 * function; NULL: the level is given up. */
uint32_t *llext_cortex_m_gate(struct llext_domain_level *level, const struct llext_gate *gate,
			      uint32_t *frame, uint32_t exc_return);
/* The gate of a trap that is no slot of the first extension's. @return 1: it is where calls return
 * to; NULL: there is none, and the level is given up. */
const struct llext_gate *llext_cortex_m_gate_at(struct llext_domain_level *level, uint32_t slot,
						uint32_t *frame);
void llext_cortex_m_bad_stack(struct llext_domain_level *level, uint32_t sp);
void llext_cortex_m_return_fp(const struct llext_domain_level *level, const uint32_t *own);
/* Whose fault is it? See llext_cortex_m_fault(). */
struct llext_domain_level *llext_cortex_m_abandon(uint32_t exc_return);

/* ---- domain_entry.c: where functions start, and return to ---- */

void llext_cortex_m_go_in(void);
void llext_cortex_m_read_tp(void);
void llext_cortex_m_start_fp(void);
void llext_cortex_m_trampoline_start(void);
void llext_cortex_m_tail_checked(void);
void llext_cortex_m_tail_fp(void);

#endif /* LLEXT_DOMAIN_CORTEX_M_H_ */
