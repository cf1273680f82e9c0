/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"
#include "device_key.h"

struct llext_key ring[1];
struct llext_secret secrets[2];
struct llext_trust trust;

struct llext_decryption decryption = LLEXT_DECRYPTION(secrets, 2);

/* A symmetric key's id: the digest of its COSE_Key. */
static void fleet_id(uint8_t *id)
{
	uint8_t cose[21] = "\xa2\x01\x04\x20\x50", digest[LLEXT_HASH_BYTES] = {0};
	struct llext_hash hash;

	memcpy(cose + 5, fixture_fleet, 16);
	(void)llext_hash_init(&hash);
	(void)llext_hash_update(&hash, cose, sizeof(cose));
	(void)llext_hash_final(&hash, digest);
	memcpy(id, digest, LLEXT_KEY_ID_BYTES);
}

void device_open(void)
{
	struct llext_key device = key_of(device_secret);

	ring[0] = key_of(signer_secret);
	secrets[0] = (struct llext_secret){.wrapping = LLEXT_WRAPPING_A128KW, .key = fixture_fleet};
	fleet_id(secrets[0].id);
	secrets[1] = (struct llext_secret){.wrapping = LLEXT_WRAPPING_ECDH_ES_A128KW,
					   .key = device_secret};
	memcpy(secrets[1].id, device.id, sizeof(secrets[1].id));
	trust = (struct llext_trust){.keys = ring, .key_count = 1, .decryption = &decryption};
}

int device_set_up(void **state)
{
	(void)state;
	device_open();
	return 0;
}
