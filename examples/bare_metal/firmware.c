// SPDX-License-Identifier: Apache-2.0
// Loads the extension that is in the flash partition, under memory protection, and calls it.
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_mcu.h>

extern const char extension_partition[], extension_partition_size[];

// Aligned as PMSAv7 wants it; named so that `tenon check` finds it.
static uint8_t llext_heap_memory[64 * 1024] __attribute__((aligned(64 * 1024)));
static int gain = 3;

int apply_gain(int sample)
{
	return sample * gain;
}
EXPORT_SYMBOL(apply_gain);

static int fail(const char *what, int rc)
{
	printf("%s: %d\n", what, rc);
	return 1;
}

int main(void)
{
	struct llext_buf_loader flash =
		LLEXT_PERSISTENT_BUF_LOADER(extension_partition, (size_t)extension_partition_size);
	struct llext *ext;
	int (*filter)(int sample);
	int rc = llext_mcu_protect_heap((uintptr_t)llext_heap_memory, sizeof(llext_heap_memory));

	if (rc == 0)
		rc = llext_heap_init(llext_heap_memory, sizeof(llext_heap_memory));
	if (rc != 0)
		return fail("heap", rc);
	rc = llext_load(&flash.loader, "filter", &ext, NULL);
	if (rc < 0)
		return fail("load", rc); // and the log has said why
	rc = llext_bringup(ext);
	if (rc != 0)
		return fail("bring-up", rc);
	filter = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "filter");
	printf("filter(14) = %d\n", filter(14));
	llext_teardown(ext);
	return llext_unload(&ext);
}
