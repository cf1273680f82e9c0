/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that nobody may touch, where AddressSanitizer is there to see it; nothing elsewhere. */
#ifndef HOSTILE_POISON_H_
#define HOSTILE_POISON_H_

#if defined(__SANITIZE_ADDRESS__)
#define HOSTILE_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOSTILE_CHECKED 1
#endif
#endif

#ifdef HOSTILE_CHECKED
#include <sanitizer/asan_interface.h>
#define POISON(mem, bytes)   ASAN_POISON_MEMORY_REGION(mem, bytes)
#define UNPOISON(mem, bytes) ASAN_UNPOISON_MEMORY_REGION(mem, bytes)
#else
#define POISON(mem, bytes)   ((void)(mem), (void)(bytes))
#define UNPOISON(mem, bytes) ((void)(mem), (void)(bytes))
#endif

#endif /* HOSTILE_POISON_H_ */
