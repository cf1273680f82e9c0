/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared objects: their layout and their memory. The linker has fixed the distances between
 * segments, so they take one block; section headers say which region each section is in.
 * Executables, whose addresses are fixed as well, share the layout; executable.c has their memory.
 */
#include "../internal.h"
#include "../steps.h"

#if LINKED_FILES

#define PT_GNU_STACK 0x6474e551u
#define PT_GNU_RELRO 0x6474e552u

static int fail_segment(const struct load *ld, int error, const char *what, uint32_t index)
{
	(void)what;
	return llext_diag_offset(llext_fail(ld, error, what),
				 (size_t)ld->file.ehdr.e_phoff + index * sizeof(elf_phdr_t));
}

static uint8_t segment_access(const elf_phdr_t *phdr)
{
	return phdr->p_flags & PF_X   ? LLEXT_ACCESS_RX
	       : phdr->p_flags & PF_W ? LLEXT_ACCESS_RW
				      : LLEXT_ACCESS_RO;
}

static int insert_segment(struct load *ld, const elf_phdr_t *phdr, uint32_t index)
{
	struct segment *segments = ld->segments;
	size_t at = ld->linked.segment_count;

	/* A linker script may list an executable's segments in any order. */
	while (is_executable(ld) && at > 0 && phdr->p_vaddr < segments[at - 1].vaddr)
		at--;
	if ((at > 0 && phdr->p_vaddr < segments[at - 1].vaddr + segments[at - 1].memsz) ||
	    (at < ld->linked.segment_count && phdr->p_vaddr + phdr->p_memsz > segments[at].vaddr))
		return fail_segment(ld, -ENOEXEC, "segments overlap or are not in order", index);
	if (ld->linked.segment_count == MAX_SEGMENTS)
		return fail_segment(ld, -ENOTSUP, "too many segments", index);
	memmove(&segments[at + 1], &segments[at],
		(ld->linked.segment_count++ - at) * sizeof(*segments));
	segments[at] = (struct segment){phdr->p_vaddr, phdr->p_memsz, phdr->p_offset,
					phdr->p_filesz, segment_access(phdr)};
	return 0;
}

/* What is to hold for those of thread-local variables, too. Empty ones may be anything. */
static int check_segment(const struct load *ld, const elf_phdr_t *phdr, uint32_t index)
{
	if (phdr->p_filesz > phdr->p_memsz)
		return fail_segment(ld, -ENOEXEC, "segment has more bytes than memory", index);
	if (phdr->p_memsz != 0 && phdr->p_align > 1 && !is_power_of_two(phdr->p_align))
		return fail_segment(ld, -ENOEXEC, "segment has a wrong alignment", index);
	return 0;
}

static int add_segment(struct load *ld, const elf_phdr_t *phdr, uint32_t index)
{
	if (!fits(phdr->p_offset, phdr->p_filesz, ld->source.length))
		return fail_segment(ld, -ENOEXEC, "segment does not lie inside the file", index);
	if (phdr->p_memsz == 0) /* GNU ld writes some of these, with odd alignments */
		return 0;
	if (phdr->p_memsz > (elf_addr)-1 - phdr->p_vaddr)
		return fail_segment(ld, -ENOEXEC, "segment wraps around", index);
	if (phdr->p_align > 1 && ((phdr->p_vaddr - phdr->p_offset) & (phdr->p_align - 1)) != 0)
		return fail_segment(ld, -ENOEXEC, "segment has a wrong alignment", index);
	if ((phdr->p_flags & PF_W) && (phdr->p_flags & PF_X))
		return fail_segment(ld, -ENOEXEC, "segment is writable and executable", index);
	return insert_segment(ld, phdr, index);
}

static void set_relro(struct load *ld, const elf_phdr_t *phdr)
{
	if (phdr->p_memsz > (elf_addr)-1 - phdr->p_vaddr)
		return;
	ld->linked.relro_start = phdr->p_vaddr;
	ld->linked.relro_end = phdr->p_vaddr + phdr->p_memsz;
}

