/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build attributes (Addenda to the ABI for the Arm Architecture, IHI 0045, section 3; RISC-V ELF
 * psABI, "RISC-V Attributes", which has the same form). An object says there, and nowhere else,
 * which instructions it has, and on Arm in which registers it expects floating-point arguments.
 * What would compute nonsense or fault is refused: attributes_arm.c and
 * attributes_riscv.c.
 *
 * This is read as compilers and linkers write it. A file that has it in another way, or not at all,
 * is not refused for it.
 */
#include "internal.h"

#if LLEXT_ARCH_ATTRIBUTES

/*
 * The format: 'A'; a length; "aeabi" or "riscv"; then for the whole file a tag, a length, the tags.
 */
#define SCOPE_AT  11
#define LENGTH_AT 12
#define TAGS_AT   16

#define TAG_FILE         1
#define ATTRIBUTES_BYTES (LLEXT_TARGET_ARM ? 128 : 192)

int llext_attributes_check(struct load *ld)
{
	uint8_t mem[ATTRIBUTES_BYTES]; /* larger sections are not read */
	const uint8_t *start;
	const char *why;
	const elf_shdr_t *shdr = ld->file.attributes;
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
	if (start[SCOPE_AT] != TAG_FILE)
		return 0;
	why = llext_arch_attributes(start + TAGS_AT, start + bytes);
	return why == NULL ? 0 : llext_fail(ld, -ENOEXEC, why);
}
#endif /* LLEXT_ARCH_ATTRIBUTES */
