/* SPDX-License-Identifier: Apache-2.0 */
/* A fix crashes while it is on trial, and is rolled back; the next one is confirmed. */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/slot_domain.h>
#include <llext/swap.h>
#include <llext_posix.h>
#include "thermostat.h"

#define MEMORY ((size_t)64 * 1024)
#define PAGE   ((size_t)4096)

static const uint8_t version_1[] = {
#include "thermostat_1.inc"
};

static const uint8_t version_2[] = {
#include "thermostat_2.inc"
};

static const uint8_t version_3[] = {
#include "thermostat_3.inc"
};

/* What is done where the extension cannot be asked: frost protection. */
static int frost_protection(int tenths)
{
	return tenths < 50;
}

LLEXT_SLOT_DECLARE(thermostats, thermostat);
LLEXT_PROXY(thermostats, thermostat, decide, int, int)
LLEXT_PROXY0(thermostats, thermostat, switches, unsigned int)
LLEXT_DOMAIN_SLOT_DEFINE(thermostats, thermostat, 1000, (decide, switches),
			 .decide = frost_protection);

static struct k_mem_domain domains[2];
static struct llext_domain_config configs[2];

static void day(const char *what, const int *temperatures)
{
	printf("%s:", what);
	for (int i = 0; temperatures[i] != 999; i++)
		printf(" %d", LLEXT_CALL(thermostats, decide, temperatures[i]));
	printf(", switched %u times\n", LLEXT_CALL(thermostats, switches));
}

static void decided(struct llext_slot *slot, bool good, void *user_data)
{
	(void)user_data;
	printf("  %s\n", good ? "confirmed" : "rolled back");
	(void)slot;
}

static int swap_to(const uint8_t *bytes, size_t size, const char *name, int domain,
		   struct llext_swap_param *param)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	struct llext_load_param load = LLEXT_LOAD_PARAM_DEFAULT;
	int rc;

	load.domain = &domains[domain];
	param->load = &load; /* during the load only */
	rc = llext_swap(LLEXT_SLOT_OF(thermostats), &loader.loader, name, param);
	param->load = NULL;
	if (rc != 0)
		printf("%s: %d\n", name, rc);
	return rc;
}

static int start(void)
{
	void *heap = llext_posix_map((size_t)1 << 20);

	if (heap == NULL || llext_heap_init(heap, (size_t)1 << 20) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		configs[i] = (struct llext_domain_config){.name = i == 0 ? "A" : "B",
							  .mem = llext_posix_map_domain(MEMORY),
							  .bytes = MEMORY,
							  .stack_bytes = 4096};
		if (configs[i].mem == NULL || llext_domain_init(&domains[i], &configs[i]) != 0)
			return -1;
	}
	return 0;
}

int main(void)
{
	static const int mild[] = {195, 201, 199, 202, 198, 999}, winter[] = {199, -20, 198, 999};
	struct llext_slot *slot = LLEXT_SLOT_OF(thermostats);
	struct llext_swap_param param = {.decided = decided, .state_bytes = PAGE};
	int rc;

	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	param.state = llext_posix_map_domain(PAGE);
	if (param.state == NULL || start() != 0 ||
	    swap_to(version_1, sizeof(version_1), "version 1", 0, &param) != 0)
		return 1;
	day("version 1, mild", mild);

	param.flags = LLEXT_SWAP_TRIAL;
	if (swap_to(version_2, sizeof(version_2), "version 2", 1, &param) != 0)
		return 1;
	day("version 2 on trial, mild", mild);
	day("version 2 on trial, winter", winter);
	printf("  fault: %s\n", llext_slot_fault(slot) == -EFAULT ? "yes" : "no");
	rc = llext_swap_check(slot);
	if (rc != -ECANCELED || llext_domain_init(&domains[1], &configs[1]) != 0)
		return 1;
	day("version 1 again, winter", winter);

	if (swap_to(version_3, sizeof(version_3), "version 3", 1, &param) != 0)
		return 1;
	day("version 3 on trial, winter", winter);
	if (llext_swap_check(slot) != 0)
		return 1;
	day("version 3, mild", mild);
	return 0;
}
