/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_RUN_SANDBOX_H_
#define TENON_RUN_SANDBOX_H_

#include <llext/domain.h>
#include "run.h"

/* The domain with so much memory; NULL: there is none. sandbox_close() in any case. */
struct k_mem_domain *sandbox_open(const struct run *run, size_t bytes);
void sandbox_close(void);
/* The domain has stopped: what for is reported, once, and run->contained the exit code. */
bool sandbox_contained(struct run *run);
/* As a call of the function itself. @return 0 or what llext_domain_call() gave. */
int sandbox_call(const void *function, const int *numbers, int *result);

#endif /* TENON_RUN_SANDBOX_H_ */
