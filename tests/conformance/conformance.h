/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance suite: what the headers promise, case by case. It needs a C compiler's
 * freestanding headers and string.h, and a runner that defines what is declared below; it
 * allocates nothing and opens no file, so it runs on a board as it does on the desk.
 */
#ifndef CONFORMANCE_H_
#define CONFORMANCE_H_

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext/port.h>

/* One case. A table of them ends with a NULL name. */
struct conformance_case {
	const char *name;
	void (*run)(void);
};

/* One extension file, compiled in. */
struct fixture {
	const uint8_t *bytes;
	size_t size;
};

/* ---- what a runner provides ---- */

/* Memory for the heaps: CONFORMANCE_HEAP_BYTES, aligned to the port's granule. */
#ifndef CONFORMANCE_HEAP_BYTES
#define CONFORMANCE_HEAP_BYTES ((size_t)256 * 1024)
#endif
extern uint8_t *conformance_memory;

/* As much for instructions, where these need memory of their own; else NULL. */
extern uint8_t *conformance_code_memory;

/* The load address of what is written there, less the write address: 0 on most parts. */
extern uintptr_t conformance_code_bias;

/* The largest fixture that a case can change. */
#ifndef CONFORMANCE_COPY_BYTES
#define CONFORMANCE_COPY_BYTES ((size_t)32 * 1024)
#endif

/* How many extensions can be loaded at once; protection may have few regions to give. */
extern unsigned int conformance_most_loaded;

/* A check failed: note it and end the case. Does not return. */
_Noreturn void conformance_fail(const char *file, int line, const char *what, long long expected,
				long long found);
/* Likewise, of texts. */
_Noreturn void conformance_fail_text(const char *file, int line, const char *expected,
				     const char *found);

/* This case cannot be run here: note it and end the case. Does not return. */
_Noreturn void conformance_skip(const char *why);

/* ---- trusted.c, or sandboxed.c for the same in a domain ---- */

/* llext_load() and llext_plan(), for all cases; cases.h gives them their names. */
int conformance_load(struct llext_loader *ldr, const char *name, struct llext **ext,
		     const struct llext_load_param *param);
int conformance_plan(struct llext_loader *ldr, const struct llext_load_param *param,
		     struct llext_plan *plan);
int conformance_unload(struct llext **ext);
/* Skip the case where extensions are sandboxed. */
void need_trusted(const char *why);
/* Bytes in use that are not the heaps'. */
size_t conformance_used(void);
/* Call an extension's function of up to two words. */
uintptr_t conformance_call(const void *function, uintptr_t first, uintptr_t second);
/* Before and after each case. The second: has it left nothing behind? */
void conformance_prepare(void);
bool conformance_finish(void);

/* ---- what a runner calls ---- */

/* All tables, ended by NULL. */
extern const struct conformance_case *const conformance_tables[];

/* Before and after each case. The second checks that the case left nothing behind. */
void conformance_begin(void);
void conformance_end(void);

/* After a case that failed: unload what it left, so that the next one starts afresh. */
void conformance_clean(void);

/* ---- what cases use ---- */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			conformance_fail(__FILE__, __LINE__, #condition, 1, 0);                    \
	} while (0)

#define CHECK_EQ(expected, found)                                                                  \
	do {                                                                                       \
		long long expected_ = (long long)(expected);                                       \
		long long found_ = (long long)(found);                                             \
		if (expected_ != found_)                                                           \
			conformance_fail(__FILE__, __LINE__, #found, expected_, found_);           \
	} while (0)

#define CHECK_STR(expected, found)                                                                 \
	do {                                                                                       \
		if (strcmp((expected), (found)) != 0)                                              \
			conformance_fail_text(__FILE__, __LINE__, (expected), (found));            \
	} while (0)

#define FIXTURE(name)                                                                              \
	({                                                                                         \
		extern const uint8_t fixture_##name[], fixture_##name##_end[];                     \
		(struct fixture){fixture_##name, (size_t)(fixture_##name##_end - fixture_##name)}; \
	})

/* Load from a temporary buffer; the case fails where that fails. */
struct llext *load_fixture(struct fixture fixture, const char *name);
struct llext *load_with(struct fixture fixture, const char *name,
			const struct llext_load_param *param);
/* Load and expect an error. */
void refuse(struct fixture fixture, const struct llext_load_param *param, int error);
/* Unload and expect that nothing uses it any more. */
void unload(struct llext *ext);

/* The exported function or variable; the case fails where there is none. */
void *symbol(const struct llext *ext, const char *name);
int call(const struct llext *ext, const char *name);
int call_with(const struct llext *ext, const char *name, int argument);

/* A copy of a fixture that a case may change. One at a time. */
struct fixture changeable(struct fixture fixture, uint8_t **bytes);
/* The header of a section in such a copy. */
elf_shdr_t *find_header(uint8_t *bytes, const char *name);

/* Skip the case where so many extensions cannot be loaded at once. */
void need_loaded(unsigned int count);

/* Make the heaps as they are for each case, but of this size. */
int heap_init(size_t bytes);
/* Two heaps, the one for instructions at code_memory(). */
int heap_init_harvard(size_t code_bytes, uint8_t *data, size_t data_bytes);
/* In place of them two heaps, for instructions and for data, of CONFORMANCE_HEAP_BYTES / 2 each. */
void heap_halves(void);
/* The memory that instructions are put into. */
uint8_t *code_memory(void);

/* Of the data heap; and what is used of all heaps together. */
struct llext_heap_stats heap_stats(void);
size_t heaps_used(void);

/* What extensions have noted, in order: see firmware.c. */
#define NOTES 64
extern int notes[NOTES];
extern size_t note_count;
extern void (*note_hook)(void); /* called behind each note; NULL: nothing is */
void note(int value);
int firmware_add(int a, int b);
extern int firmware_variable;
/* The first is firmware_variable; extensions may use all. As much as a unit can share. */
#ifdef __aarch64__
#define FIRMWARE_WORDS_BYTES 4096
#else
#define FIRMWARE_WORDS_BYTES 32
#endif
extern int firmware_words[FIRMWARE_WORDS_BYTES / 4];

#endif /* CONFORMANCE_H_ */
