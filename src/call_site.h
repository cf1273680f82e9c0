/* SPDX-License-Identifier: Apache-2.0 */
/* Can an address be one that a call has left, that is, is there a call instruction before it? */
#ifndef LLEXT_CALL_SITE_H_
#define LLEXT_CALL_SITE_H_

#include "internal.h"

#if LLEXT_TARGET_ARM
static inline bool is_after_call(const uint8_t *end, size_t before)
{
	uint16_t last = (uint16_t)(end[-2] | end[-1] << 8), first;

	if ((last & 0xff87) == 0x4780) /* blx register */
		return true;
	if (before < 4)
		return false;
	first = (uint16_t)(end[-4] | end[-3] << 8);
	return (first & 0xf800) == 0xf000 && (last & 0xc000) == 0xc000; /* bl */
}
#elif LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
static inline bool is_after_call(const uint8_t *end, size_t before)
{
	uint16_t last = (uint16_t)(end[-2] | end[-1] << 8), first;

	if ((last & 0xf07f) == 0x9002 && (last & 0x0f80) != 0) /* c.jalr */
		return true;
	if (LLEXT_TARGET_RISCV32 && (last & 0xe003) == 0x2001) /* c.jal */
		return true;
	if (before < 4)
		return false;
	first = (uint16_t)(end[-4] | end[-3] << 8);
	return (first & 0x7f) == 0x6f || (first & 0x7f) == 0x67; /* jal, jalr */
}
#elif LLEXT_TARGET_AARCH64
static inline bool is_after_call(const uint8_t *end, size_t before)
{
	uint32_t last;

	if (before < 4)
		return false;
	memcpy(&last, end - 4, sizeof(last));
	return (last & 0xfc000000) == 0x94000000 || (last & 0xfffffc1f) == 0xd63f0000; /* bl, blr */
}
#else
static inline bool is_after_call(const uint8_t *end, size_t before)
{
	(void)end;
	(void)before;
	return true;
}
#endif

/* May a call have left this address? */
static inline bool may_return_to(const struct llext *ext, uintptr_t address)
{
	uintptr_t code = (uintptr_t)code_address((elf_addr)address);
	size_t room = 0;
	const uint8_t *before = llext_write_address(ext, (elf_addr)(code - 2), &room);
	size_t bytes = 2;

	if (before == NULL || LLEXT_ON(CONFIG_LLEXT_WORD_CODE))
		return before != NULL;
	if (llext_write_address(ext, (elf_addr)(code - 4), &room) != NULL)
		bytes = 4;
	return is_after_call(before + 2, bytes);
}

#endif /* LLEXT_CALL_SITE_H_ */
