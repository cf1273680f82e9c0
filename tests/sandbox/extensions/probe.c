/* SPDX-License-Identifier: Apache-2.0 */
/* One extension, compiled once: what it does well, and whatever an attacker asks of it. */
#include <llext/symbol.h>
#include "../api.h"

static int counter = 41;
static int zeroed[4];
static const int table[] = {1, 2, 3, 4};
char buffer[64] = "buffer";
int initialised, finished;

__attribute__((constructor)) static void start(void)
{
	initialised = fw_twice(21);
}

__attribute__((destructor)) static void end(void)
{
	finished++;
}

int add(int a, int b)
{
	return a + b;
}

int count(void)
{
	zeroed[0]++;
	return ++counter + zeroed[0] + table[2];
}

int is_initialised(void)
{
	return initialised;
}

int call_nothing(void)
{
	return fw_nothing();
}

static int numbers[2] = {1, 2};

int many_plain(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += fw_take_none((uintptr_t)numbers, 2, (uintptr_t)numbers);
	return sum;
}

int many_one(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += fw_take_one(numbers, 2, (uintptr_t)numbers);
	return sum;
}

int many_two(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += fw_take_two(numbers, 2, numbers);
	return sum;
}

int use_gates(void)
{
	int numbers[5] = {1, 2, 3, 4, 5};
	struct pair pair = {1, 2};
	uint8_t bytes[4] = {0, 0, 0, 0};
	char to[8];

	if (fw_twice(fw_nothing()) != 14)
		return 1;
	if (fw_wide(1, 0x100000000u, 4) != 0xa00000007u)
		return 2;
	if (fw_scale(1.5f, 2.5, 3) != 6.75)
		return 3;
	if (fw_eight(1, 2, 3, 4, 5, 6, 7, 8) != 204)
		return 4;
	if (fw_sum(numbers, 5) != 15 || fw_sum(table, 4) != 10)
		return 5;
	if (fw_copy(to, "abcdefg", 8) != 8 || to[6] != 'g')
		return 6;
	if (fw_fill(bytes + 1, 2) != 0 || bytes[0] != 0 || bytes[1] != 0xa5 || bytes[2] != 0xa5 ||
	    bytes[3] != 0)
		return 7;
	if (fw_length("hello") != 5 || fw_length(buffer) != 6)
		return 8;
	if (fw_swap(&pair) != 0 || pair.first != 2 || pair.second != 1)
		return 9;
	if (fw_optional(NULL) != -1 || fw_optional(&pair) != 2)
		return 10;
	if (user_add(40, 2) != 42 || user_copy(to, "x", 2) != to || to[0] != 'x')
		return 11;
	if (fw_narrow(200, -3, 60000, -5, true) != 60193)
		return 12;
	return 0;
}

/* So many allocations of that size at most, all of them written to: how many there were. */
static volatile unsigned char *taken[64]; /* volatile: no call of memset() */

int heap_take(int count, size_t bytes)
{
	int i = 0;

	for (; i < count && i < 64; i++) {
		taken[i] = fw_malloc(bytes);
		if (taken[i] == NULL)
			break;
		for (size_t at = 0; at < bytes; at++)
			taken[i][at] = (unsigned char)i;
	}
	for (int j = 0; j < i; j++) {
		for (size_t at = 0; at < bytes; at++) {
			if (taken[j][at] != j)
				return -1;
		}
	}
	return i;
}

void heap_free(int index, size_t offset)
{
	fw_free((void *)(uintptr_t)(taken[index] + offset));
}

void heap_free_at(void *mem)
{
	fw_free(mem);
}

uintptr_t heap_at(int index)
{
	return (uintptr_t)taken[index];
}

/* As no compiler passes them: more than the width of the parameters. */
int wide_numbers(void)
{
	int (*volatile function)(int, int, int, int, int) =
		(int (*)(int, int, int, int, int))(uintptr_t)&fw_narrow;

	return function(0x7fff01c8, 0x7fffff7d, 0x7ffeea60, 0x00017ffb, 0x200);
}

static int triple(int x)
{
	return 3 * x + zeroed[3];
}

/* Much that a call can do, soon over; and arguments that wait in registers meanwhile. */
int a_bit_of_all(double a, double b)
{
	volatile int wait = 8;
	int here[2] = {3, 4};

	while (wait > 0)
		wait--;
	if ((int)(a * 4 + b) != 13 || fw_twice(4) != 8 || fw_sum(here, 2) != 7)
		return 1;
	return fw_scale(2.5f, 3, 1) != 8.5 || fw_call_back(triple, 5) != triple(5);
}

