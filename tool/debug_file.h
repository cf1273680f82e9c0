/* SPDX-License-Identifier: Apache-2.0 */
/* How a debugger finds the unstripped file: .gnu_debuglink and the build id. */
#ifndef TENON_DEBUG_FILE_H_
#define TENON_DEBUG_FILE_H_

#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elfutils/libdwfl.h>

/*
 * The file at @path for libdwfl, until dwfl_end(*@dwfl). NULL: it cannot be opened, and *@dwfl is
 * NULL, too. Without @separate only the file itself is asked for debug information: the search for
 * a separate file brings the client of a server for them into this process, and with it a second C
 * library, beside which no extension can run.
 */
Dwfl_Module *debug_file_open(Dwfl **dwfl, const char *path, bool separate);
/*
 * What .gnu_debuglink shall hold: what the input has, unless @debug_path is @given, or else what
 * leads to @debug_path. False, with a complaint, where that cannot be read. @owned is to be freed.
 */
bool debug_link_find(const struct file *file, const char *debug_path, bool given,
		     struct section_header *link, void **owned);
/*
 * The file that .gnu_debuglink of a file names, if it lies beside it and is that file:
 * debug_names.c. Where there is none, false and not a word. file_close() in any case.
 */
bool debug_names_open(const struct file *file, struct file *debug);
/* The name in .gnu_debuglink, and the section; NULL where there is none that ends. */
const char *debug_link_name(const struct file *file, struct section_header *link);
/* What .gnu_debuglink holds for a file of these bytes; to be freed. */
uint8_t *debug_link_make(const char *path, const uint8_t *bytes, size_t length,
			 size_t *link_length);
/* Of a build id's note, before its bytes: three numbers and the name. */
#define BUILD_ID_HEAD 16
/*
 * The note that the file has, or else one made of it: SHA-1 of all its bytes. @id is longer than
 * its head. Returns what is to be freed, or NULL.
 */
void *build_id_find(const struct file *file, struct section_header *id);

#endif /* TENON_DEBUG_FILE_H_ */
