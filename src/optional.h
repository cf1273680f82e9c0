/* SPDX-License-Identifier: Apache-2.0 */
/* What the optional folders offer, and what takes its place in a build without one of them. */
#ifndef LLEXT_OPTIONAL_H_
#define LLEXT_OPTIONAL_H_

#include "load.h"

struct table;
struct reloc;
struct reloc_inputs;

/* What was found for an import: imports.c. */
struct found_import {
	const void *addr; /* NULL: nothing provides it */
	struct llext *provider;
	const struct llext_gate *gate; /* the gate by which a domain reaches it, or NULL */
	bool tls;
};

/* ---- linked/executable.c: layout, imports and memory of an executable ---- */

#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)
int llext_executable_layout(struct load *ld);
int llext_executable_imports(struct load *ld); /* every import of an executable is missing */
int llext_executable_place(struct load *ld);
#else
#define llext_executable_layout(ld)  (-ENOTSUP)
#define llext_executable_imports(ld) (-ENOTSUP)
#define llext_executable_place(ld)   (-ENOTSUP)
#endif

/* ---- in_place/in_place.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_IN_PLACE)
int llext_in_place_open(struct load *ld);
void llext_in_place_begin(struct load *ld); /* before memory that is used in place is written to */
int llext_layout_pre_located(struct load *ld, uint32_t index);
bool llext_layout_by_itself(struct load *ld, uint32_t index, enum llext_mem region);
/* False if every section goes to its region. */
static inline bool llext_lays_out_alone(const struct load *ld)
{
	return (ld->ldr->storage != LLEXT_STORAGE_TEMPORARY ||
		ld->param->section_detached != NULL) &&
	       !is_fenced(ld);
}
/* Lay a section out by itself if the loader or the caller wants that. @return true: done. */
static inline bool llext_layout_alone(struct load *ld, uint32_t index, enum llext_mem region)
{
	return llext_lays_out_alone(ld) && llext_layout_by_itself(ld, index, region);
}
int llext_place_alone(struct load *ld, uint32_t index);
#else
#define llext_in_place_open(ld)               (0)
#define llext_in_place_begin(ld)              ((void)(ld))
#define llext_layout_pre_located(ld, index)   ((void)(index), -ENOTSUP)
#define llext_lays_out_alone(ld)              (false)
#define llext_layout_alone(ld, index, region) (false)
#define llext_place_alone(ld, index)          (-ENOTSUP)
#endif

/* ---- cxx/init_arrays.c ---- */

/*
 * Keep a section of an array for llext_layout_arrays(). @return 1: done; 0: it is another section.
 */
int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region);
#if LLEXT_ON(CONFIG_LLEXT_ARRAYS)
int llext_layout_arrays(struct load *ld);
int llext_arrays_finish(struct load *ld); /* when arrays are relocated */
#else
#define llext_layout_arrays(ld) (0)
#endif

/* ---- cxx/unwind.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_UNWIND)
bool llext_is_eh_frame(const struct load *ld, const elf_shdr_t *shdr); /* by its name */

static inline bool llext_is_unwind_table(const struct load *ld, const elf_shdr_t *shdr)
{
	/* On x86-64, gold gives the table that finds entries in .eh_frame the same type. */
	if (shdr->sh_type == llext_arch.unwind_type)
		return !LLEXT_TARGET_X86_64 || !llext_named(ld, shdr, ".eh_frame_hdr");
	/* Arm's unwinder does not read what assemblers make of .cfi directives: it is mere data. */
	return !LLEXT_TARGET_ARM && shdr->sh_type == SHT_PROGBITS && llext_is_eh_frame(ld, shdr);
}

void llext_unwind_found(struct load *ld, uint32_t index);
int llext_unwind_end(struct load *ld); /* room for the zero word that ends an .eh_frame */
int llext_unwind_add(struct load *ld);
void llext_unwind_remove(struct llext *ext);

static inline bool llext_unwind_wanted(const struct load *ld)
{
	/* Exceptions are not supported in domains. */
	return llext_port.unwind_add != NULL && domain_of(ld) == NULL;
}
#else
static inline bool llext_is_unwind_table(const struct load *ld, const elf_shdr_t *shdr)
{
	(void)ld;
	return shdr->sh_type == llext_arch.unwind_type;
}
#define llext_unwind_wanted(ld)       (false)
#define llext_unwind_found(ld, index) ((void)(index))
#define llext_unwind_end(ld)          (0)
#define llext_unwind_remove(ext)      ((void)(ext))
#endif

