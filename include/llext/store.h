/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A store for extensions in raw flash. It holds several versions of each. Every one lies in one
 * piece, so that it can be used where it lies. Whenever the power fails, the old or the new one is
 * there. docs/store.md describes what is in the flash.
 *
 * The store is optional (the folder src/store), needs nothing of the library's core, allocates
 * nothing and takes no lock: the caller lets one thread at a time into it. No function may be
 * called from an interrupt.
 *
 * Errors are negative errno values. Beside those that a function names, a call that reads or writes
 * may return what the flash's read() returns, and -EIO where that is above 0, where program() or
 * erase() fails, and where flash does not hold what was written to it. So does a call that writes
 * after two billion changes, which no flash lives to see: somebody else has written the last
 * number. Once the range was erased, llext_store_format() begins to count again. After an error the
 * store is as it was before the call, or as the call was to make it, and can be used on.
 */
#ifndef LLEXT_STORE_H_
#define LLEXT_STORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/loader.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The store programs so many bytes at a time, or a multiple, at a multiple of that. */
#define LLEXT_FLASH_PIECE 32

/**
 * A range of flash that belongs to the store alone: @c blocks blocks of @c block bytes. The port
 * of the store. The functions are called by the functions below in the caller's thread, and by
 * the store's loader during a load; each returns 0 or a negative errno.
 */
struct llext_flash {
	/** Read @p bytes bytes at @p offset bytes from the start of the range. */
	int (*read)(const struct llext_flash *flash, size_t offset, void *out, size_t bytes);
	/**
	 * Program @p bytes bytes; both numbers are multiples of LLEXT_FLASH_PIECE. The store never
	 * programs what it has programmed since the last erase, as far as it can know.
	 */
	int (*program)(const struct llext_flash *flash, size_t offset, const void *data,
		       size_t bytes);
	/** Erase whole blocks: larger erase commands may be used where several are asked for. */
	int (*erase)(const struct llext_flash *flash, size_t offset, size_t bytes);
	/**
	 * Where the processor sees the range; its caches must show what was programmed. NULL: it
	 * cannot be read directly, and extensions are copied when they are loaded.
	 */
	const void *mapped;
	/**
	 * The erase size in bytes: a multiple of LLEXT_FLASH_PIECE, at least 256. For a part with
	 * several, the largest in the range; erase() then erases the smaller ones within it.
	 */
	uint32_t block;
	uint16_t blocks; /**< how many there are */
	uint8_t unit;    /**< bytes that can only be programmed together: 1 to 32, a power of 2 */
	uint8_t erased;  /**< what an erased byte reads as: 0xff or 0 */
};

/** What has become of a version. */
enum llext_store_state {
	LLEXT_STORE_NONE,      /**< there is none */
	LLEXT_STORE_RECEIVING, /**< llext_store_begin(), not yet llext_store_finish() */
	LLEXT_STORE_INSTALLED, /**< complete, not in use */
	LLEXT_STORE_TRIAL,     /**< llext_store_commit(): used for a few starts */
	LLEXT_STORE_CONFIRMED, /**< llext_store_confirm(): used from now on */
	LLEXT_STORE_BAD,       /**< a trial that failed, or was rolled back */
};

/** Longest name of an extension, in bytes without the NUL. */
#define LLEXT_STORE_NAME_LEN 26

/** Size of a digest in bytes: a SHA-256, say. The store only compares it. */
#define LLEXT_STORE_DIGEST_BYTES 32

/** Flags of a version. */
#define LLEXT_STORE_AUTOLOAD 1u /**< llext_store_autoload() loads it */
/** @cond private */
#define LLEXT_STORE_TOLD 2u /* LLEXT_STORE_ON_CONFIRMED was acknowledged */
/** @endcond */

/** One version of an extension, as it is recorded in flash. */
struct llext_store_image {
	uint32_t age;   /**< grows with each finish and commit: the newest has the largest */
	uint32_t check; /**< a checksum of the bytes, once they are complete */
	uint16_t block; /**< where it begins */
	uint8_t state;  /**< enum llext_store_state */
	uint8_t starts; /**< how many starts a trial has left */
	uint8_t flags;  /**< LLEXT_STORE_AUTOLOAD or 0, and bits of the store's own */
	/** NUL to its end. This and what follows are the same for the same image only. */
	char name[LLEXT_STORE_NAME_LEN + 1];
	uint32_t length;  /**< bytes */
	uint32_t version; /**< the caller's */
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES];
};

