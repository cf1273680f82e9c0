/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A dry run: what a load would need and do, before any region is allocated.
 */
#ifndef LLEXT_PLAN_H_
#define LLEXT_PLAN_H_

#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Memory for one region. */
struct llext_plan_region {
	size_t bytes;          /**< size of the region */
	size_t align;          /**< its alignment; 0 if the region is empty */
	size_t in_place_bytes; /**< bytes of this kind that are used where they lie, beside it */
};

/**
 * What a load needs. Sizes in bytes. With llext_load_param.domain, instr_bytes and data_bytes are
 * what it takes of the domain's memory: code with constants and the slots of gates; data, behind
 * the domain's stack where the domain has none yet. Both are rounded up as the protection unit
 * needs it.
 */
struct llext_plan {
	uint16_t elf_type;                             /**< ET_REL or ET_DYN */
	struct llext_plan_region mem[LLEXT_MEM_COUNT]; /**< per region, veneers and GOT included */
	size_t instr_bytes;     /**< to allocate from the instruction heap, in one block ... */
	size_t instr_align;     /**< ... of this alignment */
	size_t data_bytes;      /**< to allocate from the data heap, in at most two blocks */
	size_t data_align;      /**< largest alignment among them */
	size_t table_bytes;     /**< the library's own tables for the extension, in at most three
				     blocks, without the NUL-terminated name */
	size_t transient_bytes; /**< needed during the load only, highest value */
	size_t veneers;         /**< number of veneers */
	size_t veneer_bytes;    /**< their size, part of the text region */
	size_t got_slots;       /**< number of GOT entries that the loader makes */
	size_t got_bytes;       /**< their size, part of the read-only region */
	size_t slots;           /**< of the protection unit, at most; 0 if there is no such limit;
				     for a domain, the regions that the extension takes of it */
	size_t slots_left;      /**< how many of those are free now, or the domain has left */
	size_t relocations;     /**< number of relocations to apply */
	size_t imports;         /**< undefined symbols, weak ones included */
	size_t imports_missing; /**< those that are referred to, not weak, and that nothing provides
				 */
	size_t tls_bytes;       /**< of each thread's room for thread-local variables */
	size_t tls_align;       /**< their alignment; 0 if there are none */
	bool executable_stack;  /**< the file asks for a stack that code can be run on: for
				     pointers to nested functions, say. A load cannot give it, and
				     logs a warning */
};

/**
 * Do everything that llext_load() does before it allocates a region, fill @p plan, and let go.
 * Needs plan->transient_bytes of the data heap. @p param may be NULL; its on_import is called for
 * each import.
 *
 * @return 0 if the file is sound and its imports are there: then memory can stop the load, and
 * what shows only where it is applied, such as the range of a relocation, the version of the
 * firmware's exports that it needs, or in a packed file, whose relocations stand behind its
 * sections, what is wrong with one of them; -ENODATA if imports are missing (@p plan is filled all
 * the same); otherwise the error that llext_load() would give, except that on RISC-V a load may not
 * look at a local symbol to which no relocation refers. Then it needs less than
 * plan->transient_bytes, too. Thread context.
 */
int llext_plan(struct llext_loader *ldr, const struct llext_load_param *param,
	       struct llext_plan *plan);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_PLAN_H_ */
