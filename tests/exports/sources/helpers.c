/* SPDX-License-Identifier: Apache-2.0 */
/* Everyday code for which compilers call functions by themselves, on one machine or another. */
#include <stdint.h>

struct large {
	int numbers[80];
};

struct large source;
volatile float f;
volatile double d;
volatile int32_t i;
volatile uint32_t u;
volatile int64_t l;
volatile uint64_t ul;
int atomic;

#ifdef __SIZEOF_INT128__
volatile __int128 wide;

void wide_arithmetic(void)
{
	wide = wide * 3 / (wide + 1) % 7 << (i & 127) >> (u & 127);
	d = (double)wide;
	wide = (__int128)d;
}
#endif

#ifdef __ARM_FP16_FORMAT_IEEE /* Clang's, and the hardware's */
volatile __fp16 half;

void half_precision(void)
{
	half = (__fp16)f;
	half = (__fp16)d;
	f = half;
	d = half;
}
#endif

void integers(void)
{
	i = i / (i + 3) + i % (i + 5) + i * i;
	u = u / (u + 3) + u % (u + 5);
	l = l / (l + 3) + l % (l + 5) + l * l;
	ul = ul / (ul + 3) + ul % (ul + 5);
	l = l << (i & 63) >> (u & 63);
	ul = ul >> (i & 63);
	i = (l < ul) + (l > i) + (ul >= u);
}

void bits(void)
{
	i = __builtin_popcount(u) + __builtin_popcountll(ul) + __builtin_clz(u | 1) +
	    __builtin_clzll(ul | 1) + __builtin_ctz(u | 1) + __builtin_ctzll(ul | 1);
	i += __builtin_parity(u) + __builtin_parityll(ul) + __builtin_ffs(i) + __builtin_ffsll(l) +
	     __builtin_clrsb(i) + __builtin_clrsbll(l);
	u = __builtin_bswap32(u);
	ul = __builtin_bswap64(ul);
}

void floats(void)
{
	f = f * f + f / (f + 1) - f;
	d = d * d + d / (d + 1) - d;
	i = (f < 1) + (f == 2) + (f >= 3) + (d < 1) + (d == 2) + (d >= 3) + (f != f) + (d != d);
	f = (float)d + (float)i + (float)u + (float)l + (float)ul;
	d = f + (double)i + (double)u + (double)l + (double)ul;
	i = (int32_t)f + (int32_t)d;
	u = (uint32_t)f + (uint32_t)d;
	l = (int64_t)f + (int64_t)d;
	ul = (uint64_t)f + (uint64_t)d;
	f = __builtin_powif(f, i);
	d = __builtin_powi(d, i) + -d;
}

void overflows(void)
{
	int32_t sum;
	int64_t product;

	u = __builtin_add_overflow(i, (int32_t)u, &sum);
	u += __builtin_mul_overflow(l, (int64_t)ul, &product);
	l = product + sum;
}

int copies(void)
{
	struct large copy = source, zeros = {{0}};

	__asm__ volatile("" ::"r"(&copy), "r"(&zeros) : "memory");
	return copy.numbers[3] + zeros.numbers[u % 80];
}

extern int one(int), two(int), three(int), four(int), five(int);

int choose(int n, int x)
{
	switch (n) {
	case 0:
		return one(x);
	case 1:
		return two(x) + 1;
	case 2:
		return three(x) * 3;
	case 3:
		return four(x) + 7;
	case 4:
		return five(x) ^ 5;
	case 5:
		return one(two(x));
	case 6:
		return three(four(x));
	default:
		return -1;
	}
}