/* ---- cxx/cxa.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)
void llext_exit_functions_run(struct llext *ext, bool call);
/* The registered functions by index, the last one first; 0: there are no more. Takes the guard. */
uintptr_t llext_exit_function_at(const struct llext *ext, size_t index);
/* Run the functions of a thread that ends, of all extensions. */
void llext_thread_exit_functions_run(const void *thread);
const void *llext_exit_intrinsic(const char *name); /* only if the next returns true */
/* The first two letters rule out most names. */
static inline bool may_be_exit_intrinsic(const char *name)
{
	return (name[0] == '_' && name[1] == '_') || (name[0] == 'a' && name[1] == 't');
}
#else
#define llext_exit_functions_run(ext, call) ((void)(ext))
#define llext_exit_function_at(ext, index)  ((void)(ext), (void)(index), (uintptr_t)0)
#define llext_thread_exit_functions_run(t)  ((void)(t))
#define llext_exit_intrinsic(name)          (NULL)
#define may_be_exit_intrinsic(name)         (false)
#endif

/* ---- sets/section_sets.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_SECTION_SETS)
uint32_t llext_set_hash(const char *name); /* 0: @name is no C identifier */
/*
 * Is @name __start_ or __stop_ of sections of the file? @return 1, and *@special says which; 0; or
 * an error.
 */
int llext_set_bound(struct load *ld, const char *name, elf_addr *special);
elf_addr llext_set_bound_value(struct load *ld, elf_addr special);
#else
#define llext_set_hash(name)               ((uint32_t)0)
#define llext_set_bound(ld, name, special) (0)
#define llext_set_bound_value(ld, special) ((elf_addr)0)
#endif

/* ---- errata/erratum_843419.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
int llext_page_ends_reserve(struct load *ld); /* when all sections are laid out */
/* The word at @p, one of the last two of a page, has been relocated: note it if it is an ADRP. */
void llext_page_end(const struct table *table, const struct reloc *reloc, uint8_t *mem, elf_addr p);
int llext_page_ends_finish(struct load *ld); /* when everything has been relocated */
#endif

/* ---- src/tls/ ---- */

#define LLEXT_TLS_SUFFIX ".tls" /* of the names of exports */

/* True for a thread-local variable of the extension itself, and for any thread-local variable. */
static inline bool is_own_tls(uint8_t flags)
{
	return LLEXT_ON(CONFIG_LLEXT_TLS) && (flags & SYMBOL_BASE) == SYMBOL_TLS;
}

static inline bool is_tls(uint8_t flags)
{
	return is_own_tls(flags) ||
	       (LLEXT_ON(CONFIG_LLEXT_TLS) && (flags & SYMBOL_BASE) == SYMBOL_TLS_IMPORT);
}

#if LLEXT_ON(CONFIG_LLEXT_TLS)
int llext_tls_layout(struct load *ld);
int llext_tls_segment(struct load *ld, const elf_phdr_t *phdr);
int llext_tls_check_segment(struct load *ld); /* when the others are known */
/* Add to the extension's block of thread-local variables. */
int llext_tls_extend(struct load *ld, elf_xword bytes, size_t align, elf_addr *offset);
/* tls_symbols.c */
/* An error if the port has no room for such variables. */
int llext_tls_refuse(const struct load *ld);
/* A variable that may be why the alignment of all is what it is. @found: 0 where there is none. */
int llext_tls_most_aligned(struct load *ld, uint32_t section, uint32_t *found);
/* Is the symbol in a thread-local section? */
bool llext_tls_defines(const struct load *ld, const elf_sym_t *sym);
int llext_tls_define(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym);
int llext_tls_import(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym,
		     const struct llext_const_symbol *bound);
int llext_tls_export(struct load *ld, const char *name, size_t length, elf_addr *offset);
#define llext_tls_bytes(ld) ((ld)->tls.bytes)
/* tls.c again */
int llext_tls_place(struct load *ld);
int llext_tls_start(struct load *ld);
void llext_tls_release(const struct llext *ext);
void llext_tls_each(void (*fn)(intptr_t offset, const void *image, size_t image_bytes,
			       size_t bytes));
/* tls_index.c */
const void *llext_tls_intrinsic(const char *name);
int llext_tls_count(const struct table *table, const struct reloc *reloc);
void llext_tls_fill(const struct load *ld);
int llext_tls_check(const struct table *table, const struct reloc *reloc, uint8_t flags);
int llext_tls_evaluate(const struct table *table, const struct reloc *reloc,
		       const struct reloc_inputs *in, elf_addr *value);
/* Fill in a descriptor that a linker has made, of the symbol and its value with the addend. */
void llext_tls_descriptor(const struct load *ld, uint8_t *mem, uint32_t symbol, elf_addr value);
#else
#define llext_tls_layout(ld)                 (0)
#define llext_tls_segment(ld, phdr)          (0)
#define llext_tls_check_segment(ld)          (0)
#define llext_tls_refuse(ld)                 (0)
#define llext_tls_place(ld)                  (0)
#define llext_tls_release(ext)               ((void)(ext))
#define llext_tls_fill(ld)                   ((void)(ld))
#define llext_tls_count(table, reloc)        (0)
#define llext_tls_check(table, reloc, flags) (0)
#define llext_tls_bytes(ld)                  ((size_t)0)
#endif

