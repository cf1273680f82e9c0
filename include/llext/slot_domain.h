/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Slots that extensions in domains (llext/domain.h) may be in, as well as trusted ones. Each
 * function that is to be called there has a proxy: a function of the firmware's, with the same
 * prototype, that makes the domain call.
 *
 *     LLEXT_SLOT_DECLARE(music, effect);
 *     LLEXT_PROXY(music, effect, init, int, uint32_t)
 *     LLEXT_PROXY(music, effect, process, void, int16_t *, size_t)
 *     LLEXT_DOMAIN_SLOT_DEFINE(music, effect, 1000, (init, process), .process = pass_through);
 *
 * Parameters are integers and pointers, at most eight words; results likewise. What pointers point
 * to must be the domain's: llext_domain_share(). A call that does not end well gives what the
 * slot's default gives, or 0, and llext_slot_fault() then says why.
 */
#ifndef LLEXT_SLOT_DOMAIN_H_
#define LLEXT_SLOT_DOMAIN_H_

#include <llext/domain.h>
#include <llext/slot.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond private */
/* Call a function of what is in a half of the slot. @return 0, or the error of the domain call. */
int llext_slot_domain_call(struct llext_slot *slot, unsigned int half, unsigned int index,
			   const struct llext_domain_args *args, uintptr_t *word);

/* One word of arguments, of a type that is passed as one. */
#define LLEXT_WORD_(type, name)                                                                    \
	(uintptr_t)(name) + 0 * sizeof(struct {                                                    \
				    int member;                                                    \
				    _Static_assert(sizeof(type) <= sizeof(uintptr_t) &&            \
							   LLEXT_TYPE_(type) >> 16 != 6,           \
						   #type " is not passed in one word");            \
			    })

#define LLEXT_PARAMETERS1_(t1)                         t1 a
#define LLEXT_PARAMETERS2_(t1, t2)                     t1 a, t2 b
#define LLEXT_PARAMETERS3_(t1, t2, t3)                 t1 a, t2 b, t3 c
#define LLEXT_PARAMETERS4_(t1, t2, t3, t4)             t1 a, t2 b, t3 c, t4 d
#define LLEXT_PARAMETERS5_(t1, t2, t3, t4, t5)         t1 a, t2 b, t3 c, t4 d, t5 e
#define LLEXT_PARAMETERS6_(t1, t2, t3, t4, t5, t6)     t1 a, t2 b, t3 c, t4 d, t5 e, t6 f
#define LLEXT_PARAMETERS7_(t1, t2, t3, t4, t5, t6, t7) t1 a, t2 b, t3 c, t4 d, t5 e, t6 f, t7 g
#define LLEXT_PARAMETERS8_(t1, t2, t3, t4, t5, t6, t7, t8)                                         \
	t1 a, t2 b, t3 c, t4 d, t5 e, t6 f, t7 g, t8 h
#define LLEXT_NAMES1_(t1)                             a
#define LLEXT_NAMES2_(t1, t2)                         a, b
#define LLEXT_NAMES3_(t1, t2, t3)                     a, b, c
#define LLEXT_NAMES4_(t1, t2, t3, t4)                 a, b, c, d
#define LLEXT_NAMES5_(t1, t2, t3, t4, t5)             a, b, c, d, e
#define LLEXT_NAMES6_(t1, t2, t3, t4, t5, t6)         a, b, c, d, e, f
#define LLEXT_NAMES7_(t1, t2, t3, t4, t5, t6, t7)     a, b, c, d, e, f, g
#define LLEXT_NAMES8_(t1, t2, t3, t4, t5, t6, t7, t8) a, b, c, d, e, f, g, h
#define LLEXT_WORDS1_(t1)                             LLEXT_WORD_(t1, a)
#define LLEXT_WORDS2_(t1, t2)                         LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b)
#define LLEXT_WORDS3_(t1, t2, t3)                     LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c)
#define LLEXT_WORDS4_(t1, t2, t3, t4)                                                              \
	LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c), LLEXT_WORD_(t4, d)
#define LLEXT_WORDS5_(t1, t2, t3, t4, t5)                                                          \
	LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c), LLEXT_WORD_(t4, d),            \
		LLEXT_WORD_(t5, e)
#define LLEXT_WORDS6_(t1, t2, t3, t4, t5, t6)                                                      \
	LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c), LLEXT_WORD_(t4, d),            \
		LLEXT_WORD_(t5, e), LLEXT_WORD_(t6, f)
#define LLEXT_WORDS7_(t1, t2, t3, t4, t5, t6, t7)                                                  \
	LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c), LLEXT_WORD_(t4, d),            \
		LLEXT_WORD_(t5, e), LLEXT_WORD_(t6, f), LLEXT_WORD_(t7, g)
#define LLEXT_WORDS8_(t1, t2, t3, t4, t5, t6, t7, t8)                                              \
	LLEXT_WORD_(t1, a), LLEXT_WORD_(t2, b), LLEXT_WORD_(t3, c), LLEXT_WORD_(t4, d),            \
		LLEXT_WORD_(t5, e), LLEXT_WORD_(t6, f), LLEXT_WORD_(t7, g), LLEXT_WORD_(t8, h)
