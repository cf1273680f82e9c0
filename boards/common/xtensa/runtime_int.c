/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer helpers that the compiler calls and that Debian's libgcc for lx106 lacks (its archive has
 * no member for them). Names and meanings: GCC internals, "Routines for integer arithmetic".
 */
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);

/* Division bit by bit: the divisor is moved up to the dividend's highest bit and comes down again.
 */
static uint32_t divide32(uint32_t a, uint32_t b, uint32_t *rest)
{
	uint32_t quotient = 0;

	if (b == 0)
		__builtin_trap();
	if (a >= b) {
		int shift = __builtin_clz(b) - __builtin_clz(a);

		for (b <<= shift; shift >= 0; shift--, b >>= 1) {
			quotient <<= 1;
			if (a >= b) {
				a -= b;
				quotient |= 1;
			}
		}
	}
	*rest = a;
	return quotient;
}

static uint64_t divide64(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0;

	if (((a | b) >> 32) == 0) {
		uint32_t rest32;

		quotient = divide32((uint32_t)a, (uint32_t)b, &rest32);
		*rest = rest32;
		return quotient;
	}
	if (b == 0)
		__builtin_trap();
	if (a >= b) {
		int shift = __builtin_clzll(b) - __builtin_clzll(a);

		for (b <<= shift; shift >= 0; shift--, b >>= 1) {
			quotient <<= 1;
			if (a >= b) {
				a -= b;
				quotient |= 1;
			}
		}
	}
	*rest = a;
	return quotient;
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	return divide32(a, b, &rest);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	divide32(a, b, &rest);
	return rest;
}

int32_t __divsi3(int32_t a, int32_t b)
{
	uint32_t quotient =
		__udivsi3(a < 0 ? -(uint32_t)a : (uint32_t)a, b < 0 ? -(uint32_t)b : (uint32_t)b);

	return (int32_t)((a ^ b) < 0 ? -quotient : quotient);
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	return divide64(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	divide64(a, b, &rest);
	return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t quotient =
		__udivdi3(a < 0 ? -(uint64_t)a : (uint64_t)a, b < 0 ? -(uint64_t)b : (uint64_t)b);

	return (int64_t)((a ^ b) < 0 ? -quotient : quotient);
}

/* By halves of 16 bits, so that no product needs more than 32. */
uint64_t __umulsidi3(uint32_t a, uint32_t b)
{
	uint32_t low = (a & 0xffff) * (b & 0xffff);
	uint32_t middle = (a >> 16) * (b & 0xffff) + (low >> 16);
	uint32_t other = (a & 0xffff) * (b >> 16) + (middle & 0xffff);
	uint32_t high = (a >> 16) * (b >> 16) + (middle >> 16) + (other >> 16);

	return (uint64_t)high << 32 | other << 16 | (low & 0xffff);
}

uint64_t __muldi3(uint64_t a, uint64_t b)
{
	uint32_t high = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);

	return __umulsidi3((uint32_t)a, (uint32_t)b) + ((uint64_t)high << 32);
}
