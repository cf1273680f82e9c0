/* SPDX-License-Identifier: Apache-2.0 */
/* Exports and their C types, from DWARF by libdw. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "interface.h"

/* Types may be nested by a hostile file as deep as it likes. */
#define DEEPEST    200
#define MOST_TYPES 20000

/* ---- text that grows ---- */

struct text {
	char *at;
	size_t length, room;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
	va_list args, again;
	int more;

	va_start(args, format);
	va_copy(again, args);
	more = vsnprintf(NULL, 0, format, args);
	if (text->length + (size_t)more + 1 > text->room) {
		text->room = 2 * (text->length + (size_t)more + 64);
		text->at = need_more(text->at, text->room, 1);
	}
	(void)vsnprintf(text->at + text->length, (size_t)more + 1, format, again);
	text->length += (size_t)more;
	va_end(again);
	va_end(args);
}

/* ---- types ---- */

struct walk {
	struct interface *interface;
	bool passed;     /* only how values are passed: no names, no typedefs, all pointers alike */
	size_t *reached; /* types that the current export leads to */
	size_t reached_count;
};

static const char *name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name != NULL ? name : "";
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) != NULL &&
	       dwarf_formref_die(&attribute, type) != NULL;
}

static uint64_t number_of(Dwarf_Die *die, unsigned int name, uint64_t otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (dwarf_attr_integrate(die, name, &attribute) != NULL &&
	    dwarf_formudata(&attribute, &value) == 0)
		return value;
	return otherwise;
}

static bool has(Dwarf_Die *die, unsigned int name)
{
	return dwarf_hasattr_integrate(die, name) != 0;
}

static void add_type(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
		     int depth);

/* "inner" inside a declarator: " *x", "(*f)(int)". */
static void add_type_of(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
			int depth)
{
	Dwarf_Die type;

	if (type_of(die, &type))
		add_type(walk, text, &type, inner, depth + 1);
	else
		add(text, "void%s%s",
		    inner[0] != '\0' && inner[0] != '*' ? " "
		    : inner[0]                          ? " "
							: "",
		    inner);
}

static void add_parameters(struct walk *walk, struct text *text, Dwarf_Die *function, bool names,
			   int depth)
{
	const char *separator = "";
	Dwarf_Die child;

	for (int rc = dwarf_child(function, &child); rc == 0;
	     rc = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_formal_parameter) {
			const char *name = names ? name_of(&child) : "";

			add(text, "%s", separator);
			add_type_of(walk, text, &child, name, depth + 1);
			separator = ", ";
		} else if (tag == DW_TAG_unspecified_parameters && separator[0] != '\0') {
			add(text, "%s...",
			    separator); /* alone it means `f()`, which says nothing */
		}
	}
	if (separator[0] == '\0')
		add(text, "%s", has(function, DW_AT_prototyped) ? "void" : "");
}

static void add_array(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
		      int depth)
{
	struct text bounds = {0};
	Dwarf_Die child;

	add(&bounds, "%s", inner);
	for (int rc = dwarf_child(die, &child); rc == 0; rc = dwarf_siblingof(&child, &child)) {
		if (dwarf_tag(&child) != DW_TAG_subrange_type)
			continue;
		if (has(&child, DW_AT_upper_bound))
			add(&bounds, "[%" PRIu64 "]", number_of(&child, DW_AT_upper_bound, 0) + 1);
		else if (has(&child, DW_AT_count))
			add(&bounds, "[%" PRIu64 "]", number_of(&child, DW_AT_count, 0));
		else
			add(&bounds, "[]");
	}
	add_type_of(walk, text, die, bounds.at, depth + 1);
	free(bounds.at);
}

