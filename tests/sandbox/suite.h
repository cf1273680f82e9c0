/* SPDX-License-Identifier: Apache-2.0 */
/* The suite of sandboxed extensions, for the host and the boards. */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/buf_loader.h>
#include <llext/domain_port.h>
#include "api.h"

extern const uint8_t fixture_probe[], fixture_probe_end[];
extern const uint8_t fixture_lacking[], fixture_lacking_end[];
extern const uint8_t fixture_weak[], fixture_weak_end[];
extern const uint8_t fixture_helped[], fixture_helped_end[];
extern const uint8_t fixture_second[], fixture_second_end[];
#ifdef SUITE_LINKED
extern const uint8_t fixture_linked[], fixture_linked_end[];
extern const uint8_t fixture_gives[], fixture_gives_end[];
extern const uint8_t fixture_bound[], fixture_bound_end[];
#endif
extern const uint8_t fixture_local[], fixture_local_end[];
extern const uint8_t fixture_common[], fixture_common_end[];
extern const uint8_t fixture_borrowed[], fixture_borrowed_end[];
extern const uint8_t fixture_odd[], fixture_odd_end[];
extern const uint8_t fixture_named[], fixture_named_end[];
extern const uint8_t fixture_misplaced[], fixture_misplaced_end[];
extern const uint8_t fixture_packed[], fixture_packed_end[];
extern const uint8_t fixture_compact[], fixture_compact_end[];
extern const uint8_t fixture_silent[], fixture_silent_end[];

extern void (*gate_hook)(void);
extern int gate_calls, last_narrow[5], opened, released[8], released_count, fw_bad_mood, fw_moods;

/* ---- what the program around the suite offers ---- */

extern char *suite_domain_memory; /* as aligned as the unit may like */
extern const size_t suite_domain_bytes;
/* The LLEXT heap. */
extern char *suite_heap;
extern const size_t suite_heap_bytes;
/* Memory for llext_domain_share(), in pieces of so many bytes: enough for all parts. */
extern char *suite_shared;
extern const size_t suite_shared_bytes;
/* Ticks come every few milliseconds, or not. */
void suite_ticks(bool on);
/* Until ticks have set that, or for 60 ms. */
void suite_wait(const volatile int32_t *until);
/* One interrupt after so many instructions, about. Not on the host. */
void suite_phase(unsigned int instructions);
extern const bool suite_interrupts;
extern void (*suite_interrupt)(void); /* what it does beside the tick; NULL: nothing */

/*
 * Addresses that code of a domain makes up, of pointers and of stack pointers: none is of four
 * bytes in the piece of its stack, which is from low to high.
 */
#define FORGED(low, high)                                                                          \
	0, 1, 8, low - 8, low - 4, low - 1, high - 3, high - 1, high, high + 8, UINTPTR_MAX - 8,   \
		UINTPTR_MAX - 7, UINTPTR_MAX - 3, UINTPTR_MAX

/* Addresses that no domain may read; ended by 0. */
extern uintptr_t suite_forbidden[];
/* An address that is the firmware's and readable to it, for gates. */
extern int suite_secret;

/* orders.c */
void suite_orders(void);
/* moments.c */
void suite_moments(void);

/* What only this machine can be attacked with. */
void suite_attacks(void);

/* ---- the suite ---- */

int suite_run(void); /* @return how many checks have failed */
int suite_failures(void);
void suite_check(bool ok, const char *file, int line, const char *what);
#define CHECK(condition) suite_check((condition), __FILE__, __LINE__, #condition)

#endif
