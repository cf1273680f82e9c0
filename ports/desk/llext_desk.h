/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Cores for the desk: the library compiled once for each supported machine, so that a program on
 * the desk lays out and relocates an extension for a device with the very code that the device
 * runs. Nothing loaded through them can be called. Each core is a state of its own, without locks.
 *
 * A load address is one that the device has; see struct llext_heap_area. The public types are the
 * same for all cores, except elf_shdr_t and what else depends on the ELF class: where a function
 * takes one, it is the core's own.
 */
#ifndef LLEXT_DESK_H_
#define LLEXT_DESK_H_

#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext/plan.h>

/** What a relocation's value is made of. */
enum llext_desk_kind {
	LLEXT_DESK_OTHER,    /**< not supported */
	LLEXT_DESK_NONE,     /**< nothing to do */
	LLEXT_DESK_ALIGN,    /**< padding to be cut */
	LLEXT_DESK_ABS,      /**< S + A */
	LLEXT_DESK_PC,       /**< S + A - P */
	LLEXT_DESK_PC_WORD,  /**< S + A - (P & ~3) */
	LLEXT_DESK_PAGE_PC,  /**< Page(S + A) - Page(P) */
	LLEXT_DESK_FROM_GOT, /**< S + A - GOT */
	LLEXT_DESK_GOT,      /**< the symbol's GOT entry, in any way */
	LLEXT_DESK_GOT_BASE, /**< the GOT, whatever the symbol is */
	LLEXT_DESK_SIZE,     /**< the symbol's size + A */
	LLEXT_DESK_PAIR,     /**< the value of the high relocation at S, + A */
	LLEXT_DESK_RELATIVE, /**< B + A; only in a linker's output */
};

/** What a relocation type is. */
struct llext_desk_reloc {
	const char *name;  /**< as the psABI spells it; NULL where the core does not know it */
	const char *value; /**< how it is computed, for instance "S + A - P" */
	bool supported;    /**< a load applies it, or has nothing to do for it */
	bool tls;          /**< of a thread-local variable */
	bool branch;       /**< a veneer extends its reach */
	bool dynamic;      /**< only in a linker's output */
	bool offset;       /**< one with an addend other than @p bias has a veneer of its own */
	bool high;         /**< relocations of a pair refer to it by its place */
	bool leb128;       /**< writes a LEB128 number of any length */
	enum llext_desk_kind kind;
	int bias;           /**< the addend that an ordinary branch has */
	unsigned int align; /**< the place is a multiple of this; 0 as 1 */
	unsigned int bytes; /**< size of what it writes */
	unsigned int bits;  /**< width of the value */
	/** 's' signed, 'u' unsigned, 'b' bit field, 'e' signed or unsigned, 'i' by instruction,
	    'r' signed and 0x800 lower, '-' not checked */
	char check;
};

/** Sizes of the library's structures in a firmware: they follow from its configuration. */
struct llext_desk_tables {
	size_t llext, llext_private, piece; /**< 0: as in the desk's own configuration */
	size_t section;                     /**< the same in all of them */
	bool sandbox; /**< with CONFIG_USERSPACE; counts where llext_private is 0 */
};

/** A device's protection unit: struct llext_mpu of ports/mcu/mpu.h has the same. */
struct llext_desk_unit {
	size_t granule; /**< starts and sizes of pieces are multiples of it */
	/** Where not 0, each piece lies in a region that is a power of two in size and address, and
	    from so many bytes on need not fill it, but is a multiple of an eighth of it. */
	size_t eighths;
	/** For the heap and the pieces on it; 0: not known, and not counted. They are counted with
	    one heap for code and data only. */
	unsigned int slots;
	int overlap; /**< who wins: 1 the higher slot, -1 the lower; 0 if ranges must not overlap */
};

