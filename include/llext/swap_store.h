/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A slot (llext/swap.h) whose extensions come from a store (llext/store.h): what is on trial in the
 * store is on trial in the slot, and is confirmed or rolled back in both. Optional: the folder
 * src/swap_store, beside src/swap and src/store.
 *
 * Threads only, one at a time, as the store has it.
 */
#ifndef LLEXT_SWAP_STORE_H_
#define LLEXT_SWAP_STORE_H_

#include <llext/store.h>
#include <llext/swap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond private */
/* An image whose extension is in the slot, perhaps used where it lies. */
struct llext_swap_store_image {
	struct llext_store_loader loader;
	char name[CONFIG_LLEXT_SWAP_NAME_BYTES]; /* the extension's; empty: not in use */
};
/** @endcond */

/** A slot and its store. Zero it, and set the first four; it must stay. */
struct llext_swap_store {
	struct llext_slot *slot;
	struct llext_store *store;
	/** Gives a loader over that of the store, one that verifies, say. NULL: none. */
	struct llext_loader *(*over)(struct llext_loader *below, void *user_data);
	void *user_data; /**< for over() */
	/** @cond private */
	struct llext_swap_store_image images[2], *trial;
	const struct llext_swap_param *param;
	struct llext_swap_param own;
	int told; /* what the store returned when it was told how the trial ended */
		  /** @endcond */
};

/**
 * Put into the slot the version of @p image that the store says is to be used now; for a version on
 * trial this is one of its starts. The version before stays loaded while a version is on trial,
 * unless the slot was empty or the swap is in place: there, too, llext_swap_store_check() tells the
 * store.
 *
 * @param image  as the store knows it
 * @param name   the extension's, other than that of the one in the slot; copied
 * @param param  as of llext_swap(); LLEXT_SWAP_TRIAL follows from the store. NULL: all of it 0. It
 *               must stay until a trial ends.
 * @return as llext_store_open() and llext_swap(). After an error the slot is as before. A version
 * on trial stays on trial in the store, with a start less: it may be the memory that was short.
 * -EINVAL also where @p name is longer than CONFIG_LLEXT_SWAP_NAME_BYTES allows.
 */
int llext_swap_store(struct llext_swap_store *with, const char *image, const char *name,
		     const struct llext_swap_param *param);

/**
 * Ask how a trial goes, as llext_swap_check(), and tell the store. A version that is bad is rolled
 * back in the store, or removed where there is none before it.
 * @return 0: it is confirmed, in the slot and in the store; -EAGAIN: it goes on; -ECANCELED: it was
 * not good, and the version before is used. Where that is not loaded, as after a reset, the slot's
 * defaults are called, if it has all of them, until llext_swap_store() is called again. -ENOENT:
 * there is no trial; -ESTALE: the store has another version on trial by now; what
 * llext_swap_check() returned; what the store returned, and then the version is still on trial
 * there: if it is good, another call tells the store again.
 */
int llext_swap_store_check(struct llext_swap_store *with);

/**
 * Close images whose extensions have left the slot, so that the store may move or remove them: not
 * while others have such an extension loaded, too. The functions above do so as well.
 * @return as llext_swap_collect()
 */
int llext_swap_store_collect(struct llext_swap_store *with);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SWAP_STORE_H_ */
