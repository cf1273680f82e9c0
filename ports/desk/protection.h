/* SPDX-License-Identifier: Apache-2.0 */
/* The device's protection unit, as a model that ports/mcu/slots.c decides for. */
#ifndef DESK_PROTECTION_H_
#define DESK_PROTECTION_H_

#include <llext/port.h>
#include "llext_desk.h"

/* From now on, pieces are for this unit; NULL: there is none. Forgets what is protected. */
void desk_unit(const struct llext_desk_unit *unit);
/* The heap that is protected, or with no bytes none. Forgets what is protected, too. */
void desk_protect_heap(uintptr_t start, size_t bytes);

/* For struct llext_port. */
void desk_fit(size_t *bytes, size_t *align);
int desk_protect(const struct llext_extent *extent, enum llext_access access);
unsigned desk_slots(unsigned pieces, unsigned *left);

#endif /* DESK_PROTECTION_H_ */
