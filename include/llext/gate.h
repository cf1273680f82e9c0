/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What firmware offers to sandboxed extensions: gates, which are functions that check their
 * arguments against a descriptor before they run, and user-callable functions, which run with the
 * extension's rights.
 */
#ifndef LLEXT_GATE_H_
#define LLEXT_GATE_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>
#include <llext/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most words of integer and pointer arguments of a gate, and of a domain call. */
#define LLEXT_GATE_WORDS 8

/** What one pointer or handle argument is checked for. Made by EXPORT_GATE(). */
struct llext_gate_check {
	uint8_t kind;     /**< enum llext_gate_kind */
	uint8_t word;     /**< the argument's place among the words, in bytes */
	uint8_t length;   /**< likewise, of the argument that counts its elements */
	uint8_t argument; /**< its number, from 1 on, for messages */
	uint32_t bytes;   /**< of one element, or of a string at most; or the kind of a handle */
};

enum llext_gate_kind {
	LLEXT_GATE_END,            /**< behind the last check */
	LLEXT_GATE_IN,             /**< the gate reads elements */
	LLEXT_GATE_OUT,            /**< the gate writes elements, and may read them */
	LLEXT_GATE_IN_ONE,         /**< it reads one */
	LLEXT_GATE_OUT_ONE,        /**< it writes one */
	LLEXT_GATE_STRING,         /**< it reads up to NUL */
	LLEXT_GATE_HANDLE,         /**< a handle of llext_handle_new() */
	LLEXT_GATE_CALLBACK,       /**< a function of the extension */
	LLEXT_GATE_OR_NULL = 0x80, /**< beside a kind: the pointer may be NULL */
};

/** What comes back. */
#define LLEXT_GATE_RETURNS_WORDS 0x03u /**< words of the result: 0, 1 or 2 */
#define LLEXT_GATE_RETURNS_FP    0x04u /**< it is in a floating-point register */
#define LLEXT_GATE_USER          0x08u /**< no gate: a user-callable function */
#define LLEXT_GATE_PLAIN         0x10u /**< nothing is to be checked */
/** What is to be checked are IN and OUT only, of four words at most, none of them narrow. */
#define LLEXT_GATE_ELEMENTS 0x20u

/** One gate, constant: in a section of its own, sorted by the linker as exports are. */
struct llext_gate {
	const char *name;
	const void *function;
	/** Code of the port for gates of this kind: on RISC-V a trap goes on there, elsewhere the
	 * function returns to it. */
	const void *way;
	const struct llext_gate_check *checks; /**< ends with LLEXT_GATE_END */
	uint32_t narrow; /**< by word, 4 bits: how it is extended to a word (llext_gate_narrow) */
	uint8_t words;   /**< words of integer and pointer arguments */
	uint8_t flags;   /**< LLEXT_GATE_RETURNS_WORDS and so on */
	uint8_t result;  /**< likewise, of its result, where the ABI leaves that to the caller */
};

/** A word of less than its full width. An extension may leave anything in the rest of it. */
enum llext_gate_narrow {
	LLEXT_NARROW_NONE,
	LLEXT_NARROW_BOOL,
	LLEXT_NARROW_U8, /* from here on 4 << number / 2 bits, and odd ones are signed */
	LLEXT_NARROW_S8,
	LLEXT_NARROW_U16,
	LLEXT_NARROW_S16,
	LLEXT_NARROW_U32, /* where a word has 64 bits */
	LLEXT_NARROW_S32,
};

