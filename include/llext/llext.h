/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Loadable extensions: load compiled ELF code into a running program, use it, unload it.
 *
 * Unless its text says otherwise, a function may be called from any thread but not from an
 * interrupt, takes the port's lock, and may be called while other threads run code of loaded
 * extensions. docs/guide.md, "Threads", has an overview.
 */
#ifndef LLEXT_LLEXT_H_
#define LLEXT_LLEXT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <llext/config.h>
#include <llext/diag.h>
#include <llext/elf.h>
#include <llext/heap.h>
#include <llext/loader.h>
#include <llext/regions.h>
#include <llext/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The library's version, as in "1.2.3". */
#define LLEXT_TENON_VERSION "0.1.0"

/**
 * The length of a name that fits a buffer of callers which bound names themselves. The library
 * does not: names of any length are kept and compared whole.
 */
#define LLEXT_MAX_NAME_LEN 15

/**
 * The number of entries that llext.dependency has at least. The library has no limit: entries go
 * on until NULL.
 */
#define LLEXT_MAX_DEPENDENCIES 8

struct k_mem_domain;
struct llext_private;

/** A loaded extension. Read only; fields not described here are private. */
struct llext {
	const char *name; /**< as given to llext_load(), whole */
	/** @cond private */
	struct llext *next;
	struct llext_private *priv;
	/** @endcond */
	unsigned int use_count;            /**< loads not yet unloaded */
	size_t alloc_size;                 /**< bytes held on the LLEXT heaps, in all */
	struct llext_symtable sym_tab;     /**< global symbols; empty after the load */
	struct llext_symtable exp_tab;     /**< exported symbols, sorted by name; without entries
						where LLEXT_EXPORTS_HASHED has left them in the
						file: llext_find_sym() finds them */
	struct llext *const *dependency;   /**< extensions whose symbols this one uses, then NULL;
						at least LLEXT_MAX_DEPENDENCIES entries, or
						with CONFIG_LLEXT_DEPENDENCIES=0 none */
	void *mem[LLEXT_MEM_COUNT];        /**< load address of each region, NULL if empty */
	size_t mem_size[LLEXT_MEM_COUNT];  /**< size of each region in bytes */
	bool mem_on_heap[LLEXT_MEM_COUNT]; /**< the region is on the LLEXT heap */
};

/** One import of a file, as given to llext_load_param.on_import. */
struct llext_import {
	const char *name;             /**< valid during the call */
	const struct llext *provider; /**< the extension that provides it; NULL: the firmware */
	uintptr_t addr;               /**< where it is; 0 if nothing provides it */
	bool weak;                    /**< it may be missing, and is then 0 */
	bool found;                   /**< something provides it */
	bool tls; /**< a thread-local variable, of which each thread has its own:
		       addr means nothing then */
};

/** Which of its global symbols a file without .exported_sym exports. */
enum llext_exports {
	LLEXT_EXPORTS_ALL,  /**< all of default visibility */
	LLEXT_EXPORTS_NONE, /**< none: its initialisers and llext_entry() are the ways in */
	LLEXT_EXPORTS_LIST, /**< of these, those in llext_load_param.export_names */
	/**
	 * all, as llext_find_sym() and llext_next_sym() find them, but no table of them is made if
	 * the file is a shared object: names are looked up in its own hash table, and
	 * exp_tab.sym_cnt is 0. So the load and the heap do not grow with the number of exports.
	 * Another file has its table as with LLEXT_EXPORTS_ALL, and so has a shared object without
	 * a sound hash table, with versions of symbols (SHT_GNU_VERDEF) or thread-local variables,
	 * for a domain, in steps, or where CONFIG_LLEXT_LINKED_HASH is off.
	 */
	LLEXT_EXPORTS_HASHED,
};

