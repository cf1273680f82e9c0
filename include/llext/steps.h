/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A load in bounded steps, for a thread that has other things to do in between. The load runs on a
 * stack of its own and is left at any point at which a step has done enough; between two steps the
 * lock is not held, and other loads may run. Only where CONFIG_LLEXT_STEPS is 1; llext_load() is
 * then the same code, which does not stop.
 */
#ifndef LLEXT_STEPS_H_
#define LLEXT_STEPS_H_

#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most loads that may be in steps at the same time. */
#define LLEXT_LOAD_STEPS_MOST 7

/** A load in steps. Private. */
struct llext_load_steps {
	/** @cond private */
	void *sp;        /* of the load's stack, while it is left */
	void *caller_sp; /* of the caller's, meanwhile */
	struct load *ld; /* on the load's stack; NULL: not begun, or over */
	struct llext_loader *ldr;
	const char *name;
	const struct llext_load_param *param;
	struct llext *ext;
	size_t quantum;
	size_t left;            /* of it, in this step */
	struct llext *at;       /* in a walk over the list of extensions, the last one visited */
	struct llext *searched; /* its exports are being searched; NULL: it is gone */
	int rc;
	uint8_t number; /* 0: not in use */
	bool over;
	/** @endcond */
};

/**
 * Prepare a load in steps. Nothing is read yet.
 *
 * @param steps        must stay until llext_load_finish(), or llext_load_cancel() that returns 0
 * @param ldr,name,param  as of llext_load(); they must stay, too
 * @param stack        the load's stack, of @p stack_bytes bytes: what bench/ledger says that
 *                     llext_load() takes, and what the loader's functions take. Where interrupts
 *                     use the stack of what they interrupt, their frames as well.
 * @param quantum      what one step does, at most: so many relocations, symbols, sections or
 *                     comparisons of names, or 16 bytes copied, or 64 bytes cleared, for each; and
 *                     one read of the source, of no more bytes than it copies. At least 4.
 * @return 0; -EINVAL; -EBUSY where LLEXT_LOAD_STEPS_MOST loads are in steps already. Thread
 * context.
 */
int llext_load_begin(struct llext_load_steps *steps, struct llext_loader *ldr, const char *name,
		     const struct llext_load_param *param, void *stack, size_t stack_bytes,
		     size_t quantum);

/**
 * Do a step. Any thread, one at a time.
 *
 * What is one step, however long it takes: the loader's prepare(), a function of the port (which
 * gets a part of a piece at a time, if it can do that: see protect_part in llext/port.h), a
 * function that the load parameters name, and an allocation, which looks at the heap's holes.
 *
 * Between two steps other extensions may be loaded and unloaded, but not those whose symbols the
 * load has bound to: llext_unload() of one is -EBUSY. If the load fails, its messages name the
 * missing imports, without suggestions.
 *
 * @return -EAGAIN: there is more to do; otherwise it is over, with the result of llext_load():
 * call llext_load_finish(). -EBUSY, and there is more to do, where a callback of a load has led
 * here; -EINVAL where nothing was begun.
 */
int llext_load_step(struct llext_load_steps *steps);

/**
 * Do the steps that are left, and end it.
 * @param ext  set to the extension, or to NULL
 * @return as llext_load(). Where an extension of this name has been loaded meanwhile, it is that
 * one, with its use count before.
 */
int llext_load_finish(struct llext_load_steps *steps, struct llext **ext);

/**
 * Give up, after any step: all that the load has is freed, at once: a few blocks of the heap, and
 * the memory that had its access already. An extension that is loaded, but was not asked for by
 * llext_load_finish(), is unloaded.
 * @return 0; -EINVAL where nothing was begun; -EBUSY where the extension is loaded and somebody
 * uses it already (its domain runs, say): nothing has changed, and llext_load_finish() gives it.
 */
int llext_load_cancel(struct llext_load_steps *steps);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_STEPS_H_ */
