/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on Cortex-M: between the files of this folder. */
#ifndef LLEXT_DOMAIN_CORTEX_M_H_
#define LLEXT_DOMAIN_CORTEX_M_H_

#include <llext/domain_port.h>
#include "domain_m.h"

#define SLOT_BYTES 8
/* The operand of its SVC: how quickly the gate can be passed; or calls return there. */
enum { SLOT_PLAIN, SLOT_END, SLOT_ELEMENTS, SLOT_NOT_QUICK };

/*
 * ---- domain.c, for handlers ----
 *
 * What goes on then goes on from a frame on the stack of whoever called the domain, right below its
 * level.
 */

/* An SVC of the domain's, from this frame. @return where the gate's function goes on, or the
 * domain's caller; NULL: there is an end of it, llext_cortex_m_failed. */
const void *llext_cortex_m_trap(struct llext_domain_level *level, uint32_t *frame,
				uint32_t exc_return);
/* Whose fault is it? @return NULL, the firmware's own; LLEXT_CORTEX_M_GOES_ON: the domain's, but
 * seen by an interrupt handler, which goes on; else the level whose caller goes on. */
struct llext_domain_level *llext_cortex_m_abandon(uint32_t exc_return);
#define LLEXT_CORTEX_M_GOES_ON ((struct llext_domain_level *)1)
/* The domain has put its stack pointer there, and is given up. */
void llext_cortex_m_bad_stack(struct llext_domain_level *level, uint32_t sp);

/* ---- domain_entry.c: where functions start; gate.h has where they return to ---- */

void llext_cortex_m_go_in(void);
void llext_cortex_m_read_tp(void);
/* Code, but no functions: in a frame, pc is even. Where a gate's function starts when the domain
 * has floating point, and where whoever called the domain goes on. */
extern const char llext_cortex_m_start_fp[], llext_cortex_m_left[], llext_cortex_m_left_fp[],
	llext_cortex_m_failed[];

#endif /* LLEXT_DOMAIN_CORTEX_M_H_ */