/** How to load. Initialise with LLEXT_LOAD_PARAM_DEFAULT and change what you need. */
struct llext_load_param {
	/**
	 * Apply relocations to symbols that the extension itself defines. false: the file was
	 * linked for the address where it lies, only imports are filled in.
	 */
	bool relocate_local LLEXT_CXX_ZERO_;
	/**
	 * Use the addresses that the file itself gives (sh_addr). The caller has put the bytes
	 * there; nothing is allocated or copied.
	 */
	bool pre_located LLEXT_CXX_ZERO_;
	/**
	 * Return true for a section that must not become part of a region. It is used in the
	 * loader's memory if the storage allows that; otherwise it gets memory of its own.
	 */
	bool (*section_detached)(const elf_shdr_t *shdr) LLEXT_CXX_ZERO_;
	/**
	 * Count what the relocations need before memory is allocated, as llext_plan() does, also
	 * where veneers could be given out as branches turn out to need them. That takes more
	 * instructions; then veneers stand in the reverse order of the symbol table, as a packed
	 * file's do, and the text region never has room for a veneer that is not used. Otherwise
	 * they stand in the order in which branches need them.
	 */
	bool count_first LLEXT_CXX_ZERO_;
	/**
	 * Load the extension into this domain, where it runs unprivileged: see llext/domain.h. Only
	 * what the firmware offers with EXPORT_GATE() or EXPORT_USER(), and other extensions in the
	 * same domain, then provides imports. NULL: the extension is trusted.
	 */
	struct k_mem_domain *domain LLEXT_CXX_ZERO_;
	/**
	 * Without a domain: lay a trusted extension out so that llext_add_domain() can put it into
	 * one later. Its pieces are what the protection unit can fence in, sections are not used
	 * where the loader has them, and calls of what has a gate go through a jump in its own
	 * text. No effect on shared objects, executables, and with the parameters above. True by
	 * default where CONFIG_LLEXT_ADD_DOMAIN is 1.
	 */
	bool domain_later LLEXT_CXX_ZERO_;
	/**
	 * What a file without .exported_sym exports. A table of all its global symbols takes
	 * memory and most of the time of a load; an application that is started by its entry point
	 * needs none. No effect if the file has .exported_sym, which says it.
	 */
	enum llext_exports exports LLEXT_CXX_ZERO_;
	/**
	 * LLEXT_EXPORTS_LIST: the names, in any order; used during the call only. A name that the
	 * file does not have is no error.
	 */
	const char *const *export_names LLEXT_CXX_ZERO_;
	size_t export_count LLEXT_CXX_ZERO_; /**< number of export_names */
	/** Keep section headers and names for the functions of llext/inspect.h. */
	bool keep_section_info LLEXT_CXX_ZERO_;
	/**
	 * What to do if another thread is loading an extension of this name. true: return
	 * -EALREADY at once. false: wait until that load has ended, and if it has succeeded, use
	 * what it has loaded.
	 */
	bool no_wait LLEXT_CXX_ZERO_;

	/**
	 * Called once for each undefined symbol of the file that is found or may be missing, and
	 * once for each that is missing and that a relocation refers to. May be NULL.
	 */
	void (*on_import)(void *user_data, const struct llext_import *import) LLEXT_CXX_ZERO_;
	void *user_data LLEXT_CXX_ZERO_; /**< passed to on_import */
};

#define LLEXT_LOAD_PARAM_DEFAULT                                                                   \
	{                                                                                          \
		.relocate_local = true, .domain_later = LLEXT_ON(CONFIG_LLEXT_ADD_DOMAIN)          \
	}

/** An extension's entry point. */
typedef void (*llext_entry_fn_t)(void *user_data);

