/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot, trusted and sandboxed extensions in turn, with the state handed from each to the next;
 * and a sandboxed one that crashes on trial.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/slot_domain.h>
#include "domains.h"
#include "suite.h"

FIXTURE(one);
FIXTURE(two);
FIXTURE(three);
FIXTURE(crashes);
FIXTURE(save_too_much);

LLEXT_SLOT_DECLARE(fenced, effect);

static int no_version(void)
{
	return 0;
}

static int no_add(int a, int b)
{
	return 100 * (a + b);
}

static int no_twice(int a)
{
	return a + a + 1;
}

LLEXT_PROXY0(fenced, effect, version, int)
LLEXT_PROXY(fenced, effect, add, int, int, int)
LLEXT_PROXY0(fenced, effect, count, unsigned int)
LLEXT_DOMAIN_SLOT_DEFINE(fenced, effect, 0, (version, add, count), .version = no_version,
			 .add = no_add, .twice = no_twice);

static struct k_mem_domain domains[2];
static struct llext_domain_config configs[2];
static struct llext_load_param into[2] = {LLEXT_LOAD_PARAM_DEFAULT, LLEXT_LOAD_PARAM_DEFAULT};
static struct llext_swap_result result;

static struct llext_swap_param param_for(int domain, unsigned int flags)
{
	return (struct llext_swap_param){.flags = flags,
					 .load = domain < 0 ? NULL : &into[domain],
					 .state = domains_blob,
					 .state_bytes = domains_blob_bytes,
					 .result = &result};
}

static int swap_to(const uint8_t *bytes, const uint8_t *end, const char *name, int domain,
		   unsigned int flags)
{
	struct llext_swap_param param = param_for(domain, flags);

	return suite_swap(LLEXT_SLOT_OF(fenced), bytes, end, name, &param);
}

#define SWAP_TO(fixture, name, domain, flags)                                                      \
	swap_to(fixture_##fixture, fixture_##fixture##_end, name, domain, flags)

static int add(int a, int b)
{
	return LLEXT_CALL(fenced, add, a, b);
}

static unsigned int count(void)
{
	return LLEXT_CALL(fenced, count);
}

static int version(void)
{
	return LLEXT_CALL(fenced, version);
}

static void test_state_goes_round(void)
{
	int before = suite_alive();

	CHECK(SWAP_TO(one, "trusted", -1, 0) == 0 && count() == 1 && version() == 1);
	/* 1.1 has no twice(), for which there is no proxy. */
	CHECK(SWAP_TO(three, "fenced0", 0, 0) == 0 && version() == 3);
	CHECK(result.state_bytes == sizeof(struct effect_state));
	CHECK(llext_domain_of(llext_slot_extension(LLEXT_SLOT_OF(fenced))) == &domains[0]);
	CHECK(count() == 2 && add(20, 3) == 23 && LLEXT_CALL(fenced, twice, 4) == 9);
	CHECK(SWAP_TO(three, "fenced1", 0, 0) == -ENOTSUP && count() == 3);
	CHECK(SWAP_TO(three, "fenced1", 1, 0) == 0 && count() == 4);
	CHECK(suite_alive() == before + 1);
	CHECK(llext_domain_of(llext_slot_extension(LLEXT_SLOT_OF(fenced))) == &domains[1]);
	CHECK(SWAP_TO(two, "all", 0, 0) == -ENOTSUP && count() == 5); /* twice() has no way in */
	CHECK(SWAP_TO(two, "trusted", -1, 0) == 0 && count() == 6 && version() == 2);
	CHECK(suite_alive() == before + 1);
}

static void test_crash_on_trial(void)
{
	struct llext_slot *slot = LLEXT_SLOT_OF(fenced);
	struct llext_swap_param trial = param_for(0, LLEXT_SWAP_TRIAL);
	unsigned int counted = count();

	CHECK(suite_swap(slot, fixture_crashes, fixture_crashes_end, "bad", &trial) == 0);
	CHECK(version() == 9 && count() == counted + 1 && llext_slot_fault(slot) == 0);
	CHECK(add(1, 2) == 300); /* the default's */
	CHECK(llext_slot_fault(slot) == -EFAULT && llext_slot_callers(slot) == 0);
	CHECK(version() == 0); /* its domain is stopped */
	CHECK(llext_swap_check(slot) == -ECANCELED);
	CHECK(version() == 2 && add(1, 2) == 3 && count() == counted + 1);
	CHECK(llext_slot_fault(slot) == 0 && llext_by_name("bad") == NULL);
	CHECK(llext_domain_reset(&domains[0]) == -ENOTSUP); /* nobody gave it a source */
	CHECK(llext_domain_init(&domains[0], &configs[0]) == 0);
}

/* One that has crashed is replaced all the same, without its state. */
static void test_after_a_crash(void)
{
	CHECK(SWAP_TO(crashes, "bad", 0, 0) == 0 && add(1, 2) == 300);
	CHECK(SWAP_TO(three, "good", 1, 0) == -EFAULT && version() == 0);
	CHECK(result.stage == LLEXT_SWAP_STAGE_SAVE);
	CHECK(SWAP_TO(three, "good", 1, LLEXT_SWAP_STATE_OPTIONAL) == 0 && count() == 1);
	CHECK(result.left == -EFAULT && llext_by_name("bad") == NULL);
	CHECK(llext_domain_init(&domains[0], &configs[0]) == 0);
	/* It says more than there is room for. */
	CHECK(SWAP_TO(save_too_much, "liar", 0, LLEXT_SWAP_NO_STATE) == 0);
	CHECK(SWAP_TO(three, "good", 1, 0) == -E2BIG && count() == 1);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(fenced), 0) == -ENOTSUP); /* count() has no default */
	CHECK(SWAP_TO(one, "trusted", -1, LLEXT_SWAP_NO_STATE) == 0 && version() == 1);
}

