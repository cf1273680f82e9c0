/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies at an address: for fault handlers and interrupts, which take no lock. The list is read
 * as locks.c says. The record of an extension does not change while it is in the list.
 */
#include "internal.h"
#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
#include <llext/debugger.h>
#endif

/* The address without the state bit that a pointer to code may have. */
static uintptr_t plain_address(const struct llext *ext, uintptr_t address)
{
	uintptr_t code = (uintptr_t)code_address((elf_addr)address);
	uintptr_t text = (uintptr_t)ext->mem[LLEXT_MEM_TEXT];

	return code - text < ext->mem_size[LLEXT_MEM_TEXT] ? code : address;
}

/* Tables that existed during the load only are no part of the extension any more. */
static bool is_memory(int region)
{
	return region != LLEXT_MEM_SYMTAB && region != LLEXT_MEM_STRTAB &&
	       region != LLEXT_MEM_SHSTRTAB;
}

/*
 * The smallest region that has the address: those of a linked file are spans in which others may
 * lie.
 */
static bool find_region(const struct llext *ext, uintptr_t address, struct llext_address *info)
{
	info->region = LLEXT_MEM_COUNT;
	info->region_offset = 0;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		uintptr_t offset = address - (uintptr_t)ext->mem[i];

		if (!is_memory(i) || offset >= ext->mem_size[i])
			continue;
		if (info->region != LLEXT_MEM_COUNT &&
		    ext->mem_size[i] >= ext->mem_size[info->region])
			continue;
		info->region = (enum llext_mem)i;
		info->region_offset = offset;
	}
	return info->region != LLEXT_MEM_COUNT;
}

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
/* @return where the section begins; 0: the address is in none. */
static uintptr_t find_section(const struct llext *ext, uintptr_t address,
			      struct llext_address *info)
{
	const struct llext_debug_extension *record = ext->priv->debug_record;

	info->offset = 0;
	info->build_id_bytes = llext_debugger_build_id(ext, &info->build_id);
	for (size_t i = 0; i < record->count; i++) {
		const struct llext_debug_section *section = &record->sections[i];

		if (address - section->addr >= section->bytes)
			continue;
		info->section = section->name;
		info->offset = address - section->addr;
		return section->addr;
	}
	return 0;
}
#else
/* Without section data, use the region. */
static uintptr_t find_section(const struct llext *ext, uintptr_t address,
			      struct llext_address *info)
{
	(void)address;
	info->offset = info->build_id_bytes = 0;
	info->build_id = NULL;
	return info->region != LLEXT_MEM_COUNT ? (uintptr_t)ext->mem[info->region] : 0;
}
#endif

/*
 * The table is sorted by name, so all of it is searched. An address in no section (@start is 0),
 * that of a veneer, belongs to no symbol.
 */
static void find_symbol(const struct llext *ext, uintptr_t start, uintptr_t address,
			struct llext_address *info)
{
	struct llext_const_symbol symbol;
	size_t at = 0;

	info->symbol = NULL;
	info->symbol_offset = 0;
	while (start != 0 && next_export(&ext->exp_tab, "", &at, &symbol)) {
		uintptr_t place = plain_address(ext, (uintptr_t)symbol.addr);

		if (place < start || place > address)
			continue;
		if (info->symbol != NULL && info->symbol_offset <= address - place)
			continue;
		info->symbol = symbol.name;
		info->symbol_offset = address - place;
	}
}

int llext_by_address(const void *addr, struct llext_address *info)
{
	unsigned int pin;
	int rc = -ENOENT;

	if (info == NULL)
		return -EINVAL;
	pin = llext_pin();
	for (const struct llext *ext = llext_first(); rc != 0 && ext != NULL;
	     ext = llext_next(ext)) {
		uintptr_t address = plain_address(ext, (uintptr_t)addr), start;
		bool inside;

		info->section = NULL;
		inside = find_region(ext, address, info);
		start = find_section(ext, address, info);
		if (!inside && start == 0)
			continue;
		info->ext = ext;
		info->name = ext->name;
		find_symbol(ext, start, address, info);
		rc = 0;
	}
	llext_unpin(pin);
	return rc;
}
