/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is different about a load for a domain: imports lead through gates, whose slots lie in the
 * extension's text, and the domain's stack lies before its data.
 */
#include "sandbox.h"
#include "../steps.h"

#if SANDBOX

int llext_sandbox_open(struct load *ld)
{
	const struct k_mem_domain *domain = domain_of(ld);

	llext_heap_window(domain != NULL ? &domain->arena : NULL);
	ld->sandbox.fenced = true;
	if (domain == NULL) {
		ld->sandbox.fenced = llext_sandbox_may_join(ld);
		return 0;
	}
	if (domain->config == NULL)
		return llext_fail(ld, -EINVAL, "the domain is not initialised");
	if (domain->level != NULL && !is_refill(ld)) /* which holds it */
		return llext_fail(ld, -EBUSY, "the domain is running");
	if (!is_plain(ld))
		return llext_fail(ld, -ENOTSUP, "a load parameter that a domain cannot have");
	return 0;
}

/* ---- slots ---- */

static int add_slot(struct load *ld, const struct llext_gate *gate, const void *function,
		    size_t *offset)
{
	int rc;

	if (ld->sandbox.gate_count == ld->sandbox.gate_room)
		return llext_fail(ld, -ENOEXEC, "more imports than global symbols");
	rc = llext_region_append(ld, LLEXT_MEM_TEXT, llext_domain_port.slot_bytes,
				 llext_domain_port.slot_align, offset);
	ld->sandbox.functions[ld->sandbox.gate_count] = function;
	ld->sandbox.gates[ld->sandbox.gate_count++] = gate;
	return rc;
}

int llext_sandbox_gates(struct load *ld)
{
	uint32_t locals = ld->headers.shdrs[ld->headers.symtab].sh_info;
	size_t offset = 0;
	int rc;

	if (is_linked(ld) && domain_of(ld) == NULL) {
		ld->sandbox.fenced = false;
		return 0;
	}
	if (is_linked(ld))
		return llext_fail(ld, -ENOTSUP, "what a linker has laid out cannot be sandboxed");
	ld->sandbox.gate_room = (locals < ld->symbols.count ? ld->symbols.count - locals : 0) + 1;
	ld->sandbox.gates =
		llext_transient(ld, ld->sandbox.gate_room * 2 * sizeof(*ld->sandbox.gates), 0);
	if (ld->sandbox.gates == NULL)
		return -ENOMEM;
	ld->sandbox.functions = (const void **)(ld->sandbox.gates + ld->sandbox.gate_room);
	rc = add_slot(ld, NULL, NULL, &offset);
	ld->sandbox.gates_at = (elf_addr)offset;
	return rc;
}

/*
 * A thread's block is the firmware's memory. In a domain, which one thread at a time is in, they
 * are plain variables: offsets from a thread pointer that stays, where the port gives code that.
 */
uintptr_t llext_sandbox_thread_pointer(const struct load *ld)
{
	return llext_domain_thread_pointer(domain_of(ld));
}

int llext_sandbox_no_tls(const struct load *ld)
{
	if (!has_variables(ld))
		return 0;
	return llext_fail_section(ld, -ENOTSUP, ld->layout.tls,
				  "thread-local variables have no place in a domain");
}

int llext_sandbox_add_slot(struct load *ld, uint32_t at, const struct found_import *found)
{
	size_t offset = 0;
	int rc = add_slot(ld, found->gate, found->addr, &offset);

	ld->symbols.values[at] = (elf_addr)offset | llext_arch.veneer_state;
	ld->symbols.flags[at] = SYMBOL_IMPORT | LLEXT_MEM_TEXT;
	return rc;
}

void llext_sandbox_write(uint8_t *mem, uintptr_t at, const struct llext_gate *gate)
{
	llext_domain_port_slot(mem, at, gate);
	memcpy(mem + llext_domain_port.slot_bytes - sizeof(gate), &gate, sizeof(gate));
}

int llext_sandbox_fill(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	size_t bytes = llext_domain_port.slot_bytes;
	uintptr_t at = (uintptr_t)ld->bases[LLEXT_MEM_TEXT] + (uintptr_t)ld->sandbox.gates_at;
	uint8_t *mem;

	if (!is_fenced(ld))
		return 0;
	mem = ld->layout.regions[LLEXT_MEM_TEXT].mem + (size_t)ld->sandbox.gates_at;
	priv->gates = at;
	priv->gates_bytes = ld->sandbox.gate_count * bytes;
	if (domain_of(ld) == NULL)
		return llext_sandbox_fill_later(ld, mem, at);
	for (uint32_t i = 0; i < ld->sandbox.gate_count; i++, mem += bytes, at += bytes) {
		llext_sandbox_write(mem, at, ld->sandbox.gates[i]);
		step_point(ld, 1);
	}
	return 0;
}

