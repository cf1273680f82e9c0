/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware in Zephyr's spelling. Only threads and the heap's memory are the desk's. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <zephyr/kernel.h>
#include <zephyr/llext/buf_loader.h>
#include <zephyr/llext/elf.h>
#include <zephyr/llext/fs_loader.h>
#include <zephyr/llext/inspect.h>
#include <zephyr/llext/llext.h>
#include <zephyr/llext/loader.h>
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>
#include <llext_posix.h>

#define HEAP_BYTES KB(256)
#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printk("line %d: %s does not hold\n", __LINE__, #condition);               \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static const uint8_t llext_buf[] __aligned(4) = {
#include "zephyr_ext.inc"
};

struct thread_arguments {
	struct llext *ext;
	llext_entry_fn_t entry;
	void *user_data;
};

static void *thread_main(void *opaque)
{
	struct thread_arguments *arguments = opaque;

	llext_bootstrap(arguments->ext, arguments->entry, arguments->user_data);
	return NULL;
}

static int count_ext(struct llext *ext, void *arg)
{
	ARG_UNUSED(ext);
	(*(int *)arg)++;
	return 0;
}

static int run_thread(struct llext *ext)
{
	const void *const entry = llext_find_sym(&ext->exp_tab, "test_entry");
	uint32_t result = 0;
	struct thread_arguments arguments = {ext, (llext_entry_fn_t)(uintptr_t)entry, &result};
	pthread_t thread;

	ASSERT(entry != NULL);
	ASSERT(pthread_create(&thread, NULL, thread_main, &arguments) == 0);
	ASSERT(pthread_join(thread, NULL) == 0);
	ASSERT(result == 104);
	return 0;
}

static int calls(struct llext *ext)
{
	const void *const printk_fn = llext_find_sym(NULL, "printk");
	uint32_t (*increase)(uint32_t) = llext_find_sym(&ext->exp_tab, "increase");

	ASSERT(printk_fn == (const void *)printk);
	ASSERT(llext_find_sym(&ext->exp_tab, "printk") == NULL);
	ASSERT(llext_call_fn(ext, "hello_world") == 0);
	ASSERT(increase != NULL && increase(7) == 7 && increase(1000) == 107);
	ASSERT(llext_call_fn(ext, "hello_world") == 0);
	ASSERT(llext_call_fn(ext, "no_such_function") < 0);
	ASSERT(llext_add_domain(ext, NULL) < 0);
	return 0;
}

int main(void)
{
	struct llext_buf_loader buf_loader = LLEXT_BUF_LOADER(llext_buf, ARRAY_SIZE(llext_buf));
	struct llext_loader *loader = &buf_loader.loader;
	struct llext_load_param ldr_parm = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL, *again = NULL;
	void *heap = llext_posix_map(HEAP_BYTES);
	int count = 0;

	ASSERT(heap != NULL && llext_heap_init(heap, HEAP_BYTES) == 0);
	ASSERT(llext_load(loader, "hello_world", &ext, &ldr_parm) == 0);
	ASSERT(ext != NULL && strncmp(ext->name, "hello_world", LLEXT_MAX_NAME_LEN) == 0);
	ASSERT(ext->mem[LLEXT_MEM_TEXT] != NULL && ext->mem_size[LLEXT_MEM_BSS] >= 512);
	ASSERT(ext->mem_on_heap[LLEXT_MEM_DATA] && ext->alloc_size > 0);
	ASSERT(llext_by_name("hello_world") == ext);
	ASSERT(llext_iterate(count_ext, &count) == 0 && count == 1);
	ASSERT(llext_load(loader, "hello_world", &again, &ldr_parm) == 1 && again == ext);

	if (calls(ext) != 0 || run_thread(ext) != 0)
		return 1;

	ASSERT(llext_unload(&again) == 1);
	ASSERT(llext_unload(&ext) == 0 && ext == NULL);
	ASSERT(llext_by_name("hello_world") == NULL);
	ASSERT(llext_heap_uninit() == 0);
	return 0;
}
