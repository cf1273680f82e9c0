/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Whose extensions a firmware takes: a ring of keys with rights, what a signed extension claims to
 * be, counters that keep old versions out, and the last word of the firmware. The loader that
 * checks all of this is llext/signed_loader.h; docs/envelope.md has the format.
 */
#ifndef LLEXT_TRUST_H_
#define LLEXT_TRUST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The longest name that a manifest may have, without the NUL. */
#define LLEXT_CLAIM_NAME_LEN 31

/** The version of the LLEXT API that this library has; a manifest names the least that it needs. */
#define LLEXT_API_VERSION 1

/** What llext_key.flags may have. */
enum {
	LLEXT_KEY_REVOKED = 0x01,      /**< nothing that it signed is loaded any more */
	LLEXT_KEY_SANDBOX_ONLY = 0x02, /**< what it signed runs in a sandbox, or not at all */
};

/**
 * A key that may sign, and its rights. A ring is an array of them, in read-only memory; of several
 * entries for one key the first counts.
 */
struct llext_key {
	uint8_t id[LLEXT_KEY_ID_BYTES];         /**< first bytes of its COSE thumbprint */
	uint8_t algorithm;                      /**< enum llext_algorithm */
	uint8_t flags;                          /**< LLEXT_KEY_* */
	uint8_t public_key[LLEXT_PUBLIC_BYTES]; /**< x and y of a P-256 key */
	uint32_t counter_limit;                 /**< highest security counter that it may set */
	const char *names;                      /**< what its names begin with; "" or NULL: all */
};

/** A semantic version. */
struct llext_version {
	uint32_t major, minor, patch;
};

/** How the payload is to be read. */
enum llext_payload {
	LLEXT_PAYLOAD_ELF,        /**< an ELF file */
	LLEXT_PAYLOAD_PACKED,     /**< a packed ELF file */
	LLEXT_PAYLOAD_PACKED_LZ4, /**< the same in an LZ4 frame: llext/lz4_loader.h comes above */
};

/** What was verified of a signed extension. */
struct llext_claims {
	char name[LLEXT_CLAIM_NAME_LEN + 1];
	struct llext_version version;
	uint32_t counter; /**< security counter: an older one is refused */

	uint32_t payload;                 /**< enum llext_payload */
	uint32_t bytes;                   /**< size of the payload */
	uint32_t block_bytes;             /**< size of a block, a power of two */
	uint32_t table_blocks;            /**< blocks whose digests are in one table */
	uint8_t digest[LLEXT_HASH_BYTES]; /**< of the first table, and so of all the payload */

	uint32_t machine;     /**< e_machine of the ELF file */
	uint32_t elf_class;   /**< 1: 32 bits, 2: 64 bits */
	uint32_t elf_flags;   /**< its e_flags */
	uint32_t api_version; /**< at least this LLEXT_API_VERSION */

	/** Memory that a load takes, as llext_plan() found when the file was signed. */
	struct llext_claimed_memory {
		uint32_t instr_bytes, instr_align;
		uint32_t data_bytes, data_align;
		uint32_t table_bytes;
		uint32_t transient_bytes;
	} memory;

	uint32_t expires;  /**< seconds since 1970; 0: never */
	bool sandbox_only; /**< the signer or the key's rights ask for a sandbox */
	bool encrypted;

	const struct llext_key *key; /**< whose signature it was */

	/**
	 * The manifest, for llext_claims_import(): valid while authorize() runs and until the
	 * loader is read, then NULL.
	 */
	const uint8_t *manifest;
	size_t manifest_bytes;
};

/** What a firmware believes and asks for. One constant of the firmware's. */
struct llext_trust {
	const struct llext_key *keys; /**< the ring */
	size_t key_count;

	/**
	 * Identifiers of 16 bytes, as UUIDs have. NULL: the firmware has none. A manifest that
	 * names one is refused by a firmware with another, or with none.
	 */
	const uint8_t *vendor_id;
	const uint8_t *class_id;
	const uint8_t *device_id;

