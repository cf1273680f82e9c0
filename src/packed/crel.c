/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact relocations (SHT_CREL; the gABI proposal "A compact relocation format for ELF"). A header
 * says how many there are; each is the difference to the one before it, in a byte or a few.
 */
#include "../reloc_table.h"

#if LLEXT_ON(CONFIG_LLEXT_PACKED)

/* Header: number of entries, and in its lowest bits: */
#define HEADER_ADDEND 4u /* the entries have addends */
#define HEADER_SHIFT  3u /* places are multiples of 1 << this */

/* The most bytes that a LEB128 number of 64 bits takes. */
#define LEB128_BYTES 10

/*
 * Read a LEB128 number (DWARF 5, 7.6). @return false: it does not end before @end, or, if unsigned,
 * does not fit.
 */
static bool read_leb128(const uint8_t **mem, const uint8_t *end, bool is_signed, elf_addr *out)
{
	const uint8_t *at = *mem;
	unsigned int shift = 0;
	elf_addr value = 0;
	uint8_t byte;

	if (at != end && !(*at & 0x80)) { /* most */
		*out = is_signed ? ((elf_addr)*at ^ 0x40) - 0x40 : *at;
		++*mem;
		return true;
	}
	do {
		if (at == end || shift >= 7 * LEB128_BYTES)
			return false;
		byte = *at++;
		if (shift < 8 * sizeof(value))
			value |= (elf_addr)(byte & 0x7f) << shift;
		/* No bit of an unsigned number may be lost. */
		if (shift > 8 * sizeof(value) - 7 && !is_signed && byte & 0x7f &&
		    (shift >= 8 * sizeof(value) ||
		     (elf_addr)(byte & 0x7f) << shift >> shift != (byte & 0x7fu)))
			return false;
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
		return llext_fail_section(ld, -ENOEXEC, table->index,
					  "malformed compact relocations: no header");
	stream->ready -= (size_t)(stream->next - start);
	crel->left = header >> 3;
	crel->shift = header & HEADER_SHIFT;
	table->has_addend = (header & HEADER_ADDEND) != 0;
	table->entry_bytes = table->has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	crel->flag_bits = table->has_addend ? 3 : 2;
	if (LLEXT_ARCH_RELA_ONLY && !table->has_addend)
		return llext_fail_section(
			ld, -ENOTSUP, table->index,
			"relocations without addends, which this machine has not");
	/* An entry has at least a byte. */
	if (crel->left > ld->headers.shdrs[table->index].sh_size)
		return llext_fail_section(ld, -ENOEXEC, table->index,
					  "more compact relocations than bytes");
	return 0;
}

/* Decode the rest of an entry, whose first byte is @head. @return false: it is malformed. */
static bool read_rest(struct crel *crel, unsigned int head, const uint8_t *end)
{
	elf_addr changes[3] = {0}, more, info;

	if (head & CREL_MORE) {
		if (!read_leb128(&crel->next, end, false, &more))
			return false;
		crel->offset += more << (7 - crel->flag_bits);
	}
	for (unsigned int i = 0; i < crel->flag_bits; i++) {
		if ((head & (1u << i)) && !read_leb128(&crel->next, end, true, &changes[i]))
			return false;
	}
	crel->symbol += (uint32_t)changes[0];
	crel->type += (uint32_t)changes[1];
	crel->addend += changes[2];
	/* The numbers must fit an entry of an ordinary table. */
	info = ELF_R_INFO(crel->symbol, crel->type);
	return ELF_R_TYPE(info) == crel->type && ELF_R_SYM(info) == crel->symbol;
}

static __attribute__((noinline)) bool step_any(struct crel *crel, const uint8_t *end)
{
	unsigned int head = *crel->next++;

	crel->left--;
	crel->offset += (head & 0x7f) >> crel->flag_bits;
	return read_rest(crel, head, end);
}

/*
 * Decode the next entry if it is of the form that is common on this machine: each number takes one
 * byte, and where tables have addends, an addend's difference up to four; where they have none, the
 * type is that of the entry before. @return false: it is another one, and nothing has been done.
 */
static inline __attribute__((always_inline)) bool step_short(struct crel *crel, const uint8_t *end)
{
	const bool rela = LLEXT_ARCH_RELA_ONLY;
	const unsigned int flag_bits = rela ? 3 : 2;
	const uint8_t *next = crel->next;
	unsigned int head = *next++, more = 0;
	uint32_t symbol = crel->symbol, type = crel->type;
	elf_addr addend = crel->addend;

	if (end - next < (rela ? 4 : 2) ||
	    (!rela && (crel->flag_bits != flag_bits || (head & CREL_TYPE))))
		return false;
	if (head & CREL_MORE)
		more = *next++;
	if (head & CREL_SYMBOL) {
		more |= *next & 0x80;
		symbol += (*next++ ^ 0x40u) - 0x40u;
	}
	if (rela && (head & CREL_TYPE)) {
		more |= *next & 0x80;
		type += (*next++ ^ 0x40u) - 0x40u;
	}
	if (rela && (head & CREL_ADDEND)) {
		unsigned int byte = *next++, shift = 0;
		elf_addr change = byte & 0x7f, sign;

		while ((byte & 0x80) && shift < 21 && next != end) {
			byte = *next++;
			shift += 7;
			change |= (elf_addr)(byte & 0x7f) << shift;
		}
		more |= byte & 0x80;
		sign = (elf_addr)0x40 << shift;
		addend += (change ^ sign) - sign;
	}
	/* Refuse longer numbers, and those that do not fit an entry of an ordinary table. */
	if ((more & 0x80) || ELF_R_SYM(ELF_R_INFO(symbol, 0)) != symbol ||
	    (rela && ELF_R_TYPE(ELF_R_INFO(0, type)) != type))
		return false;
	crel->offset += (elf_addr)(((head & 0x7f) >> flag_bits) + (more << (7 - flag_bits)));
	crel->symbol = symbol;
	crel->type = type;
	crel->addend = addend;
	crel->next = next;
	crel->left--;
	return true;
}

/* Copy what changes from entry to entry. Assigning the whole struct would call memcpy(). */
static inline void set(struct crel *to, const struct crel *from)
{
	to->next = from->next;
	to->left = from->left;
	to->offset = from->offset;
	to->addend = from->addend;
	to->symbol = from->symbol;
	to->type = from->type;
}

size_t llext_crel_batch(const struct table *table, struct crel *crel, const uint8_t *end,
			const uint8_t *enough, uint8_t *batch, bool *sound)
{
	const bool has_addend = LLEXT_ARCH_RELA_ONLY || table->has_addend;
	const size_t bytes = has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	uint8_t *to = batch, *last = to + CREL_BATCH - bytes;
	struct crel at; /* in registers */

	set(&at, crel);
	at.shift = crel->shift;
	at.flag_bits = crel->flag_bits;
	*sound = true;
	do {
		elf_rela_t *entry = (elf_rela_t *)(void *)to;

		if (!step_short(&at, end)) {
			set(crel, &at);
			*sound = step_any(crel, end);
			set(&at, crel);
			if (!*sound)
				break;
		}
		entry->r_offset = at.offset << at.shift;
		entry->r_info = ELF_R_INFO(at.symbol, at.type);
		if (has_addend)
			entry->r_addend = (elf_saddr)at.addend;
		to += bytes;
	} while (to <= last && at.left > 0 && at.next < enough);
	set(crel, &at);
	return (size_t)(to - batch);
}

#endif /* CONFIG_LLEXT_PACKED */
