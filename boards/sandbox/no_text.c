/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware whose linker script knows no text for all domains: it makes no domain. */
#include <errno.h>
#include <stdio.h>
#include <llext/domain.h>
#include <llext/heap.h>

int main(void)
{
	static char heap[4096] __attribute__((aligned(4096)));
	static char memory[4096] __attribute__((aligned(4096)));
	static const struct llext_domain_config config = {
		.name = "none", .mem = memory, .bytes = sizeof(memory), .stack_bytes = 512};
	static struct k_mem_domain domain;

	if (llext_heap_init(heap, sizeof(heap)) != 0 ||
	    llext_domain_init(&domain, &config) != -EINVAL) {
		puts("FAILED");
		return 1;
	}
	return 0;
}