/**
 * Load an extension, relocate it, and make its exports known. None of its code is run: see
 * llext_bringup().
 *
 * @param ldr    where the bytes come from; used only during the call, except that bytes of a
 *               persistent or writable storage may be used until the unload
 * @param name   the extension's name, copied; where an extension of this name is loaded already,
 *               its use count goes up and the loader is not touched
 * @param ext    set to the extension, or to NULL on error
 * @param param  NULL means LLEXT_LOAD_PARAM_DEFAULT
 *
 * @return the use count before the call (0: newly loaded), or a negative errno:
 * -ENOEXEC if the file is malformed, is for another machine, or cannot run here
 * (a relocation out of range among them); -ENOTSUP if it is well-formed but needs something
 * that is not supported; -ENODATA if imports are missing (all are named);
 * -ENOMEM if a heap has not enough room; -EINVAL if an argument is NULL or @p name is
 * empty; -EBADMSG if the file's bytes changed between two reads, or if a writable buffer was
 * changed by an earlier load; -EIO or what the loader
 * returned where it failed; what the port's protect function returned where that failed; -EPROTO if
 * it needs another version of the firmware's exports (llext/abi.h); -EACCES if imports are there,
 * but not for a domain; -EEXIST if an extension of this name is loaded, and not for the same
 * domain; -EALREADY if another thread is loading it, and llext_load_param.no_wait is true; -EBUSY
 * if it is called from within a load, plan or unload (from on_import, say). On error nothing stays
 * allocated and nothing that was loaded has changed; llext_last_diag() says what was wrong.
 */
int llext_load(struct llext_loader *ldr, const char *name, struct llext **ext,
	       const struct llext_load_param *param);

/**
 * Undo one llext_load(). The last one frees the extension's memory and sets @p ext to NULL; the
 * caller must have torn the extension down before (llext_teardown()). It waits for readers that
 * hold a llext_pin(), so a reader must not call it.
 *
 * @return the remaining use count; -EBUSY while another loaded extension uses its symbols, while
 * llext_bringup() or llext_teardown() runs its initialisers or finalisers, or if it is called from
 * within a load, plan or unload; -EINVAL if @p ext or *ext is NULL or is not loaded; what the
 * port's protect function returned if the memory could not be made writable again: the extension is
 * then gone, and its memory is not reused.
 */
int llext_unload(struct llext **ext);

/**
 * Find a loaded extension by its name. @return NULL if there is none, or if it is still being
 * loaded.
 * Takes the port's guard only, so it need not wait for a load. Another thread may unload
 * what it returns, unless the caller knows that it has been loaded once more than unloaded.
 */
struct llext *llext_by_name(const char *name);

/**
 * Call @p fn for each loaded extension, oldest first, with the port's lock held, so it waits for a
 * running load to end. @p fn may unload any of them; those that are gone are skipped.
 * @return the first value other than 0 that @p fn returned, else 0.
 */
int llext_iterate(int (*fn)(struct llext *ext, void *arg), void *arg);

/**
 * Find a symbol. @param sym_table for instance &ext->exp_tab; NULL: what the firmware exports.
 * @return its load address; NULL if there is none, or if it is 0. Takes no lock. May be called from
 * an interrupt or a fault handler, and while another thread loads or unloads. The extension that
 * owns the table must stay loaded: because the caller has loaded it, or holds a llext_pin().
 */
const void *llext_find_sym(const struct llext_symtable *sym_table, const char *sym_name);

/**
 * Walk over a table of symbols, also over one whose entries are in the file (LLEXT_EXPORTS_HASHED).
 * @param at      0 for the first symbol; moved on to the next
 * @param symbol  set to the symbol, in the order of the table or of the file
 * @return false: there are no more. Contexts as llext_find_sym().
 */
bool llext_next_sym(const struct llext_symtable *sym_table, size_t *at,
		    struct llext_const_symbol *symbol);

/** Where an address lies in a loaded extension. */
struct llext_address {
	const struct llext *ext;
	const char *name;      /**< ext->name */
	enum llext_mem region; /**< which region; LLEXT_MEM_COUNT: none, it is between them */
	size_t region_offset;  /**< from the region's start */
	/**
	 * The section's name as in the file, ".text.effect"; NULL: it is in none (a veneer, say),
	 * or CONFIG_LLEXT_DEBUGGER is 0 and nothing is known of sections.
	 */
	const char *section;
	size_t offset;           /**< from the section's start */
	const char *symbol;      /**< the nearest exported symbol at or before it there, or NULL */
	size_t symbol_offset;    /**< from there */
	const uint8_t *build_id; /**< as the file's .note.gnu.build-id has it; NULL: none is known,
				      as without CONFIG_LLEXT_DEBUGGER */
	size_t build_id_bytes;   /**< its length */
};

