/* SPDX-License-Identifier: Apache-2.0 */
/* An extension with memory pools of its own: one defined, one made over an array at run time. */
#include <zephyr/kernel.h>
#include <zephyr/llext/symbol.h>

#define NODE_COUNT 8

struct node {
	struct node *next;
	int value;
};

/* In a NOBITS section of its own: no bytes in the file. */
K_HEAP_DEFINE(node_pool, NODE_COUNT * 64);

static struct k_heap scratch_pool;
static uint8_t scratch_memory[256] __aligned(16);

static struct node *push(struct node *list, int value)
{
	struct node *node = k_heap_alloc(&node_pool, sizeof(*node), K_NO_WAIT);

	if (node == NULL)
		return list;
	*node = (struct node){.next = list, .value = value};
	return node;
}

static void drop(struct node *list)
{
	while (list != NULL) {
		struct node *next = list->next;

		k_heap_free(&node_pool, list);
		list = next;
	}
}

static void use_defined_pool(void)
{
	struct node *list = NULL;
	int sum = 0;

	for (int i = 1; i <= NODE_COUNT; i++)
		list = push(list, i);
	for (const struct node *node = list; node != NULL; node = node->next)
		sum += node->value;
	printk("list of %d nodes, sum %d\n", NODE_COUNT, sum);
	drop(list);
}

static void use_pool_at_run_time(void)
{
	void *first, *second;

	k_heap_init(&scratch_pool, scratch_memory, sizeof(scratch_memory));
	first = k_heap_alloc(&scratch_pool, 160, K_NO_WAIT);
	second = k_heap_alloc(&scratch_pool, 160, K_NO_WAIT);
	printk("160 bytes of 256: %s, 160 more: %s\n", first != NULL ? "yes" : "no",
	       second != NULL ? "yes" : "no");
	k_heap_free(&scratch_pool, first);
	second = k_heap_aligned_alloc(&scratch_pool, 64, 64, K_NO_WAIT);
	printk("after freeing, 64 bytes aligned to 64: %s\n",
	       second != NULL && (uintptr_t)second % 64 == 0 ? "yes" : "no");
	k_heap_free(&scratch_pool, second);
}

void pool_run(void)
{
	use_defined_pool();
	use_pool_at_run_time();
}
EXPORT_SYMBOL(pool_run);