/**
 * EXPORT_GATE(function, descriptor...): export @p function, and let sandboxed extensions call it
 * through a gate. A trusted extension calls the function itself, as with EXPORT_SYMBOL(). There is
 * one descriptor for each parameter, in order, each with the parameter's type and a name:
 *
 *   VALUE(type, name)             an integer, or a floating-point number
 *   IN(type, name, count)         a pointer to elements that the function reads; the parameter
 *                                 named @p count says how many (of void: bytes)
 *   OUT(type, name, count)        likewise, but written, and perhaps read
 *   IN_ONE(type, name)            a pointer to one element, such as a struct, which is read
 *   OUT_ONE(type, name)           likewise, but written
 *   STRING(type, name, max)       a pointer to a string of at most @p max bytes with its NUL
 *   HANDLE(type, name, kind)      a handle of this kind that llext_handle_new() has given out to
 *                                 the extension's domain
 *   CALLBACK(type, name)          a pointer to a function of the extension, to be called with
 *                                 llext_domain_call(); in a trusted one, a pointer to a function
 *
 * IN, OUT, IN_ONE, OUT_ONE, STRING and CALLBACK with _OR_NULL behind also let NULL pass.
 *
 *   EXPORT_GATE(stream_write, HANDLE(int, stream, STREAM), IN(const void *, data, bytes),
 *               VALUE(size_t, bytes));
 *
 * The compiler refuses a descriptor list that differs from the function's prototype in number or
 * type of the parameters, an unknown count or one of several words, a pointer to constants that
 * would be written, a _BitInt(), and a result that is a pointer, a struct, or a _Float16, or a
 * float in a register for integers of 64 bits. Functions with a variable number of arguments have
 * no gate. Only in C. Pointers inside what a pointer points to are not checked: the function must
 * do so itself, with llext_user_range().
 */
#if defined(LL_EXTENSION_BUILD)
#define EXPORT_GATE(...) LL_EXTENSION_SYMBOL(LLEXT_GATE_FIRST_(__VA_ARGS__, ))
#elif LLEXT_ON(CONFIG_LLEXT)
#define EXPORT_GATE(...) LLEXT_GATE_SELECT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)
#else
#define EXPORT_GATE(...) struct llext_export_nothing_
#endif
#define LLEXT_GATE_FIRST_(first, ...) first

/**
 * EXPORT_USER(function): export @p function, and let sandboxed extensions call it with their own
 * rights, at the cost of a call. It must lie in the text that all domains may execute, between
 * __llext_user_start and __llext_user_end of the linker script (mark it LLEXT_USER_TEXT, or name
 * its section in the script), and must touch nothing but its arguments and its stack: no
 * statics, no errno, no call out of that text.
 */
