/* SPDX-License-Identifier: Apache-2.0 */
/* A list for debuggers: where each section of each loaded extension is. */
#include "../internal.h"
#include <llext/debugger.h>

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

/*
 * gdb runs what is in this section, which takes no memory of the firmware's: the script itself
 * where the build knows it, else its name, to be found in gdb's source path.
 */
#ifdef LLEXT_GDB_SCRIPT
__asm__(".pushsection .debug_gdb_scripts, \"MS\", %progbits, 1\n"
	".byte 4\n"
	".ascii \"tenon.py\\n\"\n"
	".incbin \"" LLEXT_GDB_SCRIPT "\"\n"
	".byte 0\n"
	".popsection\n");
#else
__asm__(".pushsection .debug_gdb_scripts, \"MS\", %progbits, 1\n"
	".byte 1\n"
	".asciz \"tenon.py\"\n"
	".popsection\n");
#endif

struct llext_debug llext_debug = {.version = LLEXT_DEBUG_VERSION};

/* Without the barrier a compiler may find that it does nothing, and leave out the calls. */
__attribute__((noinline)) void llext_debug_changed(void)
{
	__asm__ volatile("" ::: "memory");
}

static bool is_shown(const struct load *ld, uint32_t section)
{
	return ld->sections[section].region != LLEXT_MEM_COUNT && ld->shdrs[section].sh_size != 0;
}

/* One block: the record, its sections, their names, the extension's name. */
int llext_debugger_keep(struct load *ld)
{
	size_t count = 0, name_bytes = strlen(ld->name) + 1;
	struct llext_debug_extension *record;
	struct llext_debug_section *section;
	char *name;

	for (uint32_t i = 1; i < ld->section_count; i++) {
		if (is_shown(ld, i)) {
			count++;
			name_bytes += strlen(llext_section_name(ld, i)) + 1;
		}
	}
	record = llext_heap_alloc(LLEXT_HEAP_DATA,
				  sizeof(*record) + count * sizeof(*section) + name_bytes, 0);
	if (record == NULL)
		return llext_fail(ld, -ENOMEM,
				  "the data heap has no room for what a debugger reads");
	section = (struct llext_debug_section *)(record + 1);
	*record =
		(struct llext_debug_extension){.ext = ld->ext, .count = count, .sections = section};
	name = (char *)(section + count);
	record->name = strcpy(name, ld->name);
	name += strlen(name) + 1;
	for (uint32_t i = 1; i < ld->section_count; i++) {
		if (!is_shown(ld, i))
			continue;
		section->name = strcpy(name, llext_section_name(ld, i));
		section->addr = (uintptr_t)ld->sections[i].load;
		section->bytes = ld->shdrs[i].sh_size;
		section++;
		name += strlen(name) + 1;
	}
	ld->ext->priv->debug_record = record;
	return 0;
}

void llext_debugger_show(const struct llext *ext)
{
	struct llext_debug_extension **link = &llext_debug.first;

	while (*link != NULL)
		link = &(*link)->next;
	*link = ext->priv->debug_record;
	llext_debug_changed();
}

/* A load that failed was never shown; its record goes all the same. */
void llext_debugger_drop(struct llext *ext)
{
	struct llext_debug_extension **link = &llext_debug.first;
	struct llext_debug_extension *record = ext->priv->debug_record;

	if (record == NULL)
		return;
	while (*link != NULL && *link != record)
		link = &(*link)->next;
	if (*link != NULL) {
		*link = record->next;
		llext_debug_changed();
	}
	llext_heap_free(LLEXT_HEAP_DATA, record);
	ext->priv->debug_record = NULL;
}

#endif /* CONFIG_LLEXT_DEBUGGER */
