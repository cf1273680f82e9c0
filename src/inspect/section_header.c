/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One section's header, looked up in the file by peeks alone: a load may be going on, which has
 * opened the loader and holds the lock.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_INSPECT)

/* What is known of the file so far. */
struct peeked {
	const struct llext_loader *ldr;
	size_t length;
	elf_ehdr_t ehdr;
	uint32_t count;
	const char *names;
	size_t names_length;
};

static const void *peek(const struct peeked *file, size_t offset, size_t bytes)
{
	return llext_loader_peek(file->ldr, file->length, offset, bytes);
}

static bool get_header(const struct peeked *file, uint32_t index, elf_shdr_t *shdr)
{
	size_t offset = (size_t)file->ehdr.e_shoff, room = SIZE_MAX - offset;
	const void *at = NULL;

	if (index < room / sizeof(*shdr)) /* the sum does not overflow */
		at = peek(file, offset + index * sizeof(*shdr), sizeof(*shdr));
	if (at != NULL)
		llext_copy((uint8_t *)shdr, at, sizeof(*shdr)); /* it may be anywhere */
	return at != NULL;
}

static bool open_headers(struct peeked *file)
{
	static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', ELF_CLASS, ELFDATA2LSB};
	const void *at = peek(file, 0, sizeof(file->ehdr));
	uint32_t names = 0;
	elf_shdr_t shdr;

	if (at == NULL)
		return false;
	llext_copy((uint8_t *)&file->ehdr, at, sizeof(file->ehdr));
	if (memcmp(file->ehdr.e_ident, magic, sizeof(magic)) != 0 ||
	    file->ehdr.e_shentsize != sizeof(shdr) || !get_header(file, 0, &shdr))
		return false;
	/* Numbers that do not fit the header are in the first section's (gABI 4). */
	file->count = file->ehdr.e_shnum;
	if (file->count == 0)
		file->count = shdr.sh_size <= UINT32_MAX ? (uint32_t)shdr.sh_size : 0;
	names = file->ehdr.e_shstrndx == SHN_XINDEX ? shdr.sh_link : file->ehdr.e_shstrndx;
	if (names == 0 || names >= file->count || !get_header(file, names, &shdr) ||
	    shdr.sh_type != SHT_STRTAB)
		return false;
	file->names_length = (size_t)shdr.sh_size;
	file->names = peek(file, (size_t)shdr.sh_offset, file->names_length);
	return file->names != NULL;
}

/* True if the name at that offset is this one. */
static bool is_named(const struct peeked *file, const elf_shdr_t *shdr, const char *name,
		     size_t name_bytes)
{
	return fits(shdr->sh_name, name_bytes, file->names_length) &&
	       memcmp(file->names + shdr->sh_name, name, name_bytes) == 0;
}

static int find_in_file(const struct llext_loader *ldr, const char *name, elf_shdr_t *out)
{
	struct peeked file = {.ldr = ldr, .length = SIZE_MAX};
	size_t name_bytes = strlen(name) + 1;
	elf_shdr_t shdr;

	if (!LLEXT_ON(CONFIG_LLEXT_PEEK) || ldr == NULL || ldr->peek == NULL)
		return -ENOTSUP;
	if (ldr->length != NULL)
		file.length = ldr->length((struct llext_loader *)(uintptr_t)ldr);
	if (!open_headers(&file))
		return -ENOEXEC;
	for (uint32_t i = 1; i < file.count; i++) {
		if (!get_header(&file, i, &shdr))
			return -ENOEXEC;
		if (is_named(&file, &shdr, name, name_bytes)) {
			*out = shdr;
			return 0;
		}
	}
	return -ENOENT;
}

int llext_get_section_header(const struct llext_loader *ldr, const struct llext *ext,
			     const char *search_name, elf_shdr_t *shdr)
{
	int index;

	if (search_name == NULL || shdr == NULL)
		return -EINVAL;
	if (ext == NULL || ext->priv->shdrs == NULL)
		return find_in_file(ldr, search_name, shdr);
	index = llext_section_shndx(ldr, ext, search_name);
	if (index < 0)
		return index;
	*shdr = ext->priv->shdrs[index];
	return 0;
}

#endif /* CONFIG_LLEXT_INSPECT */