static int read_segments(struct load *ld)
{
	const elf_ehdr_t *ehdr = &ld->file.ehdr;
	elf_phdr_t phdr;
	int rc = 0;

	if (ehdr->e_phentsize != sizeof(elf_phdr_t) || ehdr->e_phnum == 0 ||
	    ehdr->e_phoff < sizeof(elf_ehdr_t) ||
	    !fits(ehdr->e_phoff, (uint64_t)ehdr->e_phnum * sizeof(phdr), ld->source.length))
		return llext_fail(ld, -ENOEXEC, "no program headers, or misplaced ones");
	for (uint32_t i = 0; rc == 0 && i < ehdr->e_phnum; i++) {
		rc = llext_source_read(ld, (size_t)ehdr->e_phoff + i * sizeof(phdr), &phdr,
				       sizeof(phdr));
		if (rc != 0)
			return rc;
		if (phdr.p_type == PT_LOAD || phdr.p_type == PT_TLS)
			rc = check_segment(ld, &phdr, i);
		if (rc != 0)
			return rc;
		if (phdr.p_type == PT_LOAD)
			rc = add_segment(ld, &phdr, i);
		else if (phdr.p_type == PT_TLS)
			rc = llext_tls_segment(ld, &phdr);
		else if (phdr.p_type == PT_GNU_RELRO)
			set_relro(ld, &phdr);
		else if (phdr.p_type == PT_GNU_STACK)
			ld->file.executable_stack = (phdr.p_flags & PF_X) != 0;
	}
	if (rc == 0 && ld->linked.segment_count == 0)
		return llext_fail(ld, -ENOEXEC, "no segment to load");
	return rc;
}

static const struct segment *find_segment(const struct load *ld, elf_addr vaddr, elf_xword bytes)
{
	for (size_t i = 0; i < ld->linked.segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (vaddr >= s->vaddr && fits(vaddr - s->vaddr, bytes, s->memsz))
			return s;
	}
	return NULL;
}

bool llext_in_segments(const struct load *ld, elf_addr vaddr, elf_xword bytes)
{
	return find_segment(ld, vaddr, bytes) != NULL;
}

int llext_fail_span(const struct load *ld)
{
	return llext_fail(ld, -ENOMEM, "the segments span too much");
}

/*
 * Protection works on whole granules: segments of different access must not share one. Find one
 * that does with that before it, if a granule begins at @low. @return its address; 0: none does.
 */
static elf_addr find_crowded(const struct load *ld, elf_addr low)
{
	for (size_t i = 1; i < ld->linked.segment_count; i++) {
		const struct segment *s = &ld->segments[i];

		if (s->access != s[-1].access &&
		    ((s->vaddr - low) & granule_mask()) > s->vaddr - s[-1].vaddr - s[-1].memsz)
			return s->vaddr;
	}
	return 0;
}

/*
 * Measure the span of all segments. It begins at a multiple of the largest alignment. Instructions
 * may need a larger one than any section says: an ADRP counts from the page that it lies in, so the
 * image may only be moved by whole pages. Where that allows it, a file that is linked for pages
 * below a granule is moved so that a granule begins where the access changes.
 */
static int measure_image(struct load *ld)
{
	const struct segment *first = ld->segments;
	const struct segment *last = &ld->segments[ld->linked.segment_count - 1];
	elf_addr low = is_pre_located(ld) ? 0 : find_crowded(ld, 0);
	size_t align = llext_arch.image_align;

	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if ((shdr->sh_flags & SHF_ALLOC) && shdr->sh_addralign > align)
			align = (size_t)shdr->sh_addralign;
	}
	low &= granule_mask() & ~(elf_addr)(align - 1);
	if (align < llext_port.granule)
		align = llext_port.granule;
	low += (first->vaddr - low) & ~(elf_addr)(align - 1);
	if (last->vaddr + last->memsz - first->vaddr > (elf_addr)-1 / 4)
		return llext_fail_span(ld);
	ld->linked.image_low = low;
	ld->linked.image_bytes = (size_t)(last->vaddr + last->memsz - low);
	ld->linked.image_align = align;
	llext_fit(ld, &ld->linked.image_bytes, &ld->linked.image_align);
	return 0;
}

