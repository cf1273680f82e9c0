/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Interfaces: what a firmware and its extensions agree on. A header that both include declares the
 * functions, an extension implements them, and a slot of the firmware (llext/swap.h) calls them:
 *
 *     LLEXT_INTERFACE(effect, 1, 2)
 *     {
 *             int (*init)(uint32_t rate);
 *             void (*process)(int16_t *samples, size_t frames);
 *     };
 *     LLEXT_INTERFACE_FUNCTIONS(effect,
 *             LLEXT_FUNCTION(effect, init, int, uint32_t),
 *             LLEXT_FUNCTION(effect, process, void, int16_t *, size_t));
 *
 * A new minor version adds functions at the end. Anything else is a new major version. C only.
 */
#ifndef LLEXT_INTERFACE_H_
#define LLEXT_INTERFACE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most functions of an interface. */
#define LLEXT_INTERFACE_MOST 64

/** The layout of struct llext_declaration. */
#define LLEXT_DECLARATION_FORMAT 1

/** One function of an interface, as a firmware knows it. */
struct llext_function {
	const char *name;
	uint32_t signature; /**< of its name, its result and its parameters; 0: not known */
};

/**
 * What an extension says of its implementation of one interface. LLEXT_IMPLEMENT() makes it, and
 * exports it as llext_interface_NAME. The library checks each field.
 */
struct llext_declaration {
	uint16_t format; /**< LLEXT_DECLARATION_FORMAT */
	uint16_t major, minor;
	uint16_t count;             /**< of functions */
	const void *functions;      /**< so many pointers, in the interface's order; NULL: none */
	const uint32_t *signatures; /**< so many; NULL: they are not compared */
	/**
	 * Write the state to @p blob, of @p room bytes, and change nothing: it may have to go on.
	 * @return its size, or a negative errno. NULL: there is no state to hand over.
	 */
	int (*state_save)(void *blob, size_t room);
	/**
	 * Take over what the implementation before has written. It may have been of another
	 * version, and may be wrong in any way: check it before using it.
	 * @return 0; -ENOTSUP where it cannot be used; another negative errno.
	 */
	int (*state_restore)(const void *blob, size_t bytes, uint32_t version);
	uint32_t state_version; /**< of what state_save writes */
};

