/* SPDX-License-Identifier: Apache-2.0 */
/* Unloading by proof: each kind of reference is found, named, and alone keeps an extension loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/unload.h>
#include "suite.h"

FIXTURE(holder);
FIXTURE(importer);
FIXTURE(one);

static struct llext *holder;
static struct llext_reference references[4];
static struct llext_unload_report report = {.references = references, .room = 4};

static void load(const uint8_t *bytes, const uint8_t *end, const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, (size_t)(end - bytes));

	CHECK(llext_load(&loader.loader, name, ext, NULL) == 0);
}

static void *address_of(const char *name)
{
	return (void *)(uintptr_t)llext_find_sym(&holder->exp_tab, name);
}

static bool names(enum llext_reference_kind kind, const char *name, const char *line)
{
	char text[120];
	size_t length = llext_reference_format(&references[0], text, sizeof(text));
	const char *found = references[0].name;

	if (strncmp(text, line, strlen(line)) != 0 || length != strlen(text))
		printf("%s\n", text);
	return references[0].kind == kind && strncmp(text, line, strlen(line)) == 0 &&
	       (name == NULL ? found == NULL : found != NULL && strcmp(found, name) == 0);
}

#define KEPT(kind, name, line)                                                                     \
	(llext_unload_checked(&holder, &report) == -EBUSY && report.count == 1 &&                  \
	 names(LLEXT_REFERENCE_##kind, name, line) && holder != NULL &&                            \
	 llext_by_name("holder") == holder)

static void test_imports(void)
{
	struct llext *importer;

	load(fixture_importer, fixture_importer_end, "importer", &importer);
	CHECK(KEPT(IMPORT, "importer", "extension importer uses its symbols"));
	report.flags = LLEXT_UNLOAD_POINTERS;
	CHECK(llext_unload_checked(&holder, &report) == -EBUSY && report.count == 2);
	CHECK(references[1].kind == LLEXT_REFERENCE_POINTER);
	CHECK(references[1].value == (uintptr_t)address_of("holder_variable"));
	report.room = 0;
	CHECK(llext_unload_checked(&holder, &report) == -EBUSY && report.count == 2);
	report.room = 4;
	report.flags = 0;
	CHECK(llext_unload_checked(&importer, NULL) == 0 && importer == NULL);
}

static void test_uses(void)
{
	struct llext *again;

	CHECK(llext_load(&((struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(NULL, 0)).loader,
			 "holder", &again, NULL) == 1);
	CHECK(llext_unload_checked(&again, &report) == 1 && holder->use_count == 1);
}

static int released;

static void release(struct llext_owned *owned)
{
	CHECK(strcmp(owned->name, "timer") == 0);
	released++;
}

static struct llext_owned timer = {.name = "timer", .release = release};

static void test_resources(void)
{
	CHECK(llext_owned_add(&timer, &released) == -ENOENT);
	CHECK(llext_owned_add(&timer, address_of("holder_call")) == 0);
	CHECK(KEPT(RESOURCE, "timer", "resource timer is registered"));
	llext_owned_remove(&timer);
	llext_owned_remove(&timer);
	CHECK(released == 0);
	CHECK(((int (*)(void))(uintptr_t)address_of("holder_register"))() == 0);
	CHECK(KEPT(EXIT, NULL, "a function to run at the end has not been run: 0x"));
	CHECK(llext_bringup(holder) == 0 && llext_teardown(holder) == 0);
}

/* ---- stacks that say what the test wants ---- */

static uintptr_t words[8];
static bool stack_is_current;

static int threads(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	const struct llext_thread_stack stack = {"worker", (uintptr_t)words + 1,
						 (uintptr_t)(words + 8), stack_is_current};

	return each(&stack, arg);
}

static int no_threads(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	(void)each;
	(void)arg;
	return -ENOSPC;
}

static const struct llext_swap_port with_threads = {.threads = threads};
static const struct llext_swap_port cannot = {.threads = no_threads};

static uintptr_t return_address;

static int note_return_address(void)
{
	return_address = (uintptr_t)__builtin_return_address(0);
	return 0;
}

static void test_threads(void)
{
	int (*call)(int (*)(void)) = (int (*)(int (*)(void)))(uintptr_t)address_of("holder_call");

	CHECK(call(note_return_address) == 5 && return_address != 0);
	llext_swap_use(&cannot); /* what cannot be looked at is not proved */
	CHECK(llext_unload_checked(&holder, &report) == -ENOSPC && holder != NULL);
	llext_swap_use(&with_threads);
	words[0] = return_address; /* below the stack */
	for (unsigned i = 1; i < 8; i++) {
		words[i] = return_address;
		CHECK(KEPT(THREAD, "worker", "thread worker may return to 0x"));
		CHECK(references[0].place == (uintptr_t)&words[i]);
		words[i] = 0;
	}
	/* Of the calling thread, what a call has left. */
	words[3] = (uintptr_t)address_of("holder_call");
	CHECK(KEPT(THREAD, "worker", "thread worker may return to 0x"));
#if !defined(__x86_64__) && !defined(__aarch64__) /* where the library can tell them apart */
	stack_is_current = true;
	words[4] = return_address;
	CHECK(KEPT(THREAD, "worker", "thread worker may return to 0x"));
	CHECK(references[0].place == (uintptr_t)&words[4]);
	stack_is_current = false;
#endif
	memset(words, 0, sizeof(words));
	llext_swap_use(NULL);
}

