/* SPDX-License-Identifier: Apache-2.0 */
/* What the port of this test sees of the calling thread. */
#ifndef THREADS_PORT_H
#define THREADS_PORT_H

#include <stdatomic.h>
#include <stdbool.h>

/* Rules of llext/port.h that were broken: the guard is held where it must not be. */
extern atomic_uint port_violations;

/* How often this thread has taken the lock, and the guard. */
unsigned int port_locks(void);
unsigned int port_guards(void);

/* Called where the library runs a callback or reads: the guard must not be held. */
void port_expect_no_guard(const char *where);

#endif /* THREADS_PORT_H */