#define LLEXT_EACH1_(slot, half, f) LLEXT_ENTRY_(slot, half, f)
#define LLEXT_EACH2_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH1_(slot, half, __VA_ARGS__)
#define LLEXT_EACH3_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH2_(slot, half, __VA_ARGS__)
#define LLEXT_EACH4_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH3_(slot, half, __VA_ARGS__)
#define LLEXT_EACH5_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH4_(slot, half, __VA_ARGS__)
#define LLEXT_EACH6_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH5_(slot, half, __VA_ARGS__)
#define LLEXT_EACH7_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH6_(slot, half, __VA_ARGS__)
#define LLEXT_EACH8_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH7_(slot, half, __VA_ARGS__)
#define LLEXT_EACH9_(slot, half, f, ...)                                                           \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH8_(slot, half, __VA_ARGS__)
#define LLEXT_EACH10_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH9_(slot, half, __VA_ARGS__)
#define LLEXT_EACH11_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH10_(slot, half, __VA_ARGS__)
#define LLEXT_EACH12_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH11_(slot, half, __VA_ARGS__)
#define LLEXT_EACH13_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH12_(slot, half, __VA_ARGS__)
#define LLEXT_EACH14_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH13_(slot, half, __VA_ARGS__)
#define LLEXT_EACH15_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH14_(slot, half, __VA_ARGS__)
#define LLEXT_EACH16_(slot, half, f, ...)                                                          \
	LLEXT_ENTRY_(slot, half, f), LLEXT_EACH15_(slot, half, __VA_ARGS__)
#define LLEXT_SEVENTEENTH_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,  \
			   n, ...)                                                                 \
	n
#define LLEXT_EACH_(slot, half, ...)                                                               \
	LLEXT_SEVENTEENTH_(__VA_ARGS__, LLEXT_EACH16_, LLEXT_EACH15_, LLEXT_EACH14_,               \
			   LLEXT_EACH13_, LLEXT_EACH12_, LLEXT_EACH11_, LLEXT_EACH10_,             \
			   LLEXT_EACH9_, LLEXT_EACH8_, LLEXT_EACH7_, LLEXT_EACH6_, LLEXT_EACH5_,   \
			   LLEXT_EACH4_, LLEXT_EACH3_, LLEXT_EACH2_, LLEXT_EACH1_, 0)              \
	(slot, half, __VA_ARGS__)

#define LLEXT_ENTRY_(slot, half, function) .function = slot##_##function##_proxy##half##_

#define LLEXT_PROXY_HALF_(slot_, interface, function_, half_, result, parameters, words, names)    \
	static result slot_##_##function_##_proxy##half_##_(parameters)                            \
	{                                                                                          \
		const struct llext_domain_args args = {.word = {words}};                           \
		const struct interface *defaults =                                                 \
			(const struct interface *)(const void *)(slot_).slot.type->defaults;       \
		uintptr_t word;                                                                    \
                                                                                                   \
		if (llext_slot_domain_call(&(slot_).slot, half_,                                   \
					   LLEXT_INDEX_(interface, function_), &args,              \
					   &word) != 0 &&                                          \
		    defaults->function_ != NULL)                                                   \
			return defaults->function_(names);                                         \
		return (result)word;                                                               \
	}
#define LLEXT_PASS_(...) __VA_ARGS__
/** @endcond */

/** The proxy of a function: its result, and the types of its parameters, one to eight. */
#define LLEXT_PROXY(slot, interface, function, result, ...)                                        \
	LLEXT_PROXY_HALF_(slot, interface, function, 0, result,                                    \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_PARAMETERS, __VA_ARGS__)(__VA_ARGS__)),    \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_WORDS, __VA_ARGS__)(__VA_ARGS__)),         \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_NAMES, __VA_ARGS__)(__VA_ARGS__)))         \
	LLEXT_PROXY_HALF_(slot, interface, function, 1, result,                                    \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_PARAMETERS, __VA_ARGS__)(__VA_ARGS__)),    \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_WORDS, __VA_ARGS__)(__VA_ARGS__)),         \
			  LLEXT_PASS_(LLEXT_PICK_(LLEXT_NAMES, __VA_ARGS__)(__VA_ARGS__)))

/** The proxy of a function without parameters. */
#define LLEXT_PROXY0(slot, interface, function, result)                                            \
	LLEXT_PROXY_HALF_(slot, interface, function, 0, result, void, 0, )                         \
	LLEXT_PROXY_HALF_(slot, interface, function, 1, result, void, 0, )

/**
 * Define a slot that LLEXT_SLOT_DECLARE() has declared.
 * @param ticks_   of each call: see llext_domain_call(); 0: without end
 * @param proxied  the functions that have a proxy, at most 16, in parentheses. An extension in a
 *                 domain that implements another one is refused.
 */
#define LLEXT_DOMAIN_SLOT_DEFINE(name, interface, ticks_, proxied, ...)                            \
	static const struct interface name##_proxies0_ = {LLEXT_PROXIES_(name, 0, proxied)};       \
	static const struct interface name##_proxies1_ = {LLEXT_PROXIES_(name, 1, proxied)};       \
	static uintptr_t name##_addresses_[2][LLEXT_COUNT_(interface)];                            \
	LLEXT_SLOT_DEFINE_(                                                                        \
		name, interface, LLEXT_SLOT_COUNTED,                                               \
		(.proxies = {(const llext_any_function *)(const void *)&name##_proxies0_,          \
			     (const llext_any_function *)(const void *)&name##_proxies1_},         \
		 .addresses = {name##_addresses_[0], name##_addresses_[1]}, .ticks = (ticks_)),    \
		__VA_ARGS__)

/** @cond private */
#define LLEXT_PROXIES_(name, half, proxied) LLEXT_PROXIES2_(name, half, LLEXT_PASS_ proxied)
#define LLEXT_PROXIES2_(name, half, ...)    LLEXT_EACH_(name, half, __VA_ARGS__)
/** @endcond */

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SLOT_DOMAIN_H_ */