/**
 * Find what lies at an address. Takes no lock: for fault handlers, interrupts and threads, while
 * other threads load and unload, too. What @p info points to is valid as long as the extension is
 * loaded: in an interrupt or fault handler on a system with one processor, until that returns;
 * elsewhere hold a llext_pin() until it has been used.
 *
 * @param addr  an address of code, with or without the state bit of a pointer, or of data
 * @param info  filled on success
 * @return 0; -ENOENT if it lies in no loaded extension, or -EINVAL if @p info is NULL.
 */
int llext_by_address(const void *addr, struct llext_address *info);

/**
 * Keep extensions in memory: until llext_unpin(), no unload frees the memory of an extension that
 * was loaded when this returned; unloads in other threads wait. Meant for a few hundred
 * instructions: for llext_by_address(), and llext_find_sym() in the table of an extension that it
 * has found. Pins nest. Takes no lock, any context.
 * @return the argument for llext_unpin().
 */
unsigned int llext_pin(void);

/** End what llext_pin() began. @param pin what it returned. Any context. */
void llext_unpin(unsigned int pin);

/**
 * Call the exported function `void fn(void)`. @return 0; -ENOENT if @p sym_name is not
 * exported. Runs the function in the caller's thread, without the lock.
 */
int llext_call_fn(struct llext *ext, const char *sym_name);

/**
 * The address of the extension's entry point (e_entry of its file), with the state bit that a call
 * through a pointer needs. In a relocatable file, as GNU ld -r -e writes it, that is
 * an offset in the section .text, or in the first section of code where there is no .text. The
 * library itself never calls it.
 *
 * @return NULL if the file has no entry point (e_entry is 0), if it is no place in the extension's
 * code, or if @p ext is NULL. Does not lock and may be called from an interrupt.
 */
const void *llext_entry(const struct llext *ext);

/**
 * Run the extension's initialisers in the caller's thread: .preinit_array, then a shared object's
 * DT_INIT, then .init_array and .ctors in one order of priority, as GNU ld makes it. The first call
 * runs them; further calls are counted, as loads are. A call waits while another thread runs them.
 * No lock is held while they run.
 * @return 0; -EFAULT if an entry lies outside the extension's text (nothing is run then), and
 * the call is not counted; -EINVAL if @p ext is NULL; -EBUSY if one of the extension's own
 * initialisers or finalisers calls it, or if it would have to wait for another thread and the port
 * has no relax().
 */
int llext_bringup(struct llext *ext);

/**
 * Undo one llext_bringup(). The last one runs the extension's finalisers in the caller's thread:
 * what it registered with __cxa_atexit or atexit, then .fini_array and .dtors, all in reverse order
 * of the initialisers, and a shared object's DT_FINI. A call without any llext_bringup() runs them,
 * too.
 * @return 0; otherwise as llext_bringup().
 */
int llext_teardown(struct llext *ext);

/**
 * llext_teardown() and llext_unload(), but nothing is run where the unload would be refused: while
 * other extensions use its symbols, say. Where another thread begins to use it meanwhile, it has
 * been torn down, and stays loaded.
 * @return as llext_unload(), or as llext_teardown(), which leaves it loaded.
 */
int llext_remove(struct llext **ext);

/**
 * Bring-up, @p entry_fn(@p user_data) if it is not NULL, tear-down. Fits a thread's entry of three
 * pointers, as Zephyr has it; ports/freertos and ports/threadx have entries that fit theirs. A
 * failing bring-up is logged, and nothing else is run.
 */
void llext_bootstrap(struct llext *ext, llext_entry_fn_t entry_fn, void *user_data);

/**
 * The initialisers or finalisers in the order in which they are to be called.
 * @param buf   filled with function pointers; NULL: only the size is wanted
 * @param size  bytes at @p buf
 * @return the bytes that the table has; -ENOMEM if @p size is too small; -EFAULT if an entry
 * lies outside the extension's text; -EINVAL if @p ext is NULL.
 */
ssize_t llext_get_fn_table(struct llext *ext, bool is_init, void *buf, size_t size);

