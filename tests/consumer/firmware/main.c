/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <llext/abi.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include <llext/steps.h>
#include <llext/swap_store.h>
#endif

static const uint8_t file[] __attribute__((aligned(8))) = {
#include "filter.inc"
};
static uint8_t heap[32 * 1024] __attribute__((aligned(16)));

void print(const char *text); /* start.c, host.c */

int apply_gain(int sample)
{
	return 3 * sample;
}
EXPORT_SYMBOL(apply_gain);

#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)
LLEXT_ABI(1, 2);
#endif

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
static uint8_t stack[4096] __attribute__((aligned(16)));

static int load(struct llext_loader *ldr, const char *name, struct llext **ext)
{
	struct llext_load_steps steps;
	struct llext_swap_store none = {0};
	int rc = llext_load_begin(&steps, ldr, name, NULL, stack, sizeof(stack), 8), count = 0;

	/* What the library was asked to have is there. */
	if (rc != 0 || llext_swap_store(&none, "x", "x", NULL) != -EINVAL)
		return -1;
	while (llext_load_step(&steps) == -EAGAIN)
		count++;
	return count > 1 ? llext_load_finish(&steps, ext) : -1;
}
#else
static int load(struct llext_loader *ldr, const char *name, struct llext **ext)
{
	return llext_load(ldr, name, ext, NULL);
}
#endif

int main(void)
{
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(file, sizeof(file));
	struct llext *ext;
	int (*filter)(int sample);

	if (llext_heap_init(heap, sizeof(heap)) != 0 || load(&loader.loader, "filter", &ext) != 0 ||
	    llext_bringup(ext) != 0)
		return 1;
	filter = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "filter");
	print(filter(14) == 43 ? "filter(14) = 43\n" : "filter(14) is wrong\n");
	return llext_teardown(ext) != 0 || llext_unload(&ext) != 0;
}
