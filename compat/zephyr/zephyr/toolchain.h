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
#ifndef __printf_like
#define __printf_like(format, arguments) __attribute__((__format__(__printf__, format, arguments)))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif

#endif /* ZEPHYR_TOOLCHAIN_H_ */
