/* SPDX-License-Identifier: Apache-2.0 */
/* Gates for the attacks: their functions leave something in every register that they may. */
#include <llext/domain.h>
#include "api.h"
#include "sandbox.h"

int fw_leave_registers(int x)
{
	leave_registers();
	return x;
}
EXPORT_GATE(fw_leave_registers, VALUE(int, x));

#if defined(__arm__)
__attribute__((naked)) int fw_leave_core_registers(int x)
{
	__asm__ volatile("	mov r1, #-1\n"
			 "	mov r2, r1\n"
			 "	mov r3, r1\n"
			 "	mov r12, r1\n"
			 "	msr apsr_nzcvq, r1\n"
			 "	bx lr\n");
}
EXPORT_GATE(fw_leave_core_registers, VALUE(int, x));
#endif

#if defined(__aarch64__)
/* The modes of floating point that a gate's function runs with. */
int fw_float_modes(int x)
{
	uint64_t modes;

	__asm__ volatile("mrs %0, fpcr" : "=r"(modes));
	return (int)modes + x;
}
EXPORT_GATE(fw_float_modes, VALUE(int, x));
#endif