static void add_members(struct walk *walk, struct text *text, Dwarf_Die *die, int depth)
{
	Dwarf_Die child;

	add(text, "{ ");
	for (int rc = dwarf_child(die, &child); rc == 0; rc = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_enumerator) {
			Dwarf_Attribute attribute;
			Dwarf_Sword value = 0;

			if (dwarf_attr(&child, DW_AT_const_value, &attribute) != NULL)
				(void)dwarf_formsdata(&attribute, &value);
			add(text, "%s = %" PRId64 ", ", name_of(&child), (int64_t)value);
		} else if (tag == DW_TAG_member || tag == DW_TAG_inheritance) {
			if (has(&child, DW_AT_data_bit_offset))
				add(text, "bit %" PRIu64 ": ",
				    number_of(&child, DW_AT_data_bit_offset, 0));
			else
				add(text, "%" PRIu64 ": ",
				    number_of(&child, DW_AT_data_member_location, 0));
			add_type_of(walk, text, &child, name_of(&child), depth + 1);
			if (has(&child, DW_AT_bit_size))
				add(text, " : %" PRIu64, number_of(&child, DW_AT_bit_size, 0));
			add(text, "; ");
		}
	}
	add(text, "} %" PRIu64 " bytes", number_of(die, DW_AT_byte_size, 0));
}

/* Which of the interface's types has this name; a new one if none has. */
static size_t type_index(struct walk *walk, const char *name, bool *is_new)
{
	struct interface *interface = walk->interface;

	*is_new = false;
	for (size_t i = 0; i < interface->type_count; i++) {
		if (strcmp(interface->types[i].name, name) == 0)
			return i;
	}
	*is_new = true;
	interface->types =
		need_more(interface->types, interface->type_count + 1, sizeof(*interface->types));
	interface->types[interface->type_count] =
		(struct interface_type){.name = need_text("%s", name)};
	return interface->type_count++;
}

static bool reach(struct walk *walk, size_t index)
{
	for (size_t i = 0; i < walk->reached_count; i++) {
		if (walk->reached[i] == index)
			return false;
	}
	walk->reached = need_more(walk->reached, walk->reached_count + 1, sizeof(*walk->reached));
	walk->reached[walk->reached_count++] = index;
	return true;
}

/* A type with a name is described once, apart. Each export goes through it again, to see what it
 * leads to. */
static void define(struct walk *walk, Dwarf_Die *die, const char *name, int depth)
{
	struct text text = {0};
	bool is_new;
	size_t index;

	if (walk->interface->type_count >= MOST_TYPES || depth > DEEPEST)
		return;
	index = type_index(walk, name, &is_new);
	if (!reach(walk, index))
		return;
	if (dwarf_tag(die) == DW_TAG_typedef)
		add_type_of(walk, &text, die, "", depth + 1);
	else if (has(die, DW_AT_declaration))
		add(&text, "incomplete");
	else
		add_members(walk, &text, die, depth + 1);
	/* Another unit of the program may know more of it. */
	if (walk->interface->types[index].text == NULL ||
	    strcmp(walk->interface->types[index].text, "incomplete") == 0) {
		free(walk->interface->types[index].text);
		walk->interface->types[index].text = text.at;
		walk->interface->types[index].is_enum = dwarf_tag(die) == DW_TAG_enumeration_type;
	} else {
		free(text.at);
	}
}

static void add_named(struct walk *walk, struct text *text, Dwarf_Die *die, const char *keyword,
		      const char *inner, int depth)
{
	const char *name = dwarf_diename(die);
	char *whole;

	if (name == NULL) { /* it is part of what it stands in */
		add(text, "%s", keyword);
		add_members(walk, text, die, depth + 1);
	} else {
		whole = need_text("%s%s", keyword, name);
		add(text, "%s", whole);
		define(walk, die, whole, depth + 1);
		free(whole);
	}
	add(text, "%s%s", inner[0] != '\0' ? " " : "", inner);
}

static void add_qualified(struct walk *walk, struct text *text, Dwarf_Die *die, const char *word,
			  const char *inner, int depth)
{
	Dwarf_Die type;
	char *more;

	/* "int *const x", but "const int x". */
	if (type_of(die, &type) && dwarf_tag(&type) == DW_TAG_pointer_type) {
		more = need_text("%s%s%s", word, inner[0] != '\0' ? " " : "", inner);
		add_type(walk, text, &type, more, depth + 1);
		free(more);
		return;
	}
	add(text, "%s ", word);
	add_type_of(walk, text, die, inner, depth + 1);
}

