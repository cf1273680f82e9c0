/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real programs, each of them linked into the firmware and built as an extension from the same
 * objects. All have one form: what they find out is text in @out.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns 0, or a number that says where in the program something went wrong. */
typedef int program_function(const char *input, char *out, size_t size);

/* @script is a Lua program, its result is the string that it returns. */
int run_script(const char *script, char *out, size_t size);
/* @text is repeated and varied into a buffer, which is compressed, decompressed and compared. */
int run_lz4(const char *text, char *out, size_t size);
int run_zlib(const char *text, char *out, size_t size);
/* @names are words with spaces between them. */
int run_objects(const char *names, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif /* PROGRAMS_H */
