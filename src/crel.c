/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact relocations (SHT_CREL; the gABI proposal "A compact relocation format for ELF"). A header
 * says how many there are; each is the difference to the one before it, in a byte or a few. They
 * are given out as entries of the ordinary tables, a few at a time.
 */
#include "reloc_table.h"

#if CONFIG_LLEXT_PACKED

/* Header: number of entries, and in its lowest bits: */
#define HEADER_ADDEND 4u /* the entries have addends */
#define HEADER_SHIFT  3u /* places are multiples of 1 << this */

/*
 * First byte of an entry: flags for a change of symbol, type and, where there are addends, addend;
 * above them begins the difference of the places.
 */
#define ENTRY_MORE 0x80u

/* The most bytes that an entry takes: a byte and four numbers of 64 bits. */
#define ENTRY_BYTES 41

/* The most bytes that a LEB128 number of 64 bits takes. */
#define LEB128_BYTES 10

/* A LEB128 number (DWARF 5, 7.6). @return false where it does not end in @bytes bytes. */
static bool read_leb128(const uint8_t **mem, const uint8_t *end, bool is_signed, elf_addr *out)
{
	const uint8_t *at = *mem;
	unsigned int shift = 0;
	elf_addr value = 0;
	uint8_t byte;

	do {
		if (at == end || shift >= 7 * LEB128_BYTES)
			return false;
		byte = *at++;
		if (shift < 8 * sizeof(value))
			value |= (elf_addr)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && (byte & 0x40) && shift < 8 * sizeof(value))
		value |= (elf_addr)-1 << shift;
	*mem = at;
	*out = value;
	return true;
}

int llext_crel_open(struct table *table, struct stream *stream, struct crel *crel)
{
	struct load *ld = table->ld;
	const uint8_t *start;
	elf_addr header;

	*crel = (struct crel){0};
	if (stream->ready < LEB128_BYTES && stream->left > 0) {
		int rc = llext_stream_refill(stream, 1);

		if (rc != 0)
			return rc;
	}
	start = stream->next;
	if (stream->ready == 0 ||
	    !read_leb128(&stream->next, stream->next + stream->ready, false, &header))
		return fail_section(ld, -ENOEXEC, table->index,
				    "malformed compact relocations: no header");
	stream->ready -= (size_t)(stream->next - start);
	crel->left = header >> 3;
	crel->shift = header & HEADER_SHIFT;
	table->has_addend = (header & HEADER_ADDEND) != 0;
	table->entry_bytes = table->has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	if (LLEXT_ARCH_RELA_ONLY && !table->has_addend)
		return fail_section(ld, -ENOTSUP, table->index,
				    "relocations without addends, which this machine has not");
	/* An entry has at least a byte. */
	if (crel->left > ld->shdrs[table->index].sh_size)
		return fail_section(ld, -ENOEXEC, table->index,
				    "more compact relocations than bytes");
	return 0;
}

/* The differences that the flags of an entry announce. @return where they end; NULL: malformed. */
static const uint8_t *read_changes(const uint8_t *mem, const uint8_t *end, unsigned int head,
				   struct crel *crel)
{
	elf_addr changes[3] = {0};

	for (unsigned int i = 0; i < 3; i++) {
		if (!(head & (1u << i)))
			continue;
		/* Most take one byte. */
		if (mem < end && !(*mem & 0x80))
			changes[i] = ((elf_addr)*mem++ ^ 0x40) - 0x40;
		else if (!read_leb128(&mem, end, true, &changes[i]))
			return NULL;
	}
	crel->symbol += (uint32_t)changes[0];
	crel->type += (uint32_t)changes[1];
	crel->addend += changes[2];
	/* The numbers must fit the entries that they are given out as. */
	crel->info = ELF_R_INFO(crel->symbol, crel->type);
	return ELF_R_TYPE(crel->info) == crel->type && ELF_R_SYM(crel->info) == crel->symbol ? mem
											     : NULL;
}

static inline void put_word(uint8_t *mem, elf_addr word)
{
	memcpy(mem, &word, sizeof(word));
}

/* What of an entry is not in its first byte. @return where it ends; NULL: malformed. */
static __attribute__((noinline)) const uint8_t *read_rest(struct crel *crel, unsigned int head,
							  unsigned int flag_bits,
							  const uint8_t *mem, const uint8_t *end)
{
	unsigned int flags = head & ((1u << flag_bits) - 1);
	elf_addr more;

	if (head & ENTRY_MORE) {
		if (mem < end && !(*mem & 0x80))
			more = *mem++;
		else if (!read_leb128(&mem, end, false, &more))
			return NULL;
		crel->offset += more << (7 - flag_bits);
	}
	return flags != 0 ? read_changes(mem, end, flags, crel) : mem;
}

/* Entries from what is at hand, up to @enough. @return where they end; NULL: malformed. */
static const uint8_t *read_entries(struct crel *crel, unsigned int flag_bits, const uint8_t *mem,
				   const uint8_t *end, const uint8_t *enough, uint8_t **out,
				   const uint8_t *out_end)
{
	unsigned int rest = ENTRY_MORE | ((1u << flag_bits) - 1);
	elf_addr left = crel->left;
	uint8_t *entry = *out;

	for (; left > 0 && entry < out_end && mem < enough; left--) {
		unsigned int head = *mem++;

		crel->offset += (head & 0x7f) >> flag_bits;
		if (head & rest) {
			mem = read_rest(crel, head, flag_bits, mem, end);
			if (mem == NULL)
				return NULL;
		}
		put_word(entry, crel->offset << crel->shift);
		put_word(entry + offsetof(elf_rel_t, r_info), crel->info);
		entry += sizeof(elf_rel_t);
		if (flag_bits == 3) {
			put_word(entry, crel->addend);
			entry += sizeof(elf_addr);
		}
	}
	crel->left = left;
	*out = entry;
	return mem;
}

int llext_crel_next(struct table *table, struct stream *stream, struct crel *crel,
		    uint8_t entries[CREL_BATCH * sizeof(elf_rela_t)], size_t *bytes)
{
	const uint8_t *out_end = entries + CREL_BATCH * table->entry_bytes;
	uint8_t *out = entries;

	while (crel->left > 0 && out < out_end) {
		const uint8_t *end, *next = NULL;

		if (stream->ready < ENTRY_BYTES && stream->left > 0) {
			int rc = llext_stream_refill(stream, 1);

			if (rc != 0)
				return rc;
		}
		end = stream->next + stream->ready;
		if (stream->ready > 0)
			next = read_entries(crel, table->has_addend ? 3 : 2, stream->next, end,
					    stream->left > 0 ? end - (ENTRY_BYTES - 1) : end, &out,
					    out_end);
		if (next == NULL)
			return fail_section(table->ld, -ENOEXEC, table->index,
					    "malformed compact relocation");
		stream->ready = (size_t)(end - next);
		stream->next = next;
	}
	*bytes = (size_t)(out - entries);
	if (crel->left == 0 && (stream->ready > 0 || stream->left > 0))
		return fail_section(table->ld, -ENOEXEC, table->index,
				    "compact relocations end before their section does");
	return 0;
}

#endif /* CONFIG_LLEXT_PACKED */