/* What a slot calls directly joins no domain, until it has left the slot. */
static void test_joins_no_domain(void)
{
	struct llext_load_param later = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_swap_param param = param_for(-1, LLEXT_SWAP_NO_STATE);
	struct llext_slot *slot = LLEXT_SLOT_OF(fenced);
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(fixture_one, (size_t)(fixture_one_end - fixture_one));
	struct llext *ext = NULL;

	later.domain_later = true;
	param.load = &later;
	CHECK(suite_swap(slot, fixture_one, fixture_one_end, "later", &param) == 0);
	CHECK(llext_load(&loader.loader, "later", &ext, NULL) == 1);
	CHECK(ext == llext_slot_extension(slot));
	if (ext == NULL)
		return;
	CHECK(llext_add_domain(ext, &domains[0]) == -EBUSY);
	CHECK(strcmp(llext_last_diag()->what, "a slot calls its functions") == 0);
	CHECK(llext_domain_of(ext) == NULL && add(2, 3) == 5);
	CHECK(SWAP_TO(one, "last", -1, LLEXT_SWAP_NO_STATE) == 0 && ext->use_count == 1);
	CHECK(llext_add_domain(ext, &domains[0]) == 0 && llext_domain_of(ext) == &domains[0]);
	CHECK(llext_unload(&ext) == 0 && add(2, 3) == 5);
}

void domains_test(void)
{
	size_t used = suite_heap_used();

	for (int i = 0; i < 2; i++) {
		configs[i] = (struct llext_domain_config){.name = i == 0 ? "first" : "second",
							  .mem = domains_memory[i],
							  .bytes = domains_bytes,
							  .stack_bytes = 2048};
		into[i].domain = &domains[i];
		CHECK(llext_domain_init(&domains[i], &configs[i]) == 0);
	}
	test_state_goes_round();
	test_crash_on_trial();
	test_after_a_crash();
	test_joins_no_domain();
	for (int i = 0; i < 2; i++)
		CHECK(llext_domain_fini(&domains[i]) == 0);
	/* The last one is still there. */
	CHECK(suite_heap_used() > used);
}
