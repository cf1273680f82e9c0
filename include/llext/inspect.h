/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Section data of a loaded extension. It is there where the extension was loaded with
 * llext_load_param.keep_section_info, until llext_free_inspection_data() or the unload.
 */
#ifndef LLEXT_INSPECT_H_
#define LLEXT_INSPECT_H_

#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where a region is. Each of @p hdr, @p addr, @p size may be NULL.
 * @param hdr   a header that covers the region's sections in the file, from the first one's
 *              sh_offset to the end of the last one: their flags, all of them, and the largest
 *              alignment; zeros if the region is empty; set only where section data is kept
 * @param addr  its load address
 * @param size  its size in bytes
 * @return 0; -EINVAL if @p region is no region; -ENOTSUP if @p hdr is asked for and no
 * section data is kept.
 */
int llext_get_region_info(const struct llext_loader *ldr, const struct llext *ext,
			  enum llext_mem region, const elf_shdr_t **hdr, const void **addr,
			  size_t *size);

/**
 * The index of the section @p section_name. @return the index, greater than 0; -ENOENT; -ENOTSUP
 * if no section data is kept.
 */
int llext_section_shndx(const struct llext_loader *ldr, const struct llext *ext,
			const char *section_name);

/**
 * Where a section was put. Each of the pointers may be NULL.
 * @param hdr     its header
 * @param region  the region that it is part of; LLEXT_MEM_COUNT where it was not loaded
 * @param offset  the offset of its load address from that of the region, ext->mem[region]; 0 if
 *                it was not loaded. For a section that lies outside of its region, since it is
 *                detached or used in place while others are copied, it wraps around: the sum is
 *                the section's address all the same.
 * @return 0; -EINVAL if @p shndx is out of range; -ENOTSUP if no section data is kept.
 */
int llext_get_section_info(const struct llext_loader *ldr, const struct llext *ext,
			   unsigned int shndx, const elf_shdr_t **hdr, enum llext_mem *region,
			   size_t *offset);

/**
 * The load address of a section, NULL if it was not loaded, and its size in bytes. Either
 * pointer may be NULL. @return as llext_get_section_info().
 */
int llext_get_section_address(const struct llext *ext, unsigned int shndx, const void **addr,
			      size_t *size);

/**
 * Free the section data, by which llext.alloc_size then becomes less. @return 0, also where none is
 * kept (any more).
 */
int llext_free_inspection_data(struct llext_loader *ldr, struct llext *ext);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_INSPECT_H_ */
