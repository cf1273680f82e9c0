/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/buf_loader.h>
#include <llext/llext.h>

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

int main(void)
{
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(file, sizeof(file));
	struct llext *ext;
	int (*filter)(int sample);

	if (llext_heap_init(heap, sizeof(heap)) != 0 ||
	    llext_load(&loader.loader, "filter", &ext, NULL) != 0 || llext_bringup(ext) != 0)
		return 1;
	filter = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "filter");
	print(filter(14) == 43 ? "filter(14) = 43\n" : "filter(14) is wrong\n");
	return llext_teardown(ext) != 0 || llext_unload(&ext) != 0;
}
