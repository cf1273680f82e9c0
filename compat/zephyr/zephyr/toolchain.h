/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's names for what GCC and Clang offer, as far as extensions use them.
 */
#ifndef ZEPHYR_TOOLCHAIN_H_
#define ZEPHYR_TOOLCHAIN_H_

#ifndef ARG_UNUSED
#define ARG_UNUSED(x) ((void)(x))
#endif
#ifndef STRINGIFY
#define STRINGIFY_(s) #s
#define STRINGIFY(s)  STRINGIFY_(s)
#endif

#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __weak
#define __weak __attribute__((__weak__))
#endif
#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif
#ifndef ALWAYS_INLINE
#define ALWAYS_INLINE inline __attribute__((__always_inline__))
#endif
#ifndef FUNC_NORETURN
#define FUNC_NORETURN __attribute__((__noreturn__))
#endif
#ifndef __printf_like
#define __printf_like(format, arguments) __attribute__((__format__(__printf__, format, arguments)))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef __noinit
#define __noinit
#endif
#ifndef likely
#define likely(x)   (__builtin_expect(!!(x), 1) != 0)
#define unlikely(x) (__builtin_expect(!!(x), 0) != 0)
#endif

/** A declaration of a system call: here an ordinary function. */
#ifndef __syscall
#define __syscall
#endif

/** Put what is defined into the section of this name, given without quotes, dots and all. */
#ifndef Z_GENERIC_SECTION
#define Z_GENERIC_SECTION(name) __attribute__((__section__(STRINGIFY(name))))
#endif
/** Likewise, with a dot before the name. */
#ifndef Z_GENERIC_DOT_SECTION
#define Z_GENERIC_DOT_SECTION(name) __attribute__((__section__("." STRINGIFY(name))))
#endif

/** Fail to compile where a constant expression is false: BUILD_ASSERT(expression [, "text"]). */
#ifndef BUILD_ASSERT
#ifdef __cplusplus
#define BUILD_ASSERT(expression, ...) static_assert(expression, "" __VA_ARGS__)
#else
#define BUILD_ASSERT(expression, ...) _Static_assert(expression, "" __VA_ARGS__)
#endif
#endif

#endif /* ZEPHYR_TOOLCHAIN_H_ */
