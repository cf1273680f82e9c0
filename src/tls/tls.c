/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread-local variables. Those of an extension are one block, which has the same offset from the
 * thread pointer in every thread: the port says where each thread has room for such blocks. Code of
 * every model gets along with that. In the local exec and initial exec models a relocation, or a
 * GOT entry, holds the offset. In the general and local dynamic models it is in the two words that
 * __tls_get_addr() takes, or in a descriptor. Optional, see CONFIG_LLEXT_TLS.
 */
#include "../reloc_table.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_TLS)

/* The block of a loaded extension. */
struct llext_tls_use {
	struct llext_tls_use *next; /* by offset */
	const struct llext *ext;
	intptr_t offset;
	size_t bytes;
	const void *image; /* load address */
	size_t image_bytes;
};

#define USE_BYTES (6 * POINTER_BYTES) /* on the device */

static struct llext_tls_use *uses;

/* ---- the file's variables: one block, of which the first part has an initial image ---- */

static int fail_tls(const struct load *ld, int error, const char *what)
{
	return llext_fail_section(ld, error, ld->layout.tls, what);
}

static int fail_placed(const struct load *ld)
{
	return fail_tls(ld, -ENOTSUP, "thread-local variables placed by the caller");
}

int llext_tls_extend(struct load *ld, elf_xword bytes, size_t align, elf_addr *offset)
{
	size_t at = 0;
	int rc;

	if (align == 0)
		align = 1;
	rc = llext_layout_extend(ld, &ld->tls.bytes, bytes, align, &at);
	*offset = (elf_addr)at;
	if (align > ld->tls.align)
		ld->tls.align = align;
	return rc;
}

/* Sections with bytes come first: they are the image, which lies with the constants. */
static int lay_out(struct load *ld, uint32_t type)
{
	int rc = 0;

	for (uint32_t i = ld->layout.tls; rc == 0 && i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if ((shdr->sh_flags & (SHF_ALLOC | SHF_TLS)) == (SHF_ALLOC | SHF_TLS) &&
		    (shdr->sh_type == SHT_NOBITS) == (type == SHT_NOBITS) &&
		    shdr->sh_type != SHT_NULL)
			rc = llext_tls_extend(ld, shdr->sh_size, (size_t)shdr->sh_addralign,
					      &ld->layout.sections[i].load);
	}
	return rc;
}

int llext_tls_layout(struct load *ld)
{
	size_t offset = 0;
	int rc;

	if (is_pre_located(ld))
		return fail_placed(ld);
	rc = lay_out(ld, SHT_PROGBITS);
	ld->tls.image_bytes = ld->tls.bytes;
	if (rc == 0 && ld->tls.bytes > 0)
		rc = llext_region_append(ld, LLEXT_MEM_RODATA, ld->tls.bytes, ld->tls.align,
					 &offset);
	ld->tls.image = offset;
	if (rc == 0)
		rc = lay_out(ld, SHT_NOBITS);
	if (rc == 0 && domain_of(ld) != NULL && ld->tls.bytes > 0)
		rc = llext_region_append(ld, LLEXT_MEM_BSS, ld->tls.bytes, ld->tls.align,
					 &ld->tls.block);
	for (uint32_t i = ld->layout.tls; rc == 0 && i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if (!(shdr->sh_flags & SHF_TLS) || !(shdr->sh_flags & SHF_ALLOC) ||
		    shdr->sh_type == SHT_NOBITS || shdr->sh_type == SHT_NULL)
			continue;
		ld->layout.sections[i].load += (elf_addr)offset;
		ld->layout.sections[i].region = LLEXT_MEM_RODATA;
		if (i >= ld->layout.loaded_end)
			ld->layout.loaded_end = i + 1;
	}
	return rc;
}

/* A shared object's or executable's: PT_TLS. */
int llext_tls_segment(struct load *ld, const elf_phdr_t *phdr)
{
	struct tls *tls = &ld->tls;

	if (phdr->p_memsz == 0)
		return 0;
	if (tls->bytes != 0)
		return llext_fail(ld, -ENOEXEC, "more than one segment of thread-local variables");
	if (phdr->p_memsz > SIZE_MAX / 4 || phdr->p_align > MAX_ALIGN)
		return llext_fail(ld, -ENOTSUP, "alignment above the limit");
	tls->bytes = (size_t)phdr->p_memsz;
	tls->image_bytes = (size_t)phdr->p_filesz;
	tls->align = phdr->p_align > 1 ? (size_t)phdr->p_align : 1;
	tls->image = (size_t)phdr->p_vaddr; /* until the segments are known */
	return 0;
}

int llext_tls_check_segment(struct load *ld)
{
	struct tls *tls = &ld->tls;

	if (tls->bytes == 0)
		return 0;
	if (is_executable(ld))
		return llext_fail(ld, -ENOTSUP, "thread-local variables in an executable");
	if (is_pre_located(ld))
		return fail_placed(ld);
	for (size_t i = 0; i < ld->linked.segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (tls->image >= s->vaddr &&
		    fits(tls->image - (size_t)s->vaddr, tls->image_bytes, (size_t)s->filesz)) {
			tls->image = (size_t)((elf_addr)tls->image - ld->linked.image_low);
			return 0;
		}
	}
	if (tls->image_bytes == 0)
		return 0;
	return llext_fail(ld, -ENOEXEC, "thread-local variables lie in no segment");
}