static void add_pointer(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
			int depth)
{
	bool is_reference = dwarf_tag(die) != DW_TAG_pointer_type;
	struct text parameters = {0};
	Dwarf_Die type;
	char *more;

	if (type_of(die, &type) && dwarf_tag(&type) == DW_TAG_subroutine_type) {
		add_parameters(walk, &parameters, &type, false, depth + 1);
		more = need_text("(*%s)(%s)", inner, parameters.at != NULL ? parameters.at : "");
		add_type_of(walk, text, &type, more, depth + 1);
		free(parameters.at);
	} else {
		more = need_text("%s%s", is_reference ? "&" : "*", inner);
		add_type_of(walk, text, die, more, depth + 1);
	}
	free(more);
}

/* A type by how a call passes it. @return false where that is what the type behind it says. */
static bool add_passed(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
		       int depth)
{
	uint64_t bytes = number_of(die, DW_AT_byte_size, 0);

	switch (dwarf_tag(die)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
	case DW_TAG_array_type:
		add(text, "pointer%s", inner);
		return true;
	case DW_TAG_base_type:
		add(text, "%s%" PRIu64 "%s",
		    number_of(die, DW_AT_encoding, 0) == DW_ATE_float ? "float" : "int", bytes,
		    inner);
		return true;
	case DW_TAG_enumeration_type:
		add(text, "int%" PRIu64 "%s", bytes, inner);
		return true;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		add(text, "struct%" PRIu64 "%s", bytes, inner);
		return true;
	default:
		add_type_of(walk, text, die, inner, depth + 1);
		return true;
	}
}

static void add_type(struct walk *walk, struct text *text, Dwarf_Die *die, const char *inner,
		     int depth)
{
	if (depth > DEEPEST) {
		add(text, "...");
		return;
	}
	if (walk->passed && add_passed(walk, text, die, inner, depth))
		return;
	switch (dwarf_tag(die)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		add_pointer(walk, text, die, inner, depth);
		return;
	case DW_TAG_const_type:
		add_qualified(walk, text, die, "const", inner, depth);
		return;
	case DW_TAG_volatile_type:
		add_qualified(walk, text, die, "volatile", inner, depth);
		return;
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		add_type_of(walk, text, die, inner, depth);
		return;
	case DW_TAG_array_type:
		add_array(walk, text, die, inner, depth);
		return;
	case DW_TAG_structure_type:
		add_named(walk, text, die, "struct ", inner, depth);
		return;
	case DW_TAG_class_type:
		add_named(walk, text, die, "class ", inner, depth);
		return;
	case DW_TAG_union_type:
		add_named(walk, text, die, "union ", inner, depth);
		return;
	case DW_TAG_enumeration_type:
		add_named(walk, text, die, "enum ", inner, depth);
		return;
	case DW_TAG_typedef:
		add_named(walk, text, die, "", inner, depth);
		return;
	default:
		add(text, "%s%s%s", name_of(die), inner[0] != '\0' ? " " : "", inner);
	}
}

/* ---- what exports are ---- */

/* The debug information's functions and variables, by address and by name. */
struct known {
	Dwarf_Die die;
	const char *name;
	uint64_t address;
};

struct index {
	struct known *list;
	size_t count, room;
};

static bool address_of(Dwarf_Die *die, uint64_t *address)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t count;
	Dwarf_Addr entry;

	if (dwarf_tag(die) == DW_TAG_subprogram) {
		if (dwarf_entrypc(die, &entry) != 0)
			return false;
		*address = entry;
		return true;
	}
	if (dwarf_attr_integrate(die, DW_AT_location, &attribute) == NULL ||
	    dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1 ||
	    ops[0].atom != DW_OP_addr)
		return false;
	*address = ops[0].number;
	return true;
}

