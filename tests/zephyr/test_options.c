/* SPDX-License-Identifier: Apache-2.0 */
/* Options under Zephyr's names. Nothing of the extension is run: the heap for code is none here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext/port.h>

static uint8_t __attribute__((aligned(4096))) bytes[] = {
#include "zephyr_options_ext.inc"
};

static uint8_t packed[] = {
#include "zephyr_options_packed.inc"
};

const struct llext_port llext_port = {0};

void llext_port_log(int level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
}

void unassigned(void);
void unassigned(void)
{
}
EXPORT_SYMBOL(unassigned);

static void mine(void)
{
}
EXPORT_GROUP_SYMBOL(MINE, mine);
EXPORT_GROUP_SYMBOL(NOBODYS, unassigned);

static void groups(void **state)
{
	(void)state;
	assert_null(llext_find_sym(NULL, "unassigned"));
	assert_ptr_equal(llext_find_sym(NULL, "mine"), mine);
}

static void own_heaps(void **state)
{
	struct llext_heap_stats instr, data;

	(void)state;
	assert_int_equal(llext_heap_init(bytes, sizeof(bytes)), -ENOSYS);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_INSTR, &instr), 0);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &data), 0);
	assert_in_range(instr.largest_free, 15 * 1024, 16 * 1024);
	assert_in_range(data.largest_free, 63 * 1024, 64 * 1024);
}

static void regions(void **state)
{
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(bytes, sizeof(bytes));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_heap_stats instr;
	enum llext_mem region;
	struct llext *ext;
	const int *stays;
	int index;

	(void)state;
	param.keep_section_info = true;
	assert_int_equal(llext_load(&loader.loader, "options", &ext, &param), 0);
	/* What is not listed is exported, too, and code is on the heap for code. */
	assert_non_null(llext_find_sym(&ext->exp_tab, "options_not_listed"));
	assert_non_null(llext_find_sym(&ext->exp_tab, "options_listed"));
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_INSTR, &instr), 0);
	assert_true(instr.used > 0);

	stays = llext_find_sym(&ext->exp_tab, "options_stays");
	assert_int_equal(*stays, 7);
	assert_true((const uint8_t *)stays >= bytes &&
		    (const uint8_t *)stays < bytes + sizeof(bytes));
	assert_ptr_equal(ext->mem[LLEXT_MEM_RODATA_NO_RELOC], stays);
	assert_false(ext->mem_on_heap[LLEXT_MEM_RODATA_NO_RELOC]);
	index = llext_section_shndx(&loader.loader, ext, LLEXT_SECTION_RODATA_NO_RELOC);
	assert_true(index > 0);
	assert_int_equal(llext_get_section_info(&loader.loader, ext, (unsigned int)index, NULL,
						&region, NULL),
			 0);
	assert_int_equal(region, LLEXT_MEM_RODATA_NO_RELOC);
	assert_true(ext->mem_on_heap[LLEXT_MEM_RODATA]); /* a constant that is relocated */
	assert_int_equal(ext->mem_size[LLEXT_MEM_VENEER], 0);
	assert_int_equal(llext_unload(&ext), 0);
}

/* A packed file has only those names that it lists. */
static void packed_exports(void **state)
{
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(packed, sizeof(packed));
	struct llext *ext;

	(void)state;
	assert_int_equal(llext_load(&loader.loader, "packed", &ext, NULL), 0);
	assert_non_null(llext_find_sym(&ext->exp_tab, "options_listed"));
	assert_null(llext_find_sym(&ext->exp_tab, "options_not_listed"));
	assert_int_equal(llext_unload(&ext), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups),
		cmocka_unit_test(own_heaps),
		cmocka_unit_test(regions),
		cmocka_unit_test(packed_exports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