static int check_granules(const struct load *ld)
{
	elf_addr crowded = find_crowded(ld, ld->linked.image_low);

	if (crowded == 0)
		return 0;
	return llext_diag_sizes(
		llext_fail(ld, -ENOTSUP, "segments of different access share a page"),
		llext_port.granule, (size_t)crowded);
}

/* Calls of imports go through stubs in .plt, .plt.got and so on; some linkers write A32 there. */
static int check_stubs(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	uint32_t first;
	int rc;

	if (!(shdr->sh_flags & SHF_EXECINSTR) || !LLEXT_ARCH_STUB_STATES ||
	    shdr->sh_type != SHT_PROGBITS || shdr->sh_size < sizeof(first) ||
	    !llext_name_is(checked_name(ld, shdr), ".plt\0"))
		return 0;
	rc = llext_source_read(ld, (size_t)shdr->sh_offset, &first, sizeof(first));
	if (rc == 0 && LLEXT_ARCH_OTHER_STATE(first))
		rc = llext_fail_section(ld, -ENOTSUP, index,
					"the linker's stubs are for another instruction set state");
	return rc;
}

static int layout_section(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	enum llext_mem region = llext_section_region(ld, shdr);
	const struct segment *segment = find_segment(ld, shdr->sh_addr, shdr->sh_size);

	if (segment == NULL) {
		if (shdr->sh_size == 0)
			return 0;
		return llext_fail_section(ld, -ENOEXEC, index, "section lies in no segment");
	}
	/* Nothing of an executable is written here, and it may be linked for address 0. */
	if (is_pre_located(ld) && !is_executable(ld) && ld->segments[0].vaddr == 0)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "pre-located, but the file gives it no address");
	if (shdr->sh_type != SHT_NOBITS && shdr->sh_size != 0 &&
	    shdr->sh_offset - segment->offset != shdr->sh_addr - segment->vaddr)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "section is not where its segment has it");
	if ((region == LLEXT_MEM_INIT || region == LLEXT_MEM_FINI || region == LLEXT_MEM_PREINIT) &&
	    shdr->sh_size % sizeof(elf_addr) != 0)
		return llext_fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	if (is_executable(ld) && !is_pre_located(ld) && shdr->sh_size != 0 &&
	    segment->access == LLEXT_ACCESS_RX && region != LLEXT_MEM_TEXT &&
	    llext_code_by_words(LLEXT_MEM_TEXT))
		return llext_fail_section(ld, -ENOTSUP, index,
					  "data in memory that takes whole words only");
	if (region == LLEXT_MEM_EXPORT) {
		int rc = llext_exports_found(ld, index);

		if (rc != 0)
			return rc;
	}
	if (llext_is_unwind_table(ld, shdr) && llext_unwind_wanted(ld))
		llext_unwind_found(ld, index);
	ld->layout.sections[index].region = (uint8_t)region;
	ld->layout.sections[index].load = shdr->sh_addr - ld->linked.image_low;
	/* The section stays where the linker has put it, but belongs to no region. */
	if (LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && ld->param->section_detached != NULL &&
	    region <= LLEXT_MEM_BSS && shdr->sh_size != 0 && ld->param->section_detached(shdr))
		ld->layout.sections[index].storage = SECTION_DETACHED;
	return check_stubs(ld, index);
}

