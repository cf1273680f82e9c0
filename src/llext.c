/* SPDX-License-Identifier: Apache-2.0 */
/* The list of loaded extensions, and the calls that change it. */
#include "internal.h"
#include "atomic.h"
#include "steps.h"
#include "fast/words.h"

static struct llext *first, *last; /* oldest first */

struct llext *llext_first(void)
{
	return llext_atomic_load(&first);
}

struct llext *llext_next(const struct llext *ext)
{
	return llext_atomic_load(&ext->next);
}

uint32_t llext_name_tag(const char *name, size_t length)
{
	uint32_t tag;

	if (length < 2)
		return 0;
	tag = (uint32_t)length << 16 | (uint32_t)(uint8_t)name[length - 1] << 8 |
	      (uint8_t)name[length - 2];
	return tag ^ tag >> 8;
}

static uint32_t name_tag(const char *name)
{
	return LLEXT_ON(CONFIG_LLEXT_QUICK) ? llext_name_tag(name, strlen(name)) : 0;
}

static inline bool is_named(const struct llext *ext, const char *name, uint32_t tag)
{
	return (!LLEXT_ON(CONFIG_LLEXT_QUICK) || ext->priv->name_tag == tag) &&
	       strcmp(ext->name, name) == 0;
}

/*
 * The extensions once more, in lists by the lowest bits of their tags, the newest first: a search
 * by name walks over one of them only.
 */
static struct llext *lists[LLEXT_ON(CONFIG_LLEXT_QUICK) ? 8 : 1];

static inline struct llext **list_of(uint32_t tag)
{
	return &lists[tag % (sizeof(lists) / sizeof(lists[0]))];
}

static struct llext *find(const char *name)
{
	struct llext *ext = first;
	uint32_t tag = ext != NULL ? name_tag(name) : 0;

	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && ext != NULL)
		ext = *list_of(tag);
	while (ext != NULL && !is_named(ext, name, tag))
		ext = LLEXT_ON(CONFIG_LLEXT_QUICK) ? ext->priv->next_in_list : ext->next;
	return ext;
}

/* Put it into its list of those by name. Under the guard. */
static void enlist(struct llext *ext)
{
	struct llext **list = list_of(ext->priv->name_tag);

	if (!LLEXT_ON(CONFIG_LLEXT_QUICK))
		return;
	ext->priv->next_in_list = *list;
	*list = ext;
}

/* What points to it in its list. Under the lock, so that it still does when the guard is taken. */
static struct llext **link_in_list(const struct llext *ext)
{
	struct llext **link = list_of(ext->priv->name_tag);

	while (LLEXT_ON(CONFIG_LLEXT_QUICK) && *link != ext)
		link = &(*link)->priv->next_in_list;
	return link;
}

struct llext *llext_by_name(const char *name)
{
	struct llext *ext = NULL;

	if (name == NULL)
		return NULL;
	llext_guard();
	ext = find(name);
	llext_unguard();
	return ext;
}

/*
 * The next extension of each walk over the list, the innermost walk first: an unload moves them on.
 */
static struct walk {
	struct llext *next;
	struct walk *outer;
} * walks;

int llext_iterate(int (*fn)(struct llext *ext, void *arg), void *arg)
{
	struct walk walk;
	int rc = 0;

	llext_lock();
	walk = (struct walk){first, walks};
	walks = &walk;
	while (rc == 0 && walk.next != NULL) {
		struct llext *ext = walk.next;

		walk.next = ext->next;
		rc = fn(ext, arg);
	}
	walks = walk.outer;
	llext_unlock();
	return rc;
}

/*
 * True if it is in the list. Searches from the newest, which are usually unloaded first. Under the
 * lock.
 */
static bool is_loaded(const struct llext *ext)
{
	const struct llext *at = last;

	while (at != NULL && at != ext)
		at = at->priv->before;
	return at != NULL;
}

void llext_publish(struct llext *ext)
{
	ext->use_count = 1;
	ext->priv->before = last;
	llext_guard();
	llext_atomic_store(last != NULL ? &last->next : &first, ext);
	last = ext;
	enlist(ext);
	llext_unguard();
	llext_debugger_show(ext);
	if (hashed_table(&ext->exp_tab) != NULL)
		LOG(LLEXT_LOG_INF, "loaded %s: %zu bytes, exports by its own hash table", ext->name,
		    ext->alloc_size);
	else
		LOG(LLEXT_LOG_INF, "loaded %s: %zu bytes, %zu export%s", ext->name, ext->alloc_size,
		    ext->exp_tab.sym_cnt, ext->exp_tab.sym_cnt == 1 ? "" : "s");
}

/* Readers that have reached it can go on: its own link stays. */
static void withdraw(struct llext *ext)
{
	struct llext *before = ext->priv->before;
	struct llext **link = link_in_list(ext);

	llext_guard();
	llext_atomic_store(before != NULL ? &before->next : &first, ext->next);
	if (ext->next != NULL)
		ext->next->priv->before = before;
	else
		last = before;
	if (LLEXT_ON(CONFIG_LLEXT_QUICK))
		*link = ext->priv->next_in_list;
	llext_unguard();
	llext_steps_withdrawn(ext);
	for (struct walk *walk = walks; walk != NULL; walk = walk->outer) {
		if (walk->next == ext)
			walk->next = ext->next;
	}
}

void llext_clear_words(void *mem, size_t bytes)
{
	typedef uint32_t __attribute__((may_alias)) word;
	word *next = mem;

	if (!LLEXT_ON(CONFIG_LLEXT_QUICK)) {
		memset(mem, 0, bytes);
		return;
	}
	next = clear_fours(next, bytes);
	for (bytes %= 4 * sizeof(*next); bytes >= sizeof(*next); bytes -= sizeof(*next)) {
		*next++ = 0;
		__asm__ volatile("" : "+r"(next));
	}
}

