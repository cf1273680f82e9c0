/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erratum 843419 of the Cortex-A53 (r0p0 to r0p4): an ADRP in one of the last two words of a page
 * of 4 KiB, followed by a load or store, and one or two instructions later by a load or store that
 * takes the ADRP's register as its base, may access a wrong address. As a static linker does, the
 * loader makes the ADRP an ADR, where that reaches, and otherwise moves the last of these
 * instructions elsewhere, with a branch there and one back.
 *
 * One page has at most one such sequence: behind an ADRP in its last word but one stands a load,
 * and no second ADRP. So there is room for one instruction for each end of a page in the code. What
 * a linker has linked is for the linker to mend, and is left as it is.
 */
#include "../reloc_table.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)

#define PAGE_BYTES   ((elf_addr)4096)
#define LAST_WORDS   ((elf_addr)0xff8) /* offset in a page of the two words that matter */
#define MOVED_BYTES  8                 /* the instruction, and the branch back */
#define BRANCH_REACH ((elf_addr)1 << 27)

/* How many ends of pages can lie in the code, wherever that will be? */
int llext_page_ends_reserve(struct load *ld)
{
	const struct region *text = &ld->layout.regions[LLEXT_MEM_TEXT];
	bool on_pages = text->align >= PAGE_BYTES;
	size_t count = text->bytes / PAGE_BYTES;
	size_t offset = 0;
	int rc;

#if LLEXT_ON(CONFIG_LLEXT_PROTECT)
	on_pages = on_pages || llext_port.granule >= PAGE_BYTES;
#endif
	count += !on_pages;
	/*
	 * Whether there is an ADRP is not asked: a packed file has fewer relocations than what it
	 * was made of, and takes the same room.
	 */
	if (count == 0 || text->bytes == 0 || is_linked(ld) || is_pre_located(ld))
		return 0;
	ld->made.page_ends_used = llext_transient(ld, count, 1);
	if (ld->made.page_ends_used == NULL)
		return -ENOMEM;
	step_clear(ld, ld->made.page_ends_used, count);
	ld->made.page_ends.count = count;
	rc = llext_region_append(ld, LLEXT_MEM_TEXT, count * MOVED_BYTES, 4, &offset);
	ld->made.page_ends.load = (elf_addr)offset; /* in the region, until that is placed */
	return rc;
}

static uint32_t read_insn(const uint8_t *mem)
{
	uint32_t insn;

	memcpy(&insn, mem, sizeof(insn));
	return insn;
}

/*
 * How many words behind the ADRP is the instruction that must not follow it? 0: nowhere. Whatever
 * may stand between them counts, even where Arm's description leaves some of it out.
 */
static unsigned int dependent_insn(const uint8_t *mem, size_t bytes)
{
	uint32_t adrp = read_insn(mem);

	if (bytes < 12 || (read_insn(mem + 4) & 0x0a000000) != 0x08000000) /* loads and stores */
		return 0;
	for (unsigned int i = 2; i <= 3 && 4 * i + 4 <= bytes; i++) {
		uint32_t insn = read_insn(mem + (size_t)4 * i);

		/* Register, unsigned immediate, with the ADRP's as the base. */
		if ((insn & 0x3b000000) == 0x39000000 && (insn >> 5 & 31) == (adrp & 31))
			return i;
	}
	return 0;
}

/* Where the page is whose address the ADRP takes. */
static elf_addr page_of(uint32_t adrp, elf_addr p)
{
	uint64_t pages = (adrp >> 3 & 0x1ffffc) | (adrp >> 29 & 3);

	return (p & ~(PAGE_BYTES - 1)) + (elf_addr)((int64_t)(pages << 43) >> 31);
}

static void left_as_it_is(const struct load *ld, elf_addr p)
{
	(void)ld, (void)p;
	LOG(LLEXT_LOG_WRN, "%s: erratum 843419 of the Cortex-A53 at 0x%llx: no room to mend it",
	    ld->name, (unsigned long long)p);
}

void llext_page_end(const struct table *table, const struct reloc *reloc, uint8_t *mem, elf_addr p)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;
	uint32_t insn;
	unsigned int words;
	elf_addr distance;
	size_t slot;

	if ((reloc->type->value != RELOC_PAGE_PC && reloc->type->value != RELOC_GOT_PAGE_PC &&
	     reloc->type->value != RELOC_TLS_PAGE_PC) ||
	    table->target == 0 || !(ld->headers.shdrs[table->target].sh_flags & SHF_EXECINSTR))
		return;
	insn = read_insn(mem);
	words = dependent_insn(mem, (size_t)table->size - (size_t)reloc->offset);
	if (words == 0 || (insn & 0x9f000000) != 0x90000000)
		return;
	distance = page_of(insn, p) - p;
	if (distance + (1u << 20) < 1u << 21) {
		insn = 0x10000000 | (insn & 31) | (uint32_t)(distance & 3) << 29 |
		       (uint32_t)(distance & 0x1ffffc) << 3;
		memcpy(mem, &insn, sizeof(insn));
		return;
	}
	slot = (size_t)((p - (ld->bases[LLEXT_MEM_TEXT] & ~(PAGE_BYTES - 1))) / PAGE_BYTES);
	if (section->region != LLEXT_MEM_TEXT || !is_in_region(section) ||
	    slot >= ld->made.page_ends.count ||
	    ld->made.page_ends.load - p + BRANCH_REACH / 2 >= BRANCH_REACH) {
		left_as_it_is(ld, p);
		return;
	}
	/* It moves when it has been relocated itself. */
	ld->made.page_ends_used[slot] = (uint8_t)(words + ((p & 4) != 0));
}

static void branch(uint8_t *mem, elf_addr from, elf_addr to)
{
	uint32_t insn = 0x14000000 | (uint32_t)((to - from) >> 2 & 0x3ffffff);

	memcpy(mem, &insn, sizeof(insn));
}

int llext_page_ends_finish(struct load *ld)
{
	const struct slots *slots = &ld->made.page_ends;
	elf_addr text = ld->bases[LLEXT_MEM_TEXT], page = text & ~(PAGE_BYTES - 1);

	for (size_t i = 0; i < slots->count; i++) {
		elf_addr from = page + i * PAGE_BYTES + LAST_WORDS +
				4 * (elf_addr)ld->made.page_ends_used[i];
		elf_addr to = slots->load + i * MOVED_BYTES;
		uint8_t *moved = slots->mem + i * MOVED_BYTES;
		uint8_t *mem = slots->mem - (slots->load - from);

		step_brief(ld, i);
		if (ld->made.page_ends_used[i] == 0)
			continue;
		memcpy(moved, mem, 4);
		branch(moved + 4, to + 4, from + 4);
		branch(mem, from, to);
	}
	return 0;
}

#endif /* CONFIG_LLEXT_ERRATUM_843419 */
