/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an extension declares of an interface, compared with what the slot expects. All of it lies
 * in the extension's memory and may say anything. It is copied before it is checked, and the copy
 * of the functions is what callers get.
 */
#include "swap.h"

/* Copy bytes of the extension's own. */
static bool read_own(const struct llext *ext, const void *address, void *out, size_t bytes)
{
	size_t room = 0;
	const uint8_t *mem = llext_write_address(ext, (elf_addr)(uintptr_t)address, &room);

	if (mem == NULL || bytes > room)
		return false;
	memcpy(out, mem, bytes);
	return true;
}

static int fail_interface(const struct llext_slot_type *type, int error, const char *what)
{
	error = llext_fail(NULL, error, what);
	llext_diag_symbol_name(type->declaration);
	(void)what;
	(void)type;
	return error;
}

static int fail_function(const struct llext_slot_type *type, unsigned int i, int error,
			 const char *what)
{
	error = fail_interface(type, error, what);
	if (type->functions != NULL)
		llext_diag_symbol_name(type->functions[i].name);
	return llext_diag_offset(error, i * sizeof(llext_any_function));
}

/* A pointer that a call can go through, on this processor. */
static bool is_function(const struct llext *ext, uintptr_t function)
{
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
	if ((function & 1) == 0) /* it has the Thumb state only */
		return false;
#endif
	return llext_in_text(ext, (elf_addr)function);
}

static int check_version(const struct llext_slot_type *type,
			 const struct llext_declaration *declaration)
{
	int rc;

	if (declaration->format != LLEXT_DECLARATION_FORMAT) {
		rc = fail_interface(type, -EPROTO, "the declaration has another format");
		llext_diag_values(LLEXT_DECLARATION_FORMAT, declaration->format);
		return rc;
	}
	if (declaration->major != type->major) {
		rc = fail_interface(type, -EPROTO, "the interface has another major version");
		llext_diag_values(type->major, declaration->major);
		return rc;
	}
	if (declaration->count > LLEXT_INTERFACE_MOST) {
		rc = fail_interface(type, -EPROTO, "the interface has too many functions");
		llext_diag_values(LLEXT_INTERFACE_MOST, declaration->count);
		return rc;
	}
	return 0;
}

/* Compared where both sides know it. */
static int check_signature(const struct llext_slot_type *type, const struct llext *ext,
			   const struct llext_declaration *declaration, unsigned int i)
{
	uint32_t signature;
	int rc;

	if (declaration->signatures == NULL || type->functions == NULL)
		return 0;
	if (!read_own(ext, declaration->signatures + i, &signature, sizeof(signature)))
		return fail_function(type, i, -EPROTO, "the signatures lie outside the extension");
	if (signature == 0 || type->functions[i].signature == 0 ||
	    signature == type->functions[i].signature)
		return 0;
	rc = fail_function(type, i, -EPROTO, "the function has another name or prototype");
	llext_diag_values(type->functions[i].signature, signature);
	return rc;
}

/* The extension's function, 0: it has none. */
static int find_function(const struct llext_slot_type *type, const struct llext *ext,
			 const struct llext_declaration *declaration, unsigned int i,
			 uintptr_t *function)
{
	const uintptr_t *functions = declaration->functions;
	int rc;

	*function = 0;
	if (functions == NULL || i >= declaration->count)
		return 0;
	rc = check_signature(type, ext, declaration, i);
	if (rc != 0)
		return rc;
	if (!read_own(ext, functions + i, function, sizeof(*function)))
		return fail_function(type, i, -EPROTO, "the functions lie outside the extension");
	if (*function != 0 && !is_function(ext, *function))
		return fail_function(type, i, -EPROTO,
				     "the declaration names a function outside the text");
	return 0;
}

/* What callers get for it. */
static int fill_entry(const struct llext_slot_type *type, unsigned int half, unsigned int i,
		      uintptr_t function, bool in_domain)
{
	llext_any_function entry = (llext_any_function)function;

	if (function == 0) {
		entry = type->defaults[i];
		if (entry == NULL)
			return fail_function(type, i, -EPROTO,
					     "a function is missing that has no default");
	} else if (in_domain) {
		if (type->proxies[half] == NULL || type->proxies[half][i] == NULL)
			return fail_function(type, i, -ENOTSUP,
					     "the slot has no way into a domain");
		entry = type->proxies[half][i];
		type->addresses[half][i] = function;
	}
	type->tables[half][i] = entry;
	return 0;
}

int llext_interface_read(struct llext_slot *slot, unsigned int half, struct llext *ext)
{
	const struct llext_slot_type *type = slot->type;
	struct llext_occupant *occupant = &slot->halves[half];
	const struct llext_declaration *address;
	struct llext_declaration declaration;
	int rc;

	address = llext_find_sym(&ext->exp_tab, type->declaration);
	if (address == NULL)
		return fail_interface(type, -ENOENT,
				      "the extension does not implement the interface");
	if (!read_own(ext, address, &declaration, sizeof(declaration)))
		return fail_interface(type, -EPROTO, "the declaration lies outside the extension");
	rc = check_version(type, &declaration);
	for (unsigned int i = 0; rc == 0 && i < type->count; i++) {
		uintptr_t function;

		rc = find_function(type, ext, &declaration, i, &function);
		if (rc == 0)
			rc = fill_entry(type, half, i, function, extension_domain(ext) != NULL);
	}
	if (rc != 0)
		return rc;
	*occupant = (struct llext_occupant){ext, (uintptr_t)declaration.state_save,
					    (uintptr_t)declaration.state_restore,
					    declaration.state_version};
	if ((occupant->state_save != 0 && !is_function(ext, occupant->state_save)) ||
	    (occupant->state_restore != 0 && !is_function(ext, occupant->state_restore))) {
		*occupant = (struct llext_occupant){0};
		return fail_interface(type, -EPROTO,
				      "the declaration names a function outside the text");
	}
	return 0;
}

bool llext_interface_optional(const struct llext_slot_type *type)
{
	for (unsigned int i = 0; i < type->count; i++) {
		if (type->defaults[i] == NULL)
			return false;
	}
	return true;
}