/** One core. The functions are those of llext/llext.h and its companions. */
struct llext_desk_core {
	const char *name;    /**< "x86-64", "arm", "aarch64", "riscv32", "riscv64", "xtensa" */
	uint16_t machine;    /**< e_machine */
	unsigned char class; /**< EI_CLASS */

	int (*heap_init_areas)(const struct llext_heap_area *instr,
			       const struct llext_heap_area *data);
	int (*heap_uninit)(void);
	int (*heap_stats)(enum llext_heap heap, struct llext_heap_stats *stats);
	/**
	 * Let pieces of memory be multiples of a power of two in size and address from now on, as
	 * for a device whose protection asks for it. 0, as at first: no more than sections need.
	 */
	void (*set_granule)(size_t granule);
	/**
	 * From now on, load and plan for a device with this protection unit: ports/mcu decides what
	 * it does with it, and a load that finds too few slots fails with -ENOSPC. NULL: with none.
	 * Call it while nothing is loaded.
	 */
	void (*set_protection)(const struct llext_desk_unit *unit);
	/**
	 * From now on, each thread of the device has so many bytes for thread-local variables,
	 * aligned to @align; 0: as before.
	 */
	void (*set_tls_room)(size_t bytes, size_t align);
	/** From now on, the device has an unwinder, as at first, or none: its tables are loaded. */
	void (*set_unwinder)(bool there);
	/** From now on, count the library's tables so. NULL: as in the desk's configuration. */
	void (*set_tables)(const struct llext_desk_tables *tables);
	int (*load)(struct llext_loader *ldr, const char *name, struct llext **ext,
		    const struct llext_load_param *param);
	int (*unload)(struct llext **ext);
	int (*plan)(struct llext_loader *ldr, const struct llext_load_param *param,
		    struct llext_plan *plan);
	const void *(*find_sym)(const struct llext_symtable *table, const char *name);
	const void *(*entry)(const struct llext *ext);
	int (*set_builtins)(const struct llext_const_symbol *syms, size_t count);
	const struct llext_diag *(*last_diag)(void);
	size_t (*diag_format)(const struct llext_diag *diag, char *buf, size_t size);
	const char *(*suggest)(const char *name);
	int (*section_shndx)(const struct llext_loader *ldr, const struct llext *ext,
			     const char *section_name);
	/** llext_get_section_info() and llext_get_section_address() in one. */
	int (*section_info)(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			    const void **addr, size_t *size);
	/** Where the desk can read what the extension has at a load address; NULL: nowhere. */
	const uint8_t *(*bytes_at)(const struct llext *ext, uintptr_t load, size_t *bytes);
	/** Describe a relocation type. */
	void (*reloc)(uint32_t type, struct llext_desk_reloc *out);
	/** The addend that a place has for a relocation without one of its own. */
	int64_t (*addend)(uint32_t type, const uint8_t *place);
	/** Write a value without a check of its range: llext_arch_encode(). */
	int (*encode)(uint32_t type, uint8_t *place, uint64_t p, uint64_t value);
	/**
	 * Check a value as a load does, and write it to a place that @p room bytes are left at.
	 * @return 0, or a negative errno where it does not fit, and nothing is written.
	 */
	int (*write)(uint32_t type, uint8_t *place, size_t room, uint64_t p, uint64_t value);
	/** The address that a pointer to code has, without state bits. */
	uint64_t (*code_address)(uint64_t pointer);
	/** Write no-operations; NULL where the machine has no LLEXT_DESK_ALIGN. */
	void (*pad)(uint8_t *mem, size_t bytes);
	/** Does the library itself define this import, whatever the firmware exports? */
	bool (*provides)(const char *name);
};

/** All cores, ended by NULL. */
extern const struct llext_desk_core *const llext_desk_cores[];

/** The core for a file's e_machine and EI_CLASS; NULL where there is none. */
const struct llext_desk_core *llext_desk_core_for(uint16_t machine, unsigned char class);

#endif /* LLEXT_DESK_H_ */
