/* SPDX-License-Identifier: Apache-2.0 */
/* Points at which a load in steps may be left: llext/steps.h. Elsewhere they are no code. */
#ifndef LLEXT_SRC_STEPS_H_
#define LLEXT_SRC_STEPS_H_

#include "load.h"

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
struct llext_load_steps;

void llext_step_spend(const struct load *ld, size_t units);
/* Of @bytes bytes, those that one step may take, if @unit of them count as one. */
size_t llext_step_piece(const struct load *ld, size_t bytes, size_t unit);
int llext_steps_end(struct load *ld);                   /* the rest is one step */
int llext_load_stepped(struct llext_load_steps *steps); /* llext.c: all of it, under the lock */

/* Which load's wishes are meant: dependencies.c. 0: that of llext_load(). */
void llext_want_for(unsigned int number);

static inline bool is_stepped(const struct load *ld)
{
	return ld->steps != NULL;
}

/* So much has been done; SIZE_MAX: as much as a step may do. */
static inline void step_point(const struct load *ld, size_t units)
{
	if (is_stepped(ld))
		llext_step_spend(ld, units);
}
#else
#define is_stepped(ld)                    ((void)(ld), false)
#define step_point(ld, units)             ((void)(ld))
#define llext_step_piece(ld, bytes, unit) ((void)(ld), (bytes))
#endif

#endif /* LLEXT_SRC_STEPS_H_ */