	/** The e_machine of extensions; 0: not compared here (the load itself does). */
	uint16_t machine;

	/**
	 * llext_builtins_fingerprint(), or NULL: a manifest that is bound to a firmware is then
	 * refused.
	 */
	uint64_t (*fingerprint)(void);

	/**
	 * The lowest security counter that may still be loaded under @p name; NULL as name: under
	 * any, the global floor. 0 where nothing was ever set. UINT32_MAX: the counter is at its
	 * end, and nothing is loaded.
	 * @return 0, or a negative errno, with which the load then fails. NULL as function: the
	 * firmware has no counters.
	 */
	int (*counter_read)(const char *name, uint32_t *value);

	/**
	 * Raise it; never called with less than what counter_read() said. It must survive a reset.
	 * @return 0 or a negative errno.
	 */
	int (*counter_raise)(const char *name, uint32_t value);

	/**
	 * The time in seconds since 1970 from a clock that nobody can set back.
	 * @return 0 or a negative errno, with which the load then fails. NULL: there is no such
	 * clock, and a manifest that expires is refused.
	 */
	int (*now)(uint32_t *seconds);

	/**
	 * May nobody and nothing change this memory from now until the unload? Only then is it
	 * verified where it lies and used in place. NULL: no.
	 */
	bool (*unchanging)(const void *start, size_t bytes);

	/** LLEXT_DECRYPTION(): what opens encrypted payloads. NULL: they are refused. */
	const struct llext_decryption *decryption;
};

struct llext_signed_loader;

/** Keys of the device's own, and the code that uses them. */
struct llext_decryption {
	const struct llext_secret *secrets;
	size_t secret_count;
	/** @cond private */
	int (*open)(struct llext_signed_loader *loader, const uint8_t *cose, size_t bytes);
	int (*decrypt)(struct llext_signed_loader *loader, uint32_t offset, uint8_t *data,
		       size_t bytes);
	/** @endcond */
};

/** @cond private */
int llext_decryption_open(struct llext_signed_loader *loader, const uint8_t *cose, size_t bytes);
int llext_decryption_decrypt(struct llext_signed_loader *loader, uint32_t offset, uint8_t *data,
			     size_t bytes);
/** @endcond */

/** Initialiser of a struct llext_decryption: @p count_ secrets from @p secrets_ on. */
#define LLEXT_DECRYPTION(secrets_, count_)                                                         \
	{                                                                                          \
		.secrets = (secrets_), .secret_count = (count_), .open = llext_decryption_open,    \
		.decrypt = llext_decryption_decrypt                                                \
	}

/**
 * The extension works: from now on nothing older of its name is loaded. Raises its counter to that
 * of @p claims where that is higher. Thread context, not while another thread loads.
 *
 * @return 0; -ENOSYS where @p trust has no counters; -ESTALE where the counter is at its end; what
 * the port's functions return, -EIO where that is above 0.
 */
int llext_trust_confirm(const struct llext_trust *trust, const struct llext_claims *claims);

/** An extension that another one imports from, as its manifest says. */
struct llext_claimed_import {
	char name[LLEXT_CLAIM_NAME_LEN + 1];
	struct llext_version version; /**< at least this one, with the same major number */
};

/**
 * The import of this number (from 0) in the manifest of @p claims. For authorize(), or between a
 * loader's prepare and its first read.
 * @return 0; -ENOENT where there are not so many; -ENODATA where the manifest is not at hand.
 */
int llext_claims_import(const struct llext_claims *claims, size_t number,
			struct llext_claimed_import *import);

/**
 * Is each import of @p claims loaded, under its name and in a version that is new enough? For
 * authorize(). @return 0; -ENODATA: @p missing, unless NULL, is the first that is not.
 */
int llext_claims_satisfied(const struct llext_claims *claims, struct llext_claimed_import *missing);

struct llext;

/**
 * What was verified of a loaded extension; NULL where its loader was none that verifies. Valid
 * until the unload; its manifest is NULL. May be called from an interrupt.
 */
const struct llext_claims *llext_identity(const struct llext *ext);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_TRUST_H_ */