/**
 * One of these functions.
 * @param ptr  set to the function; NULL: only their number is wanted
 * @param idx  which of them, from 0 on, in the order in which they are to be called
 * @return the number of functions if @p ptr is NULL, else 0; -EINVAL if there is none of
 * this index, or @p ext is NULL; -EFAULT if an entry lies outside the extension's text.
 */
ssize_t llext_get_fn_table_entry(struct llext *ext, bool is_init, void **ptr, size_t idx);

/**
 * Put a trusted extension into a memory domain, with its regions: from then on it runs
 * unprivileged, as if it had been loaded for the domain, and what it calls that has a gate is
 * reached by that. What it imports that has none faults when it is used, which a load for the
 * domain would have refused. Nobody may be running in the extension meanwhile, and nobody may call
 * its functions directly afterwards: threads that enter it use llext_domain_call(),
 * llext_bootstrap() or llext_call_fn(). It stays there until it is unloaded. The domain's memory
 * gives the stack, if it has none yet.
 * @return 0, also if it was loaded for this domain (llext_load_param.domain); -ENOTSUP if it was
 * not loaded with llext_load_param.domain_later, has thread-local variables, or lies in a dense
 * instruction heap; -EBUSY if it is in another domain or in a slot (llext/slot.h), the domain is
 * running, initialisers or finalisers are running, or an extension outside the domain uses its
 * symbols; -EINVAL if something is NULL, the domain is not initialised, or the protection unit
 * cannot fence in the extension's memory exactly (in a heap that is protected already, on PMSAv8),
 * or some of that is shared with the domain already; -ENOMEM if the domain's memory has no room for
 * the stack; -ENOSPC if the domain or the unit has too few regions left; what the port's protect
 * function returned; -ENOSYS if the build has no user mode. On an error the extension stays as it
 * was.
 */
int llext_add_domain(struct llext *ext, struct k_mem_domain *domain);

/**
 * The file offset of a section. The loader must be able to seek.
 * @return the offset; -ENOENT if there is no such section; -ENOEXEC and the like if the file
 * is malformed.
 */
ssize_t llext_find_section(struct llext_loader *ldr, const char *section_name);

/**
 * Copy a section's header: from the data kept for @p ext, or else from the file, by the loader's
 * peek(). May be called from llext_load_param.section_detached, with the loader of that load. Does
 * not lock, and calls no function of the loader but peek() and length().
 * @param ext  NULL: there is no extension (yet)
 * @param shdr set where the return value is 0
 * @return 0; -ENOENT; -ENOTSUP if nothing is kept and the loader has no peek(); -ENOEXEC if
 * the file's header, section headers or section names are malformed; -EINVAL if
 * @p search_name or @p shdr is NULL.
 */
int llext_get_section_header(const struct llext_loader *ldr, const struct llext *ext,
			     const char *search_name, elf_shdr_t *shdr);

/**
 * The section headers that were kept for @p ext (keep_section_info), the null one first, and their
 * number. NULL and 0 if none are kept.
 */
const elf_shdr_t *llext_section_headers(const struct llext *ext);
unsigned int llext_section_count(const struct llext *ext);

/**
 * Replace the table of what the firmware exports, which by default is what EXPORT_SYMBOL put in
 * the firmware's own image. The table must be sorted by name as strcmp() orders and stay valid.
 * NULL and 0 give the image's own table back. To export nothing, pass any other pointer and 0.
 * @return 0; -EINVAL if it is not sorted, or has a name at two addresses. Not while a load runs.
 */
int llext_set_builtins(const struct llext_const_symbol *syms, size_t count);

/** The firmware's export table and, in @p count, its number of entries. */
const struct llext_const_symbol *llext_builtins(size_t *count);

/**
 * The fingerprint of the firmware's export table, which says whether a packed file's imports are
 * bound to this very table (docs/packed.md): FNV-1a of 64 bits over all names in order, each with
 * its NUL. The first call for a table looks at every name, later ones return what it found; the
 * first load of a packed file makes that call where the firmware has not. Not where
 * CONFIG_LLEXT_PACKED is 0. Thread context; not while another thread loads.
 */
uint64_t llext_builtins_fingerprint(void);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_LLEXT_H_ */
