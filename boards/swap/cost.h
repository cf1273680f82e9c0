/* SPDX-License-Identifier: Apache-2.0 */
/* Loops whose instructions are counted. */
#ifndef COST_H
#define COST_H

#define COST_ROUNDS 1000

void cost_direct(void);      /* call a function of the firmware */
void cost_fixed(void);       /* through a slot that is never swapped */
void cost_counted(void);     /* through one that is */
void cost_enter_leave(void); /* go in and out, without a call */
void cost_loop(void);        /* none of that */

#endif
