/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop over records of .exported_sym. Nearly all are alike: the name is in the region of
 * constants, and differs from the one before; what is exported is in the extension. Any other
 * record, and an invalid one, is left to exports.c, which has all checks and messages.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK)

/*
 * Compare the name @next with @last, as many characters as it takes. Each has READ_BEHIND_NAME
 * bytes behind its NUL. @return what was looked at of it; or NULL: they are equal.
 */
static inline __attribute__((always_inline)) const char *compare(const char *last, const char *next,
								 bool *above)
{
	uint32_t before, word;

	if (ALIGNED_WORDS_ONLY) {
		for (; *next == *last && *next != '\0'; next++)
			last++;
		*above = (unsigned char)*next > (unsigned char)*last;
		return *next == *last ? NULL : next;
	}
	do {
		before = read_four(last);
		word = read_four(next);
		last += sizeof(word);
		next += sizeof(word);
	} while (before == word && zero_bytes(word) == 0);
	/* The first character is the lowest byte, and counts most. */
	*above = __builtin_bswap32(word) > __builtin_bswap32(before);
	return (up_to_nul(zero_bytes(word)) & (before ^ word)) == 0 ? NULL : next;
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

/*
 * All names that begin in so many bytes end in the constants, with room to read behind them. Tables
 * without a NUL may be behind the names: for a few records it does not pay to look at all of them.
 */
static size_t bytes_of_names(const struct load *ld, const struct llext_extent *constants,
			     size_t count)
{
	const struct region *region = &ld->layout.regions[LLEXT_MEM_RODATA];
	size_t end = (size_t)(region->load - constants->load) + region->bytes;

	if (constants->bytes < READ_BEHIND_NAME)
		return 0;
	if (end > constants->bytes - READ_BEHIND_NAME)
		end = constants->bytes - READ_BEHIND_NAME;
	for (count = 16 + 8 * count; end != 0 && count != 0; end--, count--) {
		if (((const char *)constants->mem)[end - 1] == '\0')
			return end;
	}
	return 0;
}

size_t llext_exports_common(struct load *ld, const uint8_t *records, size_t from, size_t count,
			    struct llext_symbol *symbols, struct name_order *order)
{
	const struct llext_extent constants = constants_of(ld);
	const elf_addr start = (elf_addr)constants.load;
	const elf_addr text = (elf_addr)(uintptr_t)ld->ext->mem[LLEXT_MEM_TEXT];
	const size_t text_bytes = ld->ext->mem_size[LLEXT_MEM_TEXT];
	const char *last = order->last;
	size_t names, above = order->above, budget = ld->file.name_budget;

	if (order->bytes_of_names == UNKNOWN)
		order->bytes_of_names = bytes_of_names(ld, &constants, count);
	names = order->by_words ? order->bytes_of_names : 0;
	for (; from < count; from++) {
		const uint8_t *record = records + from * sizeof(struct export_record);
		elf_addr load = read_word(record), address = read_word(record + sizeof(load));
		const char *name, *looked;
		bool is_above;

		if ((elf_addr)(load - start) >= names)
			break;
		name = (const char *)constants.mem + (elf_addr)(load - start);
		if (*name == '\0')
			break;
		looked = compare(last, name, &is_above);
		if (looked == NULL || (size_t)(looked - name) >= budget ||
		    (address - text >= text_bytes && !llext_contains(ld->ext, address)))
			break;
		budget -= (size_t)(looked - name);
		last = name;
		above += is_above;
		symbols[from].name = name;
		symbols[from].addr = (void *)(uintptr_t)address;
	}
	ld->file.name_budget = budget;
	order->last = last;
	order->above = above;
	return from;
}

#endif