double as_it_came(double x)
{
	return x;
}

int use_callback(int x)
{
	zeroed[3] = 1;
	return fw_call_back(triple, x);
}

static int deeper(int depth)
{
	return depth > 0 ? 1 + fw_call_many(deeper, depth) : 0;
}

int nest(int depth)
{
	return fw_call_many(deeper, depth);
}

int call_back_to(uintptr_t function)
{
	return fw_call_back((int (*)(int))function, 1);
}

int twice_by_pointer(int x)
{
	int (*volatile function)(int) = fw_twice;

	return function(x);
}

int open_one(int what)
{
	return fw_open(what);
}

int use_one(int handle)
{
	return fw_use(handle);
}

int close_one(int handle)
{
	return fw_close(handle);
}

/* ---- attacks ---- */

unsigned int read_at(const volatile uint8_t *address)
{
	return *address;
}

unsigned int read_word(const volatile uint32_t *address)
{
	return *address;
}

void write_at(volatile uint8_t *address)
{
	*address = 0x5a;
}

void write_word(volatile uint32_t *address)
{
	*address = 0x5a5a5a5au;
}

void jump_to(uintptr_t address)
{
	((void (*)(void))address)();
}

void spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

int spin_in_gates(void)
{
	for (;;)
		(void)fw_nothing();
}

static int spinning(int x)
{
	(void)x;
	spin();
	return 0;
}

int spin_in_callback(void)
{
	return fw_call_back(spinning, 1);
}

static int crashing(int x)
{
	const volatile int *volatile nowhere = (const volatile int *)4;

	return *nowhere + x;
}

int crash_in_callback(void)
{
	(void)fw_call_back(crashing, 1);
	(void)fw_nothing(); /* is not reached */
	return 1;
}

int sum_of(const int *numbers, size_t count)
{
	return fw_sum(numbers, count);
}

int fill_at(uint8_t *to, size_t bytes)
{
	return fw_fill(to, bytes);
}

int length_of(const char *text)
{
	return fw_length(text);
}

int swap_at(struct pair *pair)
{
	return fw_swap(pair);
}

int copy_to_from(void *to, const void *from, size_t bytes)
{
	return fw_copy(to, from, bytes);
}

int overflow(int n)
{
	volatile char big[64];

	big[0] = (char)n;
	return n == -1 ? big[0] : overflow(n + 1) + big[0];
}

uintptr_t own_address(int what)
{
	switch (what) {
	case 0:
		return (uintptr_t)&add;
	case 1:
		return (uintptr_t)table;
	case 2:
		return (uintptr_t)&counter;
	case 3:
		return (uintptr_t)zeroed;
	case 4:
		return (uintptr_t)buffer;
	default:
		return (uintptr_t)__builtin_frame_address(0);
	}
}

EXPORT_SYMBOL(add);
EXPORT_SYMBOL(count);
EXPORT_SYMBOL(buffer);
EXPORT_SYMBOL(is_initialised);
EXPORT_SYMBOL(call_nothing);
EXPORT_SYMBOL(many_plain);
EXPORT_SYMBOL(many_one);
EXPORT_SYMBOL(many_two);
EXPORT_SYMBOL(use_gates);
EXPORT_SYMBOL(use_callback);
EXPORT_SYMBOL(wide_numbers);
EXPORT_SYMBOL(a_bit_of_all);
EXPORT_SYMBOL(as_it_came);
EXPORT_SYMBOL(heap_take);
EXPORT_SYMBOL(heap_free);
EXPORT_SYMBOL(heap_free_at);
EXPORT_SYMBOL(heap_at);
EXPORT_SYMBOL(nest);
EXPORT_SYMBOL(call_back_to);
EXPORT_SYMBOL(twice_by_pointer);
EXPORT_SYMBOL(open_one);
EXPORT_SYMBOL(use_one);
EXPORT_SYMBOL(close_one);
EXPORT_SYMBOL(read_at);
EXPORT_SYMBOL(read_word);
EXPORT_SYMBOL(write_at);
EXPORT_SYMBOL(write_word);
EXPORT_SYMBOL(jump_to);
EXPORT_SYMBOL(spin);
EXPORT_SYMBOL(spin_in_gates);
EXPORT_SYMBOL(spin_in_callback);
EXPORT_SYMBOL(crash_in_callback);
EXPORT_SYMBOL(sum_of);
EXPORT_SYMBOL(fill_at);
EXPORT_SYMBOL(length_of);
EXPORT_SYMBOL(swap_at);
EXPORT_SYMBOL(copy_to_from);
EXPORT_SYMBOL(overflow);
EXPORT_SYMBOL(own_address);
