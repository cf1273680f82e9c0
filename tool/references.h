/* SPDX-License-Identifier: Apache-2.0 */
/* What an extension's debug information says of its imports: where they are used, and as what. */
#ifndef TENON_REFERENCES_H_
#define TENON_REFERENCES_H_

#include <elfutils/libdwfl.h>
#include "interface.h"

/* The compilation unit of an address, which is @bias less there; NULL: none. */
Dwarf_Die *unit_at(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias);

/*
 * Fill in places, notes and mismatches of @imports, which are those of @file. @offered is what the
 * firmware exports; its prototypes may be unknown. Does nothing where the file has no debug
 * information.
 */
void references_explain(const struct file *file, struct imports *imports,
			const struct interface *offered, const struct file *firmware);

#endif /* TENON_REFERENCES_H_ */
