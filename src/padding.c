/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Padding that a linker must cut (RELOC_ALIGN; RISC-V psABI, R_RISCV_ALIGN). An assembler that lets
 * the linker shorten code does not know where that code will lie. So it emits as many no-operations
 * as an alignment could need, and the linker must cut those that are not needed, or what follows is
 * misaligned. Symbols and relocations behind the cut move within their section. Alignment counts
 * from the section's start, which is aligned for everything in it. Debug information in a
 * relocatable file does not know of the cut: behind such a place a debugger is off by up to the
 * padding's size.
 */
#include "reloc_table.h"
#include "steps.h"

#if LLEXT_ARCH_PADDING

#define MOVED 16 /* bytes that count as one item of a load in steps */

bool llext_padding_add(struct load *ld, uint32_t section, elf_addr offset, elf_addr bytes)
{
	struct paddings *paddings = &ld->made.paddings;

	if (paddings->count == paddings->room || bytes == 0 || is_pre_located(ld) ||
	    !fits(offset, bytes, ld->headers.shdrs[section].sh_size))
		return false;
	paddings->items[paddings->count++] =
		(struct padding){.section = section, .offset = offset, .bytes = bytes};
	return true;
}

int llext_padding_keep(const struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	struct paddings *paddings = &ld->made.paddings;
	elf_addr bytes = (elf_addr)reloc->addend;

	if (bytes == 0 || is_pre_located(ld))
		return 0;
	if (!fits(reloc->offset, bytes, table->size))
		return llext_fail_reloc(table, reloc, -ENOEXEC, "relocation outside its section");
	if (paddings->count == paddings->room) {
		paddings->items = llext_transient_grow(ld, paddings->items, &paddings->room,
						       sizeof(*paddings->items));
		if (paddings->items == NULL)
			return -ENOMEM;
	}
	return llext_padding_add(ld, table->target, reloc->offset, bytes) ? 0 : -ENOMEM;
}

static bool is_before(const struct padding *padding, uint32_t section, elf_addr offset)
{
	return padding->section != section ? padding->section < section : padding->offset < offset;
}

static bool padding_less(const void *a, const void *b, const void *context)
{
	const struct padding *other = b;

	(void)context;
	return is_before(a, other->section, other->offset);
}

/* The alignment is the smallest power of two that is larger than the padding. */
static int measure(const struct load *ld, struct padding *padding, const struct padding *before)
{
	elf_addr cut = 0, align = 1;

	if (before != NULL && before->section == padding->section) {
		if (padding->offset - before->offset < before->bytes)
			return llext_fail_section(ld, -ENOEXEC, padding->section,
						  "padding overlaps other padding");
		cut = before->cut;
	}
	while (align <= padding->bytes && align <= MAX_ALIGN)
		align <<= 1;
	padding->kept = (cut - padding->offset) & (align - 1);
	if (align > ld->headers.shdrs[padding->section].sh_addralign ||
	    padding->kept > padding->bytes) {
		int rc = llext_fail_section(
			ld, -ENOEXEC, padding->section,
			"padding for an alignment that the section does not have");

		return llext_diag_offset(rc, (size_t)padding->offset);
	}
	padding->cut = cut + padding->bytes - padding->kept;
	return 0;
}

int llext_padding_measure(struct load *ld)
{
	struct paddings *paddings = &ld->made.paddings;
	int rc = 0;

	llext_sort(ld, paddings->items, paddings->count, sizeof(struct padding), padding_less,
		   NULL);
	for (size_t i = 0; rc == 0 && i < paddings->count; i++) {
		rc = measure(ld, &paddings->items[i], i > 0 ? &paddings->items[i - 1] : NULL);
		step_point(ld, 1);
	}
	return rc;
}

/*
 * Find the first padding of a section that does not begin before @offset; there is some. Most
 * callers go through a section from its start to its end. So the search begins where the last one
 * ended, and goes on from there in steps that double.
 */
static size_t find(struct paddings *paddings, uint32_t section, elf_addr offset)
{
	size_t low = 0, high = paddings->count, step = 0;
	size_t at = paddings->found < high ? paddings->found : high - 1;

	/* Sections of data come behind those of code, and have none. */
	if (paddings->items[high - 1].section < section)
		return high;
	while (low < high) {
		bool before = is_before(&paddings->items[at], section, offset);
		size_t stride;

		if (before)
			low = at + 1;
		else
			high = at;
		stride = (high - low) / 2;
		if (stride > step)
			stride = step;
		at = before ? low + stride : high - 1 - stride;
		step = 2 * step + 1;
	}
	paddings->found = low;
	return low;
}

typedef uint16_t __attribute__((may_alias)) half;

#define FOUR       (4 * sizeof(half))
#define FOUR_WORDS (4 * sizeof(uint32_t))

static inline void copy_half(uint8_t *to, const uint8_t *from)
{
	*(half *)(void *)to = *(const half *)(const void *)from;
}

static inline __attribute__((always_inline)) void copy_four_halves(uint8_t *to, const uint8_t *from)
{
	const half *read = (const void *)from;
	half *write = (void *)to, a = read[0], b = read[1], c = read[2], d = read[3];

	write[0] = a;
	write[1] = b;
	write[2] = c;
	write[3] = d;
}

