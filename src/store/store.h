/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the store offer each other. */
#ifndef LLEXT_STORE_INTERNAL_H_
#define LLEXT_STORE_INTERNAL_H_

#include <errno.h>
#include <string.h>
#include <llext/store.h>

/*
 * A record: one slot's new content. It is written twice, the second time with @sealed, which says
 * that the first was written to its end.
 */
struct record {
	uint32_t magic;
	uint32_t seq;
	uint16_t head;
	uint8_t slot;
	uint8_t more; /* copies that follow; 0: it is sealed */
	struct llext_store_image image;
	uint32_t check; /* the sum of all before it; the log's number is in it */
};
_Static_assert(sizeof(struct record) == 96 && sizeof(struct record) % LLEXT_FLASH_PIECE == 0,
	       "records lie side by side, in whole pieces");

#define RECORD_MAGIC 0x96969696u /* a constant that takes Thumb code no place of its own */
#define SLOT_START   255         /* not a slot's: the record begins a log */

/* Places in a log beside those for the record that begins it and two for each slot. */
#define LOG_MORE 30u
/* Places that a change may take: a record and its copies. */
#define LOG_CHANGE 3u
/* With fewer places left, a new log is begun when there is an opportunity. */
#define LOG_LOW 13u

static inline size_t offset_of(const struct llext_store *store, unsigned block)
{
	return (size_t)block * store->block_bytes;
}

/* How many slots there are. */
static inline int slot_count(const struct llext_store *store)
{
	return store->slot_count;
}

/* ---- store_flash.c: every access to the flash ---- */

/* So many blocks, the last one perhaps in part. */
unsigned llext_store_blocks(const struct llext_store *store, uint32_t bytes);

/* The sum so far, and of more. */
uint32_t llext_store_sum(uint32_t sum, const void *data, size_t bytes);
int llext_store_read(const struct llext_store *store, size_t offset, void *out, size_t bytes);
/* Program: 0 or -EIO. */
static inline int llext_store_program(const struct llext_store *store, size_t offset,
				      const void *data, size_t bytes)
{
	return store->flash->program(store->flash, offset, data, bytes) == 0 ? 0 : -EIO;
}
/* Erase, and see that it is: 0 or -EIO. */
int llext_store_erase(const struct llext_store *store, unsigned block, unsigned blocks);
/* Are all bytes as erased? -EIO where not. */
int llext_store_check_blank(const struct llext_store *store, size_t offset, size_t bytes);
/* Is it the image that begins at @block, to the end of its last piece? -EBADMSG where not. */
int llext_store_verify(const struct llext_store *store, const struct llext_store_image *image,
		       unsigned block);

/* ---- store_log.c: the records ---- */

/* How many blocks a new log takes. */
unsigned llext_store_log_blocks(const struct llext_store *store);
/*
 * Record what a slot holds, in a state and at blocks that are what it has after that, and in flash
 * not before. All else that is recorded with it may be in the slot before it is.
 */
int llext_store_append(struct llext_store *store, struct llext_store_slot *slot,
		       enum llext_store_state state, unsigned block);
/*
 * Make certain, before anything is erased, that what the store was found to be is what it will be
 * found to be again; and that there is room for a record. That takes a new log, or nothing.
 */
int llext_store_settle(struct llext_store *store);
/* Has the log so many places left? */
static inline bool llext_store_has_room(const struct llext_store *store, unsigned places)
{
	return store->next + places * sizeof(struct record) <= store->log_end;
}
/* A new log, in the blocks set aside, and only what there is in it. Others are set aside. */
int llext_store_renew(struct llext_store *store);

/* ---- store_space.c: blocks ---- */

/*
 * What has blocks: what the last record takes from its slot, as long as that record may vanish;
 * the log; the blocks for the next log; each slot.
 */
enum {
	OBJECT_NONE = -1,
	OBJECT_GIVEN,
	OBJECT_LOG,
	OBJECT_SPARE,
	OBJECT_SLOTS,
};
static inline int object_count(const struct llext_store *store)
{
	return OBJECT_SLOTS + slot_count(store);
}
/* The blocks of an object, or none. */
void llext_store_object(const struct llext_store *store, int object,
			struct llext_store_extent *extent);
/* The first object that [block, end) meets, and its blocks; OBJECT_NONE: none. */
int llext_store_first_object(const struct llext_store *store, unsigned block, unsigned end,
			     struct llext_store_extent *extent);