/* Change the use count. @return what it was before. */
static unsigned int use(struct llext *ext, int change)
{
	unsigned int before = ext->use_count;

	llext_guard();
	ext->use_count = before + (unsigned int)change;
	llext_unguard();
	return before;
}

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
struct llext *llext_find_in_steps(const struct load *ld)
{
	uint32_t tag = name_tag(ld->name);
	struct llext *ext = step_first(ld);

	while (ext != NULL && !is_named(ext, ld->name, tag))
		ext = step_next(ld, ext);
	return ext;
}
#endif

int llext_join(struct llext **ext, const struct llext_load_param *param)
{
	if (SANDBOX && extension_domain(*ext) != (param != NULL ? param->domain : NULL)) {
		*ext = NULL;
		return llext_fail(NULL, -EEXIST, "loaded already, and not for this domain");
	}
	return (int)use(*ext, 1);
}

static int load_locked(struct llext_loader *ldr, const char *name, struct llext **ext,
		       const struct llext_load_param *param)
{
	int rc;

	*ext = find(name);
	if (*ext != NULL)
		return llext_join(ext, param);
	rc = llext_load_new(ldr, name, ext, param);
	if (rc == 0)
		llext_publish(*ext);
	else
		llext_log_failure(name, false);
	return rc;
}

#if LLEXT_ON(CONFIG_LLEXT_LOCK)
/* The loads that threads are running or waiting to begin. */
static struct call {
	const char *name;
	struct call *next;
} * calls;

/*
 * Announce a load. @return false: one of this name is running, and the caller does not want to
 * wait.
 */
static bool begin_call(struct call *call, const char *name, bool no_wait)
{
	const struct call *other;

	if (llext_port.lock == NULL) /* one thread */
		return true;
	call->name = name;
	llext_guard();
	other = no_wait && find(name) == NULL ? calls : NULL;
	while (other != NULL && strcmp(other->name, name) != 0)
		other = other->next;
	if (other == NULL) {
		call->next = calls;
		calls = call;
	}
	llext_unguard();
	return other == NULL;
}

static void end_call(const struct call *call)
{
	struct call **link = &calls;

	if (llext_port.lock == NULL)
		return;
	llext_guard();
	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	llext_unguard();
}
#else
struct call {
	char unused;
};
#define begin_call(call, name, no_wait) ((void)(call), true)
#define end_call(call)                  ((void)(call))
#endif

int llext_load(struct llext_loader *ldr, const char *name, struct llext **ext,
	       const struct llext_load_param *param)
{
	struct call call;
	int rc;

	if (ext == NULL)
		return -EINVAL;
	*ext = NULL;
	if (ldr == NULL || name == NULL || name[0] == '\0')
		return -EINVAL;
	if (!begin_call(&call, name, param != NULL && param->no_wait))
		return -EALREADY;
	rc = llext_enter();
	if (rc == 0) {
		llext_diag_clear();
		rc = load_locked(ldr, name, ext, param);
		llext_leave();
	}
	end_call(&call);
	return rc;
}

/*
 * Only an unload that fails replaces the record: one that cleans up after a failed bring-up leaves
 * the bring-up's.
 */
static int fail_unload(const struct llext *ext, const char *what)
{
	llext_diag_clear();
	return llext_fail_extension(ext, -EBUSY, what);
}

static int fail_domain(const struct llext *ext)
{
	return fail_unload(ext, "its domain is running, or has its stack there");
}

/* Check that an extension may be unloaded, now that its last user unloads it. */
static int check_unload(const struct llext *ext)
{
	if (llext_has_dependents(ext) || llext_is_wanted(ext))
		return fail_unload(ext, "other extensions use its symbols");
	if (llext_is_changing(ext))
		return fail_unload(ext, "its initialisers or finalisers are running");
	if (extension_domain(ext) != NULL && llext_sandbox_may_unload(ext) != 0)
		return fail_domain(ext);
	return 0;
}

static int unload_locked(struct llext **ext)
{
	struct llext *old = *ext;
	int rc;

	if (!is_loaded(old)) {
		llext_diag_clear();
		return -EINVAL;
	}
	if (old->use_count > 1)
		return (int)use(old, -1) - 1;
	rc = check_unload(old);
	if (rc == 0 && extension_domain(old) != NULL && !llext_sandbox_hold(old))
		rc = fail_domain(old);
	if (rc != 0)
		return rc;
	LOG(LLEXT_LOG_INF, "unloading %s", old->name);
	withdraw(old);
	llext_unwind_remove(old);
	llext_wait_for_readers();
	*ext = NULL;
	rc = llext_unplace(old);
	if (rc != 0)
		llext_diag_clear();
	return rc;
}

int llext_unload(struct llext **ext)
{
	int rc;

	if (ext == NULL || *ext == NULL)
		return -EINVAL;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	rc = unload_locked(ext);
	llext_leave();
	return rc;
}

/* What llext_unload() would say. */
static int may_unload(const struct llext *ext)
{
	int rc = llext_enter();

	if (rc != 0)
		return rc;
	if (!is_loaded(ext))
		rc = -EINVAL;
	else if (ext->use_count == 1)
		rc = check_unload(ext);
	llext_leave();
	return rc;
}

int llext_remove(struct llext **ext)
{
	int rc = ext != NULL ? may_unload(*ext) : -EINVAL;

	if (rc == 0)
		rc = llext_teardown(*ext);
	return rc == 0 ? llext_unload(ext) : rc;
}
