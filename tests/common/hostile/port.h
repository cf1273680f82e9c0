/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOSTILE_PORT_H_
#define HOSTILE_PORT_H_

#include <llext/port.h>

/* Memory that is read-only or executable now, and the number of unwind tables that are known. */
#define PROTECTIONS_MAX 512

/* Memory for executables, which the fixtures are linked for. */
#define WINDOW_START ((uintptr_t)0x32000000)
#define WINDOW_BYTES ((size_t)1 << 20)

struct protections {
	struct {
		struct llext_extent extent;
		enum llext_access access;
	} given[PROTECTIONS_MAX];
	size_t count;
	int unwind;
	size_t claims; /* what executables have of the port's memory */
};

extern struct protections protections;

/* What may be done with a byte now. */
enum llext_access port_access_at(uintptr_t load);

/*
 * End the program where a lock is not held as it should be. The lock: by each call of a heap, and
 * by nobody between calls of the library. The guard: by each use of a heap's memory, and by nobody
 * who calls a loader.
 */
void port_expect_locked(void);
void port_expect_unlocked(void);
void port_expect_guarded(void);
void port_expect_unguarded(void);

#endif /* HOSTILE_PORT_H_ */