static void test_pointers(void)
{
	static uintptr_t holds[3];
	const struct llext_memory_range range = {"firmware", holds, sizeof(holds)};

	holds[1] = (uintptr_t)address_of("holder_variable");
	report.flags = LLEXT_UNLOAD_POINTERS;
	report.ranges = &range;
	report.range_count = 1;
	CHECK(KEPT(POINTER, "firmware", "pointer in firmware to 0x"));
	CHECK(references[0].place == (uintptr_t)&holds[1]);
	report.flags = 0;
	report.range_count = 0;
	holds[1] = 0;
}

static void test_force(void)
{
	struct llext_unload_report force = {
		.flags = LLEXT_UNLOAD_FORCE, .references = references, .room = 4};
	int alive = suite_alive();

	CHECK(llext_owned_add(&timer, address_of("holder_variable")) == 0);
	CHECK(((int (*)(void))(uintptr_t)address_of("holder_register"))() == 0);
	/* It cannot take a thread's way back. */
	words[3] = return_address;
	llext_swap_use(&with_threads);
	CHECK(llext_unload_checked(&holder, &force) == -EBUSY && force.count == 1);
	CHECK(names(LLEXT_REFERENCE_THREAD, "worker", "thread worker"));
	CHECK(released == 1 && suite_alive() == alive - 10);
	words[3] = 0;
	CHECK(llext_unload_checked(&holder, &force) == 0 && holder == NULL && released == 1);
	llext_swap_use(NULL);
}

static void test_slots(void)
{
	struct llext_unload_report force = {.flags = LLEXT_UNLOAD_FORCE};
	struct llext_caller caller;

	CHECK(SWAP(effects, one, "holder", NULL) == 0);
	holder = llext_by_name("holder");
	CHECK(KEPT(SLOT, "effects", "slot effects has it"));
	(void)LLEXT_ENTER(effects, &caller);
	CHECK(llext_unload_checked(&holder, &report) == -EBUSY && report.count == 2);
	CHECK(names(LLEXT_REFERENCE_CALLER, "effects", "slot effects has callers inside: 1"));
	CHECK(llext_unload_checked(&holder, &force) == -EBUSY && LLEXT_CALL(effects, version) == 1);
	LLEXT_LEAVE(&caller);
	CHECK(llext_teardown(holder) == 0);
	CHECK(llext_unload_checked(&holder, &force) == 0 && LLEXT_CALL(effects, version) == 0);
	CHECK(llext_slot_extension(LLEXT_SLOT_OF(effects)) == NULL);
}

/* A swap asks about threads as well, and takes resources back. */
static void test_swaps(void)
{
	struct llext_swap_param param = {.flags = LLEXT_SWAP_NO_STATE};
	const struct llext *ext;
	int alive = suite_alive();

	released = 0;
	CHECK(SWAP(effects, one, "first", &param) == 0);
	ext = llext_by_name("first");
	CHECK(llext_owned_add(&timer, ext->mem[LLEXT_MEM_TEXT]) == 0);
	words[2] = (uintptr_t)ext->mem[LLEXT_MEM_TEXT];
	llext_swap_use(&with_threads);
	CHECK(SWAP(effects, one, "second", &param) == -EBUSY);
	CHECK(llext_slot_extension(LLEXT_SLOT_OF(effects)) == ext && released == 0);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == -EBUSY);
	words[2] = 0;
	CHECK(SWAP(effects, one, "second", &param) == 0 && released == 1);
	llext_swap_use(NULL);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == 0 && suite_alive() == alive);
}

int swap_test_alive(int change);

void unload_test(void)
{
	size_t used = suite_heap_used();
	int alive = suite_alive();

	load(fixture_holder, fixture_holder_end, "holder", &holder);
	test_imports();
	test_uses();
	test_resources();
	test_threads();
	test_pointers();
	test_force();
	test_slots();
	test_swaps();
	CHECK(llext_unload_checked(NULL, NULL) == -EINVAL);
	CHECK(suite_heap_used() == used);
	CHECK(suite_alive() == alive - 20); /* two functions at an end */
	(void)swap_test_alive(20);
}