/** What the store has in RAM of a version. Private. */
struct llext_store_slot {
	uint16_t pins;  /* loaders that are open */
	bool started;   /* its start was counted */
	uint8_t number; /* in records */
	struct llext_store_image image;
};

struct llext_store;

/** See llext_store_config.levelling. Private inside. */
struct llext_store_levelling;
extern const struct llext_store_levelling llext_store_levelling;

/** What llext_store_config.hook is asked or told. */
enum llext_store_event {
	LLEXT_STORE_ON_INSTALL,   /**< all bytes are there: may it become installed? */
	LLEXT_STORE_ON_COMMIT,    /**< may it be tried? */
	LLEXT_STORE_ON_CONFIRM,   /**< may it be confirmed? */
	LLEXT_STORE_ON_CONFIRMED, /**< it is: raise what is to be raised */
	LLEXT_STORE_ON_ROLLBACK,  /**< may this older version be used again? */
	LLEXT_STORE_ON_HEALTH,    /**< is this trial in good health? see llext_store_check() */
};

/** What a store works with; constant, and there as long as the store is. */
struct llext_store_config {
	const struct llext_flash *flash;
	/** One for each version of each extension that may be there at a time, at most 255. */
	struct llext_store_slot *slots;
	uint8_t slot_count;
	/** How often a trial may be started without being confirmed; 0: there are no trials. */
	uint8_t starts;
	/**
	 * &llext_store_levelling: images and the log are moved, so that every block wears alike and
	 * free blocks come together. NULL: no image is moved. What is written goes to the next free
	 * run of blocks that is large enough. A few large images may leave no such run, though the
	 * sum of free blocks would do.
	 */
	const struct llext_store_levelling *levelling;

	/**
	 * Let the firmware have its say; NULL: yes to everything. It may read the image by
	 * llext_store_open_image(), through a loader that verifies, for instance, and must not
	 * call functions that change the store. It returns 0 or a negative errno, with which the
	 * function that asked then fails.
	 *
	 * ON_CONFIRMED comes after the state is in flash, and again from llext_store_resume()
	 * after each reset, and when another version is committed or confirmed, until 0 was
	 * returned once: the place to raise a counter against rollback, which must bear being
	 * raised to the same value twice.
	 */
	int (*hook)(struct llext_store *store, enum llext_store_event event,
		    const struct llext_store_image *image, void *user_data);
	void *user_data;
};

/* A run of blocks. Private. */
struct llext_store_extent {
	unsigned block, blocks;
};

/** A store. Private, but for reading @c config. */
struct llext_store {
	const struct llext_store_config *config;
	const struct llext_flash *flash;
	struct llext_store_slot *slots, *end; /* first, and behind the last */
	uint32_t block_bytes;                 /* and how many blocks: of the flash */
	uint16_t blocks;
	bool settled, certain; /* see src/store/store_log.c */
	bool fresh;            /* nothing was written since the reset */
	uint8_t slot_count;
	uint8_t takes_old;     /* the blocks for the next log are those of the one before */
	uint32_t seq, log_seq; /* of the last record, and of the first in its log */
	unsigned head;         /* the block behind what was written last */
	/* What the last record takes from its slot, where the records are, and the next log. */
	struct llext_store_extent own[3];
	size_t next, log_end;                /* place in the log, and its end */
	struct llext_store_install *install; /* what was begun last; others are over */
};

/** An image on its way in. Private, but for reading @c offset. */
struct llext_store_install {
	struct llext_store *store;
	uint32_t offset; /**< bytes received so far, those before a reset among them */
	uint32_t mark;   /* when so many are there, that is recorded; 0: it is not */
	uint32_t check;  /* of these */
	int (*progress)(struct llext_store_install *install); /* records that */
	struct llext_store_slot *slot;
	uint8_t piece[LLEXT_FLASH_PIECE];
};

