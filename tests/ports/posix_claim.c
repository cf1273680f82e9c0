/* SPDX-License-Identifier: Apache-2.0 */
/* What the port for Linux says lies where an executable should, however often it is asked. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <llext/llext.h>
#include <llext/port.h>

#define PAGE ((uintptr_t)4096)

static int taken_by(const void *at, const char *expected)
{
	uintptr_t start = (uintptr_t)at & ~(PAGE - 1);
	struct llext_extent extent = {.mem = (void *)start, .load = start, .bytes = PAGE};
	const char *occupant = "nothing";
	int rc = llext_port.claim(&extent, LLEXT_ACCESS_RX, &occupant);

	if (rc == -EBUSY && strcmp(occupant, expected) == 0)
		return 0;
	printf("%d: %s instead of %s\n", rc, occupant, expected);
	return 1;
}

int main(void)
{
	const struct rlimit few = {32, 32};
	int local = 0, failures = 0;
	void *mem = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || setrlimit(RLIMIT_NOFILE, &few) != 0)
		return 2;
	for (int i = 0; i < 50 && failures == 0; i++) {
		failures += taken_by(&local, "[stack]");
		failures += taken_by((const void *)(uintptr_t)main, "posix_claim");
		failures += taken_by(mem, "memory of the process");
	}
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
