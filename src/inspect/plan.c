/* SPDX-License-Identifier: Apache-2.0 */
/* What a file would take if it were loaded, as llext/plan.h defines it. */
#include "../internal.h"

static void fill_regions(const struct load *ld, struct llext_plan *plan)
{
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		const struct region *region = &ld->layout.regions[i];

		plan->mem[i] = (struct llext_plan_region){
			region->bytes, region->bytes != 0 ? region->align : 0, 0};
	}
	for (uint32_t i = 1; ld->layout.sections != NULL && i < ld->layout.loaded_end; i++) {
		if (is_in_place(&ld->layout.sections[i]) && !is_pre_located(ld))
			plan->mem[ld->layout.sections[i].region].in_place_bytes +=
				(size_t)ld->headers.shdrs[i].sh_size;
	}
	for (int i = 0; i < BLOCK_COUNT; i++) {
		bool instr = !ONE_BLOCK && i == BLOCK_TEXT;
		size_t *bytes = instr ? &plan->instr_bytes : &plan->data_bytes;
		size_t *align = instr ? &plan->instr_align : &plan->data_align;

		if (!ONE_BLOCK && i == BLOCK_DATA && ld->layout.blocks[i].bytes != 0)
			*bytes += llext_sandbox_lead(ld, LLEXT_ACCESS_RW);
		*bytes += ld->layout.blocks[i].bytes;
		if (ld->layout.blocks[i].align > *align)
			*align = ld->layout.blocks[i].align;
	}
}

/* In a linked file, the linker has placed the regions. */
static void fill_image(const struct load *ld, struct llext_plan *plan)
{
	for (uint32_t i = 1; ld->layout.sections != NULL && i < ld->headers.section_count; i++) {
		struct llext_plan_region *region;

		if (ld->layout.sections[i].region >= LLEXT_MEM_COUNT ||
		    ld->headers.shdrs[i].sh_size == 0)
			continue;
		region = &plan->mem[ld->layout.sections[i].region];
		region->bytes += (size_t)ld->headers.shdrs[i].sh_size;
		if (ld->headers.shdrs[i].sh_addralign > region->align)
			region->align = (size_t)ld->headers.shdrs[i].sh_addralign;
	}
	if (is_pre_located(ld))
		return;
	plan->data_bytes = ld->linked.image_bytes;
	plan->data_align = ld->linked.image_align;
}

static void fill_slots(const struct load *ld, struct llext_plan *plan)
{
	unsigned int pieces = 0, left = 0;

#if SANDBOX
	if (domain_of(ld) != NULL) {
		for (int i = 0; i < BLOCK_COUNT; i++)
			plan->slots += ld->layout.blocks[i].bytes != 0;
		plan->slots_left = llext_domain_parts_left(domain_of(ld));
		return;
	}
#endif
	if (!LLEXT_ON(CONFIG_LLEXT_PROTECT) || llext_port.slots == NULL || is_pre_located(ld))
		return;
	for (int i = 0; i < BLOCK_COUNT; i++)
		pieces += ld->layout.blocks[i].bytes != 0 && i != BLOCK_DATA;
	/* The segments of a linked file that are not written to after the load. */
	for (uint32_t i = 0; is_linked(ld) && i < ld->linked.segment_count; i++)
		pieces += ld->segments[i].access != LLEXT_ACCESS_RW ||
			  llext_relro_split(ld, &ld->segments[i]) != 0;
	plan->slots = llext_port.slots(pieces, &left);
	plan->slots_left = plan->slots != 0 ? left : 0;
}

static int fill(struct load *ld, struct llext_plan *plan)
{
	size_t veneers = ld->made.veneers.count + ld->made.offset_veneers.count, exports;
	int rc = llext_exports_measure(ld, &exports);

	if (rc != 0) /* the names could not be read: no figures */
		return rc;
	plan->elf_type = ld->file.ehdr.e_type;
	plan->table_bytes = llext_extension_bytes(ld) + exports + llext_dependency_bytes() +
			    llext_sandbox_table_bytes(ld);
	plan->transient_bytes = ld->source.transient_most > ld->source.transient_bytes
					? ld->source.transient_most
					: ld->source.transient_bytes;
	plan->veneers = veneers;
	plan->veneer_bytes = veneers * llext_arch.veneer_bytes;
	plan->got_slots = ld->made.got.count;
	plan->got_bytes = ld->made.got.count * sizeof(elf_addr);
	plan->relocations = ld->made.relocation_count;
	plan->imports = ld->symtab.imports;
	plan->imports_missing = ld->symtab.imports_missing;
	plan->executable_stack = ld->file.executable_stack;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	plan->tls_bytes = ld->tls.bytes;
	plan->tls_align = ld->tls.align;
#endif
	fill_slots(ld, plan);
	if (is_linked(ld))
		fill_image(ld, plan);
	else
		fill_regions(ld, plan);
	return 0;
}

int llext_plan(struct llext_loader *ldr, const struct llext_load_param *param,
	       struct llext_plan *plan)
{
	struct load ld = {.ldr = ldr, .param = param != NULL ? param : &llext_default_param};
	int rc;

	if (ldr == NULL || plan == NULL)
		return -EINVAL;
	ld.planned = true;
	*plan = (struct llext_plan){0};
	rc = llext_enter();
	if (rc != 0)
		return rc;
	llext_diag_clear();
	rc = llext_examine(&ld);
	if (rc == 0 || rc == -ENODATA) {
		int one = fill(&ld, plan);

		rc = one != 0 ? one : rc;
	}
	llext_source_close(&ld);
	llext_leave();
	return rc;
}
