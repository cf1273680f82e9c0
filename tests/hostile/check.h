/* SPDX-License-Identifier: Apache-2.0 */
/* A good file with one field changed is refused with this error and this reason, or still loads. */
#ifndef HOSTILE_CHECK_H_
#define HOSTILE_CHECK_H_

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "faults.h"
#include "image.h"
#include "machine.h"
#include "world.h"

/* The record of the last refusal, for what else a test wants to see in it. */
extern struct llext_diag refusal;

/* Through every kind of source: the same error, stage and reason; nothing is changed; afterwards
 * a good file loads. */
void refused(const struct image *image, int rc, enum llext_stage stage, const char *what);
void loads(const struct image *image);
/* Likewise, through sources that cannot seek. */
void refused_forward(const struct image *image, int rc, enum llext_stage stage, const char *what);
void loads_forward(const struct image *image);
/* Any answer is right, but nothing may be changed. */
void survives(const struct image *image);
/* Load and keep it. */
struct llext *keep(const struct image *image, const char *name);

#define REFUSED(fixture, change, rc, stage, what)                                                  \
	do {                                                                                       \
		struct image image = image_read(fixture);                                          \
		change;                                                                            \
		refused(&image, rc, LLEXT_STAGE_##stage, what);                                    \
		image_free(&image);                                                                \
	} while (0)

#define LOADS(fixture, change)                                                                     \
	do {                                                                                       \
		struct image image = image_read(fixture);                                          \
		change;                                                                            \
		loads(&image);                                                                     \
		image_free(&image);                                                                \
	} while (0)

/* A packed file: through sources that can seek, and through those that cannot. */
#define PACKED_REFUSED(fixture, change, rc, stage, what)                                           \
	do {                                                                                       \
		struct image image = image_read(fixture);                                          \
		change;                                                                            \
		refused(&image, rc, LLEXT_STAGE_##stage, what);                                    \
		refused_forward(&image, rc, LLEXT_STAGE_##stage, what);                            \
		image_free(&image);                                                                \
	} while (0)

#define PACKED_LOADS(fixture, change)                                                              \
	do {                                                                                       \
		struct image image = image_read(fixture);                                          \
		change;                                                                            \
		loads(&image);                                                                     \
		loads_forward(&image);                                                             \
		image_free(&image);                                                                \
	} while (0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The parts of the field that tests change most. */
#define SECTION(name) image_section(&image, name)
#define SYMBOL(name)  image_symbol(&image, name)
#define HEADER        image_header(&image)

int hostile_setup(void **state);
int hostile_teardown(void **state);

#endif /* HOSTILE_CHECK_H_ */