/*
 * Move code down, by words or halfwords if possible: a small C library's memmove() may go byte by
 * byte. Whatever is written has been read, however close the two are.
 */
static void move_down(uint8_t *to, const uint8_t *from, size_t bytes)
{
	bool halves = (((uintptr_t)to | (uintptr_t)from) & 1) == 0;

	if (halves && (((uintptr_t)to ^ (uintptr_t)from) & 2) == 0) {
		if (((uintptr_t)from & 2) && bytes >= sizeof(half)) {
			copy_half(to, from);
			from += sizeof(half);
			to += sizeof(half);
			bytes -= sizeof(half);
		}
		for (; bytes >= FOUR_WORDS; bytes -= FOUR_WORDS) {
			copy_four(to, from);
			from += FOUR_WORDS;
			to += FOUR_WORDS;
		}
	}
	for (; halves && bytes >= 2 * FOUR; bytes -= 2 * FOUR) {
		copy_four_halves(to, from);
		copy_four_halves(to + FOUR, from + FOUR);
		from += 2 * FOUR;
		to += 2 * FOUR;
	}
	for (; halves && bytes >= sizeof(half); bytes -= sizeof(half)) {
		copy_half(to, from);
		from += sizeof(half);
		to += sizeof(half);
	}
	if (bytes > 0)
		memmove(to, from, bytes);
}

/* Pieces of it, from the first on, do not harm what follows. */
static void move_in_pieces(const struct load *ld, uint8_t *to, const uint8_t *from, size_t bytes)
{
	while (bytes > 0) {
		size_t piece = step_share(ld, bytes, MOVED);

		move_down(to, from, piece);
		to += piece;
		from += piece;
		bytes -= piece;
		step_point(ld, 1 + piece / MOVED);
	}
}

void llext_padding_cut(struct load *ld, uint32_t section)
{
	struct paddings *paddings = &ld->made.paddings;
	uint8_t *mem = ld->layout.sections[section].mem;
	size_t size = (size_t)ld->headers.shdrs[section].sh_size, i;
	elf_addr cut = 0;

	i = find(paddings, section, 0);
	for (; i < paddings->count && paddings->items[i].section == section; i++) {
		const struct padding *padding = &paddings->items[i], *next = padding + 1;
		size_t from = (size_t)(padding->offset + padding->bytes), end = size;

		if (i + 1 < paddings->count && next->section == section)
			end = (size_t)next->offset;
		llext_arch_pad(mem + padding->offset - cut, (size_t)padding->kept);
		cut = padding->cut;
		move_in_pieces(ld, mem + from - cut, mem + from, end - from);
	}
	if (cut > 0)
		step_clear(ld, mem + size - cut, (size_t)cut);
}

elf_addr llext_padding_moved(struct load *ld, uint32_t section, elf_addr offset)
{
	struct paddings *paddings = &ld->made.paddings;
	const struct padding *padding;
	size_t i;

	/* A label outside the section stays where it is. */
	if (paddings->count == 0 || offset > ld->headers.shdrs[section].sh_size)
		return offset;
	i = find(paddings, section, offset);
	if (i == 0 || paddings->items[i - 1].section != section)
		return offset;
	padding = &paddings->items[i - 1];
	if (offset - padding->offset >= padding->bytes)
		return offset - padding->cut;
	/* Inside the padding: at most at the end of what is kept of it. */
	if (offset - padding->offset > padding->kept)
		offset = padding->offset + padding->kept;
	return offset - (padding->cut - (padding->bytes - padding->kept));
}

/* The stretch that ends with the padding at index @i of all, or with the section. */
static void stretch_before(const struct load *ld, uint32_t section, size_t i,
			   struct stretch *stretch)
{
	const struct paddings *paddings = &ld->made.paddings;
	const struct padding *behind = &paddings->items[i];
	elf_addr end = ld->headers.shdrs[section].sh_size;

	if (i < paddings->count && behind->section == section)
		end = behind->offset;
	stretch->behind = i;
	stretch->from = stretch->cut = 0;
	if (i > 0 && behind[-1].section == section) {
		stretch->from = behind[-1].offset + behind[-1].bytes;
		stretch->cut = behind[-1].cut;
	}
	stretch->bytes = end - stretch->from;
}

void llext_padding_stretch(struct load *ld, uint32_t section, elf_addr offset,
			   struct stretch *stretch)
{
	struct paddings *paddings = &ld->made.paddings;

	*stretch = (struct stretch){.bytes = ld->headers.shdrs[section].sh_size};
	if (paddings->count > 0)
		stretch_before(ld, section, find(paddings, section, offset), stretch);
}

void llext_padding_next(const struct load *ld, uint32_t section, struct stretch *stretch)
{
	const struct paddings *paddings = &ld->made.paddings;

	if (stretch->behind < paddings->count &&
	    paddings->items[stretch->behind].section == section)
		stretch_before(ld, section, stretch->behind + 1, stretch);
}

#endif /* LLEXT_ARCH_PADDING */
