/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating-point helpers that the compiler calls and that Debian's libgcc for lx106 lacks. IEEE
 * 754, to nearest even, with subnormals. Names: GCC internals, "Routines for floating point
 * emulation". Both formats are widened to one with a 64-bit mantissa whose top bit is set, and
 * rounded from it.
 */
#include <stdbool.h>
#include <stdint.h>

enum kind { ZERO, NORMAL, INFINITE, NAN };

/* (-1)^minus * mantissa * 2^exponent; bit 0 of a mantissa also stands for all that was lost below.
 */
struct wide {
	enum kind kind;
	bool minus;
	int exponent;
	uint64_t mantissa;
};

struct format {
	int bits, fraction, bias;
};

static const struct format binary32 = {32, 23, 127}, binary64 = {64, 52, 1023};

static struct wide unpack(uint64_t bits, const struct format *format)
{
	int exponents = format->bits - format->fraction - 1;
	int exponent = (int)(bits >> format->fraction) & ((1 << exponents) - 1);
	uint64_t fraction = bits & (((uint64_t)1 << format->fraction) - 1);
	struct wide w = {.minus = bits >> (format->bits - 1) & 1};

	if (exponent == (1 << exponents) - 1) {
		w.kind = fraction ? NAN : INFINITE;
		return w;
	}
	if (exponent)
		fraction |= (uint64_t)1 << format->fraction;
	else
		exponent = 1;
	if (!fraction)
		return w;
	int shift = __builtin_clzll(fraction);

	w.kind = NORMAL;
	w.mantissa = fraction << shift;
	w.exponent = exponent - format->bias - format->fraction - shift;
	return w;
}

/* To the right, keeping in bit 0 whether anything was lost. */
static uint64_t shift_sticky(uint64_t value, int shift)
{
	if (shift > 63)
		return value != 0;
	return shift ? value >> shift | ((value << (64 - shift)) != 0) : value;
}

static uint64_t pack(struct wide w, const struct format *format)
{
	uint64_t sign = (uint64_t)w.minus << (format->bits - 1);
	int drop = 63 - format->fraction;
	uint64_t top = ((uint64_t)1 << (format->bits - format->fraction - 1)) - 1;

	if (w.kind == ZERO)
		return sign;
	if (w.kind == NAN)
		return sign | top << format->fraction | (uint64_t)1 << (format->fraction - 1);
	int exponent = w.exponent + 63 + format->bias;

	if (w.kind == INFINITE || exponent >= (int)top)
		return sign | top << format->fraction;
	if (exponent < 1) {
		w.mantissa = shift_sticky(w.mantissa, 1 - exponent);
		exponent = 0;
	} else {
		/* The top bit adds one to the exponent when it is added below. */
		exponent--;
	}
	uint64_t result = ((uint64_t)exponent << format->fraction) + (w.mantissa >> drop);
	uint64_t lost = w.mantissa & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);

	/* A carry runs into the exponent, up to infinity, as it should. */
	if (lost > half || (lost == half && (result & 1)))
		result++;
	return sign | result;
}

static struct wide normal(struct wide w)
{
	if (!w.mantissa) {
		w.kind = ZERO;
		w.minus = false;
		return w;
	}
	int shift = __builtin_clzll(w.mantissa);

	w.mantissa <<= shift;
	w.exponent -= shift;
	return w;
}

static struct wide add(struct wide a, struct wide b)
{
	if (a.kind == NAN || b.kind == NAN ||
	    (a.kind == INFINITE && b.kind == INFINITE && a.minus != b.minus))
		return (struct wide){.kind = NAN};
	if (a.kind == INFINITE || b.kind == ZERO) {
		if (a.kind == ZERO)
			a.minus &= b.minus;
		return a;
	}
	if (b.kind == INFINITE || a.kind == ZERO)
		return b;
	if (a.exponent < b.exponent || (a.exponent == b.exponent && a.mantissa < b.mantissa)) {
		struct wide swap = a;

		a = b;
		b = swap;
	}
	/* One bit of room for the carry; both formats leave enough at the bottom. */
	uint64_t smaller = shift_sticky(b.mantissa, a.exponent - b.exponent + 1);

	a.mantissa = shift_sticky(a.mantissa, 1);
	a.mantissa = a.minus == b.minus ? a.mantissa + smaller : a.mantissa - smaller;
	a.exponent++;
	return normal(a);
}

static struct wide multiply(struct wide a, struct wide b)
{
	struct wide w = {.minus = a.minus != b.minus};

	if (a.kind == NAN || b.kind == NAN || (a.kind == INFINITE && b.kind == ZERO) ||
	    (a.kind == ZERO && b.kind == INFINITE))
		w.kind = NAN;
	else if (a.kind == INFINITE || b.kind == INFINITE)
		w.kind = INFINITE;
	else if (a.kind == NORMAL && b.kind == NORMAL)
		w.kind = NORMAL;
	if (w.kind != NORMAL)
		return w;
	uint64_t ah = a.mantissa >> 32, al = (uint32_t)a.mantissa;
	uint64_t bh = b.mantissa >> 32, bl = (uint32_t)b.mantissa;
	uint64_t low = al * bl, middle = ah * bl + (low >> 32);
	uint64_t other = al * bh + (uint32_t)middle;