/* ---- packed/packed.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_PACKED)
static inline bool is_packed(const struct load *ld)
{
	return ld->packed.yes;
}

/* True for a packed file that needs no symbol's name. */
static inline bool has_no_names(const struct load *ld)
{
	return ld->packed.no_names;
}

int llext_packed_open(struct load *ld);
/* The firmware's export that an import is bound to; NULL: look its name up. */
const struct llext_const_symbol *llext_packed_import(const struct load *ld, elf_addr ordinal);
int llext_packed_branch(struct load *ld, uint32_t index, const elf_sym_t *sym);
bool llext_is_branch(elf_xword number); /* is it the number of a type of branches? */
int llext_packed_room(struct load *ld);
/* The firmware's table of exports has changed, perhaps at the same address. */
void llext_packed_builtins_changed(void);
#else
#define is_packed(ld)                       ((void)(ld), false)
#define has_no_names(ld)                    ((void)(ld), false)
#define llext_packed_open(ld)               (0)
#define llext_packed_import(ld, ordinal)    ((const struct llext_const_symbol *)NULL)
#define llext_packed_branch(ld, index, sym) (0)
#define llext_packed_room(ld)               (0)
#define llext_packed_builtins_changed()     ((void)0)
#endif

/* ---- trust/admit.c: may this be loaded? ---- */

#if LLEXT_ON(CONFIG_LLEXT_TRUST)
int llext_admit(struct load *ld);
int llext_admit_again(struct load *ld); /* and keep what was verified, with the extension */
#else
#define llext_admit(ld)       (0)
#define llext_admit_again(ld) (0)
#endif

/* ---- sandbox/ ---- */

/* Why an import of a domain's was not found: the firmware does not export it; there is no gate; or
 * none for what compilers call by themselves, so that no code asks whether it is there. */
enum gate_lack { LACKS_EXPORT, LACKS_GATE, LACKS_HELPER };

#if SANDBOX
/* The most exit functions that a sandboxed extension may register. */
#ifndef CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS
#define CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS 32
#endif
int llext_exit_function_add(struct llext *ext, void (*function)(void *argument), void *argument);
int llext_sandbox_open(struct load *ld);         /* may this load be for its domain? */
int llext_sandbox_no_tls(const struct load *ld); /* where !LLEXT_DOMAIN_HAS_TLS */
uintptr_t llext_sandbox_thread_pointer(const struct load *ld); /* of the load's domain */
int llext_sandbox_gates(struct load *ld); /* room for the slot that calls return to */
size_t llext_sandbox_table_bytes(const struct load *ld); /* of the gates that are kept for later */
void llext_sandbox_stack(struct load *ld); /* lay out the domain's stack before the data */
/*
 * A piece for a domain; if data is read anew, the one that is there already. @return 1: it is to
 * come from the heap; 0; or a negative errno.
 */
int llext_sandbox_allocate(struct load *ld, const char *what, enum llext_access access,
			   size_t bytes, size_t align, struct llext_extent *extent);
/* @return false: it is no domain's memory. */
bool llext_sandbox_free(struct llext *ext, const struct piece *piece);
/* Clear what no section does of the memory that has been allocated for a domain. */
void llext_sandbox_clear(const struct load *ld);
/* Bytes before a piece on the heap that nobody else must have, if it may join a domain. */
size_t llext_sandbox_lead(const struct load *ld, enum llext_access access);
int llext_sandbox_fill(struct load *ld); /* the slots */
int llext_sandbox_join(struct load *ld);
void llext_sandbox_leave(struct llext *ext);
unsigned int llext_domain_parts_left(const struct k_mem_domain *domain);
int llext_sandbox_may_unload(const struct llext *ext);
/* No call goes into its domain, which it has, until llext_sandbox_leave(). @return false: one does.
 */
bool llext_sandbox_hold(struct llext *ext);
/* What gates gave the domain, after @before; NULL: the first. @return NULL: there is no more. */
const struct llext_resource *llext_sandbox_resource(const struct k_mem_domain *domain,
						    const struct llext_resource *before);
/* Call a function of an extension in a domain. */
int llext_sandbox_run(const struct llext *ext, elf_addr function, void *argument);
int llext_load_refill(struct load *ld); /* load.c */
/* heap.c: llext_heap_range() is about this arena. */
void llext_heap_window(const struct llext_arena *arena);

