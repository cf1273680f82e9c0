/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's small macros, as far as extensions use them.
 */
#ifndef ZEPHYR_SYS_UTIL_H_
#define ZEPHYR_SYS_UTIL_H_

#include <stddef.h>
#include <stdint.h>
#include <zephyr/sys/util_macro.h>
#include <zephyr/toolchain.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef CONTAINER_OF
#define CONTAINER_OF(pointer, type, field)                                                         \
	((type *)(void *)((char *)(pointer)-offsetof(type, field)))
#endif
#ifndef MIN
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef CLAMP
#define CLAMP(value, low, high) (((value) <= (low)) ? (low) : MIN(value, high))
#endif
#ifndef ROUND_UP
#define ROUND_UP(x, align) (((x) + ((align)-1)) / (align) * (align))
#endif
#ifndef ROUND_DOWN
#define ROUND_DOWN(x, align) ((x) / (align) * (align))
#endif
#ifndef DIV_ROUND_UP
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#endif
#ifndef BIT
#define BIT(n) (1UL << (n))
#endif
#ifndef BIT_MASK
#define BIT_MASK(n) (BIT(n) - 1UL)
#endif
#ifndef KB
#define KB(x) ((x) << 10)
#endif
#ifndef MB
#define MB(x) (KB(x) << 10)
#endif
#ifndef IS_ALIGNED
#define IS_ALIGNED(pointer, align) (((uintptr_t)(pointer)) % (align) == 0)
#endif
#ifndef POINTER_TO_UINT
#define POINTER_TO_UINT(x) ((uintptr_t)(x))
#define UINT_TO_POINTER(x) ((void *)(uintptr_t)(x))
#define POINTER_TO_INT(x)  ((intptr_t)(x))
#define INT_TO_POINTER(x)  ((void *)(intptr_t)(x))
#endif

#endif /* ZEPHYR_SYS_UTIL_H_ */
