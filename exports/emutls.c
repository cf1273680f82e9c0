/* SPDX-License-Identifier: Apache-2.0 */
/*
 * __emutls_get_address() for a target whose own library has none without an operating system:
 * where each variable is that was compiled with -femulated-tls. One thread: a firmware with more
 * gives its own. Memory stays allocated when the extension is unloaded, as with libgcc's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <llext/symbol.h>

#if defined(__aarch64__)

/* What the compiler makes for each variable (GCC and Clang have the same). */
struct emutls_object {
	uintptr_t bytes, align;
	void *address;       /* of the variable; NULL: it has not been used so far */
	const void *initial; /* NULL: zeros */
};

void *__emutls_get_address(struct emutls_object *object) __attribute__((weak));

void *__emutls_get_address(struct emutls_object *object)
{
	uintptr_t mask = (object->align > 1 ? object->align : 1) - 1, address;
	void *block;

	if (object->address != NULL)
		return object->address;
	if (object->bytes > UINTPTR_MAX - mask)
		abort();
	block = malloc(object->bytes + mask);
	if (block == NULL)
		abort(); /* as libgcc does it: nobody can say so to whoever uses the variable */
	address = ((uintptr_t)block + mask) & ~mask;
	if (object->initial != NULL)
		memcpy((void *)address, object->initial, object->bytes);
	else
		memset((void *)address, 0, object->bytes);
	object->address = (void *)address;
	return object->address;
}

EXPORT_GROUP_SYMBOL(EMUTLS, __emutls_get_address);

#endif
