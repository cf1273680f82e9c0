/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules by which threads and interrupts use the library at the same time. The lock is held for
 * as long as a load, a plan or an unload takes, so there is one at a time. The guard is held for a
 * few instructions, around what other calls use meanwhile: the list of extensions and their counts,
 * the heaps, the lists of exit functions. Nothing is read, printed or called while the guard is
 * held, and it is not taken twice. Interrupts and fault handlers can take neither: they read the
 * list while they hold a pin. An extension is complete before it is added to the list. An unload
 * first takes it off the list, so that no new reader finds it; then it waits for the readers that
 * were there before; then it frees the memory. Two numbers count readers, and new readers always
 * count in one of them, so the other becomes 0 however many come. On one processor an interrupt
 * ends before the unload goes on, so there is nothing to wait for.
 */
#include "internal.h"
#include "atomic.h"

#if LLEXT_ON(CONFIG_LLEXT_LOCK)

void llext_lock(void)
{
	if (llext_port.lock != NULL)
		llext_port.lock();
}

void llext_unlock(void)
{
	if (llext_port.unlock != NULL)
		llext_port.unlock();
}

void llext_guard(void)
{
	llext_port_guard();
}

void llext_unguard(void)
{
	llext_port_unguard();
}

bool llext_relax(void)
{
	return llext_port.relax != NULL && llext_port.relax();
}

/* ---- readers ---- */

static unsigned int readers[2];
static unsigned int current; /* new readers count in readers[current] */

unsigned int llext_pin(void)
{
	unsigned int pin = llext_atomic_load(&current);

	llext_atomic_add(&readers[pin], 1);
	return pin;
}

void llext_unpin(unsigned int pin)
{
	llext_atomic_add(&readers[pin], (unsigned int)-1);
}

/*
 * A reader may have read `current` long before it counts itself. It then counts in the number that
 * new ones do not use, and is overlooked if that has been found 0 already; but it reads the list
 * after that, and finds nothing that was taken off before.
 */
void llext_wait_for_readers(void)
{
	for (int i = 0; i < 2; i++) {
		unsigned int old = current;

		llext_atomic_store(&current, !old);
		while (llext_atomic_load(&readers[old]) != 0)
			(void)llext_relax();
	}
}

#else /* CONFIG_LLEXT_LOCK */

/* There is one thread, and an interrupt ends before that goes on. */
unsigned int llext_pin(void)
{
	return 0;
}

void llext_unpin(unsigned int pin)
{
	(void)pin;
}

#endif /* CONFIG_LLEXT_LOCK */

/* ---- one load, plan or unload at a time ---- */

static bool busy; /* under the lock */

int llext_enter(void)
{
	llext_lock();
	if (busy) { /* this thread is in a load or unload, and a callback has called again */
		llext_unlock();
		return -EBUSY;
	}
	busy = true;
	return 0;
}

void llext_leave(void)
{
	busy = false;
	llext_unlock();
}