int llext_layout_segments(struct load *ld)
{
	int rc = read_segments(ld);

	if (rc == 0 && !is_executable(ld) && !llext_heap_shared() && !is_pre_located(ld))
		return llext_fail(ld, -ENOTSUP,
				  "a shared object needs one heap for instructions and data");
	if (rc == 0)
		rc = is_executable(ld) ? llext_executable_layout(ld) : measure_image(ld);
	if (rc == 0)
		rc = check_granules(ld);
	if (rc == 0)
		rc = llext_tls_check_segment(ld);
	for (uint32_t i = 1; rc == 0 && i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_point(ld, 1);
		ld->layout.sections[i].region = LLEXT_MEM_COUNT;
		if (!(shdr->sh_flags & SHF_ALLOC) || shdr->sh_type == SHT_NULL)
			continue;
		if (!(shdr->sh_flags & SHF_TLS))
			rc = layout_section(ld, i);
		else if (ld->layout.tls == 0)
			ld->layout.tls = i;
	}
	return rc;
}

/* ---- memory ---- */

/*
 * The bytes at the start of a segment that become read-only after relocation (PT_GNU_RELRO).
 * Linkers put them there. If the range begins elsewhere, all of the segment stays writable. lld
 * gives them a segment of their own, and lets that range end at the end of a page, behind the
 * segment.
 */
elf_addr llext_relro_split(const struct load *ld, const struct segment *segment)
{
	const struct segment *next = segment + 1;
	elf_addr mask = granule_mask(), end = ld->linked.relro_end, bytes, rest;

	if (end > segment->vaddr + segment->memsz)
		end = segment->vaddr + segment->memsz + mask;
	if (next < &ld->segments[ld->linked.segment_count] && end > next->vaddr)
		end = next->vaddr;
	bytes = end - segment->vaddr;
	rest = (end - ld->linked.image_low) & mask; /* in a granule with what follows */
	if (segment->access != LLEXT_ACCESS_RW || ld->linked.relro_start != segment->vaddr ||
	    rest >= bytes)
		return 0;
	return bytes - rest;
}

/* The address in [low, high] that is a multiple of the largest power of two. */
static elf_addr roundest(elf_addr low, elf_addr high)
{
	while (high != 0 && (high & (high - 1)) >= low)
		high &= high - 1;
	return high;
}

/*
 * Let [*start, *end) take of what is free around it, [from, to), where regions of the protection
 * unit have to be aligned to their size. The linker knows no regions: a segment would take many,
 * and from the roundest address to the roundest it takes few, often one.
 */
static void widen_to_regions(const struct load *ld, elf_addr from, elf_addr to, elf_addr *start,
			     elf_addr *end)
{
	size_t bytes = (size_t)(*end - *start), align = 1;

	llext_fit(ld, &bytes, &align);
	if (align <= 1 || align <= llext_port.granule || from > *start || *end > to)
		return;
	*start = roundest(from, *start);
	*end = roundest(*end, to);
}

/* Add a piece of the image, which may reach from *used, the end of the piece before, to @to. */
static int add_image_piece(struct load *ld, elf_addr vaddr, elf_addr bytes, uint8_t access,
			   elf_addr *used, elf_addr to)
{
	elf_addr mask = granule_mask(), at = vaddr - ld->linked.image_low;
	elf_addr start = at & ~mask, end = (at + bytes + mask) & ~mask;
	struct llext_extent extent;

	if (access != LLEXT_ACCESS_RW && !is_pre_located(ld))
		widen_to_regions(ld, *used, to, &start, &end);
	*used = end;
	extent = (struct llext_extent){(uint8_t *)ld->linked.image.mem + start,
				       ld->linked.image.load + (uintptr_t)start,
				       (size_t)(end - start)};
	return llext_add_piece(ld, &extent, (enum llext_access)access) != NULL ? 0 : -ENOMEM;
}

/* Where the next segment begins, and with it its first granule. */
static elf_addr next_segment(const struct load *ld, const struct segment *segment)
{
	elf_addr mask = granule_mask();

	if (segment + 1 == &ld->segments[ld->linked.segment_count])
		return ld->linked.image_bytes;
	return (segment[1].vaddr - ld->linked.image_low) & ~mask;
}

