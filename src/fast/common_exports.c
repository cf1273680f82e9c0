/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop over records of .exported_sym. Nearly all are alike: the name is in the region of
 * constants, and differs from the one before; what is exported is in the extension. Any other
 * record, and an invalid one, is left to exports.c, which has all checks and messages.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK)

/* A name, and whether it comes behind the one before. */
struct name {
	size_t length;
	bool above;
};

/*
 * Read the name @next, and compare it with @last, which has @length characters. All bytes up to
 * @limit, which is above that length, and 8 more may be read. Each is read once, four at a time
 * where the machine can. @return false: they are equal, or @next has no end.
 */
static inline __attribute__((always_inline)) bool
read_name(const char *last, size_t length, const char *next, size_t limit, struct name *name)
{
	uint32_t before, word, ends;
	size_t at = 0;

	if (ALIGNED_WORDS_ONLY) {
		const char *end;

		while (at < length && last[at] == next[at])
			at++;
		end = memchr(next + at, '\0', limit - at);
		name->length = (uintptr_t)end - (uintptr_t)next;
		name->above = (unsigned char)next[at] > (unsigned char)last[at];
		return end != NULL && next[at] != last[at];
	}
	do {
		before = read_four(last + at);
		word = read_four(next + at);
		at += sizeof(word);
	} while (before == word && at <= length);
	/* The first character is the lowest byte, and counts most. */
	name->above = __builtin_bswap32(word) > __builtin_bswap32(before);
	ends = zero_bytes(word);
	/* Is there a difference up to the NUL? */
	if (ends != 0 && (up_to_nul(ends) & (before ^ word)) == 0)
		return false;
	for (; ends == 0; ends = zero_bytes(word)) {
		if (at > limit)
			return false;
		word = read_four(next + at);
		at += sizeof(word);
	}
	name->length = at - sizeof(word) + (size_t)__builtin_ctz(ends) / 8;
	return true;
}

/*
 * Memory in which names are constants, whatever else is there: the block. If it has slots, which
 * are written anew, or code that is read by words, then the region.
 */
static inline struct llext_extent constants_of(const struct load *ld)
{
	const struct region *region = &ld->layout.regions[LLEXT_MEM_RODATA];

	if (llext_code_by_words(LLEXT_MEM_TEXT) || is_fenced(ld))
		return (struct llext_extent){
			.mem = region_mem(region), .load = region->load, .bytes = region->bytes};
	return ld->layout.blocks[region_block(ld, LLEXT_MEM_RODATA)].extent;
}

size_t llext_exports_common(struct load *ld, const uint8_t *records, size_t from, size_t count,
			    struct llext_symbol *symbols, struct name_order *order)
{
	const struct llext_extent constants = constants_of(ld);
	const elf_addr start = (elf_addr)constants.load;
	const elf_addr text = (elf_addr)(uintptr_t)ld->ext->mem[LLEXT_MEM_TEXT];
	const size_t end = constants.bytes < 8 ? 0 : constants.bytes - 8;

	for (; from < count; from++) {
		const uint8_t *record = records + from * sizeof(struct export_record);
		elf_addr load = read_word(record), address = read_word(record + sizeof(load));
		size_t offset = (size_t)(elf_addr)(load - start);
		const char *next;
		struct name name;

		if (offset >= end || end - offset <= order->length)
			break;
		next = (const char *)constants.mem + offset;
		if (!read_name(order->last, order->length, next, end - offset, &name) ||
		    name.length == 0 || name.length >= ld->file.name_budget ||
		    (address - text >= ld->ext->mem_size[LLEXT_MEM_TEXT] &&
		     !llext_contains(ld->ext, address)))
			break;
		ld->file.name_budget -= name.length;
		order->last = next;
		order->length = name.length;
		order->above += name.above;
		symbols[from].name = next;
		symbols[from].addr = (void *)(uintptr_t)address;
	}
	return from;
}

#endif
