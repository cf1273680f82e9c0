/* SPDX-License-Identifier: Apache-2.0 */
/*
 * __cxa_atexit and its kin for extensions (Itanium C++ ABI, 3.3.6.3; for __aeabi_atexit the Arm
 * C++ ABI, "Static object destruction"): C++ registers the destructors of static objects through
 * them. They must run when the extension is torn down, not when the program ends, so each
 * registration belongs to the extension that the handle or the function lies in. Optional, see
 * CONFIG_LLEXT_EXIT_FUNCTIONS: without it these are imports like any other.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)

struct exit_function {
	struct exit_function *next;
	void (*function)(void *argument);
	void *argument;
	const void *thread; /* the thread whose object is destroyed; NULL: it is a static object */
};

static bool is_in(const struct piece *piece, elf_addr place)
{
	return place - (elf_addr)piece->extent.load < piece->extent.bytes;
}

/*
 * Find the extension that an address lies in. This runs under the guard, so it tries the first
 * piece of each extension first: most handles are __dso_handle or a function, which lie there.
 */
static struct llext *owner_of(const void *address)
{
	elf_addr place = (elf_addr)(uintptr_t)address;
	struct llext *ext;

	for (ext = llext_first(); ext != NULL; ext = ext->next) {
		if (piece_count(ext->priv) > 0 && is_in(pieces_of(ext->priv), place))
			return ext;
	}
	for (ext = llext_first(); ext != NULL && !llext_contains(ext, place);)
		ext = ext->next;
	return ext;
}

static void link_in(struct llext *ext, struct exit_function *entry)
{
	entry->next = ext->priv->exit_functions;
	ext->priv->exit_functions = entry;
}

static struct exit_function *new_entry(void (*function)(void *argument), void *argument,
				       const void *thread)
{
	struct exit_function *entry = llext_heap_alloc(LLEXT_HEAP_DATA, sizeof(*entry), 0);

	if (entry != NULL)
		*entry = (struct exit_function){NULL, function, argument, thread};
	return entry;
}

static int add(void (*function)(void *argument), void *argument, const void *inside,
	       const void *thread)
{
	struct exit_function *entry = new_entry(function, argument, thread);
	struct llext *ext;

	if (entry == NULL)
		return -1;
	llext_guard();
	ext = owner_of(inside);
	if (ext != NULL)
		link_in(ext, entry);
	llext_unguard();
	if (ext == NULL)
		llext_heap_free(LLEXT_HEAP_DATA, entry);
	return ext != NULL ? 0 : -1;
}

#if SANDBOX
/* Under the guard. */
static unsigned int count_of(const struct llext *ext)
{
	unsigned int count = 0;

	for (const struct exit_function *at = ext->priv->exit_functions; at != NULL; at = at->next)
		count++;
	return count;
}

/* Limit what a sandboxed extension can take of the firmware's memory. */
int llext_exit_function_add(struct llext *ext, void (*function)(void *argument), void *argument)
{
	struct exit_function *entry = new_entry(function, argument, NULL);
	bool has_room;

	if (entry == NULL)
		return -1;
	llext_guard();
	has_room = count_of(ext) < CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS;
	if (has_room)
		link_in(ext, entry);
	llext_unguard();
	if (!has_room)
		llext_heap_free(LLEXT_HEAP_DATA, entry);
	return has_room ? 0 : -1;
}

/* Limit what it can take of the firmware's time: each function may register another one. */
static unsigned int most_calls(const struct llext *ext)
{
	unsigned int most = (unsigned int)-1;

	llext_guard();
	if (extension_domain(ext) != NULL)
		most = count_of(ext) + CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS;
	llext_unguard();
	return most;
}
#else
#define most_calls(ext) 0u
#endif

static int cxa_atexit(void (*function)(void *argument), void *argument, void *handle)
{
	return add(function, argument, handle, NULL);
}

/* Identify a thread by its thread pointer. If the port does not know it, there is one thread. */
static int cxa_thread_atexit(void (*function)(void *argument), void *argument, void *handle)
{
	const struct llext_tls_port *tls = LLEXT_ON(CONFIG_LLEXT_TLS) ? llext_port.tls : NULL;

	return add(function, argument, handle,
		   tls != NULL && tls->pointer != NULL ? tls->pointer() : &llext_port);
}

