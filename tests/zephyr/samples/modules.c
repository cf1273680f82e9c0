/* SPDX-License-Identifier: Apache-2.0 */
/* The heap is the library's in Zephyr; here the port maps it. */
#define LOG_LEVEL CONFIG_LOG_DEFAULT_LEVEL
#include <zephyr/logging/log.h>
LOG_MODULE_REGISTER(app);

#include <zephyr/llext/buf_loader.h>
#include <zephyr/llext/llext.h>
#include <llext_posix.h>

static uint8_t llext_buf[] = {
#include "modules_ext.inc"
};

int main(void)
{
	size_t llext_buf_len = ARRAY_SIZE(llext_buf);
	struct llext_buf_loader buf_loader = LLEXT_BUF_LOADER(llext_buf, llext_buf_len);
	struct llext_load_param ldr_parm = LLEXT_LOAD_PARAM_DEFAULT;
	void *heap = llext_posix_map(KB(64));
	struct llext *ext;
	int res;

	if (heap == NULL || llext_heap_init(heap, KB(64)) != 0)
		return 1;
	LOG_INF("Calling hello world as a module");
	res = llext_load(&buf_loader.loader, "ext", &ext, &ldr_parm);
	if (res != 0) {
		LOG_ERR("Failed to load extension, return code %d", res);
		return res;
	}

	void (*hello_world_fn)() = llext_find_sym(&ext->exp_tab, "hello_world");

	if (hello_world_fn == NULL) {
		LOG_ERR("Failed to find symbol");
		return -1;
	}
	hello_world_fn();
	return llext_unload(&ext);
}
