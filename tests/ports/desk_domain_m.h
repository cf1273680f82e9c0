/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before ports/cortex_m/domain.c and ports/mcu/domain_unit.c, to compile them for the desk: as
 * desk_mpu.h, with what faults are about. Frames lie in the lowest 4 GiB.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __arm__ 1
#include <llext/domain_port.h>

extern unsigned int desk_barriers;
extern struct desk_mpu {
	uint32_t type, ctrl, rnr, mair1, base[256], other[256];
	uint32_t shcsr, cfsr, hfsr, mmfar, bfar, fpccr, psp, control;
} desk_mpu;

#include "../../ports/cortex_m/register_bits.h"

#define LLEXT_CORTEX_M_REGISTERS_H_ /* instead of registers.h */
#define MPU_TYPE                    (desk_mpu.type)
#define MPU_CTRL                    (desk_mpu.ctrl)
#define MPU_RNR                     (desk_mpu.rnr)
#define MPU_MAIR1                   (desk_mpu.mair1)
#define MPU_RBAR                    (desk_mpu.base[desk_mpu.rnr & 255])
#define MPU_RASR                    (desk_mpu.other[desk_mpu.rnr & 255])
#define SHCSR                       (desk_mpu.shcsr)
#define CFSR                        (desk_mpu.cfsr)
#define HFSR                        (desk_mpu.hfsr)
#define MMFAR                       (desk_mpu.mmfar)
#define BFAR                        (desk_mpu.bfar)
#define FPCCR                       (desk_mpu.fpccr)
#define read_psp()                  (desk_mpu.psp)
#define write_psp(value)            ((void)(desk_mpu.psp = (value)))
#define read_control()              (desk_mpu.control)
#define barrier()                   desk_barriers++

/* Instructions of the floating-point unit. */
#define __asm__
#define volatile(...) desk_barriers++
