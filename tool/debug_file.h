/* SPDX-License-Identifier: Apache-2.0 */
/* How a debugger finds the unstripped file: .gnu_debuglink and the build id. */
#ifndef TENON_DEBUG_FILE_H_
#define TENON_DEBUG_FILE_H_

#include "tenon.h"

/*
 * What .gnu_debuglink shall hold: what the input has, unless @debug_path is @given, or else what
 * leads to @debug_path. False, with a complaint, where that cannot be read. @owned is to be freed.
 */
bool debug_link_find(const struct file *file, const char *debug_path, bool given,
		     struct section_header *link, void **owned);
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
