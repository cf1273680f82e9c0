/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of addresses that get the base added: SHT_RELR (gABI, "Relative Relocation Table"). */
#include "../reloc_table.h"
#include "../steps.h"

static int relr_word(struct load *ld, uint32_t index, elf_addr vaddr,
		     int (*fn)(struct load *ld, elf_addr offset))
{
	static const struct reloc_encoding word = {.bytes = sizeof(elf_addr)};
	struct table table = {.ld = ld, .index = index};
	struct reloc reloc = {.encoding = &word, .offset = vaddr - ld->linked.image_low};
	int rc = llext_check_place(&table, &reloc);

	step_point(ld, 1);
	return rc != 0 ? rc : fn(ld, reloc.offset);
}

/* An odd entry is a bitmap: one bit for each of the words behind the last one. */
static int relr_bitmap(struct load *ld, uint32_t index, elf_addr bitmap, elf_addr where,
		       int (*fn)(struct load *ld, elf_addr offset))
{
	int rc = 0;

	for (; rc == 0 && (bitmap >>= 1) != 0; where += sizeof(elf_addr)) {
		if (bitmap & 1)
			rc = relr_word(ld, index, where, fn);
	}
	return rc;
}

int llext_relr_walk(struct load *ld, uint32_t index, int (*fn)(struct load *ld, elf_addr offset))
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	struct stream stream;
	elf_addr entry, next = 0;
	bool any = false;
	int rc = 0;

	if (!(shdr->sh_flags & SHF_ALLOC) || !relocates_local(ld))
		return 0;
	if (shdr->sh_entsize != sizeof(entry) || shdr->sh_size % sizeof(entry) != 0)
		return llext_fail_table_size(ld, index);
	rc = llext_stream_open(&stream, ld, shdr);
	for (elf_xword left = shdr->sh_size; rc == 0 && left > 0; left -= sizeof(entry)) {
		rc = llext_stream_next(&stream, &entry, sizeof(entry));
		if (rc != 0)
			return rc;
		if ((entry & 1) && !any)
			return llext_fail_section(ld, -ENOEXEC, index, "bitmap before any address");
		any = true;
		if (entry & 1) {
			rc = relr_bitmap(ld, index, entry, next, fn);
			next += (8 * sizeof(entry) - 1) * sizeof(entry);
		} else {
			rc = relr_word(ld, index, entry, fn);
			next = entry + sizeof(entry);
		}
	}
	return rc;
}
