/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The regions of a loaded extension.
 */
#ifndef LLEXT_REGIONS_H_
#define LLEXT_REGIONS_H_

#include <llext/config.h>

/**
 * Regions: sections of like flags are put together. The order is that of Zephyr's.
 */
enum llext_mem {
	LLEXT_MEM_TEXT,   /**< code, and the veneers that the loader makes */
	LLEXT_MEM_DATA,   /**< initialised data */
	LLEXT_MEM_RODATA, /**< read-only data, and the GOT that the loader makes */
#ifdef CONFIG_LLEXT_VENEERS
	LLEXT_MEM_VENEER, /**< always empty: the loader has its veneers in the text */
#endif
	LLEXT_MEM_BSS,      /**< zeroed data */
	LLEXT_MEM_EXPORT,   /**< .exported_sym */
	LLEXT_MEM_SYMTAB,   /**< during the load only */
	LLEXT_MEM_STRTAB,   /**< during the load only */
	LLEXT_MEM_SHSTRTAB, /**< section names, where section data is kept */
	LLEXT_MEM_PREINIT,  /**< .preinit_array */
	LLEXT_MEM_INIT,     /**< .init_array, .ctors */
	LLEXT_MEM_FINI,     /**< .fini_array, .dtors */
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
	LLEXT_MEM_RODATA_NO_RELOC, /**< constants with the attribute LLEXT_RODATA_NO_RELOC */
#endif
	LLEXT_MEM_COUNT /**< number of regions */
};

/** So many of them, from the first on, are what an extension's own code uses. */
#define LLEXT_MEM_PARTITIONS (LLEXT_MEM_BSS + 1)

/**
 * Attribute of a constant that shall be used where the storage has it. Without
 * CONFIG_LLEXT_RODATA_NO_RELOC it is empty: such constants are then in place or copied like any
 * others.
 */
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
#define LLEXT_SECTION_RODATA_NO_RELOC ".llext.rodata.noreloc"
#define LLEXT_RODATA_NO_RELOC         __attribute__((__section__(LLEXT_SECTION_RODATA_NO_RELOC)))
#else
#define LLEXT_RODATA_NO_RELOC
#endif

#endif /* LLEXT_REGIONS_H_ */