/* Would so many blocks fit in if there were only the logs? What does not is worth no change. */
static inline bool llext_store_fits(const struct llext_store *store, unsigned blocks)
{
	return blocks + 2 * store->own[OBJECT_LOG].blocks <= store->blocks;
}
/* The first free run of so many blocks from @block on, and round; or -ENOSPC. */
int llext_store_free_run(const struct llext_store *store, unsigned block, unsigned blocks);
/*
 * Erase the first free run from the head on that works, for the next record. The head is behind it
 * then. Its first block; -ENOSPC: there is none; -EIO: none works.
 */
int llext_store_take_run(struct llext_store *store, unsigned blocks);
/* Find and take a run of so many blocks. The first block, or a negative errno. */
int llext_store_make_room(struct llext_store *store, unsigned blocks);

/* ---- store_levelling.c ---- */

struct llext_store_levelling {
	/*
	 * Make room for so many blocks at the head, which moves images; with @take it is taken as
	 * by llext_store_take_run(). The first block, or a negative errno.
	 */
	int (*make_room)(struct llext_store *store, unsigned blocks, bool take);
	/*
	 * If there soon has to be another log: move what is in its way while there is room, and
	 * begin it. @slot, of which a record is about to say that it lies at @block, is not moved.
	 */
	void (*look_ahead)(struct llext_store *store, struct llext_store_slot *slot,
			   unsigned block);
	/*
	 * The log may end with a record of a move that a start before this one could not read, and
	 * that start may have erased the blocks it names: then the image is still where it was.
	 */
	void (*take_back)(struct llext_store *store);
};

/* ---- store_install.c ---- */

/* Is it the same image, whatever has become of it? */
static inline bool llext_store_is_same(const struct llext_store_image *a,
				       const struct llext_store_image *b)
{
	return memcmp(a->name, b->name, sizeof(*a) - offsetof(struct llext_store_image, name)) == 0;
}

/* From now on bytes of an image may come. @install is zeros. */
static inline void llext_store_go(struct llext_store *store, struct llext_store_install *install,
				  struct llext_store_slot *slot)
{
	install->store = store;
	install->slot = slot;
	store->install = install;
}

/* ---- store_open.c ---- */

/* A loader over what a slot holds. */
void llext_store_open_slot(struct llext_store *store, struct llext_store_slot *slot,
			   struct llext_store_loader *loader);

/* ---- store_state.c ---- */

/* Sets of states. */
#define IS_INSTALLED (1u << LLEXT_STORE_INSTALLED)
#define IS_TRIAL     (1u << LLEXT_STORE_TRIAL)
#define IS_CONFIRMED (1u << LLEXT_STORE_CONFIRMED)

/* Ask the firmware. */
int llext_store_ask(struct llext_store *store, enum llext_store_event event,
		    const struct llext_store_image *image);
/* The newest of a name in one of some states, and of an age below, if that is not 0; NULL: none. */
struct llext_store_slot *llext_store_newest(const struct llext_store *store, const char *name,
					    unsigned states, uint32_t below);
/* As that, of those in use. */
static inline struct llext_store_slot *llext_store_used(const struct llext_store *store,
							const char *name, uint32_t below)
{
	return llext_store_newest(store, name, IS_TRIAL | IS_CONFIRMED, below);
}
/*
 * Open the newest version in one of some states whose bytes are intact, and that @may_start, which
 * may be NULL, does not refuse. Inline, so that the smallest store does not pay for trials.
 */
static inline __attribute__((always_inline)) int
open_newest(struct llext_store *store, const char *name, unsigned states,
	    bool (*may_start)(struct llext_store *store, struct llext_store_slot *slot),
	    struct llext_store_loader *loader)
{
	struct llext_store_slot *slot;
	uint32_t below = 0;

	loader->store = NULL;
	do {
		slot = llext_store_newest(store, name, states, below);
		if (slot == NULL)
			break;
		below = slot->image.age;
		if ((may_start == NULL || may_start(store, slot)) &&
		    llext_store_verify(store, &slot->image, slot->image.block) == 0) {
			llext_store_open_slot(store, slot, loader);
			return 0;
		}
	} while (below > 0);
	return -ENOENT;
}
static inline int llext_store_set_state(struct llext_store *store, struct llext_store_slot *slot,
					enum llext_store_state state)
{
	return llext_store_append(store, slot, state, slot->image.block);
}
/* Put the newest in one of some states on trial, or confirm it, if the firmware agrees. */
int llext_store_promote(struct llext_store *store, const char *name, unsigned states,
			enum llext_store_state to);

#endif /* LLEXT_STORE_INTERNAL_H_ */
