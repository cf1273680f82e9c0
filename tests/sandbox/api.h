/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware of these tests offers to extensions, trusted or sandboxed. */
#ifndef API_H
#define API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pair {
	int first, second;
};

int fw_nothing(void);
int fw_twice(int x);
uint64_t fw_wide(uint32_t a, uint64_t b, uint32_t c);
double fw_scale(float a, double b, int c);
int fw_eight(int a, int b, int c, int d, int e, int f, int g, int h);
int fw_narrow(uint8_t a, int8_t b, uint16_t c, int16_t d, bool e);
int fw_sum(const int *numbers, size_t count);
int fw_copy(void *to, const void *from, size_t bytes);
int fw_fill(uint8_t *to, size_t bytes);
int fw_length(const char *text);
int fw_swap(struct pair *pair);
int fw_optional(const struct pair *pair);
int fw_call_back(int (*function)(int), int x);
int fw_call_many(int (*function)(int), int depth);
int fw_open(int what);
int fw_use(int handle);
int fw_close(int handle);
int fw_take_none(uintptr_t a, size_t count, uintptr_t b);
int fw_take_one(const int *a, size_t count, uintptr_t b);
int fw_take_two(const int *a, size_t count, const int *b);
void fw_take_nothing(uintptr_t a, size_t count, uintptr_t b); /* and gives nothing */
void fw_look_at_one(const int *a, size_t count, uintptr_t b);
void fw_look_closer(const char *text, int b);
int fw_low(uintptr_t x);
float fw_half(float x);
int fw_mood(void);
int fw_leave_registers(int x);
int fw_leave_core_registers(int x);
uint64_t fw_leave_two_words(uint64_t x);
int fw_float_modes(int x);
int fw_float_masked(int x);
int fw_count_up(int x);
int fw_count_own(uintptr_t by);
int fw_weigh(float a, double b, int c);
uintptr_t fw_leave_registers_quickly(uintptr_t x);
void *fw_malloc(size_t bytes);
void fw_free(void *mem);
int fw_plain(int x); /* has no gate */
int fw_misplaced(int x);
int user_add(int a, int b); /* user-callable */
void *user_copy(void *to, const void *from, size_t bytes);

#endif
