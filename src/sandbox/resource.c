/* SPDX-License-Identifier: Apache-2.0 */
/* What gates give to domains, and take back when a domain ends. */
#include "sandbox.h"

#if SANDBOX

/* Those of all domains, the last one added first. */
static struct llext_resource *resources;

/* Under the guard. */
const struct llext_resource *llext_sandbox_resource(const struct k_mem_domain *domain,
						    const struct llext_resource *before)
{
	const struct llext_resource *resource = before != NULL ? before->next : resources;

	while (resource != NULL && resource->domain != domain)
		resource = resource->next;
	return resource;
}

/* Under the guard. Nothing happens where it is not there. */
static void take_out(const struct llext_resource *resource)
{
	struct llext_resource **link = &resources;

	while (*link != NULL && *link != resource)
		link = &(*link)->next;
	if (*link != NULL)
		*link = resource->next;
}

static void release_all(const struct k_mem_domain *domain)
{
	for (;;) {
		struct llext_resource **link = &resources, *resource;

		llext_guard();
		while (*link != NULL && (*link)->domain != domain)
			link = &(*link)->next;
		resource = *link;
		if (resource != NULL) {
			*link = resource->next;
			resource->domain = NULL;
		}
		llext_unguard();
		if (resource == NULL)
			return;
		if (resource->release != NULL)
			resource->release(resource);
	}
}

/* Under the guard. A gate may be called again before what it gave has been taken back. */
static void add(struct llext_resource *resource, struct k_mem_domain *domain)
{
	take_out(resource);
	resource->domain = domain;
	if (domain == NULL)
		return;
	resource->next = resources;
	resources = resource;
	llext_domain_release = release_all;
}

void llext_resource_add(struct llext_resource *resource)
{
	struct k_mem_domain *domain = llext_domain_current();

	llext_guard();
	add(resource, domain);
	llext_unguard();
}

void llext_resource_remove(struct llext_resource *resource)
{
	llext_guard();
	take_out(resource);
	resource->domain = NULL;
	llext_unguard();
}

/* ---- handles: the lower 16 bits say where in the table, 15 others which use of the place ---- */

static struct llext_handle_table *table;

static void end_handle(struct llext_handle *handle)
{
	handle->used = false;
	handle->generation++;
	handle->object = NULL;
}

static void release(struct llext_resource *resource)
{
	struct llext_handle *handle = (struct llext_handle *)(void *)resource;
	void *object = handle->object;
	void (*give_back)(void *) = handle->release;

	end_handle(handle);
	if (give_back != NULL)
		give_back(object);
}

static struct llext_handle *find(const struct k_mem_domain *domain, int number, uint8_t kind)
{
	struct llext_handle *handle;
	unsigned int place = (unsigned int)number & 0xffff;

	if (table == NULL || number <= 0 || place == 0 || place > table->count)
		return NULL;
	handle = &table->handles[place - 1];
	/* Fifteen bits of it: a handle is positive. */
	if (!handle->used || handle->kind != kind || handle->resource.domain != domain ||
	    (handle->generation & 0x7fffu) != (unsigned int)number >> 16)
		return NULL;
	return handle;
}

static bool is_handle(const struct k_mem_domain *domain, int handle, uint8_t kind)
{
	return find(domain, handle, kind) != NULL;
}

void llext_handle_use(struct llext_handle_table *handles)
{
	table = handles;
	llext_domain_is_handle = is_handle;
}

int llext_handle_new(uint8_t kind, void *object, void (*give_back)(void *object))
{
	struct k_mem_domain *domain = llext_domain_current();
	struct llext_handle *handle;
	int number = -ENOSPC;
	size_t place = 0;

	if (table == NULL)
		return -EINVAL;
	llext_guard();
	while (place < table->count && table->handles[place].used)
		place++;
	if (place < table->count) {
		handle = &table->handles[place];
		handle->used = true;
		handle->kind = kind;
		handle->object = object;
		handle->release = give_back;
		handle->resource.release = release;
		add(&handle->resource, domain);
		number = (int)((handle->generation & 0x7fffu) << 16 | (place + 1));
	}
	llext_unguard();
	return number;
}

void *llext_handle_get(int number, uint8_t kind)
{
	const struct llext_handle *handle = find(llext_domain_current(), number, kind);

	return handle != NULL ? handle->object : NULL;
}

void *llext_handle_close(int number, uint8_t kind)
{
	struct llext_handle *handle = find(llext_domain_current(), number, kind);
	void *object = handle != NULL ? handle->object : NULL;

	if (handle == NULL)
		return NULL;
	llext_resource_remove(&handle->resource);
	end_handle(handle);
	return object;
}

#endif /* SANDBOX */
