/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Padding that only a linker can size (RISC-V psABI, R_RISCV_ALIGN) is cut as the loader would cut
 * it: see src/padding.c. A section keeps its size, zeros at its end stand for what was cut.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

static void collect(struct pack *pack, size_t table, struct pack_input *input)
{
	size_t count = file_relocation_count(pack->file, table);
	struct relocation relocation;
	struct llext_desk_reloc what;

	for (size_t i = 0; i < count; i++) {
		if (!file_relocation(pack->file, table, i, &relocation))
			continue;
		pack->core->reloc(relocation.type, &what);
		if (what.kind != LLEXT_DESK_ALIGN || relocation.addend == 0)
			continue;
		input->paddings = need_more(input->paddings, input->padding_count + 1,
					    sizeof(*input->paddings));
		input->paddings[input->padding_count++] = (struct padding_cut){
			.offset = relocation.offset, .bytes = (uint64_t)relocation.addend};
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct padding_cut *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The alignment is the smallest power of two that is larger than the padding. */
static bool measure(struct pack_input *input, uint64_t size)
{
	uint64_t cut = 0, end = 0;

	for (size_t i = 0; i < input->padding_count; i++) {
		struct padding_cut *padding = &input->paddings[i];
		uint64_t align = 1;

		if (padding->offset < end || padding->offset > size ||
		    padding->bytes > size - padding->offset)
			return false;
		end = padding->offset + padding->bytes;
		while (align <= padding->bytes)
			align <<= 1;
		padding->kept = (cut - padding->offset) & (align - 1);
		if (padding->kept > padding->bytes)
			return false;
		cut += padding->bytes - padding->kept;
		padding->cut = cut;
	}
	return true;
}

static void cut(const struct pack *pack, const struct pack_input *input, uint64_t size)
{
	uint8_t *bytes = pack->sections[input->section].bytes + input->offset;
	uint64_t before = 0;

	for (size_t i = 0; i < input->padding_count; i++) {
		const struct padding_cut *padding = &input->paddings[i];
		uint64_t from = padding->offset + padding->bytes;
		uint64_t end = i + 1 < input->padding_count ? padding[1].offset : size;

		pack->core->pad(bytes + padding->offset - before, (size_t)padding->kept);
		before = padding->cut;
		memmove(bytes + from - before, bytes + from, (size_t)(end - from));
	}
	memset(bytes + size - before, 0, (size_t)before);
}

bool pack_cut_padding(struct pack *pack)
{
	struct section_header table, target;

	if (pack->core->pad == NULL)
		return true;
	for (size_t i = 1; i < pack->file->section_count; i++) {
		if (!file_section(pack->file, i, &table) || table.type != SHT_RELA ||
		    table.info >= pack->file->section_count ||
		    pack->inputs[table.info].section == PACK_NONE ||
		    pack->sections[pack->inputs[table.info].section].bytes == NULL)
			continue;
		collect(pack, i, &pack->inputs[table.info]);
	}
	for (size_t i = 1; i < pack->file->section_count; i++) {
		struct pack_input *input = &pack->inputs[i];

		if (input->padding_count == 0 || !file_section(pack->file, i, &target))
			continue;
		qsort(input->paddings, input->padding_count, sizeof(*input->paddings), by_offset);
		if (!measure(input, target.size)) {
			complain(pack->file->path, "malformed: padding in %s",
				 printable(target.name));
			return false;
		}
		cut(pack, input, target.size);
	}
	return true;
}

uint64_t pack_moved(const struct pack_input *input, uint64_t offset)
{
	const struct padding_cut *padding = NULL;
	uint64_t kept;

	for (size_t low = 0, high = input->padding_count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (input->paddings[middle].offset < offset) {
			padding = &input->paddings[middle];
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (padding == NULL)
		return input->offset + offset;
	if (offset - padding->offset >= padding->bytes)
		return input->offset + offset - padding->cut;
	/* Inside the padding: not beyond what is kept of it. */
	kept = offset - padding->offset < padding->kept ? offset - padding->offset : padding->kept;
	return input->offset + padding->offset + kept -
	       (padding->cut - (padding->bytes - padding->kept));
}
