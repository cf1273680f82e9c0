/* SPDX-License-Identifier: Apache-2.0 */
/* What the list of extensions (llext.c) calls: the beginning and the end of a load, and an unload.
 */
#include "small.h"

static bool is_supported(const struct llext_load_param *param)
{
	return (param == NULL ||
		(param->relocate_local && !param->pre_located && param->section_detached == NULL &&
		 !param->keep_section_info && param->domain == NULL)) &&
	       llext_port.granule == 0 && (LLEXT_ON(CONFIG_LLEXT_LOCK) || llext_port.lock == NULL);
}

int llext_load_new(struct llext_loader *ldr, const char *name, struct llext **ext,
		   const struct llext_load_param *param)
{
	struct small load = {.ldr = ldr,
			     .param = param,
			     .bytes = sizeof(struct llext) + sizeof(struct llext_private) +
				      strlen(name) + 1,
			     .align = sizeof(void *)};
	int rc = 0;

	if (!is_supported(param))
		return -ENOTSUP;
	if (ldr->prepare != NULL)
		rc = ldr->prepare(ldr);
	if (rc != 0)
		return rc < 0 ? rc : -EIO;
	rc = llext_small_run(&load, name);
	if (ldr->finalize != NULL)
		ldr->finalize(ldr);
	if (rc == 0) {
		const struct llext_extent extent = {load.block, (uintptr_t)load.block, load.bytes};

		if (llext_port.sync != NULL)
			llext_port.sync(&extent);
		*ext = small_extension(&load);
	} else if (load.block != NULL) {
		(void)llext_unplace(small_extension(&load));
	}
	for (size_t i = 0; i < sizeof(load.owned) / sizeof(load.owned[0]); i++)
		llext_heap_free(LLEXT_HEAP_DATA, load.owned[i]);
	return rc;
}

int llext_unplace(struct llext *ext)
{
	llext_heap_free(LLEXT_HEAP_DATA, ext->priv->export_table);
	llext_heap_free(LLEXT_HEAP_DATA, ext);
	return 0;
}

bool llext_in_text(const struct llext *ext, elf_addr address)
{
	return code_address(address) - (elf_addr)(uintptr_t)ext->mem[LLEXT_MEM_TEXT] <
	       ext->mem_size[LLEXT_MEM_TEXT];
}
