/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions that import from each other. */
#include "cases.h"

static void chain(void)
{
	struct llext *a, *b, *c;

	need_loaded(3);
	c = load_fixture(FIXTURE(chain_c), "c");
	b = load_fixture(FIXTURE(chain_b), "b");
	a = load_fixture(FIXTURE(chain_a), "a");

	CHECK_EQ(3, call(a, "chain_value_a"));
	CHECK(a->dependency[0] == b && a->dependency[1] == NULL);
	CHECK(b->dependency[0] == c && b->dependency[1] == NULL);
	CHECK(c->dependency[0] == NULL);
	CHECK_EQ(-EBUSY, llext_unload(&c));
	CHECK_EQ(-EBUSY, llext_remove(&b));
	CHECK(c != NULL && b != NULL && c->use_count == 1);
	CHECK_EQ(-EBUSY, llext_last_diag()->error);
	CHECK_STR("b", llext_last_diag()->symbol);
	CHECK_EQ(3, call(a, "chain_value_a"));
	unload(a);
	CHECK_EQ(-EBUSY, llext_unload(&c));
	unload(b);
	unload(c);
}

/* What a load calls back cannot change what it works with. */
struct nested {
	struct llext *provider;
	unsigned int calls;
};

static void on_import(void *user_data, const struct llext_import *import)
{
	struct fixture fixture = FIXTURE(chain_c);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct nested *nested = user_data;
	struct llext *ext = nested->provider;
	struct llext_plan plan;

	(void)import;
	nested->calls++;
	CHECK_EQ(-EBUSY, llext_unload(&ext));
	CHECK(ext == nested->provider);
	CHECK_EQ(-EBUSY, llext_load(&loader.loader, "other", &ext, NULL));
	CHECK(ext == NULL);
	CHECK_EQ(-EBUSY, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(-EBUSY, llext_heap_uninit());
	CHECK(llext_by_name("c") == nested->provider);
}

static void calls_from_within_a_load(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct nested nested = {load_fixture(FIXTURE(chain_c), "c"), 0};
	struct llext *b;

	param.on_import = on_import;
	param.user_data = &nested;
	b = load_with(FIXTURE(chain_b), "b", &param);
	CHECK(nested.calls > 0);
	CHECK_EQ(2, call(b, "chain_value_b"));
	CHECK_EQ(-EBUSY, llext_unload(&nested.provider)); /* the dependency has been kept */
	unload(b);
	unload(nested.provider);
}

/* Of two, whichever comes first takes the other one away as well. */
static int unload_other(struct llext *ext, void *arg)
{
	struct llext *const *both = arg;
	struct llext *other = ext == both[0] ? both[1] : both[0];

	if (ext != both[0] && ext != both[1])
		return 0;
	CHECK(llext_by_name("one") != NULL && llext_by_name("two") != NULL);
	unload(other);
	return 0;
}

static void iterate_while_the_next_is_unloaded(void)
{
	struct llext *both[2];

	need_loaded(2);
	both[0] = load_fixture(FIXTURE(chain_c), "one");
	both[1] = load_fixture(FIXTURE(chain_c), "two");
	CHECK_EQ(0, llext_iterate(unload_other, both));
	CHECK(llext_by_name("two") == NULL);
	unload(both[0]);
}

static void provider_must_come_first(void)
{
	struct llext *c;

	refuse(FIXTURE(chain_b), NULL, -ENODATA);
	c = load_fixture(FIXTURE(chain_c), "c");
	unload(c);
	refuse(FIXTURE(chain_b), NULL, -ENODATA);
}

static void used_and_loaded_twice(void)
{
	struct fixture fixture = FIXTURE(chain_c);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext *c = load_fixture(fixture, "c"), *again;
	struct llext *b = load_fixture(FIXTURE(chain_b), "b");

	CHECK_EQ(1, llext_load(&loader.loader, "c", &again, NULL));
	CHECK_EQ(1, llext_unload(&again)); /* a count is no unload */
	CHECK_EQ(-EBUSY, llext_unload(&c));
	CHECK_EQ(2, call(b, "chain_value_b"));
	unload(b);
	unload(c);
}

static void several_users(void)
{
	struct llext *c, *one, *two;

	need_loaded(3);
	c = load_fixture(FIXTURE(chain_c), "c");
	one = load_fixture(FIXTURE(chain_b), "one");
	two = load_fixture(FIXTURE(chain_b), "two");

	unload(one);
	CHECK_EQ(-EBUSY, llext_unload(&c));
	unload(two);
	unload(c);
}

static void more_than_eight(void)
{
	struct fixture fixtures[10] = {
		FIXTURE(chain_0), FIXTURE(chain_1), FIXTURE(chain_2), FIXTURE(chain_3),
		FIXTURE(chain_4), FIXTURE(chain_5), FIXTURE(chain_6), FIXTURE(chain_7),
		FIXTURE(chain_8), FIXTURE(chain_9),
	};
	struct llext *providers[10], *many;
	char name[] = "0";

	need_loaded(11);
	for (int i = 0; i < 10; i++, name[0]++)
		providers[i] = load_fixture(fixtures[i], name);
	many = load_fixture(FIXTURE(many), "many");
	CHECK_EQ(10, call(many, "many_sum"));
	for (int i = 0; i < 10; i++) {
		CHECK(many->dependency[i] == providers[i]);
		CHECK_EQ(-EBUSY, llext_unload(&providers[i]));
	}
	CHECK(many->dependency[10] == NULL);
	unload(many);
	for (int i = 0; i < 10; i++)
		unload(providers[i]);
}

/* A load that fails after its imports were found holds nothing of what it found. */
static void failure_is_no_use(void)
{
	struct llext *provider = load_fixture(FIXTURE(chain_c), "provider");
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(chain_b), &bytes);
	elf_shdr_t *exports = find_header(bytes, ".exported_sym");

	exports->sh_size -= 1; /* found when the exports are read, after the imports */
	refuse(fixture, NULL, -ENOEXEC);
	unload(provider);
}

const struct conformance_case dependency_cases[] = {
	{"dependencies: chain", chain},
	{"dependencies: calls from within a load", calls_from_within_a_load},
	{"dependencies: iterate while the next is unloaded", iterate_while_the_next_is_unloaded},
	{"dependencies: providers come first", provider_must_come_first},
	{"dependencies: used and loaded twice", used_and_loaded_twice},
	{"dependencies: several users", several_users},
	{"dependencies: more than eight", more_than_eight},
	{"dependencies: a failed load is no use", failure_is_no_use},
	{NULL, NULL},
};
