/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps of what is in a store, over modelled flash: both agree, also where power fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/swap_store.h>
#include <llext_posix.h>
#include "../store/model.h"
#include "alive.h"
#include "program.h"

#define HEAP_BYTES ((size_t)256 * 1024)
#define BLOCK      4096
#define BLOCKS     64
#define SLOTS      6
#define STARTS     3

FIXTURE(one);
FIXTURE(two);
FIXTURE(three);
FIXTURE(newer);
FIXTURE(other_major);

LLEXT_SLOT(codecs, effect, .version = no_version, .add = no_add, .count = no_count,
	   .twice = no_twice);

/* ---- the device ---- */

static struct model model;
static struct llext_store store;
static struct llext_store_slot slots[SLOTS];
static int answer[6]; /* of the store's hook, by event */

static int hook(struct llext_store *from, enum llext_store_event event,
		const struct llext_store_image *image, void *user_data)
{
	(void)from, (void)image, (void)user_data;
	return answer[event];
}

static const struct llext_store_config config = {
	.flash = &model.flash, .slots = slots, .slot_count = SLOTS, .starts = STARTS, .hook = hook};

static struct llext_loader *over(struct llext_loader *below, void *user_data)
{
	++*(int *)user_data;
	return below;
}

static int overs, health_is, decided;

static int health(struct llext_slot *slot, void *user_data)
{
	CHECK(slot == LLEXT_SLOT_OF(codecs) && user_data == &health_is);
	return *(int *)user_data;
}

static void on_decided(struct llext_slot *slot, bool good, void *user_data)
{
	CHECK(slot == LLEXT_SLOT_OF(codecs) && user_data == &health_is);
	decided = good ? 1 : -1;
}

static struct effect_state state;
static const struct llext_swap_param param = {.state = &state,
					      .state_bytes = sizeof(state),
					      .health = health,
					      .decided = on_decided,
					      .user_data = &health_is};
static struct llext_swap_store with;

/* Power comes: nothing is loaded. */
static void boot(void)
{
	(void)llext_swap_out(LLEXT_SLOT_OF(codecs), 0);
	CHECK(alive == 0);
	model_restart(&model);
	memset(answer, 0, sizeof(answer));
	CHECK(llext_store_init(&store, &config) == 0 && llext_store_resume(&store) == 0);
	with = (struct llext_swap_store){
		.slot = LLEXT_SLOT_OF(codecs), .store = &store, .over = over, .user_data = &overs};
}

/* Power is lost in the middle of a trial: what was loaded is gone with the memory. */
static void lose_power(void)
{
	model.off = true; /* so the store is not told how this trial ends */
	(void)llext_swap_confirm(LLEXT_SLOT_OF(codecs));
	boot();
	decided = 0;
}

static void commit(uint32_t version, const uint8_t *bytes, const uint8_t *end)
{
	const struct llext_store_image image = {
		.name = "codec",
		.version = version,
		.length = (uint32_t)(end - bytes),
		.digest = {(uint8_t)version},
	};
	struct llext_store_install install;

	CHECK(llext_store_begin(&store, &install, &image) == 0 &&
	      llext_store_write(&install, bytes, image.length) == 0 &&
	      llext_store_finish(&install) == 0 && llext_store_commit(&store, "codec") == 0);
	decided = 0;
}

#define COMMIT(version, fixture) commit(version, fixture_##fixture, fixture_##fixture##_end)

struct wanted {
	uint32_t version;
	int state;
};

static int find_state(const struct llext_store_image *image, void *user_data)
{
	struct wanted *wanted = user_data;

	if (image->version == wanted->version)
		wanted->state = image->state;
	return 0;
}

static int state_of(uint32_t version)
{
	struct wanted wanted = {version, LLEXT_STORE_NONE};

	CHECK(llext_store_iterate(&store, find_state, &wanted) == 0);
	return wanted.state;
}

static int version(void)
{
	return LLEXT_CALL(codecs, version);
}

/* What runs, and what the store would start. */
static void uses(int number, uint32_t of_store)
{
	const struct llext_store_image *image = llext_store_find(&store, "codec");

	CHECK(version() == number && alive == (number != 0));
	CHECK(of_store == 0 ? image == NULL : image != NULL && image->version == of_store);
}

static int try_new(const char *name)
{
	return llext_swap_store(&with, "codec", name, &param);
}

static int check_with(int how)
{
	health_is = how;
	return llext_swap_store_check(&with);
}

/* ---- tests ---- */

