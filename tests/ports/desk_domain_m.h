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
#define FPCCR_LSPACT                (1u << 0)
#define FPCCR_USER                  (1u << 1)
#define FPCCR_AUTOMATIC             (3u << 30)
#define MPU_CTRL_ENABLE             (1u << 0)
#define MPU_CTRL_PRIVDEFENA         (1u << 2)
#define CONTROL_NPRIV               (1u << 0)
#define CFSR_IACCVIOL               (1u << 0)
#define CFSR_DACCVIOL               (1u << 1)
#define CFSR_MSTKERR                (1u << 4)
#define CFSR_MLSPERR                (1u << 5)
#define CFSR_MMARVALID              (1u << 7)
#define CFSR_IBUSERR                (1u << 8)
#define CFSR_PRECISERR              (1u << 9)
#define CFSR_STKERR                 (1u << 12)
#define CFSR_LSPERR                 (1u << 13)
#define CFSR_BFARVALID              (1u << 15)
#define CFSR_UNDEFINSTR             (1u << 16)
#define CFSR_INVSTATE               (1u << 17)
#define CFSR_INVPC                  (1u << 18)
#define CFSR_NOCP                   (1u << 19)
#define CFSR_STKOF                  (1u << 20)
#define read_psp()                  (desk_mpu.psp)
#define write_psp(value)            ((void)(desk_mpu.psp = (value)))
#define read_control()              (desk_mpu.control)
#define barrier()                   desk_barriers++

/* Instructions of the floating-point unit. */
#define __asm__
#define volatile(...) desk_barriers++
