/* SPDX-License-Identifier: Apache-2.0 */
/* Loads an extension twice, at different addresses, from a heap that is an ordinary array. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>

static const uint8_t effect_bytes[] __attribute__((aligned(16))) = {
#include "effect.inc"
};

static uint8_t heap[256 * 1024] __attribute__((aligned(4096)));

int firmware_scale(int value, int (*again)(int))
{
	return again(value) * 10;
}
EXPORT_SYMBOL(firmware_scale);

__attribute__((noinline)) void firmware_between(void)
{
	__asm__ volatile("" ::: "memory");
}

static struct llext *load(const char *name)
{
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(effect_bytes, sizeof(effect_bytes));
	struct llext *ext;

	return llext_load(&loader.loader, name, &ext, NULL) == 0 ? ext : NULL;
}

static int call(struct llext *ext, int value)
{
	int (*run)(int) = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "effect_run");

	return run(value);
}

int main(void)
{
	struct llext *first, *effect;
	int sum;

	if (llext_heap_init(heap, sizeof(heap)) != 0)
		return 1;
	first = load("effect");
	if (first == NULL)
		return 2;
	sum = call(first, 1);
	if (llext_unload(&first) != 0)
		return 3;
	firmware_between();
	first = load("oth\ner\033"); /* so that effect goes elsewhere */
	effect = load("effect");
	if (first == NULL || effect == NULL)
		return 4;
	sum += call(effect, 2);
	if (llext_unload(&effect) != 0 || llext_unload(&first) != 0)
		return 5;
	printf("sum %d\n", sum);
	return sum == 70 ? 0 : 6;
}
