/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a debugger reads to follow loads and unloads. A firmware that compiles src/debugger/ keeps,
 * for each extension, where each of its sections is; tool/gdb/tenon.py turns that into symbols.
 * The layout of these structures is stable: members may be added at the end of a record, and any
 * other change raises LLEXT_DEBUG_VERSION.
 *
 * The records are read only. They change under the port's lock, and are whole whenever
 * llext_debug_changed() is entered; a debugger that stops the program elsewhere, in the middle of a
 * load, sees the list as it was before or as it is after.
 */
#ifndef LLEXT_DEBUGGER_H_
#define LLEXT_DEBUGGER_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLEXT_DEBUG_VERSION 1

/** One loaded section. */
struct llext_debug_section {
	const char *name; /**< as in the file: ".text.effect" */
	uintptr_t addr;   /**< its load address */
	size_t bytes;     /**< its size in the file */
};

/** One loaded extension. */
struct llext_debug_extension {
	struct llext_debug_extension *next; /**< loaded after this one; NULL: none */
	const struct llext *ext;            /**< valid as long as this record is in the list */
	const char *name;                   /**< as given to llext_load() */
	size_t count;                       /**< entries of @c sections */
	const struct llext_debug_section *sections;
	const uint8_t *build_id; /**< as in .note.gnu.build-id; NULL: the file has none */
	size_t build_id_bytes;
};

/** What a debugger looks for by name. */
struct llext_debug {
	uint32_t version;                    /**< LLEXT_DEBUG_VERSION */
	struct llext_debug_extension *first; /**< oldest first; NULL: nothing is loaded */
};

extern struct llext_debug llext_debug;

/**
 * Does nothing: the place for a debugger's breakpoint. It is called after an extension was added to
 * the list, and after one was taken off and before its memory is freed.
 */
void llext_debug_changed(void);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_DEBUGGER_H_ */
