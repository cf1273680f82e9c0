/* SPDX-License-Identifier: Apache-2.0 */
/* The library's tables as they are on the device: see tables.h. */
#include <stdlib.h>
#include "internal.h"

/* ---- sizes: the structures with the device's pointers and size_t ---- */

struct device_llext {
	elf_addr name, next, priv;
	unsigned int use_count;
	elf_addr alloc_size;
	elf_addr sym_tab[2], exp_tab[2];
	elf_addr dependency;
	elf_addr mem[LLEXT_MEM_COUNT], mem_size[LLEXT_MEM_COUNT];
	bool mem_on_heap[LLEXT_MEM_COUNT];
};

struct device_private {
	elf_addr pieces, piece_count;
	unsigned int dependents;
	bool wanted;
#if SANDBOX
	bool has_front;
#endif
	elf_addr before;
	uint32_t name_tag;
	elf_addr next_in_list;
	bool changing;
#if SANDBOX
	bool joined, entered, in_slot;
#endif
	elf_addr changer;
	unsigned int users;
#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
	elf_addr init, fini;
#endif
	elf_addr unwind, unwind_bytes, export_table;
#if SANDBOX
	elf_addr domain, gates, gates_bytes, gates_later;
#endif
	elf_addr dependency_table, entry, exit_functions;
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
	struct llext_claims claims;
#endif
#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
	elf_addr debug_record;
#endif
	elf_addr shdrs, region_headers, sections, names, kept_bytes;
	uint32_t section_count;
};

struct device_piece {
	elf_addr mem, load, bytes;
	uint8_t access, heap;
	bool owned, in_place, claimed, guarded, in_domain;
	uint8_t before;
};

struct device_section {
	elf_addr load, mem;
	uint8_t region, storage;
	bool relocated, labels;
};

/*
 * Where pointers are as wide as here, nothing of a structure can have been forgotten. If this
 * fails, src/extension.h or llext.h has changed: change the structure above likewise.
 */
#define SAME(device, own)                                                                          \
	_Static_assert(sizeof(elf_addr) != sizeof(void *) ||                                       \
			       sizeof(struct device) == sizeof(struct own),                        \
		       #device " is not as the device has it");                                    \
	_Static_assert(2 * sizeof(struct device) >= sizeof(struct own), #device " is too small")
SAME(device_llext, llext);
SAME(device_private, llext_private);
SAME(device_piece, piece);
SAME(device_section, section);

#define OWN_TABLES                                                                                 \
	{                                                                                          \
		.llext = sizeof(struct device_llext),                                              \
		.llext_private = sizeof(struct device_private),                                    \
		.piece = sizeof(struct device_piece), .section = sizeof(struct device_section),    \
	}

struct llext_desk_tables llext_tables = OWN_TABLES;

void llext_desk_set_tables(const struct llext_desk_tables *tables)
{
	llext_tables = (struct llext_desk_tables)OWN_TABLES;
	if (tables == NULL)
		return;
	if (tables->llext != 0)
		llext_tables.llext = tables->llext;
	if (tables->llext_private != 0)
		llext_tables.llext_private = tables->llext_private;
	else if (tables->sandbox && !SANDBOX) /* domain, gates, gates_bytes, gates_later */
		llext_tables.llext_private += 4 * sizeof(elf_addr);
	if (tables->piece != 0)
		llext_tables.piece = tables->piece;
}

/* ---- memory ---- */

struct table {
	_Alignas(16) void *reserved; /* the block of the device's heap */
};

void *llext_table_alloc_in(enum llext_heap heap, size_t bytes, size_t here, size_t align)
{
	void *reserved = llext_heap_alloc(heap, bytes, align);
	struct table *table;

	if (reserved == NULL)
		return NULL;
	table = malloc(sizeof(*table) + here);
	if (table == NULL) {
		llext_heap_free(LLEXT_HEAP_DATA, reserved);
		return NULL;
	}
	table->reserved = reserved;
	return table + 1;
}

void llext_table_free(const void *mem)
{
	struct table *table;

	if (mem == NULL)
		return;
	table = (struct table *)(uintptr_t)mem - 1;
	llext_heap_free(LLEXT_HEAP_DATA, table->reserved);
	free(table);
}
