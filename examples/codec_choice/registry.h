/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_H_
#define REGISTRY_H_

#include "codec.h"

/* The registered codec for a format of four letters; NULL if there is none. */
const struct codec *registry_find(const char *format);

#endif /* REGISTRY_H_ */
