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

/* First byte of an entry; above its flags begins the difference of the places. */
#define ENTRY_SYMBOL 1u
#define ENTRY_TYPE   2u
#define ENTRY_ADDEND 4u
#define ENTRY_MORE   0x80u

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

/* The differences that the flags of an entry announce. */
static bool read_changes(const uint8_t **mem, const uint8_t *end, unsigned int head,
			 struct crel *crel)
{
	elf_addr change;

	if (head & ENTRY_SYMBOL) {
		if (!read_leb128(mem, end, true, &change))
			return false;
		crel->symbol += (uint32_t)change;
	}
	if (head & ENTRY_TYPE) {
		if (!read_leb128(mem, end, true, &change))
			return false;
		crel->type += (uint32_t)change;
	}
	if (head & ENTRY_ADDEND) {
		if (!read_leb128(mem, end, true, &change))
			return false;
		crel->addend += change;
	}
	return true;
}

/* One entry of those at hand. */
static bool read_entry(const uint8_t **mem, const uint8_t *end, bool has_addend, struct crel *crel)
{
	unsigned int flag_bits = has_addend ? 3 : 2, head;
	elf_addr more;

	if (*mem == end)
		return false;
	head = *(*mem)++;
	crel->offset += (head & 0x7f) >> flag_bits;
	if (head & ENTRY_MORE) {
		if (!read_leb128(mem, end, false, &more))
			return false;
		crel->offset += more << (7 - flag_bits);
	}
	head &= has_addend ? 7 : 3;
	return head == 0 || read_changes(mem, end, head, crel);
}

static void put_word(uint8_t *mem, elf_addr word)
{
	memcpy(mem, &word, sizeof(word));
}

int llext_crel_next(struct table *table, struct stream *stream, struct crel *crel,
		    uint8_t entries[CREL_BATCH * sizeof(elf_rela_t)], size_t *bytes)
{
	struct load *ld = table->ld;
	size_t filled = 0;

	while (crel->left > 0 && filled < CREL_BATCH * table->entry_bytes) {
		const uint8_t *next, *end;

		if (stream->ready < ENTRY_BYTES && stream->left > 0) {
			int rc = llext_stream_refill(stream, 1);

			if (rc != 0)
				return rc;
		}
		next = stream->next;
		end = next + stream->ready;
		/* The numbers must fit the entries that they are given out as. */
		if (!read_entry(&next, end, table->has_addend, crel) ||
		    ELF_R_TYPE(ELF_R_INFO(crel->symbol, crel->type)) != crel->type ||
		    ELF_R_SYM(ELF_R_INFO(crel->symbol, crel->type)) != crel->symbol)
			return fail_section(ld, -ENOEXEC, table->index,
					    "malformed compact relocation");
		stream->ready = (size_t)(end - next);
		stream->next = next;
		put_word(entries + filled, crel->offset << crel->shift);
		put_word(entries + filled + offsetof(elf_rel_t, r_info),
			 ELF_R_INFO(crel->symbol, crel->type));
		if (table->has_addend)
			put_word(entries + filled + offsetof(elf_rela_t, r_addend), crel->addend);
		filled += table->entry_bytes;
		crel->left--;
	}
	*bytes = filled;
	return 0;
}

#endif /* CONFIG_LLEXT_PACKED */