static int aeabi_atexit(void *argument, void (*function)(void *argument), void *handle)
{
	return add(function, argument, handle, NULL);
}

static int exit_without_argument(void (*function)(void))
{
	/* Every psABI here allows calling a function with an argument that it ignores. */
	return add((void (*)(void *))(uintptr_t)function, NULL, (const void *)(uintptr_t)function,
		   NULL);
}

static void cxa_finalize(void *handle)
{
	struct llext *ext;

	llext_guard();
	ext = owner_of(handle);
	llext_unguard();
	if (ext != NULL)
		llext_exit_functions_run(ext, true);
}

/* Those of threads come before those of static objects, as when a program ends. */
enum which { OF_ANY_THREAD, OF_THREAD, STATIC };

/* Take one off the list, the last one first. Under the guard. @return NULL: there is none. */
static struct exit_function *take(struct llext *ext, enum which which, const void *thread)
{
	struct exit_function **at = &ext->priv->exit_functions, *entry;

	while (*at != NULL && (which == OF_THREAD ? (*at)->thread != thread
			       : which == STATIC  ? (*at)->thread != NULL
						  : (*at)->thread == NULL))
		at = &(*at)->next;
	entry = *at;
	if (entry != NULL)
		*at = entry->next;
	return entry;
}

/* The function to be called next when the extension is torn down. */
static struct exit_function *take_next(struct llext *ext)
{
	struct exit_function *entry;

	llext_guard();
	entry = take(ext, OF_ANY_THREAD, NULL);
	if (entry == NULL)
		entry = take(ext, STATIC, NULL);
	llext_unguard();
	return entry;
}

/* The entry is freed. The extension may have joined a domain since it was registered. */
static void finish(const struct llext *ext, struct exit_function *entry, bool call)
{
	struct exit_function copy = *entry;

	llext_heap_free(LLEXT_HEAP_DATA, entry);
	if (call && extension_domain(ext) != NULL)
		(void)llext_sandbox_run(ext, (elf_addr)(uintptr_t)copy.function, copy.argument);
	else if (call)
		copy.function(copy.argument);
}

/* The functions are called without any lock, and may register others. */
void llext_exit_functions_run(struct llext *ext, bool call)
{
	unsigned int left = most_calls(ext);
	struct exit_function *entry;

	while ((entry = take_next(ext)) != NULL) {
		call = call && (!SANDBOX || left-- > 0);
		finish(ext, entry, call);
	}
}

static struct exit_function *take_of_thread(const void *thread, struct llext **ext)
{
	struct exit_function *entry = NULL;

	llext_guard();
	for (*ext = llext_first(); *ext != NULL; *ext = (*ext)->next) {
		entry = take(*ext, OF_THREAD, thread);
		if (entry != NULL)
			break;
	}
	llext_unguard();
	return entry;
}

uintptr_t llext_exit_function_at(const struct llext *ext, size_t index)
{
	const struct exit_function *entry = ext->priv->exit_functions;

	while (entry != NULL && index-- > 0)
		entry = entry->next;
	return entry != NULL ? (uintptr_t)entry->function : 0;
}

void llext_thread_exit_functions_run(const void *thread)
{
	struct exit_function *entry;
	struct llext *ext;

	while ((entry = take_of_thread(thread, &ext)) != NULL)
		finish(ext, entry, true);
}

const void *llext_exit_intrinsic(const char *name)
{
	static const struct {
		const char *name;
		const void *address;
	} intrinsics[] = {
		{"__cxa_atexit", (const void *)&cxa_atexit},
		{"__cxa_finalize", (const void *)&cxa_finalize},
		{"__cxa_thread_atexit", (const void *)&cxa_thread_atexit},
		{"__cxa_thread_atexit_impl", (const void *)&cxa_thread_atexit},
		{"__aeabi_atexit", (const void *)&aeabi_atexit},
		{"atexit", (const void *)&exit_without_argument},
	};

	for (size_t i = 0; i < sizeof(intrinsics) / sizeof(intrinsics[0]); i++) {
		if (name[2] == intrinsics[i].name[2] && strcmp(name, intrinsics[i].name) == 0)
			return intrinsics[i].address;
	}
	return NULL;
}

#endif /* CONFIG_LLEXT_EXIT_FUNCTIONS */
