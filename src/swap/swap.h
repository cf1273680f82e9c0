/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder offer each other. docs/swap.md has the whole. */
#ifndef LLEXT_SRC_SWAP_H_
#define LLEXT_SRC_SWAP_H_

#include <llext/swap.h>
#include "../internal.h"
#if SANDBOX
#include <llext/domain.h>
#endif

/* What llext_last_diag() says must outlast what is undone because of it. */
struct kept_diag {
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
	struct llext_diag diag;
#else
	char unused;
#endif
};

static inline void keep_diag(struct kept_diag *kept)
{
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
	kept->diag = *llext_last_diag();
#else
	kept->unused = 0;
#endif
}

static inline void put_diag(const struct kept_diag *kept)
{
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
	*(struct llext_diag *)(uintptr_t)llext_last_diag() = kept->diag;
#else
	(void)kept;
#endif
}

/* ---- slot.c ---- */

/* How long it is worth waiting. */
struct patience {
	uint32_t timeout, start, looks;
};

const struct llext_swap_port *llext_swap_port(void);
/* All that were ever used. More come before the first of them, and none goes. */
struct llext_slot *llext_slots(void);
/* Nobody else changes the slot until it is given back. -EBUSY, -EINVAL. */
int llext_slot_take(struct llext_slot *slot);
void llext_slot_give(struct llext_slot *slot);

struct patience llext_patience(uint32_t timeout);
int llext_patience_wait(struct patience *patience); /* after a look: -ETIMEDOUT, or look again */

bool llext_slot_is_quiet(const struct llext_slot *slot);
/* From now on callers get this table. */
void llext_slot_publish(struct llext_slot *slot, const void *table);
/* Wait until all who were inside before the last publication have left. */
int llext_slot_drain(struct llext_slot *slot, struct patience *patience);

static inline struct llext_occupant *occupant_of(struct llext_slot *slot)
{
	return &slot->halves[slot->half];
}

static inline struct llext_occupant *other_of(struct llext_slot *slot)
{
	return &slot->halves[!slot->half];
}

/* What a slot calls directly must not join a domain. */
static inline void set_in_slot(const struct llext *ext, bool in_slot)
{
#if SANDBOX
	llext_lock();
	ext->priv->in_slot = in_slot;
	llext_unlock();
#else
	(void)ext, (void)in_slot;
#endif
}

static inline bool is_empty(const struct llext_slot *slot)
{
	return slot->halves[slot->half].ext == NULL;
}

/* What is called where this half is published. */
static inline const void *table_of(const struct llext_slot *slot, unsigned int half)
{
	return slot->halves[half].ext != NULL ? (const void *)slot->type->tables[half]
					      : (const void *)slot->type->defaults;
}

void llext_slot_set_fault(struct llext_slot *slot, int fault);
/* Publish the other half. */
void llext_slot_turn(struct llext_slot *slot);

/* ---- interface.c ---- */

/* Check what an extension declares, and fill a half of the slot with it. */
int llext_interface_read(struct llext_slot *slot, unsigned int half, struct llext *ext);
bool llext_interface_optional(const struct llext_slot_type *type); /* all functions */

/* ---- state.c ---- */

/* Hand state over, if there is any to hand over. */
int llext_state_pass(struct llext_slot *slot, unsigned int from, unsigned int to,
		     const struct llext_swap_param *param, struct llext_swap_result *result);
/* Both halves of that, with what the old one has written between. */
struct state {
	size_t bytes;
	uint32_t version;
	bool any;
};
int llext_state_save(const struct llext_occupant *from, const struct llext_swap_param *param,
		     struct state *state, struct llext_swap_result *result);
int llext_state_restore(const struct llext_occupant *to, const struct llext_swap_param *param,
			const struct state *state, struct llext_swap_result *result);

/* ---- swap.c ---- */

extern const struct llext_swap_param llext_swap_default; /* all of it 0 */

/* Load, check, bring up; undone where one fails. */
int llext_swap_bring(struct llext_slot *slot, unsigned int half, struct llext_loader *ldr,
		     const char *name, const struct llext_load_param *load,
		     struct llext_swap_result *result);
/* Tear down, unload, empty the half. */
int llext_swap_leave(struct llext_occupant *occupant);
/* Likewise because something has failed: what llext_last_diag() says stays. */
void llext_swap_undo(struct llext_occupant *occupant);
/* May the extension be unloaded, as far as other extensions go? */
int llext_swap_may_leave(const struct llext *ext);
/* Do threads have return addresses in it? */
int llext_swap_no_threads(const struct llext *ext);
/* The half that is not called any more goes, if nobody is inside it. */
int llext_swap_end(struct llext_slot *slot, uint32_t timeout);

/* ---- trial.c ---- */

/*
 * The old one is called again, with the new one's state if that can still give it in a moment in
 * which nobody is inside. What was called until now ends.
 */
void llext_swap_turn_back(struct llext_slot *slot, const struct llext_swap_param *param);

/* Take the extension out of the slot, if that is possible. It stays loaded. */
void llext_slot_evict(struct llext_slot *slot, const struct llext *ext, uint32_t timeout);

/* ---- in_place.c ---- */

int llext_swap_in_place(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
			const struct llext_swap_param *param, struct llext_swap_result *result);

/* ---- threads.c ---- */

/* A word on a thread's stack that may be an address in the extension's code. */
struct stack_word {
	const char *thread;
	uintptr_t place, value;
};

/* Call @each for such words until it returns other than 0, and return that. */
int llext_threads_scan(const struct llext *ext,
		       int (*each)(const struct stack_word *word, void *arg), void *arg);

/* ---- owned.c ---- */

struct llext_owned;
/* Of those that lie in the extension, the next; with the lock held. */
struct llext_owned *llext_owned_next(const struct llext *ext, const struct llext_owned *after);
void llext_owned_release(const struct llext *ext);

#endif /* LLEXT_SRC_SWAP_H_ */