void llext_sandbox_stack(struct load *ld)
{
	const struct k_mem_domain *domain = domain_of(ld);
	struct memory_block *block = &ld->layout.blocks[BLOCK_DATA];

	/* When data is read anew, the pieces are as they were laid out then. */
	ld->sandbox.has_front =
		is_refill(ld) ? ld->sandbox.refilled->priv->has_front : domain->stack_owner == NULL;
	if (!ld->sandbox.has_front)
		return;
	block->bytes = llext_sandbox_front_bytes(domain->config);
	block->align = 16;
}

/*
 * Sections clear what is between them. What is between regions, before them and behind them would
 * show what was in that memory before: the stack, alignment, and what the unit rounds up.
 */
void llext_sandbox_clear(const struct load *ld)
{
	if (!is_fenced(ld) || is_refill(ld))
		return;
	for (int i = 0; i < BLOCK_COUNT; i++) {
		const struct memory_block *block = &ld->layout.blocks[i];

		/* The unit has rounded it to whole words. */
		if (block->bytes != 0 && is_stepped(ld))
			llext_step_clear(ld, block->extent.mem, block->bytes);
		else if (block->bytes != 0)
			llext_clear_words(block->extent.mem, block->bytes);
	}
}

int llext_sandbox_allocate(struct load *ld, const char *what, enum llext_access access,
			   size_t bytes, size_t align, struct llext_extent *extent)
{
	struct k_mem_domain *domain = domain_of(ld);
	struct piece *piece;
	int rc;

	if (is_refill(ld))
		return llext_sandbox_piece_again(ld, access, bytes, extent);
	if (domain == NULL)
		return 1;
	rc = llext_domain_allocate(domain, access, bytes, align, extent);
	if (rc != 0) {
		llext_diag_section_name(what != NULL ? what : llext_access_name(access));
		return rc;
	}
	piece = llext_add_piece(ld, extent, access);
	if (piece == NULL) {
		llext_domain_free_piece(domain, extent, access);
		return -ENOMEM;
	}
	piece->in_domain = true;
	ld->ext->priv->domain = domain;
	ld->ext->alloc_size += bytes;
	return 0;
}

bool llext_sandbox_free(struct llext *ext, const struct piece *piece)
{
	if (piece->in_domain)
		llext_domain_free_piece(ext->priv->domain, &piece->extent,
					(enum llext_access)piece->access);
	return piece->in_domain;
}

/* ---- imports ---- */

const struct llext_gate *llext_sandbox_gate(const char *name)
{
	const struct llext_gate *low = __llext_gate_start, *high = __llext_gate_end;

	while (low < high) {
		const struct llext_gate *middle = low + (high - low) / 2;
		int order = strcmp(middle->name, name);

		if (order == 0)
			return middle->function != NULL ? middle : NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int use_user_text(struct load *ld, const struct llext_gate *gate, const void **addr)
{
	if (!is_user_text((uintptr_t)gate->function)) {
		int rc = llext_fail(ld, -ENOEXEC,
				    "EXPORT_USER() of what is not in the text for all domains");

		llext_diag_symbol_name(gate->name);
		return rc;
	}
	*addr = gate->function;
	return 0;
}

/* Is it data that the firmware shares with the domain? */
static bool is_shared(const struct k_mem_domain *domain, uintptr_t address)
{
	const struct llext_domain_part *part = llext_domain_part_at(domain, address);

	return part != NULL && part->shared;
}

static int find_in_firmware_or_domain(struct load *ld, const char *name, struct found_import *found)
{
	const struct llext_gate *gate;
	const void *plain;

	if (LLEXT_ARCH_READ_TP && name[0] == '_' && strcmp(name, "__aeabi_read_tp") == 0) {
		found->addr = llext_domain_port.read_tp;
		return 0;
	}
	gate = llext_sandbox_gate(name);
	found->addr = NULL;
	if (gate != NULL) {
		if (gate->flags & LLEXT_GATE_USER)
			return use_user_text(ld, gate, &found->addr);
		found->addr = gate->function;
		found->gate = gate;
		return 0;
	}
	plain = llext_find_sym(NULL, name);
	if (is_shared(domain_of(ld), (uintptr_t)plain)) {
		found->addr = plain;
		return 0;
	}
	step_point(ld, STEP_LOOKUP);
	found->addr = llext_import_of_others(ld, name, &found->provider);
	return 0;
}

enum gate_lack llext_sandbox_lack(const struct load *ld, const char *name)
{
	step_point(ld, STEP_LOOKUP);
	if (llext_find_sym(NULL, name) == NULL)
		return LACKS_EXPORT;
	/* memcpy() and its kin, __aeabi_idiv() */
	return (name[0] == '_' ? name[1] == '_' : strncmp(name, "mem", 3) == 0) ? LACKS_HELPER
										: LACKS_GATE;
}

int llext_sandbox_look_up(struct load *ld, const char *name, size_t offset,
			  struct found_import *found)
{
	size_t length;
	int rc = 0;

	if (offset != NAME_OF_FIRMWARE)
		rc = llext_name_length(ld, offset, &length);
	return rc == 0 ? find_in_firmware_or_domain(ld, name, found) : rc;
}

#endif /* SANDBOX */
