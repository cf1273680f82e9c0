/* SPDX-License-Identifier: Apache-2.0 */
/* Finding an address in a loaded extension: the piece of memory, and the offset in it. */
#include "internal.h"

/* The piece that a load address lies in, and *@offset in it; NULL: none. */
static const struct piece *piece_at(const struct llext *ext, elf_addr load, size_t *offset)
{
	const struct piece *first = pieces_of(ext->priv);

	/*
	 * Search from the end: the block of a shared object comes before its segments, which say
	 * more.
	 */
	for (const struct piece *piece = first + piece_count(ext->priv); piece > first;) {
		piece--;
		*offset = (size_t)(elf_addr)(load - (elf_addr)piece->extent.load);
		if (*offset < piece->extent.bytes)
			return piece;
	}
	return NULL;
}

uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes)
{
	size_t offset;
	const struct piece *piece = piece_at(ext, load, &offset);

	if (piece == NULL)
		return NULL;
	*bytes = piece->extent.bytes - offset;
	if (ONE_PIECE) /* it is written at its run address */
		return (uint8_t *)(uintptr_t)load;
	return (uint8_t *)piece->extent.mem + offset;
}

#if !ONE_PIECE
const uint8_t *llext_constant_address(const struct llext *ext, elf_addr load, size_t *bytes)
{
	size_t offset;
	const struct piece *piece = piece_at(ext, load, &offset);

	if (piece == NULL || piece->access == LLEXT_ACCESS_RW)
		return NULL;
	*bytes = piece->extent.bytes - offset;
	return (const uint8_t *)piece->extent.mem + offset;
}
#endif

bool llext_contains(const struct llext *ext, elf_addr address)
{
	size_t bytes;

	return llext_write_address(ext, address, &bytes) != NULL;
}

static size_t code_room(const struct llext *ext, uintptr_t address)
{
	const struct llext_private *priv = ext->priv;

	if (ONE_PIECE) { /* one of its regions is code */
		size_t offset = address - (uintptr_t)ext->mem[LLEXT_MEM_TEXT];

		return offset < ext->mem_size[LLEXT_MEM_TEXT]
			       ? ext->mem_size[LLEXT_MEM_TEXT] - offset
			       : 0;
	}
	for (size_t i = 0; i < priv->piece_count; i++) {
		const struct piece *piece = &pieces_of(priv)[i];
		uintptr_t offset = address - piece->extent.load;

		if (piece->access == LLEXT_ACCESS_RX && offset < piece->extent.bytes)
			return piece->extent.bytes - offset;
	}
	return 0;
}

size_t llext_code_room(const struct llext *ext, uintptr_t address)
{
	return code_room(ext, address);
}

bool llext_in_text(const struct llext *ext, elf_addr address)
{
	address = code_address(address);
	if (ONE_PIECE)
		return address - (elf_addr)(uintptr_t)ext->mem[LLEXT_MEM_TEXT] <
		       ext->mem_size[LLEXT_MEM_TEXT];
	return code_room(ext, (uintptr_t)address) != 0;
}

elf_addr llext_handle(const struct llext *ext)
{
	const struct llext_private *priv = ext->priv;

	return piece_count(priv) != 0 ? (elf_addr)pieces_of(priv)[0].extent.load
				      : (elf_addr)(uintptr_t)ext;
}
