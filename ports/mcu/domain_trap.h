/* SPDX-License-Identifier: Apache-2.0 */
/* What the trap handlers of RISC-V and AArch64 ask about gates. */
#ifndef LLEXT_DOMAIN_TRAP_H_
#define LLEXT_DOMAIN_TRAP_H_

#include <llext/domain_port.h>

/* In level->user_state is where the gate was called from, in level->way.sp the domain's stack. */

/* May the gate run with these words? If not, the level is given up. */
bool llext_mcu_gate(struct llext_domain_level *level, const struct llext_gate *gate,
		    uintptr_t *words);

/*
 * The gate of a trap at this address that is no slot of the first extension's. @return
 * LLEXT_DOMAIN_END: it is where calls return to; NULL: there is none, and the level is given up,
 * with the words in the record, and the core's @status.
 */
const struct llext_gate *llext_mcu_gate_at(struct llext_domain_level *level, uintptr_t slot,
					   const uintptr_t *words, uintptr_t status);

#endif /* LLEXT_DOMAIN_TRAP_H_ */
