/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before files of ports/aarch64, to compile them for the desk: system registers are a test's own
 * variables, and instructions that order are counted.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <llext/domain_port.h>

extern struct desk_registers {
	uint64_t mair_el1, tcr_el1, ttbr0_el1, sctlr_el1, daif;
	uint64_t currentel, spsel, cntkctl_el1, pmuserenr_el0, mdscr_el1, cpacr_el1;
	uint64_t elr_el1, far_el1;
} desk_registers;
extern unsigned int desk_barriers, desk_writes;
void system_forget_space(uint64_t asid);
void system_forget_page(uint64_t number);

#define LLEXT_AARCH64_SYSTEM_H_   /* instead of system.h */
#define SYSTEM_READ(name)         (desk_registers.name)
#define SYSTEM_WRITE(name, value) ((void)(desk_writes++, desk_registers.name = (value)))
#define __aarch64__               1
#define __asm__
#define volatile(...) desk_barriers++
