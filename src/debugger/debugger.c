/* SPDX-License-Identifier: Apache-2.0 */
/* A list for debuggers: where each section of each loaded extension is. */
#include "../internal.h"
#include "../steps.h"
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
	return ld->layout.sections[section].region != LLEXT_MEM_COUNT &&
	       ld->headers.shdrs[section].sh_size != 0;
}

/* ---- the build id ---- */

#define MOST_BUILD_ID 32 /* SHA-1 has 20 bytes, and is the most usual */

/* Note 3 of the owner "GNU": sizes of name and contents, type, name, contents. */
struct build_id_note {
	uint32_t name_bytes, bytes, type;
	char name[4];
	uint8_t id[MOST_BUILD_ID];
};

#define NT_GNU_BUILD_ID 3

static bool can_read(const struct load *ld, size_t offset)
{
	return ld->ldr->seek != NULL || ld->ldr->peek != NULL || offset >= ld->source.position;
}

/* A note that is none of these, or lies behind in a source that cannot go back, is as if not there.
 */
static int read_build_id(struct load *ld, uint8_t id[MOST_BUILD_ID], size_t *bytes)
{
	struct build_id_note note = {0};
	size_t size = 0, head = offsetof(struct build_id_note, id);
	int rc;

	*bytes = 0;
	for (uint32_t i = 1; size == 0 && i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if (shdr->sh_type != SHT_NOTE || shdr->sh_size <= head ||
		    shdr->sh_size > sizeof(note) ||
		    strcmp(llext_section_name(ld, i), ".note.gnu.build-id") != 0 ||
		    !can_read(ld, (size_t)shdr->sh_offset))
			continue;
		size = (size_t)shdr->sh_size;
		rc = llext_source_read(ld, (size_t)shdr->sh_offset, &note, size);
		if (rc != 0)
			return rc;
	}
	if (note.type != NT_GNU_BUILD_ID || note.name_bytes != 4 ||
	    memcmp(note.name, "GNU", 4) != 0 || note.bytes > size - head)
		return 0;
	*bytes = note.bytes;
	memcpy(id, note.id, note.bytes);
	return 0;
}

/* ---- the record ---- */

size_t llext_debugger_build_id(const struct llext *ext, const uint8_t **build_id)
{
	const struct llext_debug_extension *record = ext->priv->debug_record;

	*build_id = record->build_id;
	return record->build_id_bytes;
}

static void keep_sections(const struct load *ld, struct llext_debug_section *section, char *name)
{
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		step_point(ld, 1);
		if (!is_shown(ld, i))
			continue;
		section->name = strcpy(name, llext_section_name(ld, i));
		section->addr = (uintptr_t)ld->layout.sections[i].load;
		section->bytes = ld->headers.shdrs[i].sh_size;
		section++;
		name += strlen(name) + 1;
	}
}

/* One block: the record, its sections, the build id, names of the extension and the sections. */
int llext_debugger_keep(struct load *ld)
{
	size_t count = 0, name_bytes = strlen(ld->name) + 1, id_bytes;
	uint8_t id[MOST_BUILD_ID], *mem;
	struct llext_debug_extension *record;
	int rc = read_build_id(ld, id, &id_bytes);

	if (rc != 0)
		return rc;
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		step_point(ld, 1);
		if (is_shown(ld, i)) {
			count++;
			name_bytes += strlen(llext_section_name(ld, i)) + 1;
		}
	}
	record = llext_heap_alloc(LLEXT_HEAP_DATA,
				  sizeof(*record) + count * sizeof(struct llext_debug_section) +
					  id_bytes + name_bytes,
				  0);
	if (record == NULL)
		return llext_fail(ld, -ENOMEM,
				  "the data heap has no room for what a debugger reads");
	*record = (struct llext_debug_extension){
		.ext = ld->ext,
		.count = count,
		.sections = (struct llext_debug_section *)(record + 1),
		.build_id_bytes = id_bytes,
	};
	mem = (uint8_t *)((struct llext_debug_section *)(record + 1) + count);
	record->build_id = id_bytes > 0 ? memcpy(mem, id, id_bytes) : NULL;
	mem += id_bytes;
	record->name = strcpy((char *)mem, ld->name);
	mem += strlen(ld->name) + 1;
	keep_sections(ld, (struct llext_debug_section *)(record + 1), (char *)mem);
	ld->ext->priv->debug_record = record;
	return 0;
}

static struct llext_debug_extension *newest; /* the last of the list */

void llext_debugger_show(const struct llext *ext)
{
	struct llext_debug_extension **link = &llext_debug.first;

	if (newest != NULL)
		link = &newest->next;
	*link = newest = ext->priv->debug_record;
	llext_debug_changed();
}

/* A load that failed was never shown; its record goes all the same. */
void llext_debugger_drop(struct llext *ext)
{
	struct llext_debug_extension **link = &llext_debug.first;
	struct llext_debug_extension *record = ext->priv->debug_record, *before = NULL;

	if (record == NULL)
		return;
	while (*link != NULL && *link != record) {
		before = *link;
		link = &before->next;
	}
	if (*link != NULL) {
		*link = record->next;
		if (record == newest)
			newest = before;
		llext_debug_changed();
	}
	llext_heap_free(LLEXT_HEAP_DATA, record);
	ext->priv->debug_record = NULL;
}

#endif /* CONFIG_LLEXT_DEBUGGER */
