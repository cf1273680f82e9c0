/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Unload an extension only when nothing refers to it any more, and say what does otherwise.
 * llext_unload() asks about imports only, as LLEXT has it.
 */
#ifndef LLEXT_UNLOAD_H_
#define LLEXT_UNLOAD_H_

#include <llext/swap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What may refer to an extension. */
enum llext_reference_kind {
	LLEXT_REFERENCE_CALLER, /**< @c value callers are inside the slot @c name, which it is in */
	LLEXT_REFERENCE_SLOT,   /**< it is in the slot @c name */
	LLEXT_REFERENCE_DOMAIN, /**< its domain, @c name, is running, or has its stack there */
	LLEXT_REFERENCE_IMPORT, /**< the extension @c name uses its symbols */
	LLEXT_REFERENCE_RESOURCE, /**< the resource @c name of its own is registered at @c place */
	LLEXT_REFERENCE_EXIT, /**< a function to run at its end, @c value, has not been run: it was
				   not torn down */
	LLEXT_REFERENCE_THREAD,  /**< thread @c name has @c value, an address in its code, on its
				      stack at @c place */
	LLEXT_REFERENCE_POINTER, /**< @c name, an extension or a range, holds @c value, an address
				      in it, at @c place */
};

/** One of them. */
struct llext_reference {
	enum llext_reference_kind kind;
	const char *name; /**< valid while what it names is there; NULL: it has no name */
	uintptr_t place, value;
};

/** Memory of the firmware's in which pointers are looked for. */
struct llext_memory_range {
	const char *name;
	const void *start;
	size_t bytes;
};

/** For llext_unload_report.flags. */
enum llext_unload_flags {
	/**
	 * First take back what can be: resources are released, exit functions run, it is taken out
	 * of slots whose functions all have defaults.
	 */
	LLEXT_UNLOAD_FORCE = 1,
	/**
	 * Look for pointers, too: in the data of other extensions, and in @c ranges. A number that
	 * looks like one is taken for one, so this is for finding mistakes.
	 */
	LLEXT_UNLOAD_POINTERS = 2,
};

/** What to look at, and what was found. Zero it and set what you need. */
struct llext_unload_report {
	unsigned int flags;                      /**< enum llext_unload_flags */
	const struct llext_memory_range *ranges; /**< may be NULL */
	size_t range_count;
	uint32_t timeout; /**< LLEXT_UNLOAD_FORCE: for callers of slots, as in llext_swap_param */
	struct llext_reference *references; /**< filled with the first @c room that were found */
	size_t room;
	size_t count; /**< how many there are */
};

/**
 * Undo one llext_load(), as llext_unload() does, but only if nothing refers to the extension:
 * callers inside slots, slots, its domain, imports of other extensions, registered resources, exit
 * functions that have not run, and threads with return addresses in it (where llext_swap_use() was
 * given threads()). Threads that come into the extension meanwhile by other ways than slots cannot
 * be seen.
 *
 * @param report  NULL: only the answer is wanted
 * @return the remaining use count, where it was loaded several times; -EBUSY: it is in use, and
 * @p report says by what; otherwise as llext_unload(). Threads only.
 */
int llext_unload_checked(struct llext **ext, struct llext_unload_report *report);

/** One line about a reference, without newline. @return its length, as snprintf(). */
size_t llext_reference_format(const struct llext_reference *reference, char *buf, size_t size);

/**
 * Something of the firmware's that refers to an extension: a timer with its callback, an interrupt
 * handler, a buffer. The firmware function that registers the callback owns this record.
 */
struct llext_owned {
	const char *name; /**< for reports */
	/** Take it back: the record is in no list any more. In a thread, without the lock. */
	void (*release)(struct llext_owned *owned);
	/** @cond private */
	uintptr_t inside;
	struct llext_owned *next;
	/** @endcond */
};

/**
 * Note that something refers to the extension that @p inside lies in: a function or variable of it.
 * Swaps and forced unloads release it; llext_unload_checked() names it; before a mere
 * llext_unload() it must be removed. Thread context.
 * @return 0; -ENOENT where @p inside lies in no loaded extension: nothing has been noted.
 */
int llext_owned_add(struct llext_owned *owned, const void *inside);

/** It is given back. Nothing happens where it is not noted. Thread context. */
void llext_owned_remove(struct llext_owned *owned);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_UNLOAD_H_ */
