/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Faults in extensions, for the ports of microcontrollers. They are there where
 * CONFIG_LLEXT_DEBUGGER is 1.
 *
 * Cortex-M: name llext_cortex_m_fault in the vector table (HardFault, MemManage, BusFault,
 * UsageFault). It fills the record, reports it, and goes on with llext_mcu_fault_next as if that
 * had been called by the core. RISC-V, AArch64 and Xtensa: the firmware's trap handler, which has
 * saved the registers, calls llext_riscv_m_fault(), llext_aarch64_fault() or
 * llext_xtensa_lx106_fault() and does then what it did.
 */
#ifndef LLEXT_MCU_CRASH_H_
#define LLEXT_MCU_CRASH_H_

#include <llext/crash.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The latest fault, in an extension or not; count is 0 where there was none. */
extern struct llext_crash llext_mcu_crash;

/**
 * Called in the fault handler with the record, once for each fault in an extension or in what an
 * extension has called directly; at first it prints the line of llext_crash_format() by printf().
 * NULL: nothing.
 */
extern void (*llext_mcu_crash_report)(const struct llext_crash *crash);

/**
 * Where the stack that @p sp is in ends, for the call chain. At first: on Cortex-M the initial
 * stack pointer of the vector table, so a task's stack, if it is below that, is read to its end and
 * a little beyond; elsewhere the end of the llext_mcu_memory range of data. Set another one where
 * an RTOS knows more. All from @p sp up to what it returns, or 256 words, must be readable; @p sp
 * itself: there is no chain.
 */
extern uintptr_t (*llext_mcu_stack_end)(uintptr_t sp);

/** The handler on Cortex-M, for the vector table; it needs a usable main stack. */
void llext_cortex_m_fault(void);

/** What it goes on with: the firmware's own handler. NULL: an endless loop. */
extern void (*llext_mcu_fault_next)(void);

/**
 * RISC-V, machine mode: from the trap handler, before mcause and mtval change.
 * @param x  the registers by number, x[0] being mepc
 */
void llext_riscv_m_fault(const uintptr_t x[32]);

/**
 * AArch64, EL1: from the exception handler, before ESR_EL1 and FAR_EL1 change.
 * @param x  x0 to x30, ELR_EL1, and the stack pointer before the fault
 */
void llext_aarch64_fault(const uint64_t x[33]);

/**
 * Xtensa: from the exception handler, before EXCCAUSE and EXCVADDR change.
 * @param a  a0 to a15, then EPC1
 */
void llext_xtensa_lx106_fault(const uint32_t a[17]);

/** For a machine's handler: find the places, and report. */
void llext_mcu_fault(void);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_MCU_CRASH_H_ */
