/* SPDX-License-Identifier: Apache-2.0 */
/* Over many installs every block is erased as often as every other, be it in use or not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "world.h"

#define INSTALLS 10000

static void spread(const struct model *model, uint32_t *least, uint32_t *most)
{
	*least = UINT32_MAX;
	*most = 0;
	for (unsigned i = 0; i < model->flash.blocks; i++) {
		*least = model->erases[i] < *least ? model->erases[i] : *least;
		*most = model->erases[i] > *most ? model->erases[i] : *most;
	}
}

static void wear(unsigned unit, uint32_t block, unsigned blocks, unsigned installs)
{
	static struct world world;
	uint32_t least, most, worst = 0;

	world_make(&world, unit, block, blocks, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "b", 1), 0);
	for (unsigned i = 0; i < installs; i++) {
		/* Lengths differ; c comes now and then and stays for a while. */
		assert_int_equal(world_update(&world, "a", i % 97 + 1), 0);
		if (i % 100 == 7)
			assert_int_equal(world_update(&world, "c", i % 89), 0);
		if (i % 100 == 63)
			assert_int_equal(
				llext_store_remove(&world.store, "c", LLEXT_STORE_ANY_VERSION), 0);
		if (i % 3 == 0) {
			model_restart(&world.model);
			assert_int_equal(world_boot(&world), 0);
		}
		spread(&world.model, &least, &most);
		worst = most - least > worst ? most - least : worst;
	}
	printf("%u blocks of %u: %u installs, each block erased %u to %u times, never more than %u "
	       "apart\n",
	       blocks, block, installs, least, most, worst);
	assert_true(worst <= 2);
	assert_int_equal(world_use(&world, "b"), 1);
	assert_int_equal(world.model.violations, 0);
	world_free(&world);
}

static void small_blocks(void **state)
{
	(void)state;
	wear(4, 256, 128, INSTALLS);
}

static void medium_blocks(void **state)
{
	(void)state;
	wear(8, 1024, 61, INSTALLS);
}

static void pages(void **state)
{
	(void)state;
	wear(1, 4096, 20, INSTALLS);
}

static void sectors(void **state)
{
	(void)state;
	wear(32, 65536, 16, INSTALLS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_blocks),
		cmocka_unit_test(medium_blocks),
		cmocka_unit_test(pages),
		cmocka_unit_test(sectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
