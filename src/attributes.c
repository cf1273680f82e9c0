/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build attributes (Addenda to the ABI for the Arm Architecture, IHI 0045, section 3). An object
 * says there, and nowhere else, in which registers it expects floating-point arguments; code for
 * the other convention would compute with whatever is in them. The rule is the linker's: code that
 * has nothing to do with floating point goes with both.
 *
 * This is read as compilers and linkers write it. A file that has it in another way, or not at all,
 * is not refused for it.
 */
#include "internal.h"

#if LLEXT_ARCH_ATTRIBUTES

/* 'A', the length of what follows, "aeabi", then of the whole file: a tag, a length, the tags. */
#define SCOPE_AT  11
#define LENGTH_AT 12
#define TAGS_AT   16

#define TAG_FILE            1
#define TAG_CPU_RAW_NAME    4
#define TAG_CPU_NAME        5
#define TAG_FP_NUMBER_MODEL 23
#define TAG_VFP_ARGS        28
#define TAG_COMPATIBILITY   32

#if defined(__ARM_PCS_VFP)
#define OTHER_CONVENTION 0
#else
#define OTHER_CONVENTION 1
#endif

/* Tags below 32 of which the value is a string, or matters here. */
#define SPECIAL                                                                                    \
	(1u << TAG_CPU_RAW_NAME | 1u << TAG_CPU_NAME | 1u << TAG_FP_NUMBER_MODEL |                 \
	 1u << TAG_VFP_ARGS)

/* Do the tags speak of the other convention? Tags and what matters of values are single bytes. */
static bool differ(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *last = end - 1;
	uint32_t convention = 0, model = 0;

	while (at < last) {
		uint32_t tag = at[0], value = at[1], more = 0x80;

		at += 2;
		if (tag < 32 && value < more && !(SPECIAL >> tag & 1)) /* most */
			continue;
		if (tag >= 0x80 || tag == TAG_COMPATIBILITY)
			break;
		if (tag == TAG_FP_NUMBER_MODEL)
			model = value;
		if (tag == TAG_VFP_ARGS)
			convention = value;
		if (tag == TAG_CPU_RAW_NAME || tag == TAG_CPU_NAME ||
		    (tag > TAG_COMPATIBILITY && (tag & 1)))
			more = 0xff; /* a string, up to its NUL */
		for (; (value & more) && at < end; at++)
			value = *at;
	}
	return model != 0 && convention == OTHER_CONVENTION;
}

int llext_attributes_check(struct load *ld)
{
	uint8_t mem[128]; /* of more nobody needs to say more */
	const uint8_t *start;
	const elf_shdr_t *shdr = ld->headers.attributes;
	size_t offset, bytes = sizeof(mem);
	uint32_t length;
	int rc;

	if (shdr == NULL || shdr->sh_size < TAGS_AT)
		return 0;
	offset = (size_t)shdr->sh_offset;
	if (shdr->sh_size < bytes)
		bytes = (size_t)shdr->sh_size;
	start = llext_source_at(ld, offset, bytes);
	if (start == NULL) {
		rc = llext_source_read(ld, offset, mem, bytes);
		if (rc != 0)
			return rc;
		start = mem;
	}
	memcpy(&length, start + LENGTH_AT, sizeof(length));
	if (length < bytes - SCOPE_AT)
		bytes = SCOPE_AT + length;
	if (start[SCOPE_AT] != TAG_FILE || !differ(start + TAGS_AT, start + bytes))
		return 0;
	return llext_fail(ld, -ENOEXEC, "compiled for the other floating-point calling convention");
}
#endif /* LLEXT_ARCH_ATTRIBUTES */
