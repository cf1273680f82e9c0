/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compilers call for atomic operations that a processor has no instructions for: GCC has no
 * libatomic for these machines. One core only: interrupts are off for the length of an operation.
 * Whoever calls it must be privileged.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <llext/symbol.h>

#if defined(__XTENSA__)
#define ATOMICS 1
static inline uint32_t lock(void)
{
	uint32_t state;

	__asm__ volatile("rsil %0, 15" : "=a"(state) : : "memory");
	return state;
}
static inline void unlock(uint32_t state)
{
	__asm__ volatile("wsr %0, ps\n\trsync" : : "a"(state) : "memory");
}
#elif defined(__arm__)
#define ATOMICS 1
static inline uint32_t lock(void)
{
	uint32_t state;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state) : : "memory");
	return state;
}
static inline void unlock(uint32_t state)
{
	__asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}
#elif defined(__riscv)
#define ATOMICS 1
#define ZICSR   ".option push\n\t.option arch, +zicsr\n\t"
static inline uintptr_t lock(void)
{
	uintptr_t state;

	__asm__ volatile(ZICSR "csrrci %0, mstatus, 8\n\t.option pop" : "=r"(state) : : "memory");
	return state & 8;
}
static inline void unlock(uintptr_t state)
{
	__asm__ volatile(ZICSR "csrs mstatus, %0\n\t.option pop" : : "r"(state) : "memory");
}
#elif defined(__aarch64__)
#define ATOMICS 1
static inline uintptr_t lock(void)
{
	uintptr_t state;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #3" : "=r"(state) : : "memory");
	return state;
}
static inline void unlock(uintptr_t state)
{
	__asm__ volatile("msr daif, %0" : : "r"(state) : "memory");
}
#endif

#ifdef ATOMICS

