/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XXH32 as its specification says: four lanes of 32 bits for each 16 bytes, then what is left by
 * words and bytes, then all bits are mixed.
 */
#include "xxh32.h"

#define PRIME_1 0x9e3779b1u
#define PRIME_2 0x85ebca77u
#define PRIME_3 0xc2b2ae3du
#define PRIME_4 0x27d4eb2fu
#define PRIME_5 0x165667b1u
#define LANES   ((size_t)4)
#define STRIPE  (4 * LANES)

static uint32_t rotate(uint32_t value, unsigned int bits)
{
	return value << bits | value >> (32 - bits);
}

static uint32_t word_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* All whole stripes. */
static uint32_t sum_stripes(const uint8_t *bytes, size_t stripes)
{
	uint32_t lane[LANES] = {PRIME_1 + PRIME_2, PRIME_2, 0, 0u - PRIME_1};

	for (; stripes > 0; stripes--, bytes += STRIPE) {
		for (size_t i = 0; i < LANES; i++) {
			lane[i] += word_at(bytes + 4 * i) * PRIME_2;
			lane[i] = rotate(lane[i], 13) * PRIME_1;
		}
	}
	return rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
}

uint32_t llext_xxh32(const uint8_t *bytes, size_t count)
{
	size_t stripes = count / STRIPE, left = count % STRIPE;
	uint32_t sum = stripes > 0 ? sum_stripes(bytes, stripes) : PRIME_5;

	bytes += stripes * STRIPE;
	sum += (uint32_t)count;
	for (; left >= 4; left -= 4, bytes += 4)
		sum = rotate(sum + word_at(bytes) * PRIME_3, 17) * PRIME_4;
	for (; left > 0; left--, bytes++)
		sum = rotate(sum + *bytes * PRIME_5, 11) * PRIME_1;
	sum = (sum ^ sum >> 15) * PRIME_2;
	sum = (sum ^ sum >> 13) * PRIME_3;
	return sum ^ sum >> 16;
}
