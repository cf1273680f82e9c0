/* SPDX-License-Identifier: Apache-2.0 */
/* What each architecture's part of the program offers, and what the tests must know of it. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct k_mem_domain;

#if defined(__arm__)
/* System control space, a device, the private peripheral bus's end. */
#define SANDBOX_FORBIDDEN           0xe000ed94u, 0x40004000u, 0xe000e010u, 0xffffffffu
#define SANDBOX_TRAPS_ON_USER_STACK 1 /* the core pushes a frame there */
#define SANDBOX_STATE               1
#define SANDBOX_WAITS               1 /* WFI is allowed */
#define SANDBOX_PRIVILEGED          "svc_in_it_block"
#ifdef __ARM_FP
#define SANDBOX_FP 1
#else
#define SANDBOX_FP 0
#endif
#else
#define SANDBOX_FORBIDDEN           0x10000000u, 0x02000000u, 0x0c000000u
#define SANDBOX_TRAPS_ON_USER_STACK 0
#define SANDBOX_STATE               0
#define SANDBOX_WAITS               0
#define SANDBOX_PRIVILEGED          "write_mtvec", "write_pmp", "machine_return"
#endif

#define SANDBOX_HEAP ((size_t)64 * 1024)
extern char sandbox_heap[SANDBOX_HEAP];

void sandbox_start(void);
void sandbox_pass(unsigned int instructions); /* take so many, about */
/* Put something into all registers that a function need not preserve. */
void leave_registers(void);
/* Call the function in the domain: is all that a function must preserve as it was? */
bool registers_survive(struct k_mem_domain *domain, const void *function);

#endif
