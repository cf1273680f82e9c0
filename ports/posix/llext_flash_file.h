/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A file as the flash of llext/store.h, on Linux: for trying a store out, and for tests. The file
 * is mapped, so extensions are used where they lie.
 */
#ifndef LLEXT_FLASH_FILE_H_
#define LLEXT_FLASH_FILE_H_

#include <llext/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A flash in a file. Give the address of @c flash to a struct llext_store_config. */
struct llext_flash_file {
	struct llext_flash flash;
	/** @cond private */
	int fd;
	void *map;
	/** @endcond */
};

/**
 * Open or create the file at @p path, of @p blocks blocks of @p block bytes (a multiple of the page
 * size). It behaves as NOR flash does: programming only clears bits, erasing sets them. It is
 * mapped for reading near the heap that llext_posix_map() gives.
 * @return 0; a negative errno; -EINVAL where there is a file of another size.
 */
int llext_flash_file_open(struct llext_flash_file *file, const char *path, uint32_t block,
			  uint16_t blocks);

/** Unmap and close it. No extension may be in use. */
void llext_flash_file_close(struct llext_flash_file *file);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_FLASH_FILE_H_ */