/** Begin the declaration of an interface; the functions follow in braces. */
#define LLEXT_INTERFACE(name, major, minor)                                                        \
	enum { name##_major_ = (major), name##_minor_ = (minor) };                                 \
	struct name

/** @cond private */
typedef void (*llext_any_function)(void);

/* How a type is passed: its class, and its size. */
#define LLEXT_TYPE_(type)                                                                          \
	((uint32_t) _Generic((__typeof__(type) *)0, void * : 1, _Bool * : 2, char * : 3,           \
			     signed char * : 4, short * : 4, int * : 4, long * : 4,                \
			     long long * : 4, unsigned char * : 5, unsigned short * : 5,           \
			     unsigned int * : 5, unsigned long * : 5, unsigned long long * : 5,    \
			     float * : 6, double * : 6, default : 7)                               \
		 << 16 |                                                                           \
	 (uint32_t)(sizeof(__typeof__(type)) & 0xffff))

/* FNV-1a, over words. */
#define LLEXT_MIX_(hash, value) (((uint32_t)(hash) ^ (uint32_t)(value)) * 16777619u)
#define LLEXT_CHAR_(s, i)                                                                          \
	(sizeof(s) > (i) ? (uint32_t)(unsigned char)(s)[(i) < sizeof(s) ? (i) : 0] : 0u)
#define LLEXT_FOUR_(s, i)                                                                          \
	(LLEXT_CHAR_(s, i) | LLEXT_CHAR_(s, (i) + 1) << 8 | LLEXT_CHAR_(s, (i) + 2) << 16 |        \
	 LLEXT_CHAR_(s, (i) + 3) << 24)
/* Of a name: its first 32 letters and its length. */
#define LLEXT_NAME_(s)                                                                             \
	LLEXT_MIX_(LLEXT_MIX_(LLEXT_NAME2_(LLEXT_NAME2_(2166136261u, s, 0), s, 8),                 \
			      LLEXT_FOUR_(s, 16)),                                                 \
		   LLEXT_MIX_(LLEXT_NAME2_(2166136261u, s, 20), LLEXT_FOUR_(s, 28) ^ sizeof(s)))
#define LLEXT_NAME2_(hash, s, i)                                                                   \
	LLEXT_MIX_(LLEXT_MIX_(hash, LLEXT_FOUR_(s, i)), LLEXT_FOUR_(s, (i) + 4))

#define LLEXT_TYPES1_(h, a)                        LLEXT_MIX_(h, LLEXT_TYPE_(a))
#define LLEXT_TYPES2_(h, a, ...)                   LLEXT_TYPES1_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES3_(h, a, ...)                   LLEXT_TYPES2_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES4_(h, a, ...)                   LLEXT_TYPES3_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES5_(h, a, ...)                   LLEXT_TYPES4_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES6_(h, a, ...)                   LLEXT_TYPES5_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES7_(h, a, ...)                   LLEXT_TYPES6_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_TYPES8_(h, a, ...)                   LLEXT_TYPES7_(LLEXT_TYPES1_(h, a), __VA_ARGS__)
#define LLEXT_NTH_(a, b, c, d, e, f, g, h, n, ...) n
#define LLEXT_PICK_(stem, ...)                                                                     \
	LLEXT_NTH_(__VA_ARGS__, stem##8_, stem##7_, stem##6_, stem##5_, stem##4_, stem##3_,        \
		   stem##2_, stem##1_, 0)

#define LLEXT_SIGNATURE_(name, result, ...)                                                        \
	LLEXT_PICK_(LLEXT_TYPES, __VA_ARGS__)                                                      \
	(LLEXT_TYPES1_(LLEXT_NAME_(name), result), __VA_ARGS__)

#define LLEXT_INDEX_(interface, function)                                                          \
	(offsetof(struct interface, function) / sizeof(llext_any_function))

/* 0, where the function has this type in the struct. */
#define LLEXT_SAME_TYPE_(interface, function, result, ...)                                         \
	(0 * sizeof(struct {                                                                       \
		 int member;                                                                       \
		 _Static_assert(__builtin_types_compatible_p(                                      \
					__typeof__(((struct interface *)0)->function),             \
					__typeof__(result(*)(__VA_ARGS__))),                       \
				#interface "." #function " has another type in the struct");       \
	 }))
/** @endcond */

/**
 * One function in LLEXT_INTERFACE_FUNCTIONS(): its result and the types of its parameters, one to
 * eight, or void. The compiler compares them with the struct.
 */
#if defined(LL_EXTENSION_BUILD)
#define LLEXT_FUNCTION(interface, function, result, ...)                                           \
	[LLEXT_INDEX_(interface, function)] =                                                      \
		LLEXT_SIGNATURE_(#function, result, __VA_ARGS__) +                                 \
		LLEXT_SAME_TYPE_(interface, function, result, __VA_ARGS__)
#define LLEXT_INTERFACE_FUNCTIONS(name, ...)                                                       \
	static const uint32_t __attribute__((unused)) name##_functions_[] = {__VA_ARGS__}
#else
#define LLEXT_FUNCTION(interface, function, result, ...)                                           \
	[LLEXT_INDEX_(interface, function)] = {                                                    \
		#function, LLEXT_SIGNATURE_(#function, result, __VA_ARGS__) +                      \
				   LLEXT_SAME_TYPE_(interface, function, result, __VA_ARGS__)}
#define LLEXT_INTERFACE_FUNCTIONS(name, ...)                                                       \
	static const struct llext_function __attribute__((unused))                                 \
	name##_functions_[] = {__VA_ARGS__}
#endif

/** @cond private */
#define LLEXT_COUNT_(interface) (sizeof(struct interface) / sizeof(llext_any_function))
#define LLEXT_CHECK_INTERFACE_(interface)                                                          \
	_Static_assert(sizeof(interface##_functions_) / sizeof(interface##_functions_[0]) ==       \
			       LLEXT_COUNT_(interface),                                            \
		       "LLEXT_INTERFACE_FUNCTIONS(" #interface ") has all functions");             \
	_Static_assert(LLEXT_COUNT_(interface) <= LLEXT_INTERFACE_MOST,                            \
		       #interface " has too many functions")
/** @endcond */

/**
 * In an extension: its functions, as initialisers of struct @p interface. What is left out is
 * missing: a slot that has a default for it takes that.
 */
#define LLEXT_IMPLEMENT(interface, ...) LLEXT_IMPLEMENT_STATE(interface, 0, NULL, NULL, __VA_ARGS__)

/** Likewise, with state to hand over: see struct llext_declaration. */
#define LLEXT_IMPLEMENT_STATE(interface, version, save, restore, ...)                              \
	LLEXT_CHECK_INTERFACE_(interface);                                                         \
	_Static_assert(sizeof(interface##_functions_[0]) == sizeof(uint32_t),                      \
		       "compile extensions with -DLL_EXTENSION_BUILD");                            \
	static const struct interface interface##_implementation_ = {__VA_ARGS__};                 \
	const struct llext_declaration llext_interface_##interface = {                             \
		LLEXT_DECLARATION_FORMAT,                                                          \
		interface##_major_,                                                                \
		interface##_minor_,                                                                \
		LLEXT_COUNT_(interface),                                                           \
		&interface##_implementation_,                                                      \
		interface##_functions_,                                                            \
		(save),                                                                            \
		(restore),                                                                         \
		(version)};                                                                        \
	LL_EXTENSION_SYMBOL(llext_interface_##interface)

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_INTERFACE_H_ */
