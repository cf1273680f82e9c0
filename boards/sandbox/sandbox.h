/* SPDX-License-Identifier: Apache-2.0 */
/* What each architecture's part of the program offers, and what the tests must know of it. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct k_mem_domain;

extern void (*suite_interrupt)(void); /* as in tests/sandbox/suite.h */

#if defined(__arm__)
/* System control space, a device, the private peripheral bus's end. */
#define SANDBOX_FORBIDDEN           0xe000ed94u, 0x40004000u, 0xe000e010u, 0xffffffffu
#define SANDBOX_TRAPS_ON_USER_STACK 1 /* the core pushes a frame there */
#define SANDBOX_STATE               1
#define SANDBOX_WAITS               1 /* WFI is allowed */
#define SANDBOX_PRIVILEGED          "svc_in_it_block"
#define SANDBOX_TASKS               1 /* of an RTOS have another stack than main() */
#ifdef __ARM_FP
#define SANDBOX_FP           1
#define SANDBOX_KEEPS_FLOATS 1 /* attack_arm.c looks at them */
#else
#define SANDBOX_FP 0
#endif
#elif defined(__aarch64__)
/* A console, the interrupt controller, what is not mapped, the other half. */
#define SANDBOX_FORBIDDEN                                                                          \
	0x09000000u, 0x08000000u, 0x40000000u, 0x7fffffffu, 0x80000000u, 0x4000000000u,            \
		(uintptr_t)-1
#define SANDBOX_TRAPS_ON_USER_STACK 0
#define SANDBOX_STATE               0
#define SANDBOX_WAITS               0
/* attack_aarch64.c */
#define SANDBOX_PRIVILEGED                                                                         \
	"write_daif", "mask_interrupts", "write_spsel", "write_ttbr", "write_vbar", "write_elr",   \
		"write_spsr", "write_sctlr", "write_cpacr", "write_timer", "exception_return",     \
		"clean_data", "invalidate_data", "clean_code", "invalidate_code",                  \
		"invalidate_all_code", "zero_line", "translate", "invalidate_tables",              \
		"hypervisor_call", "monitor_call", "halt", "debug_state", "read_time",             \
		"read_physical_time", "read_cycles", "read_events", "read_caches", "read_part",    \
		"read_debugger", "read_exception"
#define SANDBOX_PROTECTS_FIRST   1     /* the heap, before domains are made */
#define SANDBOX_READ_ONLY_THREAD 0x77u /* that the firmware has in tpidrro_el0 */
#else
#define SANDBOX_FORBIDDEN           0x10000000u, 0x02000000u, 0x0c000000u
#define SANDBOX_TRAPS_ON_USER_STACK 0
#define SANDBOX_STATE               0
#define SANDBOX_WAITS               0
#define SANDBOX_PRIVILEGED          "write_mtvec", "write_pmp", "machine_return"
#ifdef __riscv_flen
#define SANDBOX_KEEPS_FLOATS 1 /* attack_riscv.c looks at them */
#endif
#endif

/* Of memory that is shared, and of a domain's: what the unit can tell apart. */
#ifdef __aarch64__
#define SANDBOX_GRANULE      4096
#define SANDBOX_DOMAIN_BYTES ((size_t)64 * 1024)
#else
#define SANDBOX_GRANULE      32
#define SANDBOX_DOMAIN_BYTES ((size_t)16 * 1024)
#endif

#ifndef SANDBOX_KEEPS_FLOATS
#define SANDBOX_KEEPS_FLOATS 0
#endif

#ifndef __arm__
/* A register that code of a domain can write, and what of it interrupts have found: 0 is right. */
#define SANDBOX_THREAD_POINTER 1
extern uintptr_t sandbox_interrupt_state;
#endif

#define SANDBOX_HEAP ((size_t)64 * 1024)
extern char sandbox_heap[SANDBOX_HEAP];

void sandbox_start(void);
void sandbox_pass(unsigned int instructions); /* take so many, about */
/* Call it as a task would, where that makes a difference. */
void sandbox_on_task_stack(void (*function)(void));
/* Put something into all registers that a function need not preserve. */
void leave_registers(void);
/* Call the function in the domain, however that ends: is all that a function must preserve as it
 * was? */
bool registers_survive(struct k_mem_domain *domain, const void *function);

#endif