/* Under its own name the compiler would want the type that it knows. */
#define FUNCTION(result, own, name, ...)                                                           \
	result own(__VA_ARGS__) __asm__(#name) __attribute__((weak));                              \
	EXPORT_GROUP_SYMBOL_NAMED(ATOMICS, own, name);                                             \
	result own(__VA_ARGS__)

/* On RISC-V of 64 bits libgcc has these. */
#if defined(__riscv) && __riscv_xlen == 64
#define SYNC(result, own, name, ...)                                                               \
	static result own(__VA_ARGS__) __attribute__((unused));                                    \
	static result own(__VA_ARGS__)
#else
#define SYNC FUNCTION
#endif

/* One that gives what was there before, and its kin that gives what is there now. */
#define CHANGE(type, bytes, op, now)                                                               \
	FUNCTION(type, fetch_##op##_##bytes, __atomic_fetch_##op##_##bytes, volatile type *place,  \
		 type operand, int order)                                                          \
	{                                                                                          \
		__typeof__(lock()) state = lock();                                                 \
		type before = *place;                                                              \
                                                                                                   \
		(void)order;                                                                       \
		*place = (type)(now);                                                              \
		unlock(state);                                                                     \
		return before;                                                                     \
	}                                                                                          \
	FUNCTION(type, op##_fetch_##bytes, __atomic_##op##_fetch_##bytes, volatile type *place,    \
		 type operand, int order)                                                          \
	{                                                                                          \
		type before = fetch_##op##_##bytes(place, operand, order);                         \
                                                                                                   \
		return (type)(now);                                                                \
	}                                                                                          \
	SYNC(type, sync_fetch_and_##op##_##bytes, __sync_fetch_and_##op##_##bytes,                 \
	     volatile type *place, type operand)                                                   \
	{                                                                                          \
		return fetch_##op##_##bytes(place, operand, 0);                                    \
	}                                                                                          \
	SYNC(type, sync_##op##_and_fetch_##bytes, __sync_##op##_and_fetch_##bytes,                 \
	     volatile type *place, type operand)                                                   \
	{                                                                                          \
		return op##_fetch_##bytes(place, operand, 0);                                      \
	}

#define EXCHANGE(type, bytes)                                                                      \
	FUNCTION(type, exchange_##bytes, __atomic_exchange_##bytes, volatile type *place,          \
		 type value, int order)                                                            \
	{                                                                                          \
		__typeof__(lock()) state = lock();                                                 \
		type before = *place;                                                              \
                                                                                                   \
		(void)order;                                                                       \
		*place = value;                                                                    \
		unlock(state);                                                                     \
		return before;                                                                     \
	}                                                                                          \
	FUNCTION(bool, compare_exchange_##bytes, __atomic_compare_exchange_##bytes,                \
		 volatile type *place, type *expected, type value, int success, int failure)       \
	{                                                                                          \
		__typeof__(lock()) state = lock();                                                 \
		type before = *place;                                                              \
		bool same = before == *expected;                                                   \
                                                                                                   \
		(void)success, (void)failure;                                                      \
		if (same)                                                                          \
			*place = value;                                                            \
		unlock(state);                                                                     \
		if (!same)                                                                         \
			*expected = before;                                                        \
		return same;                                                                       \
	}                                                                                          \
	SYNC(type, sync_lock_test_and_set_##bytes, __sync_lock_test_and_set_##bytes,               \
	     volatile type *place, type value)                                                     \
	{                                                                                          \
		return exchange_##bytes(place, value, 0);                                          \
	}                                                                                          \
	SYNC(type, sync_val_compare_and_swap_##bytes, __sync_val_compare_and_swap_##bytes,         \
	     volatile type *place, type expected, type value)                                      \
	{                                                                                          \
		(void)compare_exchange_##bytes(place, &expected, value, 0, 0);                     \
		return expected;                                                                   \
	}                                                                                          \
	SYNC(bool, sync_bool_compare_and_swap_##bytes, __sync_bool_compare_and_swap_##bytes,       \
	     volatile type *place, type expected, type value)                                      \
	{                                                                                          \
		return compare_exchange_##bytes(place, &expected, value, 0, 0);                    \
	}

#define ACCESS(type, bytes)                                                                        \
	FUNCTION(type, load_##bytes, __atomic_load_##bytes, const volatile type *place, int order) \
	{                                                                                          \
		__typeof__(lock()) state = lock();                                                 \
		type value = *place;                                                               \
                                                                                                   \
		(void)order;                                                                       \
		unlock(state);                                                                     \
		return value;                                                                      \
	}                                                                                          \
	FUNCTION(void, store_##bytes, __atomic_store_##bytes, volatile type *place, type value,    \
		 int order)                                                                        \
	{                                                                                          \
		(void)exchange_##bytes(place, value, order);                                       \
	}

#define ALL(type, bytes)                                                                           \
	EXCHANGE(type, bytes)                                                                      \
	ACCESS(type, bytes)                                                                        \
	CHANGE(type, bytes, add, before + operand)                                                 \
	CHANGE(type, bytes, sub, before - operand)                                                 \
	CHANGE(type, bytes, and, before &operand)                                                  \
	CHANGE(type, bytes, or, before | operand)                                                  \
	CHANGE(type, bytes, xor, before ^ operand)                                                 \
	CHANGE(type, bytes, nand, ~(before & operand))

#ifndef __aarch64__ /* it has instructions for these */
ALL(uint8_t, 1)
ALL(uint16_t, 2)
ALL(uint32_t, 4)
ALL(uint64_t, 8)
#endif
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128_t;
ALL(uint128_t, 16)
#endif

/* Of any size. It is asked only where compilers do not know that the processor has instructions. */
FUNCTION(bool, is_lock_free, __atomic_is_lock_free, size_t bytes, const volatile void *place)
{
	(void)bytes, (void)place;
	return false;
}

FUNCTION(void, load_any, __atomic_load, size_t bytes, const void *place, void *value, int order)
{
	__typeof__(lock()) state = lock();

	(void)order;
	memcpy(value, place, bytes);
	unlock(state);
}

FUNCTION(void, store_any, __atomic_store, size_t bytes, void *place, const void *value, int order)
{
	__typeof__(lock()) state = lock();

	(void)order;
	memcpy(place, value, bytes);
	unlock(state);
}

FUNCTION(void, exchange_any, __atomic_exchange, size_t bytes, void *place, const void *value,
	 void *before, int order)
{
	__typeof__(lock()) state = lock();

	(void)order;
	/* What was there may be asked for where the new value is. */
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte = ((const uint8_t *)value)[i];

		((uint8_t *)before)[i] = ((uint8_t *)place)[i];
		((uint8_t *)place)[i] = byte;
	}
	unlock(state);
}

FUNCTION(bool, compare_exchange_any, __atomic_compare_exchange, size_t bytes, void *place,
	 void *expected, const void *value, int success, int failure)
{
	__typeof__(lock()) state = lock();
	bool same = memcmp(place, expected, bytes) == 0;

	(void)success, (void)failure;
	memcpy(same ? place : expected, same ? value : place, bytes);
	unlock(state);
	return same;
}

#endif