/** A loader over an image in the store. Pass the address of @c loader to llext_load(). */
struct llext_store_loader {
	struct llext_loader loader;
	/** @cond private */
	struct llext_store *store; /* NULL: closed */
	struct llext_store_slot *slot;
	size_t offset, length, pos;
	/** @endcond */
};

/**
 * Find the store in its flash. Nothing is written. Call it after each reset, before all others;
 * then llext_store_resume().
 * @return 0; -ENOENT where there is no store: llext_store_format(); -ENOSPC where it has more
 * versions than @p config has slots; -EINVAL where the flash's geometry cannot be used: a block
 * below 256 bytes or no multiple of LLEXT_FLASH_PIECE, a unit that does not divide that, fewer
 * blocks than two logs and one image take; an error of the flash's where a place that cannot be
 * read may be a store.
 */
int llext_store_init(struct llext_store *store, const struct llext_store_config *config);

/**
 * Make an empty store, in flash that holds anything, a store among them. Its blocks are erased when
 * they are needed.
 * @return as llext_store_init(), without -ENOENT.
 */
int llext_store_format(struct llext_store *store, const struct llext_store_config *config);

/**
 * Complete what a reset interrupted. Where the last record may have been written in part, a new log
 * is written, so that the next start finds the store as this one did. And the hook is told of
 * confirmed versions that it has not acknowledged. Writes nothing where nothing was interrupted.
 * @return 0 or what the hook returned.
 */
int llext_store_resume(struct llext_store *store);

/**
 * Move images that no loader is open for, whatever llext_store_config.levelling is, so that @p
 * bytes bytes can be installed later without moving any, and so that their blocks wear as the
 * others do. Call it when no extension is in use, after a reset, if installs come while extensions
 * are in use.
 * @return 0; -ENOSPC where there is not so much room.
 */
int llext_store_collect(struct llext_store *store, uint32_t bytes);

/**
 * Begin an install, or go on with one that a reset interrupted. An install that was begun before is
 * over. Bad versions and other interrupted installs are removed. Room is made for all of the image:
 * confirmed versions that are not the newest are removed if need be, the oldest first, and images
 * are moved. Blocks are erased. No confirmed version is removed where there would not be room
 * without all of them either, and nothing is changed for an image that would not fit beside the
 * logs.
 *
 * Where an image of this name, version, length and digest was begun, its bytes so far are kept,
 * but for the last eighth of it or so: install->offset says from where on to write.
 *
 * @param install  set up; must stay where it is until llext_store_finish() or the next begin
 * @param image    what comes in: its name, length, version (anything; llext_store_remove() finds
 *                 versions by it), digest (tells one image from another), and flags (of an install
 *                 that goes on, those given last count). Needed during the call; the rest of it is
 *                 ignored.
 * @return 0; -EINVAL where the name or the length is empty, the name too long, or a flag unknown;
 * -EEXIST where this very image is there and is not bad, or is bad and a loader is open for it;
 * -ENOSPC where there is no room for it or no slot.
 */
int llext_store_begin(struct llext_store *store, struct llext_store_install *install,
		      const struct llext_store_image *image);

/**
 * Begin an install that cannot go on after a reset, and for which no confirmed version is removed:
 * smaller code. Parameters and errors are those of llext_store_begin().
 */
int llext_store_begin_anew(struct llext_store *store, struct llext_store_install *install,
			   const struct llext_store_image *image);

/**
 * Write the next @p bytes bytes of an image.
 * @return 0; -EFBIG where they are more than announced; -EINVAL where the install is over, or was
 * removed; -EILSEQ where the image has at a block's start what the store takes for its own records.
 * After any but the first two it has to be installed anew, from its first byte: it goes to other
 * blocks then.
 */
int llext_store_write(struct llext_store_install *install, const void *data, size_t bytes);

/**
 * End an install: what is in flash is compared with what was written, and the version becomes
 * installed.
 * @return 0; -ENODATA where bytes are missing; -EBADMSG where flash holds something else than what
 * was written; what the hook returned; -EINVAL where the install is over. After any error but
 * -ENODATA it has to be installed anew, from its first byte.
 */
int llext_store_finish(struct llext_store_install *install);

/**
 * Use the newest installed version of @p name from now on, without a trial. The hook is asked
 * LLEXT_STORE_ON_CONFIRM.
 * @return as llext_store_confirm(); -ENOENT where none is installed.
 */
