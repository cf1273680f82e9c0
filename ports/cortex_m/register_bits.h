/* SPDX-License-Identifier: Apache-2.0 */
/* What the bits of registers.h mean: apart, since tests have registers of their own. */
#ifndef LLEXT_CORTEX_M_REGISTER_BITS_H_
#define LLEXT_CORTEX_M_REGISTER_BITS_H_

#define SYST_CSR_ENABLE      (1u << 0)
#define SYST_CSR_TICKINT     (1u << 1)
#define SYST_CSR_CLKSOURCE   (1u << 2)
#define ICSR_PENDSTSET       (1u << 26)
#define SHCSR_MEMFAULTENA    (1u << 16)
#define SHCSR_BUSFAULTENA    (1u << 17)
#define SHCSR_USGFAULTENA    (1u << 18)
#define SHCSR_SECUREFAULTENA (1u << 19)
#define CPACR_CP10_CP11      (0xfu << 20)

#define CFSR_IACCVIOL    (1u << 0)
#define CFSR_DACCVIOL    (1u << 1)
#define CFSR_MSTKERR     (1u << 4)
#define CFSR_MLSPERR     (1u << 5)
#define CFSR_MMARVALID   (1u << 7)
#define CFSR_IBUSERR     (1u << 8)
#define CFSR_PRECISERR   (1u << 9)
#define CFSR_IMPRECISERR (1u << 10)
#define CFSR_STKERR      (1u << 12)
#define CFSR_LSPERR      (1u << 13)
#define CFSR_BFARVALID   (1u << 15)
#define CFSR_UNDEFINSTR  (1u << 16)
#define CFSR_INVSTATE    (1u << 17)
#define CFSR_INVPC       (1u << 18)
#define CFSR_NOCP        (1u << 19)
#define CFSR_STKOF       (1u << 20)
#define CFSR_UNALIGNED   (1u << 24)
#define CFSR_DIVBYZERO   (1u << 25)

#define CCR_DIV_0_TRP (1u << 4)

#define FPCCR_LSPACT    (1u << 0)
#define FPCCR_USER      (1u << 1)
#define FPCCR_AUTOMATIC (3u << 30) /* LSPEN, ASPEN: as after reset */

#define CONTROL_NPRIV (1u << 0)

#define MPU_CTRL_ENABLE     (1u << 0)
#define MPU_CTRL_PRIVDEFENA (1u << 2)

#endif /* LLEXT_CORTEX_M_REGISTER_BITS_H_ */
