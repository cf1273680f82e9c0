/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on Cortex-M: between the files of this folder. */
#ifndef LLEXT_DOMAIN_CORTEX_M_H_
#define LLEXT_DOMAIN_CORTEX_M_H_

#include <llext/domain_port.h>
#include "domain_m.h"

#define SLOT_BYTES 8
/* The operand of its SVC: 0 to 2, gate->quick - LLEXT_GATE_QUICK_PLAIN; or calls return there. */
#define SLOT_END              3
#define LLEXT_CORTEX_M_RESULT 2 /* of level->kept: the caller's struct llext_domain_result */

/*
 * ---- domain.c, for handlers ----
 *
 * Frames that these give are on the stack of whoever called the domain, in the 48 bytes below its
 * level, but for that of llext_cortex_m_back().
 */

/* An SVC of the domain's, from this frame. @return the frame from which the core goes on. */
uint32_t *llext_cortex_m_trap(struct llext_domain_level *level, uint32_t *frame,
			      uint32_t exc_return);
/* From a gate's function, whose SVC has the frame @own. @return the domain's; where level->gate
 * is still there, the level is given up, and it is its caller's. */
uint32_t *llext_cortex_m_back(struct llext_domain_level *level, const uint32_t *own,
			      uint32_t exc_return);
/* Whose fault is it? @return NULL, the firmware's own; 1: the domain's, but seen by an interrupt
 * handler, which goes on; else its caller's frame. */
uint32_t *llext_cortex_m_abandon(uint32_t exc_return);
/* The domain has put its stack pointer there, and is given up. */
void llext_cortex_m_bad_stack(struct llext_domain_level *level, uint32_t sp);

/* ---- domain_entry.c: where functions start, and return to ---- */

void llext_cortex_m_go_in(void);
void llext_cortex_m_read_tp(void);
void llext_cortex_m_trampoline_start(void);
void llext_cortex_m_tail_checked(void);
void llext_cortex_m_tail_fp(void);
/* Code, but no functions: in a frame, pc is even. Where a gate's function starts when the domain
 * has floating point, and where whoever called the domain goes on. */
extern const char llext_cortex_m_start_fp[], llext_cortex_m_left[], llext_cortex_m_left_fp[],
	llext_cortex_m_failed[];
/* As many as there are floating-point registers. */
extern const uint32_t llext_cortex_m_zeros[];

#endif /* LLEXT_DOMAIN_CORTEX_M_H_ */