static void collect(struct index *index, Dwarf_Die *unit)
{
	Dwarf_Die child;

	for (int rc = dwarf_child(unit, &child); rc == 0; rc = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);
		struct known known = {.die = child, .name = dwarf_diename(&child)};

		if ((tag != DW_TAG_subprogram && tag != DW_TAG_variable) || known.name == NULL)
			continue;
		if (!address_of(&child, &known.address))
			known.address = UINT64_MAX; /* a declaration */
		if (index->count == index->room) {
			index->room = 2 * index->room + 64;
			index->list = need_more(index->list, index->room, sizeof(*index->list));
		}
		index->list[index->count++] = known;
	}
}

/* A definition at the address, else one of that name, else a declaration. */
static struct known *find_known(struct index *index, const char *name, uint64_t address)
{
	struct known *best = NULL;

	for (size_t i = 0; i < index->count; i++) {
		struct known *known = &index->list[i];
		bool here = known->address != UINT64_MAX && (known->address | 1) == (address | 1);

		if (here && strcmp(known->name, name) == 0)
			return known;
		if (here || (strcmp(known->name, name) == 0 &&
			     (best == NULL || best->address == UINT64_MAX)))
			best = known;
	}
	return best;
}

/* The prototype, or in a walk of what is passed, "int4(pointer, int4)". */
static char *describe(struct walk *walk, struct known *known, const char *name)
{
	struct text text = {0}, parameters = {0};
	char *inner;

	if (dwarf_tag(&known->die) == DW_TAG_subprogram) {
		add_parameters(walk, &parameters, &known->die, !walk->passed, 0);
		inner = need_text("%s(%s)", name, parameters.at != NULL ? parameters.at : "");
		free(parameters.at);
	} else {
		inner = need_text("%s", name);
	}
	add_type_of(walk, &text, &known->die, inner, 0);
	free(inner);
	return text.at;
}

/* Addresses may be NULL: by name only. */
static void describe_all(struct interface *interface, const struct llext_const_symbol *symbols,
			 Dwarf *dwarf)
{
	struct index index = {0};
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	while (dwarf != NULL && dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL) == 0)
		collect(&index, &unit);
	for (size_t i = 0; i < interface->export_count; i++) {
		const char *name = interface->exports[i].name;
		uint64_t address =
			symbols != NULL ? (uint64_t)(uintptr_t)symbols[i].addr : UINT64_MAX - 1;
		struct known *known = find_known(&index, name, address);
		struct walk walk = {.interface = interface}, passed;

		if (known == NULL)
			continue;
		interface->exports[i].prototype = describe(&walk, known, name);
		passed = (struct walk){.interface = interface, .passed = true};
		interface->exports[i].passed = describe(&passed, known, "");
		interface->exports[i].types = walk.reached;
		interface->exports[i].type_count = walk.reached_count;
	}
	free(index.list);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct interface_export *)a)->name,
		      ((const struct interface_export *)b)->name);
}

void interface_sort(struct interface *interface)
{
	qsort(interface->exports, interface->export_count, sizeof(*interface->exports), by_name);
}

const struct interface_export *interface_find(const struct interface *interface, const char *name)
{
	struct interface_export key = {.name = (char *)(uintptr_t)name};

	return bsearch(&key, interface->exports, interface->export_count, sizeof(key), by_name);
}

void interface_of_names(struct interface *interface, void *dwarf, const char *const *names,
			size_t count)
{
	*interface = (struct interface){.export_count = count};
	interface->exports = need(count + 1, sizeof(*interface->exports));
	for (size_t i = 0; i < count; i++)
		interface->exports[i].name = need_text("%s", names[i]);
	interface_sort(interface);
	describe_all(interface, NULL, dwarf);
}

void interface_of_firmware(struct interface *interface, const struct firmware *firmware)
{
	const struct file *file = firmware->file;
	Dwarf *dwarf = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);

	*interface = (struct interface){
		.path = need_text("%s", file->path),
		.machine = need_text("%s", firmware->core->name),
		.export_count = firmware->builtins.count,
	};
	interface->exports = need(interface->export_count, sizeof(*interface->exports));
	for (size_t i = 0; i < interface->export_count; i++)
		interface->exports[i].name = need_text("%s", firmware->builtins.list[i].name);
	describe_all(interface, firmware->builtins.list, dwarf);
	if (dwarf != NULL)
		(void)dwarf_end(dwarf);
}