#if defined(LL_EXTENSION_BUILD)
#define EXPORT_USER(x) LL_EXTENSION_SYMBOL(x)
#elif LLEXT_ON(CONFIG_LLEXT)
#define EXPORT_USER(x)                                                                             \
	EXPORT_SYMBOL(x);                                                                          \
	LLEXT_GATE_RECORD_(x) = {                                                                  \
		.name = #x, .function = (const void *)&(x), .flags = LLEXT_GATE_USER}
#else
#define EXPORT_USER(x) struct llext_export_nothing_
#endif

/** Before a function's definition: put it into the text that all domains may execute. */
#define LLEXT_USER_TEXT __attribute__((section(".llext_user"), noinline))

/** @cond private */
/* Aligned as a table's: compilers give more to what is large. */
#define LLEXT_GATE_RECORD_(x)                                                                      \
	static const struct llext_gate                                                             \
		__attribute__((section(".llext_gate." #x), used, aligned(sizeof(void *))))         \
		__llext_gate_##x

/*
 * The port's code for each kind of gate, by its flags and the enum llext_gate_narrow of its result.
 * Weak: a firmware without the port has gates, too.
 */
#define LLEXT_GATE_CODE_ const char __attribute__((weak))
#if defined(__arm__)
extern LLEXT_GATE_CODE_ llext_gate_way_nothing[], llext_gate_way_word[], llext_gate_way_words[],
	llext_gate_way_fp[];
#define LLEXT_GATE_WAY_(flags, result)                                                             \
	((flags)&LLEXT_GATE_RETURNS_FP             ? llext_gate_way_fp                             \
	 : ((flags)&LLEXT_GATE_RETURNS_WORDS) == 0 ? llext_gate_way_nothing                        \
	 : ((flags)&LLEXT_GATE_RETURNS_WORDS) == 1 ? llext_gate_way_word                           \
						   : llext_gate_way_words)
#elif defined(__aarch64__)
extern LLEXT_GATE_CODE_ llext_gate_way_nothing[], llext_gate_way_u8[], llext_gate_way_s8[],
	llext_gate_way_u16[], llext_gate_way_s16[], llext_gate_way_32[], llext_gate_way_word[],
	llext_gate_way_fp[], llext_gate_way_fp32[];
#define LLEXT_GATE_WAY_(flags, result)                                                             \
	((flags)&LLEXT_GATE_RETURNS_FP                                                             \
		 ? ((result) != LLEXT_NARROW_NONE ? llext_gate_way_fp32 : llext_gate_way_fp)       \
	 : ((flags)&LLEXT_GATE_RETURNS_WORDS) == 0 ? llext_gate_way_nothing                        \
	 : (result) == LLEXT_NARROW_NONE           ? llext_gate_way_word                           \
	 : (result) <= LLEXT_NARROW_U8             ? llext_gate_way_u8                             \
	 : (result) == LLEXT_NARROW_S8             ? llext_gate_way_s8                             \
	 : (result) == LLEXT_NARROW_U16            ? llext_gate_way_u16                            \
	 : (result) == LLEXT_NARROW_S16            ? llext_gate_way_s16                            \
						   : llext_gate_way_32)
#elif defined(__riscv)
extern LLEXT_GATE_CODE_ llext_gate_way_plain_word[], llext_gate_way_plain_nothing[],
	llext_gate_way_elements_word[], llext_gate_way_elements_nothing[], llext_gate_way_other[];
#define LLEXT_GATE_WAY_(flags, result)                                                             \
	((flags) & (LLEXT_GATE_RETURNS_FP | 2) ? llext_gate_way_other                              \
	 : (flags)&LLEXT_GATE_PLAIN                                                                \
		 ? ((flags)&1 ? llext_gate_way_plain_word : llext_gate_way_plain_nothing)          \
	 : (flags)&LLEXT_GATE_ELEMENTS                                                             \
		 ? ((flags)&1 ? llext_gate_way_elements_word : llext_gate_way_elements_nothing)    \
		 : llext_gate_way_other)
#else
#define LLEXT_GATE_WAY_(flags, result) NULL
#endif

/* In a record: the flags, how the result is narrow, and the way that follows from both. */
#define LLEXT_GATE_KIND_(its_flags, its_result)                                                    \
	.flags = (its_flags), .result = (its_result),                                              \
	.way = LLEXT_GATE_WAY_(its_flags, 0 + (its_result))

/* Bytes of the largest number that is passed in a floating-point register. */
#if defined(__ARM_PCS_VFP) || defined(__riscv_float_abi_double) || defined(__aarch64__) ||         \
	defined(__x86_64__)
#define LLEXT_GATE_FP_BYTES_ 8
#elif defined(__riscv_float_abi_single)
#define LLEXT_GATE_FP_BYTES_ 4
#else
#define LLEXT_GATE_FP_BYTES_ 0
#endif
/* On Arm a number of 64 bits begins with an even register. */
#if defined(__arm__)
#define LLEXT_GATE_ALIGN_(type) (sizeof(type) > 4 ? 8 : 4)
#else
#define LLEXT_GATE_ALIGN_(type) sizeof(uintptr_t)
#endif
#define LLEXT_GATE_ANY_(type)   (*(__typeof__(type) volatile *)0)
#define LLEXT_GATE_CLASS_(type) __builtin_classify_type(LLEXT_GATE_ANY_(type))
#define LLEXT_GATE_IN_FP_(type)                                                                    \
	(LLEXT_GATE_CLASS_(type) == 8 && sizeof(type) <= LLEXT_GATE_FP_BYTES_)
#define LLEXT_GATE_WORDS_OF_(type)                                                                 \
	(LLEXT_GATE_IN_FP_(type) ? 0 : (sizeof(type) + sizeof(uintptr_t) - 1) / sizeof(uintptr_t))
#define LLEXT_GATE_IS_(type, other) __builtin_types_compatible_p(__typeof__(type), other)
/* Not of vectors, nor of _BitInt(), whose other bits each ABI has its own mind about: theirs is
 * below all others, or above. */
#define LLEXT_GATE_IS_INTEGER_(class) ((class) >= 1 && (class) < 5)
/* The type itself where it is an integer, else int. */
#define LLEXT_GATE_NUMBER_(type)                                                                   \
	__typeof__(__builtin_choose_expr(LLEXT_GATE_IS_INTEGER_(LLEXT_GATE_CLASS_(type)),          \
					 LLEXT_GATE_ANY_(type), 0))
#define LLEXT_GATE_SIGNED_(type) ((LLEXT_GATE_NUMBER_(type)) - 1 < (LLEXT_GATE_NUMBER_(type))1)
#define LLEXT_GATE_NARROW_OF_(type)                                                                \
	(!LLEXT_GATE_IS_INTEGER_(LLEXT_GATE_CLASS_(type)) || sizeof(type) >= sizeof(uintptr_t)     \
		 ? LLEXT_NARROW_NONE                                                               \
	 : LLEXT_GATE_IS_(type, _Bool) ? LLEXT_NARROW_BOOL                                         \
	 : sizeof(type) == 1           ? LLEXT_NARROW_U8 + LLEXT_GATE_SIGNED_(type)                \
	 : sizeof(type) == 2           ? LLEXT_NARROW_U16 + LLEXT_GATE_SIGNED_(type)               \
				       : LLEXT_NARROW_U32 + LLEXT_GATE_SIGNED_(type))

/*
 * The words of the arguments as a struct: where a parameter is in it, there it is among the
 * argument registers and, behind them, on the stack. What is in a floating-point register takes
 * no room.
 */
#define LLEXT_GATE_WORD_(struct_, name)                                                            \
	(__builtin_offsetof(struct struct_, name) / sizeof(uintptr_t))

/* What each descriptor is: how it is checked here, how at run time, and its parameters. */
#define LLEXT_GATE_P_VALUE(type, name)      NUMBER, NOT, LLEXT_GATE_END, type, name, 0
#define LLEXT_GATE_P_IN(type, name, count)  POINTER, COUNTED, LLEXT_GATE_IN, type, name, count
#define LLEXT_GATE_P_OUT(type, name, count) WRITTEN, COUNTED, LLEXT_GATE_OUT, type, name, count
#define LLEXT_GATE_P_IN_ONE(type, name)                                                            \
	POINTER, SINGLE, LLEXT_GATE_IN_ONE, type, name, LLEXT_GATE_SIZE_(type)
#define LLEXT_GATE_P_OUT_ONE(type, name)                                                           \
	WRITTEN, SINGLE, LLEXT_GATE_OUT_ONE, type, name, LLEXT_GATE_SIZE_(type)
#define LLEXT_GATE_P_STRING(type, name, max)  STRING, SINGLE, LLEXT_GATE_STRING, type, name, max
#define LLEXT_GATE_P_HANDLE(type, name, kind) HANDLE, SINGLE, LLEXT_GATE_HANDLE, type, name, kind
#define LLEXT_GATE_P_CALLBACK(type, name)     POINTER, SINGLE, LLEXT_GATE_CALLBACK, type, name, 0

#define LLEXT_GATE_OR_NULL_(kind) ((kind) | LLEXT_GATE_OR_NULL)
#define LLEXT_GATE_P_IN_OR_NULL(type, name, count)                                                 \
	POINTER, COUNTED, LLEXT_GATE_OR_NULL_(LLEXT_GATE_IN), type, name, count
#define LLEXT_GATE_P_OUT_OR_NULL(type, name, count)                                                \
	WRITTEN, COUNTED, LLEXT_GATE_OR_NULL_(LLEXT_GATE_OUT), type, name, count
#define LLEXT_GATE_P_IN_ONE_OR_NULL(type, name)                                                    \
	POINTER, SINGLE, LLEXT_GATE_OR_NULL_(LLEXT_GATE_IN_ONE), type, name, LLEXT_GATE_SIZE_(type)
#define LLEXT_GATE_P_OUT_ONE_OR_NULL(type, name)                                                   \
	WRITTEN, SINGLE, LLEXT_GATE_OR_NULL_(LLEXT_GATE_OUT_ONE), type, name, LLEXT_GATE_SIZE_(type)
#define LLEXT_GATE_P_STRING_OR_NULL(type, name, max)                                               \
	STRING, SINGLE, LLEXT_GATE_OR_NULL_(LLEXT_GATE_STRING), type, name, max
#define LLEXT_GATE_P_CALLBACK_OR_NULL(type, name)                                                  \
	POINTER, SINGLE, LLEXT_GATE_OR_NULL_(LLEXT_GATE_CALLBACK), type, name, 0

#define LLEXT_GATE_SIZE_(type) sizeof(*(__typeof__(type))0)

/* What a role makes of that. @s is the tag of the struct of words, @n the parameter's number. */
#define LLEXT_GATE_T_(s, n, verify, shape, kind, type, name, extra) , type
#define LLEXT_GATE_A_(s, n, verify, shape, kind, type, name, extra) , LLEXT_GATE_ANY_(type)
#define LLEXT_GATE_F_(s, n, verify, shape, kind, type, name, extra)                                \
	uintptr_t name[LLEXT_GATE_WORDS_OF_(type)]                                                 \
		__attribute__((aligned(LLEXT_GATE_ALIGN_(type))));
#define LLEXT_GATE_N_(s, n, verify, shape, kind, type, name, extra)                                \
	| (uint32_t)LLEXT_GATE_NARROW_OF_(type) << 4 * (LLEXT_GATE_WORD_(s, name) & 7)
#define LLEXT_GATE_V_(s, n, verify, shape, kind, type, name, extra)                                \
	LLEXT_GATE_VERIFY_##verify(type, name)
#define LLEXT_GATE_C_(s, n, verify, shape, kind, type, name, extra)                                \
	LLEXT_GATE_CHECK_##shape(s, n, kind, type, name, extra)

#define LLEXT_GATE_E_(s, n, verify, shape, kind, type, name, extra)                                \
	&&LLEXT_GATE_ELEMENTS_##shape(kind)
#define LLEXT_GATE_ELEMENTS_NOT(kind)     1
#define LLEXT_GATE_ELEMENTS_COUNTED(kind) ((kind) <= LLEXT_GATE_OUT)
#define LLEXT_GATE_ELEMENTS_SINGLE(kind)  0

#define LLEXT_GATE_CHECK_NOT(s, n, kind, type, name, extra)
#define LLEXT_GATE_CHECK_COUNTED(s, n, kind, type, name, count)                                    \
	{kind, offsetof(struct s, name), LLEXT_GATE_COUNT_(s, count), n, LLEXT_GATE_SIZE_(type)},
/* Of a count with more words, the check would look at one. */
#define LLEXT_GATE_COUNT_(s, count)                                                                \
	(offsetof(struct s, count) + 0 * sizeof(struct {                                           \
					     int member;                                           \
					     _Static_assert(sizeof(((struct s *)0)->count) ==      \
								    sizeof(uintptr_t),             \
							    #count ": a count has one word");      \
				     }))
#define LLEXT_GATE_CHECK_SINGLE(s, n, kind, type, name, extra)                                     \
	{kind, offsetof(struct s, name), 0, n, extra},

#define LLEXT_GATE_IS_CONST_(type)                                                                 \
	__builtin_types_compatible_p(__typeof__(type),                                             \
				     __typeof__(const __typeof__(*(__typeof__(type))0) *))
#define LLEXT_GATE_VERIFY_NUMBER(type, name)                                                       \
	_Static_assert(LLEXT_GATE_IS_INTEGER_(LLEXT_GATE_CLASS_(type)) ||                          \
			       LLEXT_GATE_CLASS_(type) == 8,                                       \
		       #name ": VALUE() is for numbers other than _BitInt()");                     \
	_Static_assert(sizeof(type) <= 8, #name ": VALUE() is for numbers of at most 64 bits");
#define LLEXT_GATE_VERIFY_POINTER(type, name)                                                      \
	_Static_assert(LLEXT_GATE_CLASS_(type) == 5, #name " is no pointer");
#define LLEXT_GATE_VERIFY_WRITTEN(type, name)                                                      \
	LLEXT_GATE_VERIFY_POINTER(type, name)                                                      \
	_Static_assert(!LLEXT_GATE_IS_CONST_(type), #name " points to constants");
#define LLEXT_GATE_VERIFY_STRING(type, name)                                                       \
	_Static_assert(LLEXT_GATE_IS_(type, const char *), #name " is no const char *");
#define LLEXT_GATE_VERIFY_HANDLE(type, name)                                                       \
	_Static_assert(LLEXT_GATE_IS_(type, int), #name ": a handle is an int");

/* The descriptor's expansion has its commas only where it is expanded once more. */
#define LLEXT_GATE_ROLE_(role, s, n, d)    LLEXT_GATE_ROLE2_(role, s, n, d)
#define LLEXT_GATE_ROLE2_(role, s, n, ...) LLEXT_GATE_##role##_(s, n, __VA_ARGS__)
#define LLEXT_GATE_EACH1_(r, s, a)         LLEXT_GATE_ROLE_(r, s, 1, LLEXT_GATE_P_##a)
#define LLEXT_GATE_EACH2_(r, s, a, b)                                                              \
	LLEXT_GATE_EACH1_(r, s, a) LLEXT_GATE_ROLE_(r, s, 2, LLEXT_GATE_P_##b)
#define LLEXT_GATE_EACH3_(r, s, a, b, c)                                                           \
	LLEXT_GATE_EACH2_(r, s, a, b) LLEXT_GATE_ROLE_(r, s, 3, LLEXT_GATE_P_##c)
#define LLEXT_GATE_EACH4_(r, s, a, b, c, d)                                                        \
	LLEXT_GATE_EACH3_(r, s, a, b, c) LLEXT_GATE_ROLE_(r, s, 4, LLEXT_GATE_P_##d)
#define LLEXT_GATE_EACH5_(r, s, a, b, c, d, e)                                                     \
	LLEXT_GATE_EACH4_(r, s, a, b, c, d) LLEXT_GATE_ROLE_(r, s, 5, LLEXT_GATE_P_##e)
#define LLEXT_GATE_EACH6_(r, s, a, b, c, d, e, f)                                                  \
	LLEXT_GATE_EACH5_(r, s, a, b, c, d, e) LLEXT_GATE_ROLE_(r, s, 6, LLEXT_GATE_P_##f)
#define LLEXT_GATE_EACH7_(r, s, a, b, c, d, e, f, g)                                               \
	LLEXT_GATE_EACH6_(r, s, a, b, c, d, e, f) LLEXT_GATE_ROLE_(r, s, 7, LLEXT_GATE_P_##g)
#define LLEXT_GATE_EACH8_(r, s, a, b, c, d, e, f, g, h)                                            \
	LLEXT_GATE_EACH7_(r, s, a, b, c, d, e, f, g) LLEXT_GATE_ROLE_(r, s, 8, LLEXT_GATE_P_##h)

#define LLEXT_GATE_REST_(first, ...)  __VA_ARGS__
#define LLEXT_GATE_LIST_(first, list) (LLEXT_GATE_REST_ list)
#define LLEXT_GATE_1_(fn, ...)        LLEXT_GATE_MAKE_(1, fn, __VA_ARGS__)
#define LLEXT_GATE_2_(fn, ...)        LLEXT_GATE_MAKE_(2, fn, __VA_ARGS__)
#define LLEXT_GATE_3_(fn, ...)        LLEXT_GATE_MAKE_(3, fn, __VA_ARGS__)
#define LLEXT_GATE_4_(fn, ...)        LLEXT_GATE_MAKE_(4, fn, __VA_ARGS__)
#define LLEXT_GATE_5_(fn, ...)        LLEXT_GATE_MAKE_(5, fn, __VA_ARGS__)
#define LLEXT_GATE_6_(fn, ...)        LLEXT_GATE_MAKE_(6, fn, __VA_ARGS__)
#define LLEXT_GATE_7_(fn, ...)        LLEXT_GATE_MAKE_(7, fn, __VA_ARGS__)
#define LLEXT_GATE_8_(fn, ...)        LLEXT_GATE_MAKE_(8, fn, __VA_ARGS__)

/* What may be no value at all as one. */
#define LLEXT_GATE_IS_VOID_(result) __builtin_types_compatible_p(__typeof__(result), void)
#define LLEXT_GATE_RESULT_CLASS_(result)                                                           \
	__builtin_classify_type(__builtin_choose_expr(LLEXT_GATE_IS_VOID_(result), 0, (result)))
#define LLEXT_GATE_RESULT_(result)                                                                 \
	(LLEXT_GATE_IS_VOID_(result) ? 0                                                           \
	 : LLEXT_GATE_RESULT_CLASS_(result) == 8 &&                                                \
			 sizeof(__typeof__(result)) <= LLEXT_GATE_FP_BYTES_                        \
		 ? LLEXT_GATE_RETURNS_FP                                                           \
		 : (sizeof(__typeof__(result)) + sizeof(uintptr_t) - 1) / sizeof(uintptr_t))
/* The same type, or int. */
#define LLEXT_GATE_RESULT_TYPE_(result)                                                            \
	__typeof__(__builtin_choose_expr(LLEXT_GATE_IS_VOID_(result), 0, (result)))
/* A float has 32 bits of its register, too. */
#define LLEXT_GATE_RESULT_NARROW_(result)                                                          \
	(LLEXT_GATE_RESULT_CLASS_(result) != 8                                                     \
		 ? LLEXT_GATE_NARROW_OF_(LLEXT_GATE_RESULT_TYPE_(result))                          \
	 : sizeof(LLEXT_GATE_RESULT_TYPE_(result)) == 4 ? LLEXT_NARROW_U32                         \
							: LLEXT_NARROW_NONE)
#define LLEXT_GATE_VERIFY_RESULT_(fn, result)                                                      \
	_Static_assert(LLEXT_GATE_IS_INTEGER_(LLEXT_GATE_RESULT_CLASS_(result)) ||                 \
			       LLEXT_GATE_RESULT_CLASS_(result) == 8,                              \
		       #fn ": a gate returns nothing or a number other than _BitInt()");           \
	_Static_assert(sizeof(__typeof__(result)) <= 8,                                            \
		       #fn ": a gate returns a number of at most 64 bits");                        \
	_Static_assert(LLEXT_GATE_RESULT_CLASS_(result) != 8 || sizeof(__typeof__(result)) == 8 || \
			       LLEXT_GATE_RETURNS_FLOAT_(result),                                  \
		       #fn ": what is beside the result in its register would come back, too");
/* In a register for floating point, of which the port clears the rest, or in a whole word. ABIs
 * extend no such number. */
#define LLEXT_GATE_RETURNS_FLOAT_(result)                                                          \
	(sizeof(__typeof__(result)) == 4 && (LLEXT_GATE_FP_BYTES_ != 0 || sizeof(uintptr_t) == 4))

/* The call that tells the type of the result is never made. */
#define LLEXT_GATE_CALL_(fn, ...)         LLEXT_GATE_CALL2_(fn, __VA_ARGS__)
#define LLEXT_GATE_CALL2_(fn, none, ...)  fn(__VA_ARGS__)
#define LLEXT_GATE_TYPE_(fn, result, ...) LLEXT_GATE_TYPE2_(fn, result, __VA_ARGS__)
#define LLEXT_GATE_TYPE2_(fn, result, none, ...)                                                   \
	_Static_assert(__builtin_types_compatible_p(__typeof__(&fn),                               \
						    __typeof__(result) (*)(__VA_ARGS__)),          \
		       #fn ": the descriptors differ from the prototype");

#define LLEXT_GATE_MAKE_(n, fn, ...)                                                               \
	struct llext_gate_words_##fn {                                                             \
		LLEXT_GATE_EACH##n##_(F, , __VA_ARGS__)                                            \
	};                                                                                         \
	_Static_assert(sizeof(struct llext_gate_words_##fn) <=                                     \
			       LLEXT_GATE_WORDS * sizeof(uintptr_t),                               \
		       #fn ": too many arguments for a gate");                                     \
	LLEXT_GATE_EACH##n##_(V, , __VA_ARGS__) LLEXT_GATE_FINISH_(                                \
		fn, LLEXT_GATE_CALL_(fn, LLEXT_GATE_EACH##n##_(A, , __VA_ARGS__)),                 \
		LLEXT_GATE_EACH##n##_(T, , __VA_ARGS__)) static const struct llext_gate_check      \
		llext_gate_checks_##fn[] = {LLEXT_GATE_EACH##n##_(C, llext_gate_words_##fn,        \
								  __VA_ARGS__){0, 0, 0, 0, 0}};    \
	enum { llext_gate_elements_##fn = 1 LLEXT_GATE_EACH##n##_(E, , __VA_ARGS__) };             \
	LLEXT_GATE_DEFINE_(fn, LLEXT_GATE_CALL_(fn, LLEXT_GATE_EACH##n##_(A, , __VA_ARGS__)),      \
			   0 LLEXT_GATE_EACH##n##_(N, llext_gate_words_##fn, __VA_ARGS__))
#define LLEXT_GATE_FINISH_(fn, result, ...)                                                        \
	LLEXT_GATE_VERIFY_RESULT_(fn, result)                                                      \
	LLEXT_GATE_TYPE_(fn, result, __VA_ARGS__)
#define LLEXT_GATE_DEFINE_(fn, call, ...)                                                          \
	EXPORT_SYMBOL(fn);                                                                         \
	enum {                                                                                     \
		llext_gate_flags_##fn =                                                            \
			LLEXT_GATE_RESULT_(call) |                                                 \
			((__VA_ARGS__) != 0 || sizeof(struct llext_gate_words_##fn) >              \
						       4 * sizeof(uintptr_t)                       \
				 ? 0u                                                              \
			 : sizeof(llext_gate_checks_##fn) == sizeof(struct llext_gate_check)       \
				 ? LLEXT_GATE_PLAIN                                                \
			 : llext_gate_elements_##fn ? LLEXT_GATE_ELEMENTS                          \
						    : 0u),                                         \
		llext_gate_result_##fn = LLEXT_GATE_RESULT_NARROW_(call)                           \
	};                                                                                         \
	LLEXT_GATE_RECORD_(fn) = {.name = #fn,                                                     \
				  .function = (const void *)&(fn),                                 \
				  .checks = llext_gate_checks_##fn,                                \
				  .narrow = (__VA_ARGS__),                                         \
				  .words = sizeof(struct llext_gate_words_##fn) /                  \
					   sizeof(uintptr_t),                                      \
				  LLEXT_GATE_KIND_(llext_gate_flags_##fn, llext_gate_result_##fn)}

#define LLEXT_GATE_0_(fn)                                                                          \
	struct llext_gate_words_##fn {                                                             \
		uintptr_t none[0];                                                                 \
	};                                                                                         \
	LLEXT_GATE_VERIFY_RESULT_(fn, fn())                                                        \
	LLEXT_GATE_TYPE_(fn, fn(), 0, void)                                                        \
	static const struct llext_gate_check llext_gate_checks_##fn[] = {{0, 0, 0, 0, 0}};         \
	enum { llext_gate_elements_##fn };                                                         \
	LLEXT_GATE_DEFINE_(fn, fn(), 0)

#define LLEXT_GATE_SELECT_(fn, a, b, c, d, e, f, g, h, n, ...) LLEXT_GATE_##n##_
/** @endcond */

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_GATE_H_ */
