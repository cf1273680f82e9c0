/* SPDX-License-Identifier: Apache-2.0 */
/* A thread enters a domain whose extension is being exchanged, at the worst moment. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>
#include <llext/gate.h>
#include <llext/slot_domain.h>
#include <llext_posix.h>
#include "program.h"

#define DOMAIN_BYTES ((size_t)256 * 1024)
#define HEAP_BYTES   ((size_t)256 * 1024)
#define STATE_BYTES  ((size_t)4096)

FIXTURE(slow);
FIXTURE(three);

LLEXT_SLOT_DECLARE(fenced, effect);

LLEXT_PROXY0(fenced, effect, version, int)
LLEXT_PROXY(fenced, effect, add, int, int, int)
LLEXT_PROXY0(fenced, effect, count, unsigned int)
LLEXT_DOMAIN_SLOT_DEFINE(fenced, effect, 0, (version, add, count), .version = no_version,
			 .twice = no_twice);

static sem_t inside;

/* Of the extensions' constructors and destructors, and with 0 of a call that lasts. */
int swap_test_alive(int change);
int swap_test_alive(int change)
{
	if (change == 0) {
		(void)sem_post(&inside);
		(void)usleep(20000);
	}
	return 0;
}
EXPORT_GATE(swap_test_alive, VALUE(int, change));

static void *call(void *result)
{
	*(int *)result = LLEXT_CALL(fenced, version);
	return NULL;
}

static bool armed;
static pthread_t caller;
static int called;

int __wrap_llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
			      enum llext_access access);
int __real_llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
			      enum llext_access access);

/* Before the memory for the state is taken back, the other thread goes in. */
int __wrap_llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
			      enum llext_access access)
{
	if (armed && bytes == 0) {
		armed = false;
		CHECK(pthread_create(&caller, NULL, call, &called) == 0);
		CHECK(sem_wait(&inside) == 0);
	}
	return __real_llext_domain_share(domain, mem, bytes, access);
}

static struct k_mem_domain domains[2];
static struct llext_domain_config configs[2];
static struct llext_load_param into[2] = {LLEXT_LOAD_PARAM_DEFAULT, LLEXT_LOAD_PARAM_DEFAULT};
static char *state;

static int swap_to(const uint8_t *bytes, const uint8_t *end, int domain, uint32_t timeout)
{
	const struct llext_swap_param param = {.load = &into[domain],
					       .timeout = timeout,
					       .state = state,
					       .state_bytes = STATE_BYTES};

	return suite_swap(LLEXT_SLOT_OF(fenced), bytes, end, configs[domain].name, &param);
}

#define SWAP_TO(fixture, domain, timeout)                                                          \
	swap_to(fixture_##fixture, fixture_##fixture##_end, domain, timeout)

/* Only what is the domain's can be taken back. */
static bool has_state(int domain)
{
	return llext_domain_share(&domains[domain], state, 0, LLEXT_ACCESS_RW) == 0;
}

/* The state is the new one's to read when it gets it, and the old one has lost it. */
static void test_state_is_taken_back(void)
{
	CHECK(SWAP_TO(slow, 0, 0) == 0);
	armed = true;
	CHECK(SWAP_TO(three, 1, LLEXT_SWAP_FOREVER) == 0);
	CHECK(pthread_join(caller, NULL) == 0 && called == 1);
	CHECK(!has_state(0) && !has_state(1));
	CHECK(LLEXT_CALL(fenced, version) == 3);
}

/* Who cannot wait keeps the old one. */
static void test_no_time(void)
{
	CHECK(SWAP_TO(slow, 0, 0) == 0);
	armed = true;
	CHECK(SWAP_TO(three, 1, 1) == -ETIMEDOUT);
	CHECK(pthread_join(caller, NULL) == 0 && called == 1);
	CHECK(llext_domain_of(llext_slot_extension(LLEXT_SLOT_OF(fenced))) == &domains[0]);
	CHECK(LLEXT_CALL(fenced, version) == 1 && sem_wait(&inside) == 0);
	CHECK(SWAP_TO(three, 1, 0) == 0);
	CHECK(!has_state(0) && !has_state(1));
}

int main(void)
{
	char *heap = llext_posix_map_domain(HEAP_BYTES);

	llext_posix_log_level = LLEXT_LOG_NONE;
	state = llext_posix_map_domain(STATE_BYTES);
	if (heap == NULL || state == NULL || llext_heap_init(heap, HEAP_BYTES) != 0 ||
	    sem_init(&inside, 0, 0) != 0)
		return 2;
	for (int i = 0; i < 2; i++) {
		configs[i] =
			(struct llext_domain_config){.name = i == 0 ? "first" : "second",
						     .mem = llext_posix_map_domain(DOMAIN_BYTES),
						     .bytes = DOMAIN_BYTES,
						     .stack_bytes = 2048};
		into[i].domain = &domains[i];
		CHECK(llext_domain_init(&domains[i], &configs[i]) == 0);
	}
	test_state_is_taken_back();
	test_no_time();
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}
