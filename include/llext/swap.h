/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Exchange what is in a slot (llext/slot.h) while it is called. docs/swap.md has the protocol, and
 * what the author of an extension must keep to.
 *
 * Threads only. One swap at a time goes on in each slot; others get -EBUSY.
 */
#ifndef LLEXT_SWAP_H_
#define LLEXT_SWAP_H_

#include <llext/slot.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the name of an extension that a swap in place may have to load again. */
#ifndef CONFIG_LLEXT_SWAP_NAME_BYTES
#define CONFIG_LLEXT_SWAP_NAME_BYTES 64
#endif

/** A thread's stack, for llext_swap_port.threads. */
struct llext_thread_stack {
	const char *name; /**< for reports; NULL: it has none */
	/** From the saved stack pointer to the end: saved registers must lie within. */
	uintptr_t start, end;
	bool current; /**< it is the calling thread; start then is its stack pointer now */
};

/** What swaps need of the environment. All may be NULL. */
struct llext_swap_port {
	/** A clock that only goes up and may wrap, for time limits and the measured gap. */
	uint32_t (*now)(void);
	/** Let others run for a while: callers that have to leave. NULL: keep looking. */
	void (*pause)(void);
	/**
	 * From hold() to go_on() nobody else runs: no thread, no interrupt that calls slots, no
	 * other core. Both or neither. State is then handed over in a moment in which nobody is
	 * inside the old extension, and what hold() returns goes to go_on().
	 */
	uintptr_t (*hold)(void);
	void (*go_on)(uintptr_t held);
	/**
	 * Call @p each for the stack of each thread, until it returns other than 0, and return
	 * that. Registers that a thread has saved must be on its stack. No thread may run
	 * meanwhile, or at least none may go into or come out of an extension.
	 */
	int (*threads)(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg);
};

/** Set it once, before the first swap. It must stay. NULL: nothing is there, as at first. */
void llext_swap_use(const struct llext_swap_port *port);

/** No time limit. */
#define LLEXT_SWAP_FOREVER UINT32_MAX

/** What llext_swap() does besides. */
enum llext_swap_flags {
	/**
	 * There is no room for both: the slot's defaults are called for a while, the old extension
	 * is unloaded first, and loaded again from llext_swap_param.again if the new one fails.
	 * All functions must have defaults.
	 */
	LLEXT_SWAP_IN_PLACE = 1,
	/** Keep the old one until llext_swap_confirm(), llext_swap_back() or llext_swap_check(). */
	LLEXT_SWAP_TRIAL = 2,
	/** The new one starts afresh. */
	LLEXT_SWAP_NO_STATE = 4,
	/**
	 * The new one starts afresh if the old one cannot save its state, as when its domain was
	 * stopped, or if the new one has no use for it (-ENOTSUP).
	 */
	LLEXT_SWAP_STATE_OPTIONAL = 8,
};

/** How far a swap came. */
enum llext_swap_stage {
	LLEXT_SWAP_STAGE_START,      /**< arguments, and whether it may begin at all */
	LLEXT_SWAP_STAGE_LOAD,       /**< the new one is loaded */
	LLEXT_SWAP_STAGE_INTERFACE,  /**< its declaration is compared with the slot's */
	LLEXT_SWAP_STAGE_BRINGUP,    /**< its initialisers run */
	LLEXT_SWAP_STAGE_QUIET,      /**< nobody is inside the old one */
	LLEXT_SWAP_STAGE_SAVE,       /**< the old one writes its state */
	LLEXT_SWAP_STAGE_RESTORE,    /**< the new one reads it */
	LLEXT_SWAP_STAGE_REFERENCES, /**< nothing else refers to the old one */
	LLEXT_SWAP_STAGE_DONE,
};

/** What happened. */
struct llext_swap_result {
	enum llext_swap_stage stage; /**< at which it failed, or LLEXT_SWAP_STAGE_DONE */
	size_t state_bytes;          /**< handed over */
	uint32_t looks;              /**< for callers to leave */
	/** LLEXT_SWAP_IN_PLACE: ticks of the port's clock in which defaults were called. */
	uint32_t gap;
	/** What tear-down and unloading the one that left returned; the swap is done all the same.
	 */
	int left;
	/** LLEXT_SWAP_IN_PLACE: what loading the old one again returned; the slot is empty if not
	 * 0. */
	int again;
};

