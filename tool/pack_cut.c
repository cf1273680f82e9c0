/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a linker must cut, and what it may cut: padding that only it can size (RISC-V psABI,
 * R_RISCV_ALIGN), as the loader would cut it, see src/padding.c; and calls, see pack_relax.c. A
 * section in which no call became shorter keeps its size: zeros at its end stand for what was cut.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

struct pack_cut *pack_add_cut(struct pack_input *input, uint64_t offset, uint64_t bytes)
{
	struct pack_cut *cut;

	input->cuts =
		need_room(input->cuts, input->cut_count, &input->cut_room, sizeof(*input->cuts));
	cut = &input->cuts[input->cut_count++];
	*cut = (struct pack_cut){.offset = offset, .bytes = bytes, .kept = bytes};
	return cut;
}

static void collect_padding(struct pack *pack, size_t table, struct pack_input *input)
{
	struct relocation relocation;
	struct llext_desk_reloc what;

	for (size_t i = 0; file_relocation(pack->file, table, i, &relocation); i++) {
		pack->core->reloc(relocation.type, &what);
		if (what.kind == LLEXT_DESK_ALIGN && relocation.addend != 0)
			(void)pack_add_cut(input, relocation.offset, (uint64_t)relocation.addend);
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct pack_cut *x = a, *y = b;

	return compare_numbers(x->offset, y->offset);
}

/* The smallest power of two that is larger than the padding. */
uint64_t pack_padding_alignment(const struct pack_cut *padding)
{
	uint64_t align = 1;

	while (align <= padding->bytes)
		align <<= 1;
	return align;
}

bool pack_measure(struct pack_input *input)
{
	uint64_t cut = 0, end = 0;

	for (size_t i = 0; i < input->cut_count; i++) {
		struct pack_cut *item = &input->cuts[i];

		if (item->offset < end || item->offset > input->size ||
		    item->bytes > input->size - item->offset)
			return false;
		end = item->offset + item->bytes;
		if (!item->call)
			item->kept = (cut - item->offset) & (pack_padding_alignment(item) - 1);
		if (item->kept > item->bytes)
			return false;
		cut += item->bytes - item->kept;
		item->cut = cut;
	}
	input->left = input->size - cut;
	return true;
}

/* The input's bytes, without what is cut, where they go. */
static void copy(const struct pack *pack, const struct pack_input *input, const uint8_t *bytes)
{
	const struct pack_section *section = &pack->sections[input->section];
	uint8_t *to = section->bytes + input->offset;
	uint64_t from = 0;

	if (!section->relaxed)
		memset(to, 0, input->size);
	for (size_t i = 0; i < input->cut_count; i++) {
		const struct pack_cut *item = &input->cuts[i];

		memcpy(to, bytes + from, item->offset - from);
		to += item->offset - from;
		from = item->offset + item->bytes;
		if (item->call)
			pack_relax_write(item, bytes + item->offset, to);
		else
			pack->core->pad(to, (size_t)item->kept);
		to += item->kept;
	}
	memcpy(to, bytes + from, input->size - from);
}

static bool measure_all(struct pack *pack)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		struct pack_input *input = &pack->inputs[i];

		if (input->section == PACK_NONE)
			continue;
		if (input->cuts != NULL)
			qsort(input->cuts, input->cut_count, sizeof(*input->cuts), by_offset);
		if (!pack_measure(input)) {
			complain(pack->file->path, "malformed: padding in %s",
				 printable(header.name));
			return false;
		}
	}
	return true;
}

static void copy_all(struct pack *pack)
{
	struct section_header header;

	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		const struct pack_input *input = &pack->inputs[i];

		if (input->section != PACK_NONE && header.bytes != NULL &&
		    (input->cut_count > 0 || pack->sections[input->section].relaxed))
			copy(pack, input, header.bytes);
	}
}

bool pack_cut(struct pack *pack)
{
	struct section_header table;

	if (pack->core->pad == NULL)
		return true;
	for (size_t i = 0; file_next_relocations(pack->file, &i, &table);) {
		if (pack->inputs[table.info].section != PACK_NONE &&
		    pack->sections[pack->inputs[table.info].section].bytes != NULL)
			collect_padding(pack, i, &pack->inputs[table.info]);
	}
	if (pack->relax)
		pack_relax_find(pack);
	if (!measure_all(pack))
		return false;
	if (pack->relax)
		pack_relax(pack);
	copy_all(pack);
	return true;
}

uint64_t pack_moved(const struct pack_input *input, uint64_t offset)
{
	const struct pack_cut *item = NULL;
	uint64_t kept;

	for (size_t low = 0, high = input->cut_count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (input->cuts[middle].offset < offset) {
			item = &input->cuts[middle];
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (item == NULL || offset > input->size) /* a label beside the section stays there */
		return input->offset + offset;
	if (offset - item->offset >= item->bytes)
		return input->offset + offset - item->cut;
	/* Inside of it: not beyond what is kept. */
	kept = offset - item->offset < item->kept ? offset - item->offset : item->kept;
	return input->offset + item->offset + kept - (item->cut - (item->bytes - item->kept));
}