/* What imports.c asks. Most loads are for no domain, which takes a test and no call. */
int llext_sandbox_look_up(struct load *ld, const char *name, size_t offset,
			  struct found_import *found);
void llext_sandbox_find_gate(const char *name, struct found_import *found);
int llext_sandbox_add_slot(struct load *ld, uint32_t at, const struct found_import *found);
/* It has not been found. */
enum gate_lack llext_sandbox_lack(const struct load *ld, const char *name);
/* Does an extension use another one's exports? */
bool llext_sandbox_uses(const struct llext *ext, const struct llext *other);

/*
 * May the load use what @ext exports? Code of another domain, or of none, must not run with the
 * rights of this one. What is read anew uses what it did at its load, whatever domain that is in
 * now.
 */
static inline bool llext_sandbox_may_use(const struct load *ld, const struct llext *ext)
{
	return is_refill(ld) ? llext_sandbox_uses(ld->sandbox.refilled, ext)
			     : extension_domain(ext) == domain_of(ld);
}

/*
 * Look an import up for a domain. @offset is that of its name in the file; NAME_OF_FIRMWARE: it is
 * the firmware's. @return 1: the load is for no domain; 0; or a negative errno.
 */
#define NAME_OF_FIRMWARE SIZE_MAX
static inline int llext_sandbox_find(struct load *ld, const char *name, size_t offset,
				     struct found_import *found)
{
	return domain_of(ld) != NULL ? llext_sandbox_look_up(ld, name, offset, found) : 1;
}

/*
 * The firmware's function that a trusted extension imports, which may join a domain later: find the
 * gate by which it reaches the function then, or, of what all domains may execute, the address.
 */
static inline void llext_sandbox_later(const struct load *ld, const char *name,
				       struct found_import *found)
{
	if (is_fenced(ld))
		llext_sandbox_find_gate(name, found);
}

/*
 * Give the gate that was found a slot; the symbol's value is where that will be. @return 1: there
 * is no gate; 0; or a negative errno.
 */
static inline int llext_sandbox_slot(struct load *ld, uint32_t at, const struct found_import *found)
{
	return found->gate != NULL ? llext_sandbox_add_slot(ld, at, found) : 1;
}

/* It is missing. */
static inline void llext_sandbox_missing(struct load *ld, const char *name)
{
	if (domain_of(ld) != NULL && llext_sandbox_lack(ld, name) != LACKS_EXPORT)
		ld->sandbox.gates_lacking++;
}
#else
#define llext_sandbox_no_tls(ld)                                       (0)
#define llext_sandbox_thread_pointer(ld)                               ((uintptr_t)0)
#define llext_sandbox_may_use(ld, ext)                                 (true)
#define llext_sandbox_gates(ld)                                        (0)
#define llext_sandbox_find(ld, name, offset, found)                    (1)
#define llext_sandbox_later(ld, name, found)                           ((void)0)
#define llext_sandbox_slot(ld, at, found)                              (1)
#define llext_sandbox_lack(ld, name)                                   (LACKS_EXPORT)
#define llext_sandbox_missing(ld, name)                                ((void)0)
#define llext_sandbox_stack(ld)                                        ((void)(ld))
#define llext_sandbox_allocate(ld, what, access, bytes, align, extent) (1)
#define llext_sandbox_free(ext, piece)                                 (false)
#define llext_sandbox_clear(ld)                                        ((void)(ld))
#define llext_sandbox_table_bytes(ld)                                  ((size_t)0)
#define llext_sandbox_lead(ld, access)                                 ((size_t)0)
#define llext_sandbox_leave(ext)                                       ((void)(ext))
#define llext_sandbox_may_unload(ext)                                  (0)
#define llext_sandbox_hold(ext)                                        (true)
#define llext_sandbox_run(ext, function, argument)                     (-ENOTSUP)
#endif

/* ---- inspect/inspect.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_INSPECT)
int llext_inspect_keep(struct load *ld);
void llext_inspect_drop(struct llext *ext);
#else
#define llext_inspect_drop(ext) ((void)(ext))
#endif

/* ---- debugger/debugger.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
int llext_debugger_keep(struct load *ld);
/*
 * The build id of a loaded extension. @return its length; 0: it has none, and *@build_id is NULL.
 */
size_t llext_debugger_build_id(const struct llext *ext, const uint8_t **build_id);
void llext_debugger_show(const struct llext *ext); /* after it was added to the list */
void llext_debugger_drop(struct llext *ext);       /* before its memory is freed */
#else
#define llext_debugger_show(ext) ((void)(ext))
#define llext_debugger_drop(ext) ((void)(ext))
#endif

/* ---- abi/abi.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)
int llext_abi_check(struct load *ld);
#endif

#endif /* LLEXT_OPTIONAL_H_ */