/* ---- a block in the port's room ---- */

/* The lowest free place; the list is by offset. @return the place in the list, NULL: none. */
static struct llext_tls_use **find_room(const struct llext_tls_room *room, size_t bytes,
					size_t align, size_t *start)
{
	struct llext_tls_use **at = &uses;

	*start = 0;
	for (;; at = &(*at)->next) {
		size_t end = *at != NULL ? (size_t)((*at)->offset - room->offset) : room->bytes;

		*start = aligned(*start, align);
		if (*start <= end && bytes <= end - *start)
			return at;
		if (*at == NULL)
			return NULL;
		*start = end + (*at)->bytes;
	}
}

/* The variables need more than the threads have. */
static int fail_room(const struct load *ld, const char *what, size_t needed, size_t offered)
{
	return llext_diag_sizes(fail_tls(ld, -ENOMEM, what), needed, offered);
}

/* The section that asks for the most alignment: of several the last, since linkers give the first
 * one that of all. */
static uint32_t most_aligned_section(const struct load *ld)
{
	uint32_t most = ld->layout.tls;

	for (uint32_t i = most; i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if ((shdr->sh_flags & SHF_TLS) != 0 &&
		    shdr->sh_addralign >= ld->headers.shdrs[most].sh_addralign)
			most = i;
	}
	return most;
}

static int fail_alignment(struct load *ld, size_t offered)
{
	uint32_t section = most_aligned_section(ld), symbol = 0;
	int rc = LLEXT_ON(CONFIG_LLEXT_DIAG) ? llext_tls_most_aligned(ld, section, &symbol) : 0;

	if (rc < 0)
		return rc;
	ld->layout.tls = section;
	rc = fail_room(ld, "thread-local variables need more alignment than threads give",
		       ld->tls.align, offered);
	if (symbol != 0)
		llext_diag_symbol(ld, symbol);
	return rc;
}

int llext_tls_place(struct load *ld)
{
	const struct tls *tls = &ld->tls;
	struct llext_tls_room room;
	struct llext_tls_use *use, **at;
	size_t start;

	if (tls->bytes == 0)
		return 0;
	if (domain_of(ld) != NULL) {
		ld->bases[SYMBOL_TLS] = ld->layout.regions[LLEXT_MEM_BSS].load +
					(elf_addr)tls->block -
					(elf_addr)llext_sandbox_thread_pointer(ld);
		return 0;
	}
	if (is_refill(ld)) /* what has joined a domain has none */
		return llext_fail(ld, -EBADMSG, "not the file that was loaded");
	llext_port.tls->room(&room);
	if (tls->align > room.align)
		return fail_alignment(ld, room.align);
	at = find_room(&room, tls->bytes, tls->align, &start);
	if (at == NULL)
		return fail_room(ld, "the threads have no room for the thread-local variables",
				 tls->bytes, room.bytes);
	use = llext_table_alloc(USE_BYTES, sizeof(*use));
	if (use == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the extension");
	*use = (struct llext_tls_use){
		.next = *at,
		.ext = ld->ext,
		.offset = room.offset + (intptr_t)start,
		.bytes = tls->bytes,
		.image_bytes = tls->image_bytes,
	};
	use->image =
		(const void *)(is_linked(ld)
				       ? ld->linked.image.load + tls->image
				       : (uintptr_t)(ld->layout.regions[LLEXT_MEM_RODATA].load +
						     tls->image));
	*at = use;
	ld->ext->alloc_size += USE_BYTES;
	ld->bases[SYMBOL_TLS] = (elf_addr)use->offset;
	return 0;
}

static struct llext_tls_use **use_of(const struct llext *ext)
{
	struct llext_tls_use **at = &uses;

	while (*at != NULL && (*at)->ext != ext)
		at = &(*at)->next;
	return at;
}

static void start_in_domain(struct load *ld)
{
	const struct tls *tls = &ld->tls;
	uint8_t *mem = ld->layout.regions[LLEXT_MEM_BSS].mem + tls->block;

	step_copy(ld, mem, ld->layout.regions[LLEXT_MEM_RODATA].mem + tls->image, tls->image_bytes);
	step_clear(ld, mem + tls->image_bytes, tls->bytes - tls->image_bytes);
}

/* The last step of a load: all threads get the initial values. */
int llext_tls_start(struct load *ld)
{
	const struct llext_tls_use *use;

	if (ld->tls.bytes == 0)
		return 0;
	if (domain_of(ld) != NULL) {
		start_in_domain(ld);
		return 0;
	}
	use = *use_of(ld->ext);

	if (use != NULL && llext_port.tls->start != NULL)
		llext_port.tls->start(use->offset, use->image, use->image_bytes, use->bytes);
	return 0;
}

void llext_tls_release(const struct llext *ext)
{
	struct llext_tls_use **at = use_of(ext), *use = *at;

	if (use == NULL)
		return;
	*at = use->next;
	llext_table_free(use);
}

void llext_tls_each(void (*fn)(intptr_t offset, const void *image, size_t image_bytes,
			       size_t bytes))
{
	for (const struct llext_tls_use *use = uses; use != NULL; use = use->next)
		fn(use->offset, use->image, use->image_bytes, use->bytes);
}

#endif /* CONFIG_LLEXT_TLS */