static void the_first(void)
{
	boot();
	CHECK(try_new("a") == -ENOENT);
	CHECK(llext_swap_store_check(&with) == -ENOENT);
	/* Bad: there is none to go back to. */
	COMMIT(1, other_major);
	CHECK(try_new("a") == -EPROTO && state_of(1) == LLEXT_STORE_TRIAL);
	CHECK(check_with(0) == -ENOENT && state_of(1) == LLEXT_STORE_TRIAL);
	CHECK(llext_store_remove(&store, "codec", 1) == 0);
	COMMIT(1, one);
	CHECK(try_new("a") == 0 && version() == 1);
	CHECK(check_with(-EFAULT) == -ECANCELED && decided == -1);
	uses(0, 0);
	CHECK(state_of(1) == LLEXT_STORE_NONE);

	COMMIT(1, one);
	CHECK(try_new("a") == 0 && check_with(-EAGAIN) == -EAGAIN && decided == 0);
	CHECK(check_with(0) == 0 && decided == 1 && state_of(1) == LLEXT_STORE_CONFIRMED);
	CHECK(check_with(0) == -ENOENT);
	uses(1, 1);
	CHECK(overs == 3);
}

static void good_and_bad(void)
{
	struct llext_swap_param outside = param;

	COMMIT(2, two);
	CHECK(try_new("a") == -EEXIST); /* the one that runs has this name */
	CHECK(try_new("b") == 0 && version() == 2 && alive == 2);
	CHECK(try_new("c") == -EBUSY);
	/* Both are open, so neither can go. */
	CHECK(llext_store_remove(&store, "codec", 1) == -EBUSY);
	CHECK(check_with(-EFAULT) == -ECANCELED && decided == -1);
	uses(1, 1);
	CHECK(state_of(2) == LLEXT_STORE_BAD);
	CHECK(llext_store_remove(&store, "codec", 2) == 0);

	COMMIT(3, three);
	CHECK(try_new("b") == 0 && check_with(0) == 0 && decided == 1);
	uses(3, 3);
	CHECK(llext_store_remove(&store, "codec", 1) == 0); /* closed */

	/* What is confirmed is swapped without a trial. */
	CHECK(try_new("a") == 0 && check_with(0) == -ENOENT);
	uses(3, 3);
	outside.flags = LLEXT_SWAP_TRIAL;
	CHECK(llext_swap_store(&with, "codec", "b", &outside) == 0 && alive == 1);

	/* By the slot's own functions. */
	COMMIT(4, newer);
	CHECK(try_new("a") == 0 && llext_swap_back(LLEXT_SLOT_OF(codecs)) == 0);
	uses(3, 3);
	COMMIT(5, newer);
	CHECK(try_new("a") == 0 && llext_swap_confirm(LLEXT_SLOT_OF(codecs)) == 0);
	uses(4, 5);
}

/* It runs as many starts as it has, and then the one before. */
static void resets_in_a_trial(void)
{
	COMMIT(6, two);
	CHECK(try_new("b") == 0 && version() == 2);
	for (int i = 1; i < STARTS; i++) {
		lose_power();
		CHECK(try_new("a") == 0 && version() == 2 && check_with(-EAGAIN) == -EAGAIN);
	}
	lose_power();
	CHECK(try_new("a") == 0 && check_with(0) == -ENOENT);
	uses(4, 5);
	CHECK(state_of(6) == LLEXT_STORE_BAD);

	/* A reset, and then it is good; or bad, and the one before is loaded anew. */
	COMMIT(7, two);
	CHECK(try_new("b") == 0);
	lose_power();
	CHECK(try_new("b") == 0 && check_with(0) == 0 && decided == 1);
	uses(2, 7);
	COMMIT(8, three);
	CHECK(try_new("a") == 0);
	lose_power();
	CHECK(try_new("a") == 0 && check_with(-EIO) == -ECANCELED && decided == -1);
	uses(0, 7);
	CHECK(try_new("a") == 0);
	uses(2, 7);
}

/* A swap that fails leaves the trial of what runs as it was. */
static void fails_in_a_trial(void)
{
	struct llext_swap_param bad = param;

	COMMIT(30, three);
	CHECK(try_new("b") == 0);
	lose_power();
	CHECK(try_new("a") == 0 && version() == 3);
	bad.flags = LLEXT_SWAP_IN_PLACE; /* without a source for the way back */
	bad.health = NULL;
	CHECK(llext_swap_store(&with, "codec", "b", &bad) == -EINVAL && version() == 3);
	CHECK(state_of(30) == LLEXT_STORE_TRIAL && check_with(-EAGAIN) == -EAGAIN);
	CHECK(check_with(0) == 0 && decided == 1);
	uses(3, 30);
	CHECK(llext_store_remove(&store, "codec", 7) == 0);
}

/* The slot has decided, and the store could not be told. */
static void the_store_says_no(void)
{
	COMMIT(9, three);
	CHECK(try_new("b") == 0);
	answer[LLEXT_STORE_ON_CONFIRM] = -EPERM;
	CHECK(check_with(0) == -EPERM && version() == 3 && state_of(9) == LLEXT_STORE_TRIAL);
	answer[LLEXT_STORE_ON_CONFIRM] = 0;
	CHECK(check_with(0) == 0 && state_of(9) == LLEXT_STORE_CONFIRMED);

	COMMIT(10, two);
	CHECK(try_new("a") == 0);
	answer[LLEXT_STORE_ON_ROLLBACK] = -ESTALE;
	CHECK(check_with(-EIO) == -ESTALE && version() == 3);
	CHECK(state_of(10) == LLEXT_STORE_TRIAL && check_with(0) == -ENOENT);
	answer[LLEXT_STORE_ON_ROLLBACK] = 0;
	CHECK(llext_store_rollback(&store, "codec") == 0);

	/* Another version is committed in the middle of a trial: that one is not confirmed. */
	COMMIT(11, two);
	CHECK(try_new("a") == 0);
	COMMIT(12, newer);
	CHECK(check_with(0) == -ESTALE && version() == 2);
	CHECK(state_of(11) == LLEXT_STORE_TRIAL && state_of(12) == LLEXT_STORE_TRIAL);
	CHECK(try_new("b") == 0 && check_with(0) == 0);
	uses(4, 12);
}