/** How to swap. Zero it and set what you need. */
struct llext_swap_param {
	unsigned int flags;                  /**< enum llext_swap_flags */
	const struct llext_load_param *load; /**< for the new one; NULL: the default */
	/**
	 * For callers to leave, in ticks of the port's clock, or without a clock in looks. 0: one
	 * look.
	 */
	uint32_t timeout;
	/**
	 * Where state is handed over: so many bytes at most. If an extension is in a domain, what
	 * its protection unit can fence off by itself: power-of-two units want it of that size and
	 * alignment.
	 */
	void *state;
	size_t state_bytes;
	/** LLEXT_SWAP_IN_PLACE: the old one's file and parameters. */
	struct llext_loader *again;
	const struct llext_load_param *again_load;
	/**
	 * LLEXT_SWAP_TRIAL: asked by llext_swap_check(). 0: it is good; -EAGAIN: not yet known;
	 * another error: it is not. NULL: good as long as llext_slot_fault() is 0.
	 */
	int (*health)(struct llext_slot *slot, void *user_data);
	/** Told once when a trial has ended, and how: for a store, say. May be NULL. */
	void (*decided)(struct llext_slot *slot, bool good, void *user_data);
	void *user_data;
	struct llext_swap_result *result; /**< filled; NULL: nobody wants it */
};

/**
 * Put the extension of a file into a slot, in the place of what is there, all or nothing.
 *
 * Load and check it; bring it up; hand the state over; publish all of its functions in one step;
 * wait until nobody is inside the old one; tear that down and unload it. An error at any point
 * leaves the old one running as before, and nothing of the new one.
 *
 * @param name   the new extension's; no loaded extension may have it
 * @param param  NULL: all of it 0. For a trial it must stay until the trial ends.
 *
 * @return 0; the errors of llext_load(), but -EEXIST where the name is taken; -ENOENT where the
 * file does not implement the slot's interface; -EPROTO where its version, its functions or their
 * signatures are others; -EBUSY where a swap or a trial goes on in this slot, where an extension
 * that left it is still in use, or where other extensions use the old one; -ETIMEDOUT where callers
 * did not leave in time; -E2BIG where state is larger than it says or than there is room for;
 * -ENOTSUP where the new one cannot take the state; what initialisers or state functions returned;
 * -EINVAL. llext_last_diag() says more.
 */
int llext_swap(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
	       const struct llext_swap_param *param);

/**
 * Take out what is in the slot: its defaults are called again.
 * @param timeout  as llext_swap_param.timeout
 * @return 0; -ENOENT where it is empty; -ENOTSUP where a function has no default; -EBUSY,
 * -ETIMEDOUT as llext_swap(), and then it is in the slot as before.
 */
int llext_swap_out(struct llext_slot *slot, uint32_t timeout);

/**
 * A trial is good: the old extension is torn down and unloaded.
 * @return 0; -ENOENT where there is no trial; -EBUSY as llext_swap().
 */
int llext_swap_confirm(struct llext_slot *slot);

/**
 * A trial is not: the old one is called again, with the state of the new one if that can still give
 * it and nobody is inside it, else with the state that it had.
 * @return 0; -ENOENT where there is no trial; -EBUSY as llext_swap(). -ETIMEDOUT where callers are
 * still inside the new one: it is not called any more, stays loaded, and llext_swap_collect() or
 * the next swap unloads it.
 */
int llext_swap_back(struct llext_slot *slot);

/**
 * Ask how a trial goes: llext_swap_param.health.
 * @return 0: it was good, and is confirmed; -EAGAIN: it goes on; -ECANCELED: it was not, and the
 * old one is back; -ENOENT; what confirm or back returned.
 */
int llext_swap_check(struct llext_slot *slot);

/**
 * Unload what has left the slot and had callers inside then.
 * @return 0: nothing is left; -ETIMEDOUT: there still are; -EBUSY as llext_swap().
 */
int llext_swap_collect(struct llext_slot *slot);

struct llext_plan;

/**
 * Will the file's extension fit beside what is loaded now? Does what llext_plan() does, and
 * allocates what that says, for a moment.
 * @param plan  filled as by llext_plan(); NULL: nobody wants it
 * @return 0: it does; -ENOMEM: memory has no room for both, or -ENOSPC: the protection unit has
 * not, so LLEXT_SWAP_IN_PLACE is the way; the errors of llext_plan().
 */
int llext_swap_fits(struct llext_loader *ldr, const struct llext_load_param *load,
		    struct llext_plan *plan);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SWAP_H_ */
