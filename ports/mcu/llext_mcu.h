/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What the ports for microcontrollers share: cortex_m, riscv_m, aarch64 and xtensa_lx106. They
 * protect what is loaded, maintain the caches and make unwind tables known. Bare metal is enough;
 * a port for an RTOS adds locks and tasks. Compile the files of ports/mcu and those of
 * one of these folders.
 */
#ifndef LLEXT_MCU_H_
#define LLEXT_MCU_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a range of the firmware's memory holds. */
enum llext_mcu_kind {
	LLEXT_MCU_END,     /**< the end of the list */
	LLEXT_MCU_CODE,    /**< the firmware's code and constants */
	LLEXT_MCU_DATA,    /**< data, stacks, and memory for extensions */
	LLEXT_MCU_DEVICES, /**< registers */
};

/** A range of memory, from @c start up to, and without, @c end. */
struct llext_mcu_range {
	const char *start, *end;
	enum llext_mcu_kind kind;
};

/**
 * What the firmware consists of; the firmware defines it, ended by an element of LLEXT_MCU_END.
 * Needed on riscv_m (machine mode may execute the code listed here and, once protected, nothing
 * else beside extensions) and on aarch64 (what is not listed is not mapped). The others do not
 * look at it.
 */
extern const struct llext_mcu_range llext_mcu_memory[];

/**
 * Switch protection on for the memory that is to be the LLEXT heap: nothing in it is executable
 * until an extension's code is protected. Call it once, before llext_heap_init(), where the part
 * has protection; without it extensions load unprotected. Thread context.
 * @return 0; -ENOTSUP where there is no protection; -EINVAL where the memory is not aligned as the
 * protection unit needs it; -ENOSPC where the unit has too few slots for it; -EBUSY where domains
 * have been made and use slots that are not kept for them (llext_mcu_kept_slots).
 */
int llext_mcu_protect_heap(uintptr_t start, size_t bytes);

/**
 * How many slots of the protection unit the firmware keeps for itself; at first none. Set it
 * before llext_mcu_protect_heap(). They are those that win where slots overlap: the highest numbers
 * of PMSAv7 and PMSAv8, the lowest pairs of PMP entries. They are neither used nor cleared.
 * On Cortex-M, domains (llext/domain.h) use kept slots: one for each piece of memory of the domain
 * that has most, and one for the text that all may execute. On RISC-V there is one or the other.
 */
extern unsigned llext_mcu_kept_slots;

/**
 * How many pieces can be protected at a time: code and constants of an extension are one each,
 * one together with CONFIG_LLEXT_CONSTANTS_WITH_CODE. Neighbours share a slot where the unit can
 * express it, so there is often room for more. A load that finds none fails with -ENOSPC. 0:
 * protection is off, or there is no limit. Any context.
 */
unsigned llext_mcu_pieces(void);

/**
 * Let executables be loaded into some memory, apart from the heap. Where protection is on, only
 * what llext_mcu_protect_heap() was given is used of it: protect both, and hand over a part as the
 * heap. Two windows at most. Thread context, before the first load.
 * @return 0; -ENOSPC where there are two already.
 */
int llext_mcu_add_window(uintptr_t start, size_t bytes);

/**
 * Let code and constants be used where they lie in a range of memory, mapped flash for instance
 * (llext/store.h, a persistent buffer). The memory must be executable as it is and written to by
 * nobody else: nothing is protected there. On Cortex-M that is so from 0 to 0x3fffffff and from
 * 0x60000000 to 0x9fffffff, unless the firmware has set up the MPU otherwise; on riscv_m and
 * aarch64, list it as LLEXT_MCU_CODE. One range; another call replaces it. Thread context, before
 * the first load.
 */
void llext_mcu_use_in_place(uintptr_t start, size_t bytes);

/** Messages above this level are not printed: LLEXT_LOG_*. At first all that the library has. */
extern int llext_mcu_log_level;

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_MCU_H_ */
