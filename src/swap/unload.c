/* SPDX-License-Identifier: Apache-2.0 */
/* Unloading by proof: what still refers to an extension. */
#include <llext/unload.h>
#include "swap.h"

struct search {
	const struct llext *ext;
	struct llext_unload_report *report; /* NULL: only the number is wanted */
	size_t count;
};

static void found(struct search *search, enum llext_reference_kind kind, const char *name,
		  uintptr_t place, uintptr_t value)
{
	struct llext_unload_report *report = search->report;

	if (report != NULL && search->count < report->room)
		report->references[search->count] =
			(struct llext_reference){kind, name, place, value};
	search->count++;
}

/* ---- what the library knows ---- */

static void find_slots(struct search *search)
{
	for (struct llext_slot *slot = llext_slots(); slot != NULL; slot = slot->next) {
		uint32_t callers = llext_slot_callers(slot);

		if (slot->halves[0].ext != search->ext && slot->halves[1].ext != search->ext)
			continue;
		if (callers != 0)
			found(search, LLEXT_REFERENCE_CALLER, slot->type->name, (uintptr_t)slot,
			      callers);
		found(search, LLEXT_REFERENCE_SLOT, slot->type->name, (uintptr_t)slot, 0);
	}
}

static void find_domain(struct search *search)
{
#if SANDBOX
	const struct k_mem_domain *domain = extension_domain(search->ext);

	if (domain == NULL)
		return;
	if (llext_sandbox_may_unload(search->ext) != 0)
		found(search, LLEXT_REFERENCE_DOMAIN, domain->config->name, (uintptr_t)domain, 0);
	/* They belong to the domain, and go with its last extension. */
	llext_guard();
	for (const struct llext_resource *resource = llext_sandbox_resource(domain, NULL);
	     domain->extensions == 1 && resource != NULL;
	     resource = llext_sandbox_resource(domain, resource))
		found(search, LLEXT_REFERENCE_RESOURCE, domain->config->name, (uintptr_t)resource,
		      0);
	llext_unguard();
#else
	(void)search;
#endif
}

static void find_imports(struct search *search)
{
	for (const struct llext *other = llext_first(); other != NULL; other = other->next) {
		struct llext *const *used = other->dependency;

		while (used != NULL && *used != NULL && *used != search->ext)
			used++;
		if (used != NULL && *used != NULL)
			found(search, LLEXT_REFERENCE_IMPORT, other->name, (uintptr_t)other, 0);
	}
}

static void find_resources(struct search *search)
{
	uintptr_t function;

	llext_guard();
	for (const struct llext_owned *owned = llext_owned_next(search->ext, NULL); owned != NULL;
	     owned = llext_owned_next(search->ext, owned))
		found(search, LLEXT_REFERENCE_RESOURCE, owned->name, (uintptr_t)owned,
		      owned->inside);
	for (size_t i = 0; (function = llext_exit_function_at(search->ext, i)) != 0; i++)
		found(search, LLEXT_REFERENCE_EXIT, NULL, 0, function);
	llext_unguard();
}

/* ---- what memory says ---- */

static int found_on_stack(const struct stack_word *word, void *arg)
{
	found(arg, LLEXT_REFERENCE_THREAD, word->thread, word->place, word->value);
	return 0;
}

static void find_pointers(struct search *search, const char *name, const void *start, size_t bytes)
{
	const uint8_t *at = start, *end = at + bytes;
	size_t lead = (size_t)(-(uintptr_t)at) % sizeof(uintptr_t);

	for (at += lead; at < end && (size_t)(end - at) >= sizeof(uintptr_t);
	     at += sizeof(uintptr_t)) {
		uintptr_t value = read_word(at);

		if (llext_contains(search->ext, (elf_addr)value))
			found(search, LLEXT_REFERENCE_POINTER, name, (uintptr_t)at, value);
	}
}

static void find_in_data(struct search *search)
{
	static const uint8_t regions[] = {LLEXT_MEM_DATA, LLEXT_MEM_BSS};
	const struct llext_unload_report *report = search->report;

	if (report == NULL || (report->flags & LLEXT_UNLOAD_POINTERS) == 0)
		return;
	for (const struct llext *other = llext_first(); other != NULL; other = other->next) {
		for (size_t i = 0; other != search->ext && i < sizeof(regions); i++) {
			uintptr_t load = (uintptr_t)other->mem[regions[i]];
			size_t room = 0, bytes = other->mem_size[regions[i]];
			const uint8_t *mem = llext_write_address(other, (elf_addr)load, &room);

			if (bytes != 0 && mem != NULL)
				find_pointers(search, other->name, mem,
					      bytes < room ? bytes : room);
		}
	}
	for (size_t i = 0; i < report->range_count; i++)
		find_pointers(search, report->ranges[i].name, report->ranges[i].start,
			      report->ranges[i].bytes);
}

/* ---- the unload ---- */

static void take_back(struct llext *ext, uint32_t timeout)
{
	llext_owned_release(ext);
	llext_exit_functions_run(ext, true);
	for (struct llext_slot *slot = llext_slots(); slot != NULL; slot = slot->next)
		llext_slot_evict(slot, ext, timeout);
}

static int search_all(struct search *search)
{
	int rc;

	find_slots(search);
	find_domain(search);
	find_imports(search);
	find_resources(search);
	rc = llext_threads_scan(search->ext, found_on_stack, search);
	find_in_data(search);
	return rc;
}

static bool is_loaded(const struct llext *ext)
{
	const struct llext *one = llext_first();

	while (one != NULL && one != ext)
		one = one->next;
	return one != NULL;
}

/* What is found is so until the end: the lock is held. */
static int unload_if_free(struct llext **ext, struct search *search)
{
	int rc = 0;

	if ((*ext)->use_count == 1)
		rc = search_all(search);
	if (rc == 0 && search->count == 0)
		return llext_unload(ext);
	if (rc != 0)
		return rc;
	return llext_fail_extension(*ext, -EBUSY, "something still refers to the extension");
}

int llext_unload_checked(struct llext **ext, struct llext_unload_report *report)
{
	struct search search = {.report = report};
	int rc = -EINVAL;

	if (report != NULL)
		report->count = 0;
	if (ext == NULL || *ext == NULL)
		return -EINVAL;
	llext_diag_clear();
	if (report != NULL && (report->flags & LLEXT_UNLOAD_FORCE) != 0 && (*ext)->use_count == 1)
		take_back(*ext, report->timeout);
	llext_lock();
	if (is_loaded(*ext)) {
		search.ext = *ext;
		rc = unload_if_free(ext, &search);
	}
	llext_unlock();
	if (report != NULL)
		report->count = search.count;
	return rc;
}
