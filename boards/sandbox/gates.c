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

/* It comes back in part of a register, where there are such; the rest is the firmware's. */
float fw_half(float x)
{
	leave_registers();
#ifdef __aarch64__
	register float half __asm__("s0") = x / 2;

	__asm__("movi v1.16b, #0xff\n	mov v1.s[0], v0.s[0]\n	mov v0.16b, v1.16b"
		: "+w"(half)::"v1");
	return half;
#else
	return x / 2;
#endif
}
EXPORT_GATE(fw_half, VALUE(float, x));

/* The firmware's own thread-local variables, whatever the domain's are. */
_Thread_local int fw_own_count;

int fw_count_own(uintptr_t by)
{
	return fw_own_count += (int)by;
}
EXPORT_GATE(fw_count_own, VALUE(uintptr_t, by));

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

uint64_t fw_leave_two_words(uint64_t x)
{
	leave_registers();
	return x;
}
EXPORT_GATE(fw_leave_two_words, VALUE(uint64_t, x));

#ifdef __ARM_FP
/* The modes of floating point that a gate's function runs with. */
int fw_float_modes(int x)
{
	uint32_t modes;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(modes));
	return (int)(modes & 0x07c00000) + (x & 0);
}
EXPORT_GATE(fw_float_modes, VALUE(int, x));
#endif

#ifdef __ARM_FP
/* Floating point where no interrupt comes, nor most faults. */
int fw_float_masked(int x)
{
	__asm__ volatile("	cpsid i\n"
			 "	vmov s0, %0\n"
			 "	cpsie i\n" ::"r"(x)
			 : "s0");
	return x;
}
EXPORT_GATE(fw_float_masked, VALUE(int, x));
#endif

/* Nothing is to be checked, one word comes back. */
int fw_weigh(float a, double b, int c)
{
	return (int)(a * 2) + (int)(b * 20) + c;
}
EXPORT_GATE(fw_weigh, VALUE(float, a), VALUE(double, b), VALUE(int, c));
#endif

#if defined(__aarch64__)
/* With nothing to be made narrow. */
uintptr_t fw_leave_registers_quickly(uintptr_t x)
{
	leave_registers();
	return x;
}
EXPORT_GATE(fw_leave_registers_quickly, VALUE(uintptr_t, x));

/* Memory that the domain may only read, and the firmware writes. */
int sandbox_page[1024] __attribute__((aligned(4096)));

int fw_count_up(int x)
{
	return sandbox_page[0] += x;
}
EXPORT_GATE(fw_count_up, VALUE(int, x));

/* The modes of floating point that a gate's function runs with, and what is masked. */
int fw_float_modes(int x)
{
	uint64_t modes, masks;

	__asm__ volatile("mrs %0, fpcr" : "=r"(modes));
	__asm__ volatile("mrs %0, daif" : "=r"(masks));
	return (int)(modes | (masks & 0x80)) + x;
}
EXPORT_GATE(fw_float_modes, VALUE(int, x));
#endif