int llext_store_activate(struct llext_store *store, const char *name);

/**
 * Try the newest installed version of @p name: from now on llext_store_open() takes it, for as many
 * resets as llext_store_config.starts says.
 * @return 0; -ENOENT where none is installed; -EINVAL where llext_store_config.starts is 0; what
 * the hook returned. Where that was in answer to LLEXT_STORE_ON_CONFIRMED, of a version before it,
 * this one is on trial all the same.
 */
int llext_store_commit(struct llext_store *store, const char *name);

/**
 * The trial of @p name is good: it is used from now on.
 * @return 0; -ENOENT where none is on trial; what the hook returned. Where that was in answer to
 * LLEXT_STORE_ON_CONFIRMED, the version is confirmed all the same, and the hook is told again.
 */
int llext_store_confirm(struct llext_store *store, const char *name);

/**
 * Ask the hook for the health of each extension's newest version on trial, if it was started since
 * the last reset: 0 confirms it, -EAGAIN leaves it on trial, any other error makes it bad. Without
 * a hook nothing happens.
 * @return 0 or what llext_store_confirm() returned.
 */
int llext_store_check(struct llext_store *store);

/**
 * Make the version of @p name that is used now bad, and the one before it the one that is used.
 * @return 0; -ENOENT where there is none before it; what the hook returned.
 */
int llext_store_rollback(struct llext_store *store, const char *name);

/** Any version, for llext_store_remove(). */
#define LLEXT_STORE_ANY_VERSION UINT32_MAX

/**
 * Remove what there is of @p name in a version, or in all: the confirmed ones last, the newest of
 * them after the others.
 * @return 0; -ENOENT where there is nothing; -EBUSY where a loader is open for one.
 */
int llext_store_remove(struct llext_store *store, const char *name, uint32_t version);

/**
 * Call @p fn for each version there is, in no order, until it returns other than 0.
 * @param fn  must not call functions that change the store
 * @return what @p fn returned last, 0 where there is nothing.
 */
int llext_store_iterate(struct llext_store *store,
			int (*fn)(const struct llext_store_image *image, void *user_data),
			void *user_data);

/**
 * The version of @p name that is used now: the newest that is confirmed or on trial with starts
 * left. @return NULL where there is none. It is valid until the store is changed.
 */
const struct llext_store_image *llext_store_find(struct llext_store *store, const char *name);

/**
 * Open the version that is to be used now, for llext_load(). The first time after a reset a trial
 * loses one of its starts, in flash, before this returns; one that has none left, or whose start
 * cannot be recorded, becomes bad, and the version before it is opened; so it is where flash does
 * not hold an image's bytes any more.
 *
 * The loader gives the bytes where they lie if the flash is mapped: they are used as long as the
 * extension is loaded. Until llext_store_close() the image stays where it is.
 * @return 0; -ENOENT where there is no version that can be used.
 */
int llext_store_open(struct llext_store *store, const char *name,
		     struct llext_store_loader *loader);

/**
 * As llext_store_open(), of the confirmed versions only: smaller code, for a firmware that has no
 * trials.
 */
int llext_store_open_confirmed(struct llext_store *store, const char *name,
			       struct llext_store_loader *loader);

/**
 * Open one version as it is, unchecked and not counted as a start: for the hook.
 * @param image  given by the store
 */
void llext_store_open_image(struct llext_store *store, const struct llext_store_image *image,
			    struct llext_store_loader *loader);

/** The image may be moved and removed: the extension is unloaded, or was copied. */
void llext_store_close(struct llext_store_loader *loader);

/**
 * Load the extensions that were installed with LLEXT_STORE_AUTOLOAD, each after those it imports
 * from: what @p load cannot load for want of imports (-ENODATA) is tried again after others have
 * been loaded.
 * @param load  is to open, load and start the extension of that name
 * @param done  a bit for each slot, (slot_count + 7) / 8 bytes, used during the call
 * @return 0 or the last error that @p load returned for one that stays unloaded; the others are
 * loaded all the same.
 */
int llext_store_autoload(struct llext_store *store,
			 int (*load)(struct llext_store *store, const char *name, void *user_data),
			 void *user_data, uint8_t *done);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_STORE_H_ */
