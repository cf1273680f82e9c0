/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object says of the instructions that it has and of its floating-point convention, against
 * how this firmware was compiled. The rules are those of tool/fit.c.
 */
#include "internal.h"

#if LLEXT_ARCH_ATTRIBUTES && LLEXT_TARGET_ARM

#define TAG_CPU_RAW_NAME    4
#define TAG_CPU_NAME        5
#define TAG_FP_ARCH         10
#define TAG_FP_NUMBER_MODEL 23
#define TAG_HARD_FP_USE     27
#define TAG_VFP_ARGS        28
#define TAG_COMPATIBILITY   32

#define SINGLE_ONLY 1 /* of TAG_HARD_FP_USE */
#define FPV5        7 /* of TAG_FP_ARCH, the first of them */

#if defined(__ARM_PCS_VFP)
#define OTHER_CONVENTION 0
#else
#define OTHER_CONVENTION 1
#endif

/* What the firmware's FPU can do, a bit for each format (ACLE, 5.5.1). */
#if defined(__ARM_FP)
#define FPU __ARM_FP
#else
#define FPU 0
#endif
#define FPU_DOUBLE 0x8

#define IS_STRING(tag) ((tag) == TAG_CPU_RAW_NAME || (tag) == TAG_CPU_NAME)

/* The tags and values that matter here are single bytes. */
static __attribute__((noinline)) void read_tags(const uint8_t *at, const uint8_t *end,
						uint8_t *values)
{
	const uint8_t *last = end - 1;

	while (at < last) {
		uint32_t tag = at[0], value = at[1], more = 0x80;

		at += 2;
		/* Nearly all: no string, and one byte. */
		if (tag > TAG_CPU_NAME && tag < TAG_COMPATIBILITY && value < 0x80) {
			values[tag] = (uint8_t)value;
			continue;
		}
		if (tag >= 0x80 || tag == TAG_COMPATIBILITY)
			return;
		if (IS_STRING(tag) || (tag > TAG_COMPATIBILITY && (tag & 1)))
			more = 0xff; /* up to its NUL */
		else if (tag < TAG_COMPATIBILITY)
			values[tag] = (uint8_t)value;
		for (; (value & more) && at < end; at++)
			value = *at;
	}
}

const char *llext_arch_attributes(const uint8_t *at, const uint8_t *end)
{
	uint8_t values[TAG_COMPATIBILITY];

	values[TAG_FP_NUMBER_MODEL] = values[TAG_VFP_ARGS] = 0;
	values[TAG_FP_ARCH] = values[TAG_HARD_FP_USE] = 0;
	read_tags(at, end, values);
	/* Code without floating-point arguments goes with both conventions. */
	if (values[TAG_FP_NUMBER_MODEL] != 0 && values[TAG_VFP_ARGS] == OTHER_CONVENTION)
		return "compiled for the other floating-point calling convention";
	if (values[TAG_FP_ARCH] == 0)
		return NULL;
	if (FPU == 0)
		return "floating-point instructions, and the firmware has no FPU";
	if (!(FPU & FPU_DOUBLE) && values[TAG_HARD_FP_USE] != SINGLE_ONLY)
		return "double-precision instructions, and the firmware's FPU is single-precision";
	if (LLEXT_ON(CONFIG_LLEXT_ARM_FPV4) && values[TAG_FP_ARCH] >= FPV5)
		return "instructions of a later floating-point unit than the firmware's";
	return NULL;
}

#endif /* LLEXT_ARCH_ATTRIBUTES */