/* Fill the image from its byte @from on, up to where the segment's bytes in the file end. */
static int fill_segment(struct load *ld, const struct segment *segment, size_t *from)
{
	uint8_t *image = ld->linked.image.mem;
	size_t at = (size_t)(segment->vaddr - ld->linked.image_low);
	size_t bytes = (size_t)segment->filesz;

	step_clear(ld, image + *from, at - *from); /* most of the image need not be cleared */
	*from = at + bytes;
	return llext_source_copy(ld, (size_t)segment->offset, image + at, bytes);
}

static int fill_image(struct load *ld)
{
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ld->linked.segment_count; i++)
		rc = fill_segment(ld, &ld->segments[i], &from);
	if (rc == 0)
		step_clear(ld, (uint8_t *)ld->linked.image.mem + from,
			   ld->linked.image.bytes - from);
	return rc;
}

static int place_segment(struct load *ld, const struct segment *segment, elf_addr *used)
{
	elf_addr at = segment->vaddr - ld->linked.image_low;
	elf_addr relro = llext_relro_split(ld, segment), next = next_segment(ld, segment);
	int rc = 0;

	if (relro != 0)
		rc = add_image_piece(ld, segment->vaddr, relro, LLEXT_ACCESS_RO, used,
				     segment->memsz > relro ? at + relro : next);
	if (rc == 0 && segment->memsz > relro)
		rc = add_image_piece(ld, segment->vaddr + relro, segment->memsz - relro,
				     segment->access, used, next);
	return rc;
}

/* The functions that the gABI has beside the arrays: "Initialization and Termination Functions". */
static void find_init(struct load *ld, const struct section *section, size_t bytes)
{
#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
	struct llext_private *priv = ld->ext->priv;
	elf_addr entry[2]; /* tag, value */

	for (size_t at = 0; fits(at, sizeof(entry), bytes); at += sizeof(entry)) {
		uintptr_t function;

		step_brief(ld, at / sizeof(entry));
		memcpy(entry, section->mem + at, sizeof(entry));
		if (entry[0] == DT_NULL)
			break;
		function = ld->linked.image.load + (uintptr_t)(entry[1] - ld->linked.image_low);
		if (entry[0] == DT_INIT && entry[1] != 0)
			priv->init = function;
		else if (entry[0] == DT_FINI && entry[1] != 0)
			priv->fini = function;
	}
#else
	(void)ld, (void)section, (void)bytes;
#endif
}

int llext_place_segments(struct load *ld)
{
	elf_addr used = 0; /* how much of the image is in pieces */
	int rc = 0;

	if (is_executable(ld) && !is_pre_located(ld))
		return llext_executable_place(ld);
	if (is_pre_located(ld)) {
		ld->linked.image = (struct llext_extent){(void *)(uintptr_t)ld->linked.image_low,
							 (uintptr_t)ld->linked.image_low,
							 ld->linked.image_bytes};
	} else {
		rc = llext_allocate_piece(ld, "shared object", LLEXT_ACCESS_RW,
					  ld->linked.image_bytes, ld->linked.image_align,
					  &ld->linked.image);
		if (rc == 0)
			rc = fill_image(ld);
	}
	for (size_t i = 0; rc == 0 && i < ld->linked.segment_count; i++)
		rc = place_segment(ld, &ld->segments[i], &used);
	for (uint32_t i = 1; rc == 0 && i < ld->headers.section_count; i++) {
		struct section *section = &ld->layout.sections[i];

		step_point(ld, 1);
		if (section->region == LLEXT_MEM_COUNT)
			continue;
		section->mem = (uint8_t *)ld->linked.image.mem + (size_t)section->load;
		section->load += (elf_addr)ld->linked.image.load;
		if (section->storage != SECTION_DETACHED)
			llext_widen_region(ld->ext, (enum llext_mem)section->region,
					   (uintptr_t)section->load,
					   (size_t)ld->headers.shdrs[i].sh_size);
		ld->ext->mem_on_heap[section->region] = !is_pre_located(ld);
		if (ld->headers.shdrs[i].sh_type == SHT_DYNAMIC && is_shared_object(ld))
			find_init(ld, section, (size_t)ld->headers.shdrs[i].sh_size);
	}
	return rc;
}

#endif /* LINKED_FILES */
