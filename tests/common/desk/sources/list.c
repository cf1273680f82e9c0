/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, sorting by a function pointer, tail calls, static state of all kinds, common symbols. */
#include <stddef.h>
#include <stdint.h>

struct node {
	struct node *next;
	int32_t key;
	uint8_t payload[24];
};

extern void *memcpy(void *, const void *, size_t);
extern int platform_notify(int event, const void *data);
extern int32_t platform_seed;
extern int platform_optional(int) __attribute__((weak));

static struct node pool[64];
static size_t used;
static struct node *free_list = &pool[3];
int32_t statistics[8];
const void *const anchors[] = {pool, &pool[5], &free_list, &platform_seed, (void *)platform_notify};

typedef int (*compare_fn)(const struct node *, const struct node *);

static int by_key(const struct node *a, const struct node *b)
{
	return (a->key > b->key) - (a->key < b->key);
}

static int by_payload(const struct node *a, const struct node *b)
{
	return a->payload[0] - b->payload[23];
}

static const compare_fn orders[] = {by_key, by_payload};

static struct node *merge(struct node *a, struct node *b, compare_fn compare)
{
	struct node head = {0}, *tail = &head;

	while (a != NULL && b != NULL) {
		struct node **smaller = compare(a, b) <= 0 ? &a : &b;

		tail = tail->next = *smaller;
		*smaller = (*smaller)->next;
	}
	tail->next = a != NULL ? a : b;
	return head.next;
}

struct node *list_sort(struct node *list, int order)
{
	struct node *bins[32] = {0}, *result = NULL;
	compare_fn compare = orders[order & 1];

	while (list != NULL) {
		struct node *carry = list;
		int i = 0;

		list = list->next;
		carry->next = NULL;
		for (; i < 31 && bins[i] != NULL; i++) {
			carry = merge(bins[i], carry, compare);
			bins[i] = NULL;
		}
		bins[i] = merge(bins[i], carry, compare);
	}
	for (int i = 0; i < 32; i++)
		result = merge(bins[i], result, compare);
	return result;
}

struct node *list_add(int32_t key, const void *payload)
{
	struct node *node = used < 64 ? &pool[used++] : free_list;

	statistics[key & 7]++;
	node->key = key ^ platform_seed;
	memcpy(node->payload, payload, sizeof(node->payload));
	return node;
}

__attribute__((cold, noinline)) static int complain(int code)
{
	static int complaints;

	if (platform_optional)
		return platform_optional(code);
	return ++complaints > 3 ? platform_notify(code, pool) : code;
}

int list_check(const struct node *list)
{
	for (; list != NULL && list->next != NULL; list = list->next) {
		if (__builtin_expect(by_key(list, list->next) > 0, 0))
			return complain(list->key);
	}
	return platform_notify(0, statistics);
}
