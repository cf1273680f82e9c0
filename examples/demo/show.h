/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo prints beside what the extensions say. */
#ifndef SHOW_H_
#define SHOW_H_

#include <llext/llext.h>
#include <llext/plan.h>

/* Colour on a terminal only, and not where NO_COLOR asks for none. */
void show_begin(void);

void show_chapter(const char *title);
void show_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void show_good(const char *format, ...) __attribute__((format(printf, 1, 2)));
void show_bad(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the extension will need, before anything is allocated. */
void show_plan(const struct llext_plan *plan);
void show_regions(const struct llext *ext);
void show_symbols(const struct llext *ext);
void show_loaded(void);
void show_heap(void);

#endif /* SHOW_H_ */