/* Power fails in each operation on flash with which the store is told. */
static void power_fails(void)
{
	for (unsigned int n = 1; n < 100; n++) {
		int rc, after;

		COMMIT(20 + n, two);
		CHECK(try_new("a") == 0);
		model.cut_at = model.operations + n;
		model.cut = CUT_TORN;
		rc = check_with(0);
		CHECK(version() == 2 && (rc == 0) == !model.off);
		if (!model.off) {
			model.cut_at = 0;
			printf("power failed at each of %u operations\n", n - 1);
			CHECK(n > 1);
			return;
		}
		lose_power();
		after = state_of(20 + n);
		CHECK(after == LLEXT_STORE_TRIAL || after == LLEXT_STORE_CONFIRMED);
		CHECK(try_new("b") == 0 && version() == 2);
		CHECK(check_with(0) == (after == LLEXT_STORE_TRIAL ? 0 : -ENOENT));
		uses(2, 20 + n);
	}
	CHECK(false);
}

/* Somebody is still inside what was bad. */
static void still_inside(void)
{
	struct llext_caller caller;

	COMMIT(200, three);
	CHECK(try_new("c") == 0);
	CHECK(LLEXT_ENTER(codecs, &caller)->version() == 3);
	CHECK(check_with(-EIO) == -ETIMEDOUT && decided == -1 && version() == 2 && alive == 2);
	CHECK(state_of(200) == LLEXT_STORE_BAD);
	CHECK(llext_store_remove(&store, "codec", 200) == -EBUSY);
	CHECK(llext_swap_store_collect(&with) == -ETIMEDOUT);
	LLEXT_LEAVE(&caller);
	CHECK(llext_swap_store_collect(&with) == 0 && alive == 1);
	CHECK(llext_store_remove(&store, "codec", 200) == 0);
}

/* Somebody else uses what leaves the slot: its image stays open as long. */
static void used_elsewhere(void)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_three, (size_t)(fixture_three_end - fixture_three));
	struct llext *ext = NULL;

	COMMIT(210, three);
	CHECK(try_new("d") == 0 && check_with(0) == 0);
	CHECK(llext_load(&loader.loader, "d", &ext, NULL) == 1);
	COMMIT(211, two);
	CHECK(try_new("e") == 0 && check_with(0) == 0);
	uses(2, 211);
	CHECK(llext_by_name("d") == ext && ext != NULL);
	CHECK(llext_store_remove(&store, "codec", 210) == -EBUSY);
	CHECK(try_new("d") == -EEXIST);
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_swap_store_collect(&with) == 0);
	CHECK(llext_store_remove(&store, "codec", 210) == 0);

	/* A name that was somebody else's from the start: that image does not stay open. */
	CHECK(llext_load(&loader.loader, "other", &ext, NULL) == 0);
	CHECK(try_new("other") == -EEXIST && try_new("other") == -EEXIST);
	CHECK(llext_unload(&ext) == 0);
	COMMIT(212, three);
	CHECK(try_new("f") == 0 && check_with(0) == 0);
	uses(3, 212);
	CHECK(llext_store_remove(&store, "codec", 211) == 0);
}

static void bad_arguments(void)
{
	char longest[CONFIG_LLEXT_SWAP_NAME_BYTES + 1];
	struct llext_swap_store none = {.store = &store};

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK(try_new(longest) == -EINVAL && try_new("") == -EINVAL && try_new(NULL) == -EINVAL);
	CHECK(llext_swap_store(&with, NULL, "x", NULL) == -EINVAL);
	CHECK(llext_swap_store(&none, "codec", "x", NULL) == -EINVAL);
	CHECK(llext_swap_store(NULL, "codec", "x", NULL) == -EINVAL);
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_heap_stats stats;

	llext_posix_log_level = LLEXT_LOG_NONE;
	model_make(&model, 8, BLOCK, BLOCKS, 0xff);
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0 ||
	    llext_store_format(&store, &config) != 0)
		return 2;
	the_first();
	good_and_bad();
	resets_in_a_trial();
	fails_in_a_trial();
	the_store_says_no();
	power_fails();
	still_inside();
	used_elsewhere();
	bad_arguments();
	(void)llext_swap_out(LLEXT_SLOT_OF(codecs), 0);
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 && stats.used == 0 && alive == 0);
	CHECK(model.violations == 0);
	model_free(&model);
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}