	w.mantissa = ah * bh + (middle >> 32) + (other >> 32);
	w.mantissa |= (uint32_t)other || (uint32_t)low;
	w.exponent = a.exponent + b.exponent + 64;
	return normal(w);
}

static struct wide divide(struct wide a, struct wide b)
{
	struct wide w = {.minus = a.minus != b.minus};

	if (a.kind == NAN || b.kind == NAN || (a.kind == b.kind && a.kind != NORMAL))
		w.kind = NAN;
	else if (a.kind == INFINITE || b.kind == ZERO)
		w.kind = INFINITE;
	else if (a.kind == NORMAL && b.kind == NORMAL)
		w.kind = NORMAL;
	if (w.kind != NORMAL)
		return w;
	uint64_t rest = a.mantissa;

	w.exponent = a.exponent - b.exponent - 63;
	for (int i = 0; i < 64; i++) {
		/* The bit that a shift would lose counts: then the rest is surely large enough. */
		bool carry = i && rest >> 63;

		if (i)
			rest <<= 1;
		w.mantissa <<= 1;
		if (carry || rest >= b.mantissa) {
			rest -= b.mantissa;
			w.mantissa |= 1;
		}
	}
	w = normal(w);
	w.mantissa |= rest != 0;
	return w;
}

static struct wide from_integer(uint32_t value, bool minus)
{
	return normal((struct wide){.kind = NORMAL, .minus = minus, .mantissa = value});
}

/* Towards zero. What does not fit is undefined in C; here it is the nearest that fits. */
static uint32_t to_integer(struct wide w, uint32_t limit)
{
	if (w.kind == NAN || w.kind == ZERO || w.exponent < -63)
		return 0;
	if (w.kind == INFINITE || w.exponent > -32 || w.mantissa >> -w.exponent > limit)
		return limit;
	return (uint32_t)(w.mantissa >> -w.exponent);
}

static uint32_t to_unsigned(struct wide w)
{
	return w.minus ? 0 : to_integer(w, UINT32_MAX);
}

static int32_t to_signed(struct wide w)
{
	uint32_t value = to_integer(w, (uint32_t)INT32_MAX + w.minus);

	return (int32_t)(w.minus ? -value : value);
}

union single_bits {
	float value;
	uint32_t bits;
};

union double_bits {
	double value;
	uint64_t bits;
};

static struct wide from_single(float value)
{
	return unpack((union single_bits){.value = value}.bits, &binary32);
}

static struct wide from_double(double value)
{
	return unpack((union double_bits){.value = value}.bits, &binary64);
}

static float to_single(struct wide w)
{
	return (union single_bits){.bits = (uint32_t)pack(w, &binary32)}.value;
}

static double to_double(struct wide w)
{
	return (union double_bits){.bits = pack(w, &binary64)}.value;
}

static struct wide negated(struct wide w)
{
	w.minus = !w.minus;
	return w;
}

#define BINARY(name, type, format, operation)                                                      \
	type name(type a, type b);                                                                 \
	type name(type a, type b)                                                                  \
	{                                                                                          \
		struct wide x = from_##format(a), y = from_##format(b);                            \
		return to_##format(operation);                                                     \
	}
#define UNARY(name, to, from, expression)                                                          \
	to name(from a);                                                                           \
	to name(from a)                                                                            \
	{                                                                                          \
		return expression;                                                                 \
	}

BINARY(__addsf3, float, single, add(x, y))
BINARY(__subsf3, float, single, add(x, negated(y)))
BINARY(__mulsf3, float, single, multiply(x, y))
BINARY(__adddf3, double, double, add(x, y))
BINARY(__subdf3, double, double, add(x, negated(y)))
BINARY(__muldf3, double, double, multiply(x, y))
BINARY(__divdf3, double, double, divide(x, y))
UNARY(__extendsfdf2, double, float, to_double(from_single(a)))
UNARY(__truncdfsf2, float, double, to_single(from_double(a)))
UNARY(__floatsisf, float, int32_t,
      to_single(from_integer(a < 0 ? -(uint32_t)a : (uint32_t)a, a < 0)))
UNARY(__floatsidf, double, int32_t,
      to_double(from_integer(a < 0 ? -(uint32_t)a : (uint32_t)a, a < 0)))
UNARY(__floatunsisf, float, uint32_t, to_single(from_integer(a, false)))
UNARY(__floatunsidf, double, uint32_t, to_double(from_integer(a, false)))
UNARY(__fixunssfsi, uint32_t, float, to_unsigned(from_single(a)))
UNARY(__fixdfsi, int32_t, double, to_signed(from_double(a)))
UNARY(__fixunsdfsi, uint32_t, double, to_unsigned(from_double(a)))
