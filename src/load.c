/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of the data, stage by stage. Whatever fails, everything is undone in one place and the
 * world is as it was before the call.
 */
#include "internal.h"

static const struct llext_load_param default_param = LLEXT_LOAD_PARAM_DEFAULT;

/* Everything that needs no region: after this only memory, protection or a lying source fail. */
int llext_examine(struct load *ld)
{
	int rc;

	ld->stage = LLEXT_STAGE_LOADER;
	rc = llext_source_open(ld);
	ld->stage = LLEXT_STAGE_ELF;
	if (rc == 0)
		rc = llext_elf_open(ld);
	if (rc == 0)
		rc = llext_attributes_check(ld);
	if (rc != 0)
		return rc;

	ld->stage = LLEXT_STAGE_LAYOUT;
	ld->sections = llext_transient(ld, ld->section_count * sizeof(*ld->sections), 0);
	if (ld->sections == NULL)
		return -ENOMEM;
	rc = is_linked(ld) ? llext_layout_segments(ld) : llext_layout_sections(ld);
	ld->stage = LLEXT_STAGE_SYMBOLS;
	if (rc == 0)
		rc = llext_symbols_scan(ld);
	ld->stage = LLEXT_STAGE_RELOCATE;
	if (rc == 0)
		rc = is_executable(ld) ? llext_fixed_imports(ld) : llext_relocate_count(ld);
	ld->stage = LLEXT_STAGE_LAYOUT;
	if (rc == 0 && !is_linked(ld))
		rc = llext_layout_blocks(ld);
	ld->stage = LLEXT_STAGE_SYMBOLS;
	if (rc == 0 && ld->imports_missing > 0)
		rc = llext_fail(ld, -ENODATA, "imports are missing");
	return rc;
}

size_t llext_dependency_bytes(void)
{
	size_t count = 0;

	for (const struct llext *ext = llext_first(); ext != NULL; ext = ext->next)
		count += ext->priv->wanted;
	if (count == 0)
		return 0;
	return ((count > LLEXT_MAX_DEPENDENCIES ? count : LLEXT_MAX_DEPENDENCIES) + 1) *
	       sizeof(struct llext *);
}

/* The extensions whose symbols this one uses, as marked while its imports were looked up. */
static int record_dependencies(struct load *ld)
{
	static struct llext *const none[LLEXT_MAX_DEPENDENCIES + 1];
	size_t bytes = llext_dependency_bytes();
	struct llext **table;

	ld->ext->dependency = none;
	if (bytes == 0)
		return 0;
	table = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);
	if (table == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the dependencies");
	memset(table, 0, bytes);
	ld->ext->priv->dependency_table = table;
	ld->ext->dependency = table;
	ld->ext->alloc_size += bytes;
	for (struct llext *ext = llext_first(); ext != NULL; ext = ext->next) {
		if (ext->priv->wanted)
			*table++ = ext;
	}
	return 0;
}

static int build(struct load *ld, const char *name)
{
	int rc;

	ld->stage = LLEXT_STAGE_PLACE;
	rc = llext_place(ld, name);
	if (rc == 0)
		rc = record_dependencies(ld);
	ld->stage = LLEXT_STAGE_SYMBOLS;
	if (rc == 0)
		rc = llext_symbols_finish(ld);
	ld->stage = LLEXT_STAGE_RELOCATE;
	if (rc == 0 && !is_executable(ld)) {
		llext_fill_slots(ld);
		rc = llext_relocate(ld);
	}
	ld->stage = LLEXT_STAGE_EXPORTS;
	if (rc == 0)
		rc = llext_exports_build(ld);
	if (rc == 0)
		rc = llext_inspect_keep(ld);
	ld->stage = LLEXT_STAGE_PROTECT;
	if (rc == 0)
		rc = llext_protect(ld);
	return rc;
}

void llext_forget_wanted(void)
{
	for (struct llext *ext = llext_first(); ext != NULL; ext = ext->next)
		ext->priv->wanted = false;
}

int llext_load_new(struct load *ld, const char *name)
{
	int rc;

	llext_forget_wanted();
	if (ld->param == NULL)
		ld->param = &default_param;
	rc = llext_heap_ready() ? llext_examine(ld)
				: llext_fail(ld, -ENOMEM, "no heap: call llext_heap_init() first");
	if (rc == 0)
		rc = build(ld, name);
	if (rc != 0 && ld->ext != NULL) {
		(void)llext_unplace(ld->ext);
		ld->ext = NULL;
	}
	if (rc == 0 && LLEXT_LOG_LEVEL >= LLEXT_LOG_DBG)
		llext_log_addresses(ld, name);
	llext_source_close(ld);
	return rc;
}
