/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware exports, with the C types that its debug information has. */
#ifndef TENON_INTERFACE_H_
#define TENON_INTERFACE_H_

#include "firmware.h"

/* A struct, union, enum or typedef that an export's type leads to. */
struct interface_type {
	char *name; /* "struct config" */
	char *text; /* its definition: members with offsets, enumerators with values */
	bool is_enum;
};

struct interface_export {
	char *name;
	char *prototype; /* "int led_set(int led, _Bool on)"; NULL: no debug information */
	char *passed;    /* how its values are passed: "int4(pointer, int4)"; likewise */
	size_t *types;   /* indices of all types that it leads to */
	size_t type_count;
};

struct interface {
	char *path;
	char *machine;
	struct interface_export *exports; /* sorted by name */
	size_t export_count;
	struct interface_type *types;
	size_t type_count;
};

/* From an ELF file, a kit's folder, or what `tenon abi dump` printed. Complains and returns false
 * on failure.
 */
bool interface_read(struct interface *interface, const char *path);
void interface_free(struct interface *interface);
/* Likewise, of a firmware that was read already. */
void interface_of_firmware(struct interface *interface, const struct firmware *firmware);
/* What debug information says of functions and variables by name, be it only that they are
 * declared. */
void interface_of_names(struct interface *interface, void *dwarf, const char *const *names,
			size_t count);
void interface_sort(struct interface *interface);
/* Are they the same but for the names of parameters? */
bool interface_same_prototype(const char *one, const char *other);
const struct interface_export *interface_find(const struct interface *interface, const char *name);
struct json_object *interface_json(const struct interface *interface);

#endif /* TENON_INTERFACE_H_ */
