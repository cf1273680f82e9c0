/* SPDX-License-Identifier: Apache-2.0 */
/* A device with its keys: it believes the test's signer, and can read what is encrypted for it or
 * its fleet. */
#ifndef DEVICE_H_
#define DEVICE_H_

#include "forge.h"

/* The envelopes that `tenon sign` made, and what is in them: see CMakeLists.txt. */
#define FIXTURE(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]
FIXTURE(plain);
FIXTURE(user);
FIXTURE(sandbox);
FIXTURE(packed);
FIXTURE(lz4);
FIXTURE(kw);
FIXTURE(ecdh);
FIXTURE(object);
FIXTURE(large);
FIXTURE(large_object);
FIXTURE(fleet);

#define BLOB(name)                                                                                 \
	(struct blob)                                                                              \
	{                                                                                          \
		(uint8_t *)(uintptr_t)fixture_##name,                                              \
			(size_t)(fixture_##name##_end - fixture_##name)                            \
	}

extern struct llext_key ring[1];
extern struct llext_secret secrets[2];
extern struct llext_decryption decryption; /* with both secrets */
extern struct llext_trust trust;

/* All of it as it is at first. */
void device_open(void);
/* The same, as cmocka has it. */
int device_set_up(void **state);

/*
 * Load an envelope from such a source, in a program that has a core. @param may be NULL. The
 * source was opened and closed as often as is right.
 */
struct llext;
struct llext_load_param;
int device_load(struct blob envelope, enum source_kind kind, const char *name, struct llext **ext,
		const struct llext_load_param *param);

#endif /* DEVICE_H_ */
