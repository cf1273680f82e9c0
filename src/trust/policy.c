/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may load what: the rights of the key, the identifiers, the counters and the clock. All that
 * a firmware asks for is here; what the port's authorize() adds comes behind.
 */
#include "trust.h"

/* The counter of this name, or the global floor: may the claims' counter be loaded? */
static int check_counter(struct llext_signed_loader *s, const char *name)
{
	uint32_t value = UINT32_MAX;
	int rc = s->trust->counter_read(name, &value);

	if (rc != 0)
		return llext_fail_signed(s, rc, "a counter cannot be read");
	if (value == UINT32_MAX)
		return llext_fail_signed(s, -ESTALE, "a counter is at its end");
	if (s->claims.counter < value)
		return llext_fail_differs(s, -ESTALE, "older than what was confirmed", value,
					  s->claims.counter);
	return 0;
}

static int check_time(struct llext_signed_loader *s)
{
	uint32_t now = UINT32_MAX;
	int rc;

	if (s->claims.expires == 0)
		return 0;
	if (s->trust->now == NULL)
		return llext_fail_signed(s, -ENOTSUP, "it expires, and there is no clock");
	rc = s->trust->now(&now);
	if (rc != 0)
		return llext_fail_signed(s, rc, "the clock cannot be read");
	if (now >= s->claims.expires)
		return llext_fail_differs(s, -ESTALE, "it has expired", s->claims.expires, now);
	return 0;
}

static bool begins_with(const char *name, const char *prefix)
{
	return prefix == NULL || strncmp(name, prefix, strlen(prefix)) == 0;
}

static int check_rights(struct llext_signed_loader *s)
{
	const struct llext_key *key = s->claims.key;

	if (s->name != NULL && strcmp(s->claims.name, s->name) != 0)
		return llext_fail_signed(s, -EPERM, "signed under another name");
	if (key->flags & LLEXT_KEY_REVOKED)
		return llext_fail_signed(s, -EPERM, "the key has been revoked");
	if (!begins_with(s->claims.name, key->names))
		return llext_fail_signed(s, -EPERM, "the key may not sign this name");
	if (s->claims.counter > key->counter_limit || s->claims.counter == UINT32_MAX)
		return llext_fail_differs(s, -EPERM, "the key may not set such a counter",
					  key->counter_limit, s->claims.counter);
	if (key->flags & LLEXT_KEY_SANDBOX_ONLY)
		s->claims.sandbox_only = true;
	return 0;
}

static uint64_t big_endian(const uint8_t bytes[8])
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* What the manifest names must be what the firmware is. */
static int check_place(struct llext_signed_loader *s, const struct manifest *manifest)
{
	const struct llext_trust *trust = s->trust;
	const uint8_t *const own[] = {trust->vendor_id, trust->class_id, trust->device_id};

	for (int i = 0; i < 3; i++) {
		if (manifest->ids[i] != NULL &&
		    (own[i] == NULL || memcmp(manifest->ids[i], own[i], 16) != 0))
			return llext_fail_signed(s, -EPERM, "for another vendor, class or device");
	}
	if (trust->machine != 0 && trust->machine != s->claims.machine)
		return llext_fail_differs(s, -EPERM, "for another machine", trust->machine,
					  s->claims.machine);
	if (manifest->fingerprint != NULL &&
	    (trust->fingerprint == NULL ||
	     trust->fingerprint() != big_endian(manifest->fingerprint)))
		return llext_fail_signed(s, -EPERM, "bound to another firmware");
	if (s->claims.api_version > LLEXT_API_VERSION)
		return llext_fail_differs(s, -ENOTSUP, "it needs a newer API", LLEXT_API_VERSION,
					  s->claims.api_version);
	if (manifest->cose != NULL && trust->decryption == NULL)
		return llext_fail_signed(s, -ENOTSUP, "it is encrypted");
	return 0;
}

uint32_t llext_policy_check(struct llext_signed_loader *s, const struct manifest *manifest)
{
	int rc = check_rights(s);

	if (rc == 0)
		rc = check_place(s, manifest);
	if (rc == 0)
		rc = check_time(s);
	if (rc == 0 && s->trust->counter_read != NULL) {
		rc = check_counter(s, s->claims.name);
		if (rc == 0)
			rc = check_counter(s, NULL);
	}
	return rc == 0 ? SEAL_ALLOWED : 0;
}

int llext_trust_confirm(const struct llext_trust *trust, const struct llext_claims *claims)
{
	uint32_t value = UINT32_MAX;
	int rc;

	if (trust->counter_read == NULL || trust->counter_raise == NULL)
		return -ENOSYS;
	rc = trust->counter_read(claims->name, &value);
	if (rc == 0 && value == UINT32_MAX)
		rc = -ESTALE;
	if (rc == 0 && claims->counter > value)
		rc = trust->counter_raise(claims->name, claims->counter);
	return rc > 0 ? -EIO : rc;
}
